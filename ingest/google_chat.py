"""Google Chat, of Google Takeout: `Google Chat/Groups/<DM or Space>/messages.json`.

    {"messages": [{"creator": {"name": "Ada", "email": "ada@example.org", "user_type": "Human"},
      "created_date": "Monday, February 10, 2025 at 3:45:22 PM UTC", "text": "Hey",
      "topic_id": "t1", "message_id": "AAAA/t1/t1"}]}

`group_info.json` beside it names the room and its members, `Users/*/user_info.json` whose account
it is. Times are sentences in the language of the account, always in UTC.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from weakref import WeakKeyDictionary

from ingest import Item, Member, Options, importer
from ingest.decode import fold_newlines
from ingest.export import Export
from ingest.jsonstream import JsonError, broken_off, walk
from ingest.values import entries_in, fields, text_in
from ingest.zoned_dates import Stamp, stamp
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_INSIDE = frozenset({"", "messages"})
_LARGEST = 8 * 1024 * 1024
_URL = "private_do_not_access_or_else_safe_url_wrapped_value"
_owners: WeakKeyDictionary[Export, frozenset[str]] = WeakKeyDictionary()


@dataclass(slots=True)
class _Room:
    conversation: str
    """Where a message does not say itself: the first part of its id."""
    title: str
    me: frozenset[str]
    """Addresses and names of the owner, without case."""


def _looks_like_chat(member: Member) -> bool:
    shape = member.shape
    if shape.kind != "object":
        return False
    if "messages" in shape.keys[0]:
        return shape.has(1, "creator") and (
            shape.has(1, "created_date") or shape.has(1, "message_state")
        )
    return _is_group(member) or shape.has(0, "user", "membership_info")


def _is_group(member: Member) -> bool:
    return member.shape.has(0, "members") and member.shape.has(1, "email", "user_type")


@importer("google-chat", recognises=_looks_like_chat)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of one room in file order. Lists of members say nothing by themselves."""
    if "messages" not in member.shape.keys[0]:
        return
    room, number = _room(member, options), 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if path != "messages.item":
                    continue
                number += 1
                if number == 1 and not room.me:
                    yield _who(room)
                yield record(value, room, options, number)
    except JsonError as error:
        if not number:
            raise UnreadableExport(
                f"{member.name} is not a complete Takeout of Google Chat.", "Take it out again."
            ) from error
        yield broken_off(error, number, "message")


def _who(room: _Room) -> Question:
    return Question(
        "me", f"Which person in “{room.title or room.conversation}” is you?", "", "--me"
    )


def _room(member: Member, options: Options) -> _Room:
    info = _json(member.beside("group_info.json"))
    me = _owner(member.export) | {name.casefold() for name in options.me}
    folder = PurePosixPath(member.folder).name
    title = text_in(info.get("name"))
    if not title:
        people = [p for p in entries_in(info.get("members")) if isinstance(p, dict)]
        others = [text_in(p.get("name")) or text_in(p.get("email")) for p in people]
        mine = [bool(_names(p) & me) for p in people]
        title = ", ".join(n for n, own in zip(others, mine, strict=True) if n and not own)
    return _Room(folder.rpartition(" ")[2] or member.stem, title, me)


def _owner(export: Export) -> frozenset[str]:
    if export not in _owners:
        found: set[str] = set()
        for one in (export, *export.others):
            for member in one.everything:
                if PurePosixPath(member.name).name == "user_info.json":
                    found |= _names(_json(member).get("user"))
        _owners[export] = frozenset(found)
    return _owners[export]


def _names(person: Any) -> set[str]:
    """By which somebody is known: the address, else the name."""
    if not isinstance(person, dict):
        return set()
    known = text_in(person.get("email")) or text_in(person.get("name"))
    return {known.casefold()} if known else set()


