"""iMessage and SMS of Apple's: `chat.db` of a Mac, `sms.db` of an iPhone's backup.

    ~/Library/Messages/chat.db, with chat.db-wal beside it
    <backup>/3d/3d0d7e5fb2ce288813306e4d4636395e047a3d28

The tables are the same, their columns grew with every system: what a generation lacks is taken for
empty. Nobody is named but by number or address, and the owner not at all.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple

from ingest import Item, Member, Options, importer
from ingest.apple_times import apple_time
from ingest.imessage_body import body_text, bubble, edits, shown, spoken_text
from ingest.imessage_early import early_messages
from ingest.imessage_events import reaction_of, said_by_event, target_of
from ingest.owner import OWNER
from ingest.record_meta import meta_of
from ingest.sqlite import (
    BrokenDatabaseError,
    chosen,
    columns,
    number_of,
    opened,
    rows,
    text_of,
    whole_rows,
)
from secondme.record import Record, Unread

_URL_BUBBLE: Final = "com.apple.messages.URLBalloonProvider"


class Row(NamedTuple):
    """A row of `message`, by the names of its columns; None for what a generation lacks."""

    guid: Any
    text: Any
    handle_id: Any
    subject: Any
    attributedBody: Any  # noqa: N815
    service: Any
    account: Any
    destination_caller_id: Any
    date: Any
    is_from_me: Any
    item_type: Any
    other_handle: Any
    group_title: Any
    group_action_type: Any
    share_status: Any
    share_direction: Any
    associated_message_guid: Any
    associated_message_type: Any
    associated_message_emoji: Any
    balloon_bundle_id: Any
    payload_data: Any
    message_summary_info: Any
    thread_originator_guid: Any
    date_edited: Any
    date_retracted: Any
    is_audio_message: Any
    cache_roomnames: Any


class _Chat(NamedTuple):
    conversation: str
    title: str


@dataclass
class _Around:
    """What the other tables say about a message, by its number or its guid."""

    handles: dict[int, str]
    chats: dict[int, _Chat]
    chat_of: dict[int, int]
    files: dict[int, list[str]]
    damage: set[str]
    """The tables in which something could not be read."""
    reactions: dict[str, list[dict[str, str]]] = field(default_factory=dict)


def _holds_messages(member: Member) -> bool:
    return "message" in member.tables and (
        {"handle", "chat_message_join"} <= member.tables or "msg_group" in member.tables
    )


@importer("imessage", recognises=_holds_messages)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Every message, oldest first. Reactions stand with the message that they are to."""
    with opened(member) as database:
        if "guid" not in columns(database, "message"):
            yield from early_messages(database)
            return
        around = _around(database)
        thrown_away = _recently_deleted(database, around)
        order = [n for n in _order(database, around) if n not in thrown_away]
        yield from _messages(database, order, around)
        if thrown_away:
            yield Unread(
                "recently deleted", f"Left out because you deleted them: {len(thrown_away)}."
            )
        if around.damage:
            yield Unread(member.name, f"Damaged in part: {', '.join(sorted(around.damage))}.")


def _messages(
    database: sqlite3.Connection, order: list[int], around: _Around
) -> Iterator[Record | Unread]:
    held = columns(database, "message")
    query = f"select {chosen(held, *Row._fields)} from message where rowid = ?"  # noqa: S608
    around.reactions = _reactions(database, held, order, around)
    for number in order:
        try:
            found = next(rows(database, query, number), None)
            record = _record(Row(*found), number, around, database) if found else None
        except BrokenDatabaseError:
            yield Unread(f"message {number}", "The database is damaged here.")
            continue
        if record:
            yield record


def _order(database: sqlite3.Connection, around: _Around) -> list[int]:
    """The numbers of the messages by time, then as they arrived."""
    found: list[tuple[int, int]] = []
    last = 0
    for number, date in whole_rows(database, "message", "date", around.damage):
        # What has no time came after the one before it.
        last = number_of(date) or last
        found.append((last, number))
    return [number for _, number in sorted(found)]


