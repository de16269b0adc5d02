"""Matrix: a room as Element exports it (Room info → Export chat), as JSON or plain text.

    {"room_name": "…", "exported_by": "Ada", "messages": [
        {"type": "m.room.message", "sender": "@bea:example.org", "event_id": "$…",
         "origin_server_ts": 1668700000000, "content": {"msgtype": "m.text", "body": "hi"}}, …]}

Edits, reactions and redactions are events of their own and are folded into what they are about.
People are known by their addresses; their names stand in the events of joining, as far as these
were exported. The HTML has no ids of senders, and is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ingest import Item, Member, Options, importer, whatsapp
from ingest.decode import decode, fold_newlines
from ingest.jsonstream import JsonError, broken_off, walk
from ingest.times import from_epoch
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_MESSAGES = "messages.item"
_FALLBACK = re.compile(r"(?:> [^\n]*\n|>\n)+\n?")
"""What clients without replies show of the message that is answered."""
_NAMED = re.compile(r"matrix - (.*) - Chat Export - .*", re.DOTALL)
_FILES = frozenset({"m.image", "m.file", "m.audio", "m.video"})
_POLLS = ("m.poll.start", "org.matrix.msc3381.poll.start")
_NOTICES = {
    "m.room.create": "created the room",
    "m.room.name": "named the room",
    "m.room.topic": "set the topic",
    "m.room.avatar": "changed the picture of the room",
    "m.room.pinned_events": "pinned a message",
    "m.room.tombstone": "replaced the room",
    "m.call.invite": "called",
    "m.call.hangup": "ended a call",
}
_MEMBERSHIPS = {
    "join": "joined",
    "leave": "left",
    "invite": "invited",
    "ban": "banned",
    "knock": "asked to join",
}


class _Room(NamedTuple):
    name: str
    id: str
    mine: frozenset[str]
    """Addresses and names of the owner."""
    names: dict[str, str]
    """What people are called, by address."""
    edits: dict[str, dict[str, Any]]
    """The newest content of an edited message, by its id."""
    reactions: dict[str, list[dict[str, str]]]


def _looks_like_element(member: Member) -> bool:
    shape = member.shape
    if shape.kind == "object" and shape.has(0, "room_name", "exported_by", "messages"):
        return True
    if b"mx_EventTile" in member.head or b"mx_Export" in member.head:
        return True
    return member.suffix == ".txt" and _NAMED.fullmatch(member.stem) is not None


@importer("matrix", recognises=_looks_like_element)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield messages and notices in file order, which is by time."""
    if member.suffix == ".txt":
        yield from _plain(member, options)
        return
    if member.shape.kind != "object":
        raise UnreadableExport(
            f"{member.name} is an HTML export of a Matrix room.", "Export the chat as JSON."
        )
    room, broken = _room(member, options)
    if not room.mine:
        yield Question("me", f"Who in “{room.name}” is you?", "", "--me")
    found = 0
    for found, event in enumerate(_events(member), 1):
        item = _item(event, room, found)
        if item is not None:
            yield item
    if broken is not None and not found:
        raise UnreadableExport(f"{member.name} is not a complete export.", "Export it again.")
    if broken is not None:
        yield broken_off(broken, found, "event")


def _events(member: Member) -> Iterator[Any]:
    """As many as are whole."""
    try:
        with member.open() as stream:
            yield from (v for path, v in walk(stream, ("", "messages")) if path == _MESSAGES)
    except JsonError:
        return


def _room(member: Member, options: Options) -> tuple[_Room, JsonError | None]:
    """What must be known about the whole file before its first message."""
    header: dict[str, Any] = {}
    room = _Room("", "", frozenset(), {}, {}, {})
    broken = None
    id_ = ""
    try:
        with member.open() as stream:
            for path, value in walk(stream, ("", "messages")):
                if path == _MESSAGES and isinstance(value, dict):
                    id_ = id_ or _text(value.get("room_id"))
                    _learn(value, room)
                elif isinstance(value, str):
                    header[path] = value
    except JsonError as error:
        broken = error
    name = _text(header.get("room_name")) or member.stem
    owner = _text(header.get("exported_by"))
    known = {*room.names, *room.names.values()}
    mine = set(options.me) | ({owner} & known)
    mine |= {address for address in room.names if address in mine or room.names[address] in mine}
    return room._replace(name=name, id=id_ or name, mine=frozenset(mine)), broken


def _learn(event: dict[str, Any], room: _Room) -> None:
    """Take in who somebody is, a later wording, a reaction."""
    content, sender = _object(event.get("content")), _text(event.get("sender"))
    room.names.setdefault(sender, sender.partition(":")[0].removeprefix("@"))
    if event.get("type") == "m.room.member" and content.get("displayname"):
        room.names[_text(event.get("state_key")) or sender] = _text(content["displayname"])
    about = _object(content.get("m.relates_to"))
    target = _text(about.get("event_id"))
    if about.get("rel_type") == "m.replace" and "m.new_content" in content:
        room.edits[target] = _object(content["m.new_content"])
    elif event.get("type") == "m.reaction" and target:
        reaction = {"by": sender, "emoji": _text(about.get("key"))}
        room.reactions.setdefault(target, []).append(reaction)


