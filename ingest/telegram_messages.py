"""One message of Telegram's, as its JSON has it: what was said, by whom, and what happened.

    {"id": 2, "type": "message", "date": "2024-01-01T00:01:00", "date_unixtime": "1704067260",
     "from": "Ada", "from_id": "user42", "reply_to_message_id": 1, "text": "at six"}

`service` messages tell of calls, pins and members; `date` is the wall time of the computer that
exported, and only exports before June 2022 lack the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ingest import Options
from ingest.decode import fold_newlines
from ingest.record_meta import meta_of
from ingest.times import from_epoch, parse_local, utc
from ingest.values import fields, listed, scalar
from secondme.record import Record, Unread

_PLAIN = frozenset(
    "id type date date_unixtime from from_id reply_to_message_id text text_entities".split()
)
"""A message with nothing else is only its words, as nearly all are."""
_KEPT = ("media_type", "sticker_emoji", "forwarded_from", "saved_from", "via_bot")
_ACTION = (
    "title", "new_title", "information_text", "emoticon", "members", "inviter", "from", "to",
    "distance", "duration_seconds", "duration", "discard_reason", "score", "amount", "currency",
    "cost", "months", "schedule_date", "message_id",
)  # fmt: skip
_SECONDS = frozenset({"duration_seconds", "duration"})
_WHERE = ("latitude", "longitude")
_NOT_A_NAME = "("
"""`(File not included. Change data exporting settings to download.)` stands for a file."""


class Author(NamedTuple):
    name: str
    id: str
    mine: bool


@dataclass(slots=True)
class Chat:
    """What is known about all messages of one chat."""

    conversation: str
    title: str
    mine: Callable[[str, str], bool]
    owns: Callable[[str, str], bool]
    """`mine` without guessing from who else is in the chat: also for people who are not in it."""
    options: Options
    authors: dict[tuple[str, str], Author] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    """Names of a forum's topics, by the message that opened each."""

    def author(self, name: Any, id_: Any) -> Author:
        """A deleted account has no name any more; before 2021, ids were bare numbers."""
        id_ = f"user{id_}" if isinstance(id_, int) else scalar(id_)
        name = scalar(name) or id_
        return Author(name, id_, self.mine(name, id_))


def record(value: Any, chat: Chat, number: int) -> Record | Unread:
    """The `number`th message of a file."""
    if type(value) is not dict:
        return Unread(f"message {number}", "It is not a message.")
    kind = value.get("type")
    if kind == "service":
        return _happened(value, chat)
    if kind == "unsupported":
        note = "This message could not be shown by the Telegram that made the export."
        return _said(value, chat)._replace(kind="event", text=note)
    said = _said(value, chat)
    if _PLAIN.issuperset(value) and not (chat.topics and said.reply_to):
        return said
    return _with_the_rest(said, value, chat)


def _said(value: dict[str, Any], chat: Chat) -> Record:
    """Who said which words when."""
    name, id_ = value.get("from"), value.get("from_id")
    key = (name, id_) if type(name) is str and type(id_) is str else None
    author = chat.authors.get(key) if key else None
    if author is None:
        author = chat.author(name, id_)
        if key:
            chat.authors[key] = author
    text = value.get("text")
    if type(text) is not str or "\r" in text:
        text = text_of(text)
    sent_at, zone, local = _time(value, chat.options)
    native, reply = value.get("id"), value.get("reply_to_message_id")
    return Record(
        "telegram",
        chat.conversation,
        text,
        author.name,
        author.id,
        sent_at,
        local,
        zone,
        "s",
        "message",
        author.mine,
        "person",
        scalar(native) or None,
        scalar(reply) or None,
        "",
        chat.title,
    )


def _with_the_rest(said: Record, value: dict[str, Any], chat: Chat) -> Record:
    """With its files, and whatever else a message can hold."""
    topic = chat.topics.get(said.reply_to or "", "")
    elsewhere = topic or value.get("reply_to_peer_id")
    text, theirs = said.text, _forwarded(value, said, chat)
    if not text:
        text, theirs_too = _instead(value)
        theirs = theirs or theirs_too
    return said._replace(
        text=text,
        role="forwarded" if theirs else "person",
        reply_to=None if elsewhere else said.reply_to,
        attachments=_attachments(value),
        meta=meta_of(_kept(value) | {"topic": topic}),
    )


def _happened(value: dict[str, Any], chat: Chat) -> Record:
    """A notice: the export has no sentence for it, only its parts."""
    action = scalar(value.get("action")).replace("_", " ")
    number, title = scalar(value.get("id")), scalar(value.get("title"))
    if action == "topic created" and title:
        chat.topics[number] = title
    author = chat.author(
        value.get("actor", value.get("from")), value.get("actor_id", value.get("from_id"))
    )
    sent_at, zone, local = _time(value, chat.options)
    return Record(
        "telegram",
        chat.conversation,
        _told(action, value),
        author.name,
        author.id,
        sent_at,
        local,
        zone,
        kind="event",
        mine=author.mine,
        native_id=number or None,
        title=chat.title,
        attachments=_attachments(value),
        meta=meta_of({"call": _call(value)} if action == "phone call" else {}),
    )


def _told(action: str, value: dict[str, Any]) -> str:
    """`invite members: Ada, Bea`."""
    parts: list[str] = []
    for key in _ACTION:
        part = value.get(key)
        if isinstance(part, list):
            parts += [name for each in part if (name := scalar(each))]
        elif scalar(part):
            parts.append(f"{part} s" if key in _SECONDS else scalar(part))
    told = ": ".join(piece for piece in (action, ", ".join(parts)) if piece) or "service"
    text = text_of(value.get("text"))
    return told + (f"\n{text}" if text else "")


