"""Telegram Desktop: `result.json` of one chat, or of the whole account.

    {"name": "Ada", "type": "personal_chat", "id": 42, "messages": [
      {"id": 2, "type": "message", "date_unixtime": "1704067260", "from": "Ada",
       "from_id": "user42", "text": ["see ", {"type": "link", "text": "https://…"}]}, …]}

An account holds the same chats under `chats.list` and `left_chats.list`. Settings → Export
Telegram data offers HTML first: choose "Machine-readable JSON".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.decode import fold_newlines
from ingest.jsonstream import OPENED, JsonError, broken_off, opening, walk
from ingest.times import from_epoch, parse_local, utc
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_LISTS = ("chats.list", "left_chats.list")
_INSIDE = frozenset(
    ["", "messages", "chats", "left_chats"]
    + [part for root in _LISTS for part in (root, f"{root}.item", f"{root}.item.messages")]
)
_MESSAGES = frozenset(["messages.item"] + [f"{root}.item.messages.item" for root in _LISTS])
_CHATS = frozenset(["", *(f"{root}.item" for root in _LISTS)])
_HEADER = frozenset({"id", "name", "type"})
_MESSAGE = re.compile(rb'"type"\s*:\s*"(?:message|service)"')
_CHAT = re.compile(rb'"type"\s*:\s*"(?:personal_chat|bot_chat|saved_messages|(?:private|public)_)')
_KEPT = ("media_type", "sticker_emoji", "forwarded_from", "via_bot", "poll", "location_information")
_ACTION = ("title", "members", "inviter", "duration_seconds", "discard_reason", "message_id")


@dataclass(slots=True)
class _Chat:
    conversation: str
    title: str
    mine: Callable[[str, str], bool]
    owns: Callable[[str, str], bool]
    """`mine` without guessing from who else is in the chat: also for people who are not in it."""


@dataclass(slots=True)
class _Survey:
    """What must be known before the first message."""

    owner: str = ""
    headers: list[dict[str, Any]] | None = None
    """The header of every object stepped into, where a file writes them behind the messages."""


def _looks_like_telegram(member: Member) -> bool:
    head = member.head
    if opening(head)[:1] != b"{":
        return False
    if b'"personal_information"' in head and b'"user_id"' in head:
        return True
    if b'"messages"' not in head:
        return False
    return bool(_CHAT.search(head) or (_MESSAGE.search(head) and b'"date' in head))


@importer("telegram", recognises=_looks_like_telegram)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of every chat, in file order, streaming.

    A file that breaks off gives everything before the break and one `Unread`.
    """
    survey = _survey(member)
    chat: _Chat | None = None
    header: dict[str, Any] = {}
    opened = seen = made = 0
    asked: set[str] = set()
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if path in _MESSAGES:
                    if chat is None:
                        chat = _chat(header, member, options, survey.owner)
                        yield from _ask(chat, header, member, options, survey.owner, asked)
                    seen += 1
                    item = _record(value, chat, options, seen)
                    if type(item) is Record:
                        made += 1
                        if item.zone == "guessed" and "tz" not in asked:
                            asked.add("tz")
                            yield _zone_question(options)
                    yield item
                elif value is OPENED and path in _CHATS:
                    header = survey.headers[opened] if survey.headers else {}
                    opened, chat = opened + 1, None
                elif path.rpartition(".")[2] in _HEADER:
                    header[path.rpartition(".")[2]] = value
    except JsonError as error:
        if not made:
            raise UnreadableExport(
                f"{member.name} is not a complete Telegram export.", "Export it again as JSON."
            ) from error
        yield broken_off(error, seen, "message")


def _survey(member: Member) -> _Survey:
    """Stops at the first message in files as Telegram writes them; a file whose keys were
    reordered is read to its end, because owner and names may stand behind the messages."""
    found, late = _Survey(), False
    header: dict[str, Any] = {}
    headers: list[dict[str, Any]] = []
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if path in _MESSAGES:
                    late = late or "type" not in header or (path[0] != "m" and not found.owner)
                    if not late:
                        return found
                elif path == "personal_information" and isinstance(value, dict):
                    found.owner = str(value.get("user_id") or "")
                elif value is OPENED and path in _CHATS:
                    header = {}
                    headers.append(header)
                elif path.rpartition(".")[2] in _HEADER:
                    header[path.rpartition(".")[2]] = value
    except JsonError:
        pass  # reported by the reading itself
    found.headers = headers
    return found


def _chat(header: dict[str, Any], member: Member, options: Options, owner: str) -> _Chat:
    number = str(header.get("id") or "")
    kind = header.get("type")
    title = header.get("name") or ("Saved Messages" if kind == "saved_messages" else "")
    other = ""
    if kind == "saved_messages":
        owner = owner or number
    elif kind == "personal_chat" and not owner and _speaks(member, f"user{number}"):
        other = f"user{number}"
    me = {name.casefold() for name in options.me}
    known: dict[tuple[str, str], bool] = {}

    def owns(author: str, author_id: str) -> bool:
        number = author_id.removeprefix("user")
        named = bool(me & {author.casefold(), author_id.casefold(), number})
        return named or bool(owner and number == owner)

    def mine(author: str, author_id: str) -> bool:
        key = (author, author_id)
        if key not in known:
            known[key] = owns(author, author_id) or bool(
                other and author_id.startswith("user") and author_id != other
            )
        return known[key]

    return _Chat(number or str(title) or member.stem, str(title), mine, owns)