def _around(database: sqlite3.Connection) -> _Around:
    damage: set[str] = set()
    found = whole_rows(database, "handle", "id", damage)
    handles = {number: text_of(id_) for number, id_ in found}
    chat_of: dict[int, int] = {}
    for _, chat, message in whole_rows(
        database, "chat_message_join", "chat_id, message_id", damage
    ):
        chat, message = number_of(chat), number_of(message)
        chat_of[message] = min(chat, chat_of.get(message, chat))
    chats = _chats(database, handles, damage)
    return _Around(handles, chats, chat_of, _files(database, damage), damage)


def _chats(
    database: sqlite3.Connection, handles: dict[int, str], damage: set[str]
) -> dict[int, _Chat]:
    members: dict[int, list[str]] = defaultdict(list)
    if columns(database, "chat_handle_join"):
        for _, chat, handle in whole_rows(
            database, "chat_handle_join", "chat_id, handle_id", damage
        ):
            members[chat].append(handles.get(handle, ""))
    names = chosen(columns(database, "chat"), "guid", "chat_identifier", "display_name")
    chats = {}
    for number, guid, identifier, shown_as in whole_rows(database, "chat", names, damage):
        conversation = text_of(identifier) or text_of(guid).rpartition(";")[2] or f"chat {number}"
        people = ", ".join(dict.fromkeys(filter(None, members[number])))
        chats[number] = _Chat(conversation, text_of(shown_as) or people or conversation)
    return chats


def _files(database: sqlite3.Connection, damage: set[str]) -> dict[int, list[str]]:
    """The names of what was sent with a message, but not the pictures of a link's preview."""
    held = columns(database, "attachment")
    files: dict[int, list[str]] = defaultdict(list)
    if not held or not columns(database, "message_attachment_join"):
        return files
    wanted = chosen(held, "filename", "transfer_name", "hide_attachment")
    names = {
        number: "" if number_of(hidden) else PurePosixPath(text_of(path)).name or text_of(sent_as)
        for number, path, sent_as, hidden in whole_rows(database, "attachment", wanted, damage)
    }
    for _, message, number in whole_rows(
        database, "message_attachment_join", "message_id, attachment_id", damage
    ):
        name = names.get(number, "")
        if name and not name.endswith(".pluginPayloadAttachment"):
            files[message].append(name)
    return files


def _recently_deleted(database: sqlite3.Connection, around: _Around) -> set[int]:
    """What lies in “Recently Deleted” for a month, and in no chat any more."""
    table = "chat_recoverable_message_join"
    if not columns(database, table):
        return set()
    found = whole_rows(database, table, "message_id", around.damage)
    return {number for _, number in found} - around.chat_of.keys()


def _reactions(
    database: sqlite3.Connection, held: frozenset[str], order: list[int], around: _Around
) -> dict[str, list[dict[str, str]]]:
    """By the guid of the message that they are to: who, and with what; taken back ones are gone."""
    if "associated_message_type" not in held:
        return {}
    names = chosen(
        held, "associated_message_type", "associated_message_guid", "associated_message_emoji",
        "is_from_me", "handle_id",
    )  # fmt: skip
    found = {
        row[0]: row[1:]
        for row in whole_rows(database, "message", names, around.damage)
        if _reacts(row[1])
    }
    given: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for number in filter(found.__contains__, order):
        kind, guid, emoji, mine, handle = found[number]
        with_what, stays = reaction_of(number_of(kind), text_of(emoji))
        who = OWNER if number_of(mine) else around.handles.get(handle, "")
        if stays:
            given[target_of(text_of(guid))][who, with_what] = None
        else:
            given[target_of(text_of(guid))].pop((who, with_what), None)
    return {
        guid: [{"by": who, "emoji": what} for who, what in found] for guid, found in given.items()
    }


