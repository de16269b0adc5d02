"""Skype and Teams for private people: `messages.json`, in the tar of secure.skype.com's "Export
chats" and of Teams' data export.

    {"userId": "8:live:ada", "exportDate": "2025-04-01T10:00", "conversations": [
      {"id": "8:bea", "displayName": "Bea", "threadProperties": null, "MessageList": [
        {"id": "1600000001000", "displayName": null, "originalarrivaltime": "2020-09-13T12:26:41Z",
         "messagetype": "RichText", "content": "A &amp; B", "conversationid": "8:bea",
         "from": "8:live:ada", "properties": null}]}]}

Newest first. What was edited can stand there twice, the last version first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.backwards import oldest_first
from ingest.decode import fold_newlines
from ingest.jsonstream import OPENED, JsonError, broken_off, walk
from ingest.skype_markup import Said, act, call, original, poll, said
from ingest.times import from_epoch
from ingest.values import text_in
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_LIST = "conversations.item.MessageList"
_INSIDE = frozenset({"", "conversations", "conversations.item", _LIST})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LISTS = ("48:calllogs", "48:drafts", "48:notifications", "48:mentions", "48:threads", "48:saved")
"""Lists of the app's own, of what stands in the talks."""
_INITIATOR = re.compile(r"<initiator>([^<>\s]{1,300})</initiator>")
_ADVERT = frozenset({"Notice", "PopCard", "Control/Typing", "Control/ClearTyping", "Event/BingBot"})


@dataclass(slots=True)
class _Talk:
    id: str = ""
    title: str = ""


@dataclass(slots=True)
class _Survey:
    """What stands behind the messages that need it, or in another talk."""

    me: frozenset[str] = frozenset()
    talks: list[_Talk] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """Who is called how, by their handle."""
    last: dict[tuple[int, str, int], int] = field(default_factory=dict)
    """Of what was edited, by talk, author and first time: which message is the last version."""


def _looks_like_skype(member: Member) -> bool:
    shape = member.shape
    if shape.kind != "object":
        return False
    if _is_endpoints(member):
        return True
    if "conversations" not in shape.keys[0]:
        return False
    return "MessageList" in shape.keys[1] or shape.has(0, "userId", "exportDate")


def _is_endpoints(member: Member) -> bool:
    """The list of devices that lies beside the messages."""
    told = "endpoints" in member.shape.keys[0] and "conversations" not in member.shape.keys[0]
    return told and member.beside("messages.json") is not None


@importer("skype", recognises=_looks_like_skype)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of every talk, oldest first."""
    if _is_endpoints(member):
        return
    survey = _survey(member, options)
    if not survey.me:
        yield Question("me", "Which Skype name is yours?", "", "--me")
    broken: list[JsonError] = []
    made = 0
    for _, one in groupby(_messages(member, broken), lambda m: m[0]):
        for at, number, value in oldest_first(one, lambda m: _arrived(m[2]) or 0):
            talk = survey.talks[at] if at < len(survey.talks) else _Talk()
            if _outdated(value, at, number, survey):
                continue
            item = record(value, talk, survey.names, survey.me, number)
            if item is not None:
                made += 1
                yield item
    if broken and not made:
        raise UnreadableExport(
            f"{member.name} is not a complete Skype export.", "Export your chats again."
        ) from broken[0]
    if broken:
        yield broken_off(broken[0], made, "message")


def _messages(member: Member, broken: list[JsonError]) -> Iterator[tuple[int, int, Any]]:
    """The number of the talk from zero, of the message from one, and the message."""
    talk, number = -1, 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if value is OPENED and path == "conversations.item":
                    talk += 1
                elif path == f"{_LIST}.item":
                    number += 1
                    yield talk, number, value
    except JsonError as error:
        broken.append(error)


def _survey(member: Member, options: Options) -> _Survey:
    found = _Survey(frozenset(map(_handle, options.me)))
    number = 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                key = path.rpartition(".")[2]
                if value is OPENED and path == "conversations.item":
                    found.talks.append(_Talk())
                elif path == "userId":
                    found.me |= {_handle(value)} - {""}
                elif path == f"{_LIST}.item":
                    number += 1
                    _look(value, number, found)
                elif found.talks and key == "id":
                    found.talks[-1].id = text_in(value)
                elif found.talks and key == "displayName":
                    found.talks[-1].title = text_in(value) or found.talks[-1].title
                elif found.talks and key == "threadProperties" and isinstance(value, dict):
                    found.talks[-1].title = found.talks[-1].title or text_in(value.get("topic"))
    except JsonError:
        pass  # reported by the reading itself
    for talk in found.talks:
        if talk.title and talk.id.startswith("8:"):
            found.names.setdefault(_handle(talk.id), talk.title)
    return found


def _look(value: Any, number: int, found: _Survey) -> None:
    if not isinstance(value, dict):
        return
    who, name = _handle(value.get("from")), text_in(value.get("displayName"))
    if who and name and who not in found.names:
        found.names[who] = name
    first = original(text_in(value.get("content")))
    if first is not None:
        found.last.setdefault((len(found.talks) - 1, who, first), number)


def _outdated(value: Any, talk: int, number: int, survey: _Survey) -> bool:
    """An earlier version of what was edited afterwards, which stands here too."""
    if not isinstance(value, dict) or not survey.last:
        return False
    first = original(text_in(value.get("content")))
    first = _arrived(value) if first is None else first
    key = (talk, _handle(value.get("from")), first or 0)
    return survey.last.get(key, number) != number


def record(
    value: Any, talk: _Talk, names: dict[str, str], me: frozenset[str], number: int
) -> Record | Unread | None:
    """One message; None for the app's advertisements and its own lists."""
    if not isinstance(value, dict):
        return Unread(f"message {number}", "It is not a message.")
    kind = text_in(value.get("messagetype"))
    if kind in _ADVERT or talk.id in _LISTS:
        return None
    who = _handle(value.get("from"))
    if who.startswith("19:"):  # the talk itself tells what somebody did in it
        by = _INITIATOR.search(text_in(value.get("content")))
        who = _handle(by[1]) if by else ""
    ms = _arrived(value)
    what, words, meta = _said(value, kind, names)
    return Record(
        "skype",
        talk.id or text_in(value.get("conversationid")) or who or "Skype",
        fold_newlines(words.text),
        author=text_in(value.get("displayName")) or names.get(who, who),
        author_id=who,
        sent_at=_utc(ms),
        sent_local=text_in(value.get("originalarrivaltime")),
        zone="none" if ms is None else "explicit",
        kind=what,
        mine=bool(who) and who in me,
        role="system" if who.startswith("28:") else "person",
        native_id=str(value.get("id") or "") or None,
        reply_to=words.quote.get("id") if words.quote else None,
        title=talk.title or names.get(_handle(talk.id), ""),
        attachments=words.files,
        meta=json.dumps(meta, ensure_ascii=False, sort_keys=True) if meta else "",
    )


