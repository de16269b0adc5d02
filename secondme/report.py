"""What an import found and did, file by file and chat by chat: shown before anything is written.

Of everything that may be without number there are only so many examples, and a count of the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import unquote

from ingest import Export
from secondme.record import Corrected, Dialect, Question, Record, Unread
from secondme.vault.records import Added

CHATS = 1_000
"""Conversations of one file that are told apart; a mailbox may have a hundred thousand threads."""
PEOPLE = 100
"""Names told of one conversation, those that wrote most."""
UNREAD = 1_000
CHOICES = 9
EXAMPLES = 20
WITHIN = frozenset({"mail", "evernote", "sms"})
"""Sources whose files hold what is attached themselves."""


class Chat:
    """One conversation as a file holds it."""

    __slots__ = ("first", "kinds", "last", "people", "title")

    def __init__(self, title: str) -> None:
        self.title = title
        self.people: dict[str, int] = {}
        self.kinds: dict[str, int] = {}
        self.first: str | None = None
        self.last: str | None = None

    def note(self, record: Record) -> None:
        kind, author, at = record.kind, record.author or record.author_id, record.sent_at
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if author:
            self.people[author] = self.people.get(author, 0) + 1
        if at is not None:
            if self.first is None or at < self.first:
                self.first = at
            if self.last is None or at > self.last:
                self.last = at

    def as_dict(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "people": _busiest(self.people)[:PEOPLE],
            "first": self.first,
            "last": self.last,
            "by_kind": dict(sorted(self.kinds.items())),
        }


class Files:
    """The names of all files that were given, to tell which attachments are not among them."""

    def __init__(self, exports: Sequence[Export] = ()) -> None:
        self._exports = exports

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(
            _last(member.name) for export in self._exports for member in export.everything
        )

    def missing(self, attachments: Iterable[str]) -> Iterator[str]:
        if not self._exports:
            return
        for name in attachments:
            last = _last(name)
            if "://" not in name and last and not {last, unquote(last)} & self._names:
                yield last


def _last(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


@dataclass(slots=True)
class FileReport:
    """What became of one member of an export."""

    path: str
    files: Files = field(default_factory=Files)
    source: str = ""
    chats: dict[str, Chat] = field(default_factory=dict)
    others: Chat | None = None
    """What more conversations hold than are told apart."""
    titles: set[str] = field(default_factory=set)
    """Of those others."""
    owners: set[tuple[str, str]] = field(default_factory=set)
    """Names and handles of the owner."""
    added: Added = field(default_factory=Added)
    skipped: list[Unread] = field(default_factory=list)
    unread: int = 0
    """All that was not understood; `skipped` has the first."""
    questions: list[Question] = field(default_factory=list)
    dialects: list[Dialect] = field(default_factory=list)
    corrected: list[Corrected] = field(default_factory=list)
    secrets: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    missing_names: dict[str, None] = field(default_factory=dict)
    local_times: bool = False
    """Some times are told without a zone."""

    def note(self, record: Record) -> None:
        chat = self.chats.get(record.conversation) or self._chat(record)
        chat.note(record)
        if record.mine:
            self.owners.add((record.author, record.author_id))
        if record.zone in ("asked", "guessed"):
            self.local_times = True
        if record.attachments and record.source not in WITHIN:
            for name in self.files.missing(record.attachments):
                self.missing += 1
                if len(self.missing_names) < EXAMPLES:
                    self.missing_names[name] = None

    def skip(self, unread: Unread) -> None:
        self.unread += 1
        if len(self.skipped) < UNREAD:
            self.skipped.append(unread)

    def _chat(self, record: Record) -> Chat:
        title = record.title or record.conversation
        if len(self.chats) < CHATS:
            return self.chats.setdefault(record.conversation, Chat(title))
        self.titles.add(title)
        if self.others is None:
            self.others = Chat("")
        return self.others

    @property
    def empty(self) -> bool:
        """No record came of it."""
        return not self.chats

    def as_dict(self) -> dict[str, Any]:
        chats = sorted(self.chats.values(), key=lambda chat: -sum(chat.kinds.values()))
        every = [*chats, self.others] if self.others else chats
        people = _summed(chat.people for chat in every)
        return {
            "path": self.path,
            "source": self.source,
            "conversations": sorted(self.titles.union(chat.title for chat in chats)),
            "chats": [chat.as_dict() for chat in chats],
            "chats_left_out": len(self.titles),
            "people": sorted(people),
            "first": min((c.first for c in every if c.first is not None), default=None),
            "last": max((c.last for c in every if c.last is not None), default=None),
            "imported": self.added.imported,
            "by_kind": dict(sorted(_summed(chat.kinds for chat in every).items())),
            "duplicate": self.added.duplicate,
            "tombstoned": self.added.tombstoned,
            "skipped": [u._asdict() for u in self.skipped],
            "unread": self.unread,
            "dialects": [d._asdict() for d in self.dialects],
            "questions": [_asked(q, people) for q in self.questions],
            "missing_media": {"count": self.missing, "examples": list(self.missing_names)},
            "secrets": dict(sorted(self.secrets.items())),
        }


def asked_in_all(files: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the files of a report ask, each thing once, with how many of them ask it.

    Who is asked for among many chats is rather the one who is in most of them.
    """
    asking: dict[str, list[dict[str, Any]]] = {}
    chosen: dict[str, Counter[str]] = {}
    for file in files:
        for question in file["questions"]:
            asking.setdefault(question["about"], []).append(question)
            chosen.setdefault(question["about"], Counter()).update(question["choices"])
    found = []
    for about, questions in sorted(asking.items()):
        first = questions[0]
        if len(questions) > 1:
            ranked = chosen[about].most_common(CHOICES)
            first = first | {"choices": [choice for choice, _ in ranked]}
            if about == "me":
                # In more than half of all chats, and nobody else is in as many.
                (name, most), *rest = [*ranked, ("", 0)]
                sure = 2 * most > len(questions) and rest[0][1] < most > 1
                first |= {"text": "Which of these is you?", "guess": name if sure else ""}
        found.append({**first, "files": len(questions)})
    return found


def _asked(question: Question, people: Mapping[str, int]) -> dict[str, Any]:
    """With the answers that can be chosen from, the guess first."""
    told = {"me": _busiest(people), "date-order": ["dmy", "mdy", "ymd"]}.get(question.about, [])
    choices = dict.fromkeys([question.guess, *told] if question.guess else told)
    return {**question._asdict(), "choices": list(islice(choices, CHOICES))}


def _busiest(people: Mapping[str, int]) -> list[str]:
    return sorted(people, key=lambda name: (-people[name], name))


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            total[name] = total.get(name, 0) + count
    return total