def _item(event: Any, room: _Room, number: int) -> Record | Unread | None:
    """None for what was folded into another."""
    if not isinstance(event, dict):
        return Unread(f"event {number}", "It is not an event.")
    content, kind = _object(event.get("content")), _text(event.get("type"))
    relation = _object(content.get("m.relates_to"))
    if kind == "m.reaction" or relation.get("rel_type") == "m.replace":
        return None
    id_ = _text(event.get("event_id"))
    notice = _notice(kind, content, event, room)
    edited = room.edits.get(id_)
    answered = _text(_object(relation.get("m.in_reply_to")).get("event_id"))
    sender = _text(event.get("sender"))
    name = room.names.get(sender, sender)
    meta: dict[str, Any] = {}
    if edited is not None:
        meta["edited"] = True
    if id_ in room.reactions:
        meta["reactions"] = [r | {"by": room.names[r["by"]]} for r in room.reactions[id_]]
    if relation.get("rel_type") == "m.thread":
        meta["thread"] = _text(relation.get("event_id"))
    at = _at(event.get("origin_server_ts"))
    shown = content if edited is None else edited
    return Record(
        "matrix",
        room.id,
        notice or _body(kind, shown, answered=bool(answered)),
        author=name,
        author_id=sender,
        sent_at=at,
        sent_local=str(event.get("origin_server_ts", "")),
        zone="unix" if at else "none",
        kind="event" if notice else "message",
        mine=not room.mine.isdisjoint((sender, name)),
        native_id=id_ or None,
        reply_to=answered or None,
        title=room.name,
        attachments=() if notice else _files(shown),
        meta=json.dumps(meta, ensure_ascii=False, sort_keys=True) if meta else "",
    )


def _notice(kind: str, content: dict[str, Any], event: dict[str, Any], room: _Room) -> str:
    """What a notice says in words; empty for a message."""
    if kind == "m.room.encrypted":
        return "a message that could not be decrypted"
    if kind == "m.room.member":
        whom = room.names.get(_text(event.get("state_key")), "")
        did = _MEMBERSHIPS.get(_text(content.get("membership")), "changed")
        return f"{did}: {whom}" if whom else did
    if kind in ("m.room.message", "m.sticker", *_POLLS):
        return "" if content else "a message that was deleted"
    said = _NOTICES.get(kind, kind.removeprefix("m.").replace(".", " ").replace("_", " "))
    detail = _text(content.get("name")) or _text(content.get("topic"))
    return f"{said}: {detail}" if detail else said


def _body(kind: str, content: dict[str, Any], *, answered: bool) -> str:
    if kind in _POLLS:
        return _poll(content)
    text = fold_newlines(_text(content.get("body")))
    if answered and text.startswith(">"):
        text = _FALLBACK.sub("", text, count=1)
    if content.get("msgtype") in _FILES:
        return text if content.get("filename") and content["filename"] != text else ""
    place = _text(content.get("geo_uri"))
    return f"{text}\n{place}" if place and place not in text else text


def _poll(content: dict[str, Any]) -> str:
    start = _object(content.get("m.poll") or content.get("org.matrix.msc3381.poll.start"))
    question, answers = _object(start.get("question")), start.get("answers")
    lines = [_words(question)]
    if isinstance(answers, list):
        lines += [f"- {_words(_object(answer))}" for answer in answers]
    return "\n".join(lines)


def _words(part: dict[str, Any]) -> str:
    said = part.get("m.text") or part.get("org.matrix.msc1767.text") or part.get("body")
    if isinstance(said, list):
        said = _object(said[0]).get("body") if said else ""
    return _text(said)


def _files(content: dict[str, Any]) -> tuple[str, ...]:
    if content.get("msgtype") not in _FILES:
        return ()
    name = _text(content.get("filename")) or _text(content.get("body"))
    return (name,) if name else ()


def _plain(member: Member, options: Options) -> Iterator[Item]:
    """Lines of `5/1/2024, 9:30:00 AM - Ada: hi`, which is how a phone writes WhatsApp's."""
    named = _NAMED.fullmatch(member.stem)
    room = named[1] if named else member.stem
    for item in whatsapp.parse(decode(member.read()).text, conversation=room, options=options):
        yield item._replace(source="matrix") if isinstance(item, Record) else item


def _at(milliseconds: Any) -> str | None:
    try:
        return from_epoch(int(milliseconds) / 1000)
    except (TypeError, ValueError, OverflowError):
        return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