def _said(
    value: dict[str, Any], kind: str, names: dict[str, str]
) -> tuple[str, Said, dict[str, Any]]:
    """Its kind, its words, and what else is worth keeping."""
    content = text_in(value.get("content"))
    told = value.get("properties")
    told = told if isinstance(told, dict) else {}
    if told.get("deletetime"):
        return "event", Said("This message was deleted."), {}
    if kind == "Event/Call":
        text, about = call(content)
        return "event", Said(text), {"call": about} if about else {}
    if kind.startswith(("ThreadActivity/", "InviteFree", "EndToEnd", "Event/")):
        return "event", Said(act(content, kind, names)), {}
    words = Said(poll(content)) if kind == "Poll" else said(content)
    if not words.text and not words.files:
        return "event", Said("This message is empty in the export."), {}
    meta: dict[str, Any] = {}
    if words.edited or told.get("edittime"):
        meta["edited"] = True
    if words.quote:
        meta["quote"] = {k: v for k, v in words.quote.items() if k != "id"}
    reactions = _reactions(told.get("emotions"), names)
    if reactions:
        meta["reactions"] = reactions
    return "message", words, meta


def _reactions(emotions: Any, names: dict[str, str]) -> list[dict[str, str]]:
    """A list, or the same as JSON in a text."""
    if isinstance(emotions, str):
        try:
            emotions = json.loads(emotions)
        except (ValueError, RecursionError):
            return []
    found: list[dict[str, str]] = []
    for one in emotions if isinstance(emotions, list) else ():
        users = one.get("users") if isinstance(one, dict) else None
        for user in users if isinstance(users, list) else ():
            who = _handle(user.get("mri")) if isinstance(user, dict) else ""
            found.append({"by": names.get(who, who), "reaction": text_in(one.get("key"))})
    return found


def _arrived(value: Any) -> int | None:
    """Milliseconds since 1970. The id is such a number too."""
    if not isinstance(value, dict):
        return None
    written = text_in(value.get("originalarrivaltime"))
    try:
        moment = datetime.fromisoformat(written)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        id_ = str(value.get("id") or "")
        return int(id_) if id_.isdigit() and 12 <= len(id_) <= 14 else None


def _utc(ms: int | None) -> str | None:
    try:
        return None if ms is None else from_epoch(ms // 1000)
    except ValueError:
        return None


def _handle(id_: Any) -> str:
    """`8:live:ada` and `https://…/contacts/8:live:ada` as `live:ada`."""
    return text_in(id_).rpartition("/")[2].removeprefix("8:")


__all__ = ["read", "record"]
