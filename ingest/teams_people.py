"""Who and what the ids in an export of Microsoft Teams are: channels, chats, people, the owner."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from weakref import WeakKeyDictionary

from ingest.chat_people import after_people
from ingest.export import Export, Member
from secondme.errors import UnreadableExport

_NAMED = re.compile(
    r"(?:channels?_?|chats?|chats_list|teamsList|usersList|users).*\.json", re.IGNORECASE
)
_LARGEST = 16 * 1024 * 1024
_PAIR = re.compile(r"19:([^_@]+)_([^_@]+)@unq\.gbl\.spaces")
_OWNER = re.compile(r"messages_(.+)")
_names: WeakKeyDictionary[Export, dict[str, str]] = WeakKeyDictionary()


@dataclass(slots=True)
class People:
    """Gathered from all messages of a file, before the first is read."""

    titles: dict[str, str]
    """Of chats, channels and people that other files of the export name."""
    names: dict[str, str] = field(default_factory=dict)
    speakers: dict[str, dict[str, None]] = field(default_factory=dict)
    """Ids of who wrote, by conversation."""
    pairs: Counter[str] = field(default_factory=Counter)
    chats: set[str] = field(default_factory=set)
    me: frozenset[str] = frozenset()

    def saw(self, conversation: str, id_: str, name: str) -> None:
        if id_ and name:
            self.names.setdefault(id_, name)
        if id_:
            self.speakers.setdefault(conversation, {})[id_] = None
        pair = _PAIR.fullmatch(conversation)
        if pair and conversation not in self.chats:
            self.chats.add(conversation)
            self.pairs.update(pair.groups())

    def name(self, id_: str) -> str:
        return self.names.get(id_) or self.titles.get(id_) or id_

    def title(self, conversation: str) -> str:
        """As somebody called it; else after who is in it."""
        if self.titles.get(conversation):
            return self.titles[conversation]
        pair = _PAIR.fullmatch(conversation)
        ids = list(pair.groups()) if pair else list(self.speakers.get(conversation, {}))
        others = [self.name(id_) for id_ in ids if id_ not in self.me]
        return after_people((name for name in others if name not in ids or not pair), "")

    def settle(self, member: Member, said: tuple[str, ...]) -> None:
        """The owner: whose file it is, whom they named, or who is in all talks of two."""
        told = {name.casefold() for name in said}
        known = [*self.names.items(), *self.titles.items()]
        self.me = frozenset(id_ for id_, name in known if {name.casefold(), id_.casefold()} & told)
        folder, file = PurePosixPath(member.folder).name, _OWNER.fullmatch(member.stem)
        if not self.me and file and folder == file[1]:
            self.me = frozenset({folder})
        if not self.me and len(self.chats) > 1:
            both = [id_ for id_, count in self.pairs.items() if count == len(self.chats)]
            self.me = frozenset(both) if len(both) == 1 else self.me


def titles(export: Export) -> dict[str, str]:
    """Names by id, of every list of channels, chats and people in the export."""
    if export not in _names:
        found: dict[str, str] = {}
        for one in (export, *export.others):
            for member in one.everything:
                if _NAMED.fullmatch(PurePosixPath(member.name).name):
                    found |= dict(_listed(member))
        _names[export] = found
    return _names[export]


def _listed(member: Member) -> Iterator[tuple[str, str]]:
    if member.size > _LARGEST:
        return
    try:
        value = json.loads(member.read().removeprefix(b"\xef\xbb\xbf"))
    except (UnreadableExport, ValueError, RecursionError):
        return
    value = value.get("value") if isinstance(value, dict) else value
    for one in value if isinstance(value, list) else ():
        if not isinstance(one, dict):
            continue
        low = {key.lower(): item for key, item in one.items()}
        name = low.get("topic") or low.get("displayname")
        if isinstance(low.get("id"), str) and isinstance(name, str):
            yield low["id"], name


__all__ = ["People", "titles"]