def _speaks(member: Member, author_id: str) -> bool:
    """Whether anything in the member was written by `author_id`."""
    try:
        with member.open() as stream:
            return any(
                path in _MESSAGES and isinstance(value, dict) and value.get("from_id") == author_id
                for path, value in walk(stream, _INSIDE)
            )
    except JsonError:
        return False


def _ask(
    chat: _Chat,
    header: dict[str, Any],
    member: Member,
    options: Options,
    owner: str,
    asked: set[str],
) -> Iterator[Question]:
    """Who the owner is, where neither the file nor the options say."""
    known = owner or options.me or header.get("type") == "saved_messages"
    if known or "me" in asked or chat.mine("", "user?"):
        return
    asked.add("me")
    yield Question("me", f"Which person in “{chat.title or chat.conversation}” is you?", "", "--me")


def _zone_question(options: Options) -> Question:
    return Question(
        "tz", "In which time zone was this Telegram export made?", options.local_zone, "--tz"
    )


def _record(value: Any, chat: _Chat, options: Options, number: int) -> Record | Unread:
    if not isinstance(value, dict):
        return Unread(f"message {number}", "It is not a message.")
    event = value.get("type") == "service"
    author = value.get("actor" if event else "from")
    author_id = value.get("actor_id" if event else "from_id")
    if isinstance(author_id, int):  # before 2021 without the prefix
        author_id = f"user{author_id}"
    author_id = str(author_id or "")
    author = str(author) if author else author_id
    local = value.get("date")
    local = local if isinstance(local, str) else ""
    sent_at, zone = _time(value.get("date_unixtime"), local, options)
    native, reply = value.get("id"), value.get("reply_to_message_id")
    mine = chat.mine(author, author_id)
    return Record(
        "telegram",
        chat.conversation,
        _action(value) if event else _text(value.get("text")),
        author,
        author_id,
        sent_at,
        local,
        zone,
        "s",
        "event" if event else "message",
        mine,
        "forwarded" if _forwarded(value, author, author_id, mine, chat) else "person",
        None if native is None else str(native),
        None if reply is None else str(reply),
        "",
        chat.title,
        _attachments(value),
        _meta(value),
    )


def _forwarded(value: dict[str, Any], author: str, author_id: str, mine: bool, chat: _Chat) -> bool:
    """Somebody else's words, passed on by the author. One's own, forwarded, stay one's own."""
    if "forwarded_from" not in value:
        return False
    name = str(value["forwarded_from"] or "")
    id_ = str(value.get("forwarded_from_id") or "")
    same = id_ == author_id if id_ and author_id else bool(name) and name == author
    return not (same or (mine and chat.owns(name, id_)))


def _time(epoch: Any, local: str, options: Options) -> tuple[str | None, str]:
    try:
        if epoch is not None:
            return from_epoch(int(epoch)), "unix"
    except (TypeError, ValueError):
        pass
    moment = parse_local(local) if local else None
    if moment is None:
        return None, "none"
    try:
        sent_at = utc(moment, options.zone or options.local_zone)
    except ValueError:
        return None, "none"
    return sent_at, "asked" if options.zone else "guessed"


def _text(value: Any) -> str:
    """Plain text, or the joined pieces of formatted text."""
    if isinstance(value, str):
        return fold_newlines(value)
    if not isinstance(value, list):
        return ""
    pieces = (piece.get("text") if isinstance(piece, dict) else piece for piece in value)
    return fold_newlines("".join(piece for piece in pieces if isinstance(piece, str)))


def _action(value: dict[str, Any]) -> str:
    """`invite members: Ada, Bea` — the export has no sentence for a notice, only its parts."""
    action = str(value.get("action") or "service").replace("_", " ")
    parts: list[str] = []
    for key in _ACTION:
        part = value.get(key)
        if isinstance(part, list):
            parts += [str(name) for name in part if name]
        elif part not in (None, ""):
            parts.append(f"{part} s" if key == "duration_seconds" else str(part))
    text = _text(value.get("text"))
    return action + (f": {', '.join(parts)}" if parts else "") + (f"\n{text}" if text else "")


def _attachments(value: dict[str, Any]) -> tuple[str, ...]:
    """Names only: `(File not included. …)` says why there is none, and is no name."""
    names: list[str] = []
    for key in ("photo", "file"):
        name = value.get(key)
        if isinstance(name, str) and name.startswith("("):
            name = value.get("file_name")
        if isinstance(name, str) and name:
            names.append(name)
    return tuple(names)


def _meta(value: dict[str, Any]) -> str:
    kept = {key: value[key] for key in _KEPT if key in value}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else ""
