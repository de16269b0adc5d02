"""One `chatItem` of Signal's own export as a record."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ingest.decode import fold_newlines
from ingest.record_meta import meta_of
from ingest.signal_people import Directory
from ingest.signal_updates import call, told
from ingest.times import from_epoch
from ingest.values import fields, listed, scalar, whole
from secondme.record import Record, Unread

_OBJECT = "\ufffc"
_TYPES = (
    "standardMessage",
    "stickerMessage",
    "contactMessage",
    "viewOnceMessage",
    "directStoryReplyMessage",
    "paymentNotification",
    "giftBadge",
    "poll",
    "updateMessage",
)
_DELETED = ("remoteDeletedMessage", "adminDeletedMessage", "deletedMessage")


class Files(NamedTuple):
    """The `files` folder: names by the hash that each is called by, and how to read one."""

    names: Mapping[str, str]
    read: Callable[[str], str]


class Said(NamedTuple):
    text: str = ""
    kind: str = "message"
    theirs: bool = False
    """The words are somebody else's."""
    pointers: tuple[dict[str, Any], ...] = ()
    meta: dict[str, Any] = {}  # noqa: RUF012  never changed


def record(item: dict[str, Any], directory: Directory, files: Files) -> Record | Unread | None:
    """None for what had disappeared when the export was made."""
    if _disappeared(item, directory.exported_at):
        return None
    what = next((key for key in (*_TYPES, *_DELETED) if key in item), "")
    author = directory.person(item.get("authorId"))
    conversation, title = directory.chat(item.get("chatId"))
    said = _said(what, fields(item.get(what)), directory, files)
    if said is None:
        return Unread(f"message of {scalar(item.get('dateSent'))}", "It is of an unknown kind.")
    first = next(iter(listed(item.get("revisions"))), item)
    sent = whole(first.get("dateSent"))
    sent_at = _utc(sent)
    id_ = f"{author.key}:{sent}" if sent else None
    update = next(iter(fields(item.get("updateMessage"))), "") if what == "updateMessage" else ""
    message = fields(item.get(what))
    quote = fields(message.get("quote"))
    meta = said.meta | {
        "reactions": _reactions(message, directory),
        "edited": bool(item.get("revisions")),
        "quote": _quoted_words(quote),
    }
    role = "system" if author.machine else "forwarded" if said.theirs else "person"
    return Record(
        "signal",
        conversation,
        fold_newlines(said.text),
        author.name,
        author.id,
        sent_at,
        scalar(first.get("dateSent")),
        "unix" if sent_at else "none",
        kind=said.kind,
        mine=author.mine or "outgoing" in item,
        role=role,
        native_id=f"{id_}:{update}" if id_ and update else id_,
        reply_to=_quoted(quote, directory),
        title=title,
        attachments=tuple(filter(None, (_file(each, files.names) for each in said.pointers))),
        meta=meta_of(meta),
    )


def _disappeared(item: dict[str, Any], exported_at: int) -> bool:
    started, lasts = whole(item.get("expireStartDate")), whole(item.get("expiresInMs"))
    return bool(started and lasts and exported_at and started + lasts <= exported_at)


def _utc(milliseconds: int | None) -> str | None:
    try:
        return from_epoch(milliseconds / 1000) if milliseconds else None
    except (ValueError, OverflowError):
        return None


def _quoted(quote: dict[str, Any], directory: Directory) -> str | None:
    sent = whole(quote.get("targetSentTimestamp"))
    return f"{directory.person(quote.get('authorId')).key}:{sent}" if sent else None


def _quoted_words(quote: dict[str, Any]) -> str:
    return scalar(fields(quote.get("text")).get("body")) or scalar(quote.get("text"))