def record(value: Any, room: _Room, options: Options, number: int) -> Record | Unread:
    """One message, or the notice that there was one."""
    if not isinstance(value, dict):
        return Unread(f"message {number}", "It is not a message.")
    creator = fields(value.get("creator"))
    name, address = text_in(creator.get("name")), text_in(creator.get("email"))
    deleted = value.get("message_state") == "DELETED" or "deleted_date" in value
    written = text_in(value.get("created_date")) or text_in(value.get("deleted_date"))
    at = _at(written, options)
    text = "This message was deleted." if deleted else _words(value)
    files = _files(value)
    id_ = text_in(value.get("message_id"))
    machine = creator.get("user_type") == "Bot"
    return Record(
        "google-chat",
        id_.partition("/")[0] if id_.count("/") >= 2 else room.conversation,
        text,
        author=name or address,
        author_id=address,
        sent_at=at.sent_at if at else None,
        sent_local=written,
        zone=at.zone if at else "none",
        precision=at.precision if at else "s",
        kind="event" if deleted or not (text or files) else "message",
        mine=bool({address.casefold() or name.casefold()} & room.me) and not machine,
        role="system" if machine else "person",
        native_id=id_ or None,
        reply_to=_answered(value, id_),
        title=room.title,
        attachments=files,
        meta=_meta(value),
    )


def _at(written: str, options: Options) -> Stamp | None:
    """The word UTC stands in every language; where it does not, the time is still UTC."""
    return stamp(written, options, order="mdy", usual="UTC") if written else None


def _answered(value: dict[str, Any], id_: str) -> str | None:
    """What is quoted, or what the thread began with."""
    quoted = value.get("quoted_message_metadata")
    if isinstance(quoted, dict) and text_in(quoted.get("message_id")):
        return text_in(quoted["message_id"])
    room, _, rest = id_.partition("/")
    topic, _, last = rest.partition("/")
    return f"{room}/{topic}/{topic}" if last and last != topic else None


def _words(value: dict[str, Any]) -> str:
    """Its text; of what is only a link, a file in Drive or a call, what stands for it."""
    text = fold_newlines(text_in(value.get("text")))
    if text:
        return text
    found = [_told(note) for note in entries_in(value.get("annotations")) if isinstance(note, dict)]
    return "\n".join(dict.fromkeys(filter(None, found)))


def _told(note: dict[str, Any]) -> str:
    for key in ("url_metadata", "drive_metadata", "youtube_metadata", "interaction_data"):
        one = note.get(key)
        if isinstance(one, dict):
            title = text_in(one.get("title"))
            url = one.get("url")
            url = url.get(_URL) if isinstance(url, dict) else url
            return "\n".join(filter(None, (title, text_in(url))))
    call = note.get("video_call_metadata")
    space = call.get("meeting_space") if isinstance(call, dict) else None
    return text_in(space.get("meeting_url")) if isinstance(space, dict) else ""


def _files(value: dict[str, Any]) -> tuple[str, ...]:
    files = [f for f in entries_in(value.get("attached_files")) if isinstance(f, dict)]
    names = (text_in(f.get("export_name")) or text_in(f.get("original_name")) for f in files)
    return tuple(filter(None, names))


def _meta(value: dict[str, Any]) -> str:
    kept: dict[str, Any] = {}
    if text_in(value.get("updated_date")):
        kept["edited"] = value["updated_date"]
    reactions = [_reaction(r) for r in entries_in(value.get("reactions")) if isinstance(r, dict)]
    if reactions:
        kept["reactions"] = reactions
    quoted = value.get("quoted_message_metadata")
    if isinstance(quoted, dict) and text_in(quoted.get("text")):
        kept["quote"] = quoted["text"]
    return json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else ""


def _reaction(value: dict[str, Any]) -> dict[str, Any]:
    emoji = value.get("emoji")
    if isinstance(emoji, dict):
        emoji = emoji.get("unicode") or emoji.get("custom_emoji") or ""
    return {"reaction": emoji, "by": entries_in(value.get("reactor_emails"))}


def _json(member: Member | None) -> dict[str, Any]:
    if member is None or member.size > _LARGEST:
        return {}
    try:
        value = json.loads(member.read().removeprefix(b"\xef\xbb\xbf"))
    except (UnreadableExport, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


__all__ = ["read", "record"]
