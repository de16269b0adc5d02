"""Google Hangouts, of Google Takeout: `Hangouts/Hangouts.json`, one object with all talks.

    {"conversations": [{"conversation": {"conversation": {"id": {"id": "Ugx"}, "participant_data": [
        {"id": {"gaia_id": "2", "chat_id": "2"}, "fallback_name": "Ada"}]}},
      "events": [{"event_id": "7-H0", "event_type": "REGULAR_CHAT_MESSAGE",
        "sender_id": {"chat_id": "2"}, "timestamp": "1400000000123456",
        "chat_message": {"message_content": {"segment": [{"type": "TEXT", "text": "hi"}]}}}]}]}

Before 2017 the same stood under `conversation_state`, twice. It includes the SMS of an Android
phone whose app for them Hangouts was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ingest import Item, Member, Options, importer
from ingest.chat_people import after_people
from ingest.decode import fold_newlines
from ingest.jsonstream import OPENED, JsonError, broken_off, walk
from ingest.times import from_epoch
from ingest.values import entries_in, fields, text_in
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_NEW = ("conversations", "conversations.item", "conversations.item.events")
_OLD = (
    "conversation_state",
    "conversation_state.item",
    "conversation_state.item.conversation_state",
    "conversation_state.item.conversation_state.event",
)
_INSIDE = frozenset(("", *_NEW, *_OLD))
_EVENTS = frozenset({"conversations.item.events.item", f"{_OLD[3]}.item"})
_TALKS = frozenset({"conversations.item", "conversation_state.item"})
_ABOUT = frozenset({"conversations.item.conversation", f"{_OLD[2]}.conversation"})
_UNNAMED = "Hangouts"
_SAID = frozenset({"REGULAR_CHAT_MESSAGE", "SMS"})


@dataclass(slots=True)
class _Talk:
    conversation: str = ""
    title: str = ""
    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name and handle, by either of their ids."""
    me: frozenset[str] = frozenset()


def _looks_like_hangouts(member: Member) -> bool:
    shape = member.shape
    if shape.kind != "object":
        return False
    keys = frozenset().union(*shape.keys)
    if "conversations" in shape.keys[0]:
        return bool({"participant_data", "gaia_id"} & keys) and "conversation" in shape.keys[1]
    return "conversation_state" in shape.keys[0] and "conversation_state" in shape.keys[1]


