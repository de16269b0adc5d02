"""One event of a Matrix room as a record, once its edits and reactions are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.decode import fold_newlines
from ingest.record_meta import meta_of
from ingest.times import from_epoch
from ingest.values import fields, listed, scalar, whole
from secondme.record import Record

FOLDERS = {"m.image": "images", "m.video": "videos", "m.audio": "audio", "m.file": "files"}
_POLLS = ("m.poll.start", "org.matrix.msc3381.poll.start")
_FOLDED = frozenset({"m.reaction", "m.room.redaction", "m.poll.response", "m.poll.end"})
_TEXTS = ("org.matrix.msc1767.text", "m.text", "body")
_GEO = re.compile(r"geo:(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)")
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
_CHANGES = {
    "m.room.name": "name",
    "m.room.topic": "topic",
    "m.room.canonical_alias": "alias",
    "m.room.history_visibility": "history_visibility",
    "m.room.join_rules": "join_rule",
    "m.room.guest_access": "guest_access",
    "m.room.encryption": "algorithm",
    "m.room.tombstone": "body",
}
_MEMBERSHIP = {
    "join": "joined",
    "leave": "left",
    "invite": "invited",
    "ban": "banned",
    "knock": "asked to join",
}


@dataclass(slots=True)
class Room:
    """What is known about all events of one room."""

    id: str
    name: str
    mine: frozenset[str] = frozenset()
    names: dict[str, str] = field(default_factory=dict)
    """What people are called, by their ids."""
    edits: dict[tuple[str, str], tuple[int, dict[str, Any]]] = field(default_factory=dict)
    """The newest words of an event, by its id and who wrote them: when, and what. Nobody else's
    count."""
    reactions: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    files: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """What was attached, by folder and the name that it was sent under."""

    def called(self, id_: str) -> str:
        """Those who were never seen to join go by the first part of their address."""
        return self.names.get(id_) or id_.partition(":")[0].removeprefix("@") or id_


def record(event: dict[str, Any], room: Room) -> Record | None:
    """None for what is told by another event: an edit, a reaction, a deletion."""
    kind, id_ = scalar(event.get("type")), scalar(event.get("event_id"))
    content, relation = fields(event.get("content")), _relation(event)
    if kind in _FOLDED or kind.endswith((".poll.response", ".poll.end")):
        return None
    if relation.get("rel_type") == "m.replace":
        return None
    sender = scalar(event.get("sender"))
    edit = room.edits.get((id_, sender))
    if edit and not _redacted(event):
        content = edit[1]
    text, is_event, theirs, files, meta = _said(kind, event, content, room)
    at = whole(event.get("origin_server_ts"))
    sent_at = utc(at)
    notice = content.get("msgtype") in ("m.notice", "m.server_notice")
    meta |= {"reactions": room.reactions.get(id_), "edited": utc(edit[0]) if edit else None}
    return Record(
        "matrix",
        room.id,
        fold_newlines(text),
        room.called(sender),
        sender,
        sent_at,
        str(at) if at is not None else "",
        "unix" if sent_at else "none",
        kind="event" if is_event else "message",
        mine=sender in room.mine,
        role="system" if notice else "forwarded" if theirs else "person",
        native_id=id_ or None,
        reply_to=_answered(relation),
        title=room.name,
        attachments=files,
        meta=meta_of(meta),
    )


def utc(milliseconds: int | None) -> str | None:
    try:
        return from_epoch(milliseconds / 1000) if milliseconds is not None else None
    except (ValueError, OverflowError):
        return None


def _relation(event: dict[str, Any]) -> dict[str, Any]:
    return fields(fields(event.get("content")).get("m.relates_to"))


def _answered(relation: dict[str, Any]) -> str | None:
    """In a thread every message names the one above it, unless it answers another."""
    answer = scalar(fields(relation.get("m.in_reply_to")).get("event_id"))
    if relation.get("rel_type") == "m.thread" and relation.get("is_falling_back") is not False:
        return scalar(relation.get("event_id")) or answer or None
    return answer or None


def _redacted(event: dict[str, Any]) -> bool:
    if "redacted_because" in fields(event.get("unsigned")) or "redacted_because" in event:
        return True
    said = event.get("type") in ("m.room.message", "m.room.encrypted", "m.sticker")
    return said and not event.get("content")


_Said = tuple[str, bool, bool, tuple[str, ...], dict[str, Any]]
"""Text, whether it is a notice, whether it is somebody else's, files, what else."""