def _reacts(kind: object) -> bool:
    return 2000 <= number_of(kind) < 4000


def _record(row: Row, number: int, around: _Around, database: sqlite3.Connection) -> Record | None:
    """None for a reaction that stands with its message, and for a row that says nothing."""
    answered = target_of(text_of(row.associated_message_guid))
    reacting = _reacts(row.associated_message_type)
    if reacting and next(rows(database, "select 1 from message where guid = ?", answered), None):
        return None
    who = _author(row, around)
    files = tuple(around.files.get(number, ()))
    words, meta, event = _words(row, around.handles)
    if not words and not files and not meta.get("audio"):
        return None
    chat = around.chats.get(around.chat_of.get(number, 0)) or _stray(row, who)
    sent_at = apple_time(row.date)
    meta["reactions"] = around.reactions.get(text_of(row.guid))
    return Record(
        "imessage",
        chat.conversation,
        words,
        OWNER if _mine(row) else who,
        _own_address(row) if _mine(row) else who,
        sent_at,
        zone="unix" if sent_at else "none",
        kind="event" if event or reacting else "message",
        mine=_mine(row),
        role="system" if event or reacting else "person",
        native_id=text_of(row.guid) or None,
        reply_to=text_of(row.thread_originator_guid) or answered or None,
        subject="" if event else text_of(row.subject),
        title=chat.title,
        attachments=files,
        meta=meta_of(meta),
    )


def _words(row: Row, handles: dict[int, str]) -> tuple[str, dict[str, Any], bool]:
    """The text of the row, what else it says, and whether it is a notice."""
    notice = said_by_event(
        number_of(row.item_type),
        number_of(row.group_action_type),
        number_of(row.share_status),
        handles.get(number_of(row.other_handle), ""),
        text_of(row.group_title),
    )
    if notice:
        return notice, {}, True
    changed = edits(row.message_summary_info)
    words = shown(text_of(row.text) or body_text(row.attributedBody)) or changed.latest
    if not words and (changed.unsent or number_of(row.date_retracted)):
        return "unsent a message", {}, True
    showed = bubble(row.payload_data)
    app = text_of(row.balloon_bundle_id)
    service = text_of(row.service)
    heard = "" if words else spoken_text(row.attributedBody)
    meta: dict[str, Any] = {
        "service": service if service != "iMessage" else "",
        "edited": bool(changed.earlier) or number_of(row.date_edited) > 0,
        "earlier": list(changed.earlier),
        "unsent_parts": changed.unsent_parts,
        "heard": bool(heard),
        "audio": number_of(row.is_audio_message) > 0,
        "app": "" if app == _URL_BUBBLE else showed.get("an") or app.rpartition(":")[2],
        "link": {k: showed[k] for k in ("title", "summary") if k in showed} if showed else {},
    }
    words = (
        words
        or heard
        or next((showed[k] for k in ("ldtext", "title", "caption") if k in showed), "")
    )
    return words or (f"[{meta['app']}]" if meta["app"] else ""), meta, False


def _mine(row: Row) -> bool:
    sharing = number_of(row.item_type) == 4 and number_of(row.other_handle) > 0
    return number_of(row.is_from_me) > 0 or (sharing and row.share_direction == 0)


def _author(row: Row, around: _Around) -> str:
    return around.handles.get(number_of(row.handle_id), "")


def _own_address(row: Row) -> str:
    """`+15550100`, `ada@example.org`; of an account `E:ada@example.org`, `P:+15550100`."""
    account = text_of(row.destination_caller_id) or text_of(row.account)
    return account[2:] if account[:2].upper() in ("E:", "P:") else account


def _stray(row: Row, who: str) -> _Chat:
    """Where a message belongs that is in no chat any more."""
    name = text_of(row.cache_roomnames) or who or "no chat"
    return _Chat(name, name)