@importer("hangouts", recognises=_looks_like_hangouts)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the events of every talk in file order, streaming."""
    talk: _Talk | None = None
    talks: list[_Talk] | None = None
    opened = number = made = 0
    asked = False
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if value is OPENED and path in _TALKS:
                    opened, talk = opened + 1, None
                elif path in _ABOUT:
                    talk = _talk(value, options)
                elif path in _EVENTS:
                    if talk is None:  # somebody's program put the keys in another order
                        talks = talks or _talks(member, options)
                        talk = talks[opened - 1] if opened <= len(talks) else _Talk()
                    number += 1
                    if not (talk.me or asked):
                        asked = True
                        yield _who(talk)
                    item = record(value, talk, number)
                    made += isinstance(item, Record)
                    yield item
    except JsonError as error:
        if not made:
            raise UnreadableExport(
                f"{member.name} is not a complete Takeout of Hangouts.", "Take it out again."
            ) from error
        yield broken_off(error, number, "event")


def _who(talk: _Talk) -> Question:
    return Question(
        "me", f"Which person in “{talk.title or talk.conversation}” is you?", "", "--me"
    )


def _talks(member: Member, options: Options) -> list[_Talk]:
    found: list[_Talk] = []
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if value is OPENED and path in _TALKS:
                    found.append(_Talk())
                elif path in _ABOUT and found:
                    found[-1] = _talk(value, options)
    except JsonError:
        pass  # reported by the reading itself
    return found


def _talk(value: Any, options: Options) -> _Talk:
    outer = fields(value)
    about = fields(outer.get("conversation")) or outer
    id_ = fields(about.get("id")).get("id") or fields(outer.get("conversation_id")).get("id")
    state = fields(fields(about.get("self_conversation_state")).get("self_read_state"))
    me = set(_ids(state.get("participant_id")))
    said = {name.casefold() for name in options.me}
    people: dict[str, tuple[str, str]] = {}
    others: list[str] = []
    for one in entries_in(about.get("participant_data")):
        name, handle = _person(fields(one))
        ids = _ids(fields(one).get("id"))
        if {name.casefold(), handle.casefold()} & said:
            me |= set(ids)
        people |= dict.fromkeys(ids, (name or handle or (ids[0] if ids else ""), handle))
        if not me & set(ids):
            others.append(name or handle)
    title = text_in(about.get("name")) or after_people(filter(None, others), "")
    return _Talk(text_in(id_), title, people, frozenset(me))


def _person(one: dict[str, Any]) -> tuple[str, str]:
    """Name, and the phone number of whoever was written to by SMS."""
    phone = fields(one.get("phone_number"))
    handle = text_in(phone.get("e164")) or text_in(
        fields(phone.get("i18n_data")).get("international_number")
    )
    return text_in(one.get("fallback_name")), handle


def record(value: Any, talk: _Talk, number: int) -> Record | Unread:
    """One event: a message, a call, somebody added."""
    if not isinstance(value, dict):
        return Unread(f"event {number}", "It is not an event.")
    ids = _ids(value.get("sender_id"))
    name, handle = next((talk.people[i] for i in ids if i in talk.people), ("", ""))
    sent_at, written = _time(value.get("timestamp"))
    kind = text_in(value.get("event_type"))
    message = kind in _SAID or (not kind and "chat_message" in value)
    content = fields(fields(value.get("chat_message")).get("message_content"))
    files, told, meta = _attached(content)
    text = "\n".join(filter(None, (_words(content), *told))) if message else _act(value, kind, talk)
    me = talk.me or frozenset(_ids(fields(value.get("self_event_state")).get("user_id")))
    return Record(
        "hangouts",
        talk.conversation or text_in(fields(value.get("conversation_id")).get("id")) or _UNNAMED,
        fold_newlines(text),
        author=name or (ids[0] if ids else ""),
        author_id=handle or (ids[0] if ids else ""),
        sent_at=sent_at,
        sent_local=written,
        zone="unix" if sent_at else "none",
        kind="message" if message else "event",
        mine=bool(me & set(ids)),
        native_id=text_in(value.get("event_id")) or None,
        title=talk.title,
        attachments=files,
        meta=json.dumps(meta, ensure_ascii=False, sort_keys=True) if meta else "",
    )


def _time(micros: Any) -> tuple[str | None, str]:
    written = str(micros) if isinstance(micros, str | int) else ""
    try:
        return from_epoch(int(written) // 1_000_000), written
    except ValueError:
        return None, written


def _words(content: dict[str, Any]) -> str:
    pieces: list[str] = []
    for segment in entries_in(content.get("segment")):
        segment = fields(segment)
        text = text_in(segment.get("text"))
        if segment.get("type") == "LINE_BREAK":
            text = text or "\n"
        elif segment.get("type") == "LINK":
            text = text or text_in(fields(segment.get("link_data")).get("link_target"))
        pieces.append(text)
    return "".join(pieces)


def _attached(content: dict[str, Any]) -> tuple[tuple[str, ...], list[str], dict[str, Any]]:
    """Pictures by their names, and in words what else was sent: a place, a page."""
    files: list[str] = []
    told: list[str] = []
    meta: dict[str, Any] = {}
    for one in entries_in(content.get("attachment")):
        item = fields(fields(one).get("embed_item"))
        # `embeds.PlusPhoto.plus_photo` is how the keys were called at first.
        parts = {key.rpartition(".")[2]: fields(part) for key, part in item.items()}
        photo, place = parts.get("plus_photo", {}), parts.get("place_v2", {})
        url = photo.get("original_content_url") or photo.get("url")
        url = url or fields(photo.get("thumbnail")).get("image_url")
        if text_in(url):
            last = re.split(r"[?#]", text_in(url))[0].rpartition("/")[2]
            files.append(unquote(last) or text_in(url))
            meta.setdefault("urls", []).append(text_in(url))
        if place:
            told.append(
                "\n".join(filter(None, map(text_in, (place.get("name"), place.get("url")))))
            )
            geo = fields(fields(place.get("geo")).get("geo_coordinates_v2"))
            meta["place"] = {k: geo[k] for k in ("latitude", "longitude") if k in geo}
        elif not photo and parts.get("thing_v2"):
            told.append(
                text_in(parts["thing_v2"].get("url")) or text_in(parts["thing_v2"].get("name"))
            )
    return tuple(files), list(filter(None, told)), meta


def _act(value: dict[str, Any], kind: str, talk: _Talk) -> str:
    """What happened, in plain words."""
    change, call = fields(value.get("membership_change")), fields(value.get("hangout_event"))
    rename = fields(value.get("conversation_rename"))
    what = (text_in(call.get("event_type")) or kind or "event").lower().replace("_", " ")
    if rename:
        return f"renamed: {text_in(rename.get('new_name'))}"
    if change:
        first = (_ids(person)[:1] for person in entries_in(change.get("participant_id")))
        who = [talk.people[i][0] for ids in first for i in ids if i in talk.people]
        return f"{what}: {', '.join(who)}" if who else what
    seconds = call.get("hangout_duration_secs")
    return f"{what}: {seconds} s" if seconds else what


def _ids(value: Any) -> list[str]:
    """`gaia_id` and `chat_id`: one of them can be missing, and mostly they are equal."""
    found = fields(value)
    return list(
        dict.fromkeys(filter(None, (text_in(found.get(k)) for k in ("gaia_id", "chat_id"))))
    )


__all__ = ["read", "record"]