def _call(value: dict[str, Any]) -> dict[str, Any]:
    seconds, reason = value.get("duration_seconds"), scalar(value.get("discard_reason"))
    found: dict[str, Any] = {"seconds": seconds} if isinstance(seconds, int) else {}
    return found | ({"ended": reason} if reason else {})


def _forwarded(value: dict[str, Any], said: Record, chat: Chat) -> bool:
    """Somebody else's words, passed on by the author. One's own, forwarded, stay one's own."""
    if "forwarded_from" not in value:
        return False
    name, id_ = scalar(value["forwarded_from"]), scalar(value.get("forwarded_from_id"))
    by_id = bool(id_ and said.author_id)
    same = id_ == said.author_id if by_id else bool(name) and name == said.author
    return not (same or (said.mine and chat.owns(name, id_)))


def _time(value: dict[str, Any], options: Options) -> tuple[str | None, str, str]:
    """In UTC, where the zone came from, and as it is written."""
    local = value.get("date")
    local = local if type(local) is str else ""
    epoch = value.get("date_unixtime")
    try:
        if epoch is not None:
            return from_epoch(int(epoch)), "unix", local
    except (TypeError, ValueError):
        pass
    moment = parse_local(local) if local else None
    if moment is None:
        return None, "none", local
    try:
        sent_at = utc(moment, options.zone or options.local_zone)
    except ValueError:
        return None, "none", local
    return sent_at, "asked" if options.zone else "guessed", local


def text_of(value: Any) -> str:
    """Plain text, or the joined pieces of formatted text."""
    if isinstance(value, str):
        return fold_newlines(value)
    if not isinstance(value, list):
        return ""
    pieces = (piece.get("text") if isinstance(piece, dict) else piece for piece in value)
    return fold_newlines("".join(piece for piece in pieces if isinstance(piece, str)))


def _instead(value: dict[str, Any]) -> tuple[str, bool]:
    """What was shown where a message has no words, and whether these are somebody else's."""
    poll, tasks = fields(value.get("poll")), fields(value.get("todo_list"))
    if poll or tasks:
        asked = text_of(poll.get("question") or tasks.get("title"))
        choices = listed(poll.get("answers") or tasks.get("answers"))
        return "\n".join([asked, *(f"- {text_of(each.get('text'))}" for each in choices)]), False
    if contact := fields(value.get("contact_information")):
        number = scalar(contact.get("phone_number"))
        return "\n".join(filter(None, (name_of(contact), number))), True
    shown = ("place_name", "address", "game_title", "game_description")
    lines = [said for key in shown if (said := scalar(value.get(key)))]
    return "\n".join(lines), bool(lines)


def name_of(person: dict[str, Any]) -> str:
    """Of a contact; empty for none."""
    return " ".join(
        part for key in ("first_name", "last_name") if (part := scalar(person.get(key)).strip())
    )


def _attachments(value: dict[str, Any]) -> tuple[str, ...]:
    """Names only: what says why there is no file is no name."""
    names: list[str] = []
    for key in ("photo", "file", "contact_vcard"):
        name = value.get(key)
        if isinstance(name, str) and name.startswith(_NOT_A_NAME):
            name = value.get("file_name")
        if isinstance(name, str) and name:
            names.append(name)
    return tuple(names)


def _kept(value: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {key: scalar(value[key]) for key in _KEPT if key in value}
    if "forwarded_from" in kept:
        kept["forwarded_from"] = kept["forwarded_from"] or "Deleted Account"
    kept["signed"] = scalar(value.get("author"))
    kept["poll"] = _poll(fields(value.get("poll")))
    kept["reactions"] = _reactions(value.get("reactions"))
    if not kept["reactions"]:  # a reaction counts as an edit there
        kept["edited"] = _edited(value)
    place = fields(value.get("location_information"))
    kept["place"] = {key: part for key in _WHERE if isinstance(part := place.get(key), int | float)}
    for key in ("place_name", "address"):
        if scalar(value.get(key)):
            kept["place"][key.removeprefix("place_")] = scalar(value[key])
    pieces = listed(value.get("text"))
    kept["links"] = [p["href"] for p in pieces if isinstance(p.get("href"), str)]
    return kept


def _poll(poll: dict[str, Any]) -> dict[str, Any]:
    answers = [
        {"text": text_of(each.get("text")), "votes": each.get("voters")}
        for each in listed(poll.get("answers"))
        if isinstance(each.get("voters", 0), int)
    ]
    return {"answers": answers, "closed": poll.get("closed") is True} if poll else {}


def _edited(value: dict[str, Any]) -> str:
    try:
        return from_epoch(int(value["edited_unixtime"]))
    except (KeyError, TypeError, ValueError):
        return scalar(value.get("edited"))


def _reactions(value: Any) -> list[dict[str, Any]]:
    """By whom where that is said; of the others, how many."""
    found: list[dict[str, Any]] = []
    for each in listed(value):
        shown = scalar(each.get("emoji")) or ("⭐" if each.get("type") == "paid" else "custom")
        known = listed(each.get("recent"))
        for one in known:
            by = scalar(one.get("from")) or scalar(one.get("from_id"))
            found.append({"by": by, "reaction": shown})
        count = each.get("count")
        rest = count - len(known) if isinstance(count, int) else 0
        if rest > 0:
            found.append({"count": rest, "reaction": shown})
    return found


__all__ = ["Author", "Chat", "name_of", "record", "text_of"]