def _said(what: str, value: dict[str, Any], directory: Directory, files: Files) -> Said | None:
    """None for a kind of message that nobody has told us of."""
    if what in _DELETED:
        return Said("This message was deleted.", "event", meta={"deleted": True})
    if what == "updateMessage":
        return Said(told(value, directory), "event", meta={"call": call(value)})
    if what == "standardMessage":
        text, pointers = _words(value, directory, files), _pointers(value)
        voice = any(
            each.get("flag") == "VOICE_MESSAGE" for each in listed(value.get("attachments"))
        )
        links = [
            url for each in listed(value.get("linkPreview")) if (url := scalar(each.get("url")))
        ]
        meta: dict[str, Any] = {"links": [url for url in links if url not in text]}
        return Said(text, pointers=pointers, meta=meta | {"media_type": "voice_message" * voice})
    if what == "stickerMessage":
        sticker = fields(value.get("sticker"))
        meta = {"media_type": "sticker", "sticker_emoji": scalar(sticker.get("emoji"))}
        return Said(pointers=(fields(sticker.get("data")),), meta=meta)
    if what == "contactMessage":
        return Said(_contact(value), theirs=True)
    if what == "viewOnceMessage":
        pointer = fields(fields(value.get("attachment")).get("pointer"))
        kind = "message" if pointer else "event"
        return Said("" if pointer else "View-once media", kind, pointers=(pointer,))
    if what == "directStoryReplyMessage":
        reply = fields(value.get("textReply"))
        text = _words(reply, directory, files) or scalar(value.get("emoji"))
        return Said(text, meta={"story": True})
    if what == "poll":
        return _poll(value)
    if what == "paymentNotification":
        parts = (scalar(value.get("amountMob")), scalar(value.get("note")))
        return Said(": ".join(["payment", *filter(None, parts)]), "event")
    return Said("gift badge", "event") if what == "giftBadge" else None


def _words(value: dict[str, Any], directory: Directory, files: Files) -> str:
    """The body, from its own file where it is long, with the names of those it mentions."""
    text = fields(value.get("text"))
    body = scalar(text.get("body")) or scalar(value.get("text"))
    if long := fields(value.get("longText")):
        body = files.read(_file(long, files.names)) or body
    mentions = [each for each in listed(text.get("bodyRanges")) if each.get("mentionAci")]
    if _OBJECT not in body or not mentions:
        return body
    named = {
        whole(each.get("start")) or 0: directory.named(each["mentionAci"]) for each in mentions
    }
    pieces: list[str] = []
    at = 0  # in UTF-16, as Signal counts
    for letter in body:
        pieces.append(f"@{named[at]}" if letter == _OBJECT and at in named else letter)
        at += 2 if letter > "\uffff" else 1
    return "".join(pieces)


def _pointers(value: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return tuple(fields(each.get("pointer")) for each in listed(value.get("attachments")))


def _file(pointer: dict[str, Any], names: Mapping[str, str]) -> str:
    """Where it lies in the export; else what it was called when it was sent."""
    locator = fields(pointer.get("locatorInfo"))
    try:
        parts = [base64.b64decode(locator[key]) for key in ("plaintextHash", "localKey")]
    except (KeyError, ValueError, TypeError):
        return scalar(pointer.get("fileName"))
    digest = hashlib.sha256(b"".join(parts)).hexdigest()
    return names.get(digest) or scalar(pointer.get("fileName")) or f"files/{digest[:2]}/{digest}"


def _contact(value: dict[str, Any]) -> str:
    contacts = listed(value.get("contact")) or [fields(value.get("contact"))]
    lines: list[str] = []
    for each in contacts:
        name = fields(each.get("name"))
        keys = ("givenName", "middleName", "familyName")
        lines.append(" ".join(part for key in keys if (part := scalar(name.get(key)))))
        lines.append(scalar(each.get("organization")))
        for key in ("number", "email"):
            lines += [scalar(one.get("value")) for one in listed(each.get(key))]
    return "\n".join(filter(None, lines))


def _poll(value: dict[str, Any]) -> Said:
    options = listed(value.get("options"))
    lines = [scalar(value.get("question")), *(f"- {scalar(o.get('option'))}" for o in options)]
    answers = [
        {"text": scalar(each.get("option")), "votes": len(listed(each.get("votes")))}
        for each in options
    ]
    poll = {"answers": answers, "closed": value.get("hasEnded") is True}
    return Said("\n".join(lines), meta={"poll": poll})


def _reactions(message: dict[str, Any], directory: Directory) -> list[dict[str, str]]:
    return [
        {"by": directory.person(each.get("authorId")).name, "reaction": scalar(each.get("emoji"))}
        for each in listed(message.get("reactions"))
    ]


__all__ = ["Files", "record"]
