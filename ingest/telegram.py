"""Telegram Desktop: `result.json` of one chat, or of the whole account.

    {"name": "Ada", "type": "personal_chat", "id": 42, "messages": [
      {"id": 2, "type": "message", "date_unixtime": "1704067260", "from": "Ada",
       "from_id": "user42", "text": ["see ", {"type": "link", "text": "https://…"}]}, …]}

An account holds the same chats under `chats.list` and `left_chats.list`. Settings → Export
Telegram data offers HTML first: choose "Machine-readable JSON".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.jsonstream import OPENED, JsonError, broken_off, walk
from ingest.record_meta import meta_of
from ingest.telegram_messages import Chat, name_of, record
from ingest.values import fields, scalar
from secondme.errors import UnreadableExport
from secondme.phones import e164
from secondme.record import Question, Record

_LISTS = ("chats.list", "left_chats.list")
_INSIDE = frozenset(
    ["", "messages", "chats", "left_chats", "contacts", "contacts.list"]
    + [part for root in _LISTS for part in (root, f"{root}.item", f"{root}.item.messages")]
)
_MESSAGES = frozenset(["messages.item"] + [f"{root}.item.messages.item" for root in _LISTS])
_CHATS = frozenset(["", *(f"{root}.item" for root in _LISTS)])
_HEADER = frozenset({"id", "name", "type"})
_MESSAGE = re.compile(r'"type"\s*:\s*"(?:message|service)"')
_CHAT = re.compile(r'"type"\s*:\s*"(?:personal_chat|bot_chat|saved_messages|(?:private|public)_)')
_CONTACT = "contacts.list.item"
_UNNAMED = {
    "saved_messages": "Saved Messages",
    "replies": "Replies",
    "verification_codes": "Verification Codes",
}


@dataclass(slots=True)
class _Survey:
    """What must be known before the first message."""

    owner: str = ""
    headers: list[dict[str, Any]] | None = None
    """The header of every object stepped into, where a file writes them behind the messages."""


def looks_like_json(member: Member) -> bool:
    start = member.start
    if start.lstrip("\ufeff \t\r\n")[:1] != "{":
        return False
    if '"personal_information"' in start and '"user_id"' in start:
        return True
    if '"messages"' not in start:
        return False
    return bool(_CHAT.search(start) or (_MESSAGE.search(start) and '"date' in start))


@importer("telegram", recognises=looks_like_json)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of every chat, in file order, streaming.

    A file that breaks off gives everything before the break and one `Unread`.
    """
    survey = _survey(member)
    chat: Chat | None = None
    header: dict[str, Any] = {}
    opened = seen = made = 0
    asked: set[str] = set()
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if path in _MESSAGES:
                    if chat is None:
                        chat = _chat(header, member, options, survey.owner)
                        yield from _ask(chat, header, options, survey.owner, asked)
                    seen += 1
                    item = record(value, chat, seen)
                    if type(item) is Record:
                        made += 1
                        if item.zone == "guessed" and "tz" not in asked:
                            asked.add("tz")
                            yield _zone_question(options)
                    yield item
                elif path == _CONTACT:
                    if contact := _contact(value):
                        made += 1
                        yield contact
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
                    found.owner = scalar(value.get("user_id"))
                elif value is OPENED and path in _CHATS:
                    header = {}
                    headers.append(header)
                elif path.rpartition(".")[2] in _HEADER:
                    header[path.rpartition(".")[2]] = value
    except JsonError:
        pass  # reported by the reading itself
    found.headers = headers
    return found


def _chat(header: dict[str, Any], member: Member, options: Options, owner: str) -> Chat:
    number = scalar(header.get("id")).lstrip("0")
    kind = scalar(header.get("type"))
    title = scalar(header.get("name")) or _UNNAMED.get(kind, "")
    other = ""
    if kind == "saved_messages":
        owner = owner or number
    elif kind == "personal_chat" and not owner and _speaks(member, f"user{number}"):
        other = f"user{number}"
    me = {name.casefold() for name in options.me}

    def owns(author: str, author_id: str) -> bool:
        number = author_id.removeprefix("user")
        named = bool(me & {author.casefold(), author_id.casefold(), number})
        return named or bool(owner and number == owner)

    def mine(author: str, author_id: str) -> bool:
        not_the_other = other and author_id.startswith("user") and author_id != other
        return owns(author, author_id) or bool(not_the_other)

    return Chat(number or title or member.stem, title, mine, owns, options)


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
    chat: Chat,
    header: dict[str, Any],
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


def _contact(value: Any) -> Record | None:
    """Of the address book that the account was given; None for somebody who left."""
    value = fields(value)
    name, written = name_of(value), scalar(value.get("phone_number"))
    number, id_ = e164(written) or written, scalar(value.get("user_id"))
    if not (name or number):
        return None
    return Record(
        "telegram",
        "contacts",
        "\n".join(filter(None, (name, written))),
        name or number,
        f"user{id_}" if id_ else number,
        kind="contact",
        role="system",
        native_id=f"user{id_}" if id_ else None,
        subject=name,
        title="Contacts",
        meta=meta_of({"phones": [number] if number else []}),
    )


__all__ = ["looks_like_json", "read"]