def _said(kind: str, event: dict[str, Any], content: dict[str, Any], room: Room) -> _Said:
    if _redacted(event):
        return "This message was deleted.", True, False, (), {"deleted": True}
    if kind == "m.room.encrypted":
        return "This message could not be decrypted.", True, False, (), {}
    if kind == "m.sticker":
        meta: dict[str, Any] = {"media_type": "sticker", "sticker_emoji": _body(content)}
        return "", False, False, (), meta
    if kind in _POLLS:
        return _poll(content)
    if kind == "m.room.message" or (kind.startswith("m.") is False and _body(content)):
        return _message(event, content, room)
    return _notice(kind, event, content, room), True, False, (), {}


def _message(event: dict[str, Any], content: dict[str, Any], room: Room) -> _Said:
    kind, body = scalar(content.get("msgtype")), _body(content)
    if kind.startswith("m.key.verification"):
        return "verification request", True, False, (), {}
    if kind == "m.location":
        where = _GEO.search(scalar(content.get("geo_uri")))
        place = {"latitude": float(where[1]), "longitude": float(where[2])} if where else {}
        return body, False, False, (), {"place": place}
    if kind in FOLDERS:
        named = scalar(content.get("filename")) or scalar(fields(content.get("info")).get("name"))
        file = named or body
        path = room.files.get((FOLDERS[kind], file.rpartition(".")[0] or file), file)
        voice = "org.matrix.msc3245.voice" in content
        caption = body if named and body != named else ""
        meta = {"media_type": "voice_message" if voice else ""}
        return caption, False, False, (path,) if path else (), meta
    if fields(_relation(event).get("m.in_reply_to")):
        body = without_fallback(body)
    return body, False, False, (), {"emote": kind == "m.emote"}


def without_fallback(body: str) -> str:
    """Without the quoted copy of what a message answers, for programs that cannot show it."""
    if not body.startswith("> "):
        return body
    lines = body.split("\n")
    end = next((at for at, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[end:]).lstrip("\n")


def _body(content: dict[str, Any]) -> str:
    return next((said for key in _TEXTS if (said := scalar(content.get(key)))), "")


def _poll(content: dict[str, Any]) -> _Said:
    inside = next((fields(value) for key, value in content.items() if "poll.start" in key), content)
    if "m.poll" in content:
        inside = fields(content["m.poll"])
    question = inside.get("question")
    lines = [scalar(question) or _extensible(fields(question))]
    lines += [f"- {_extensible(answer)}" for answer in listed(inside.get("answers"))]
    return "\n".join(lines), False, False, (), {}


def _extensible(value: dict[str, Any]) -> str:
    """`{"m.text": [{"body": "six"}]}`, or as it was before."""
    blocks = listed(value.get("m.text"))
    return scalar(blocks[0].get("body")) if blocks else _body(value)


def _notice(kind: str, event: dict[str, Any], content: dict[str, Any], room: Room) -> str:
    if kind == "m.room.member":
        whom = scalar(event.get("state_key")) or scalar(event.get("sender"))
        name = scalar(content.get("displayname")) or room.called(whom)
        before = fields(fields(event.get("unsigned")).get("prev_content"))
        membership = scalar(content.get("membership"))
        renamed = scalar(before.get("displayname"))
        if membership == "join" and before.get("membership") == "join" and renamed != name:
            return f"{renamed or whom} is now called {name}"
        return f"{name} {_MEMBERSHIP.get(membership, membership)}".strip()
    what = kind.removeprefix("m.").removeprefix("room.")
    what = _NOTICES.get(kind) or what.replace(".", " ").replace("_", " ") or "event"
    said = scalar(content.get(_CHANGES.get(kind, "")))
    return f"{what}: {said}" if said else what


__all__ = ["FOLDERS", "Room", "record", "utc", "without_fallback"]
