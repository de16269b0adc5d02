"""Slack: the zip of an owner or an admin (Settings → Import/Export data), or slackdump's folder.

    users.json  channels.json  groups.json  dms.json  mpims.json
    harbour/2024-05-01.json     [{"type": "message", "user": "U0B…", "text": "at six",
                                  "ts": "1714550060.000200", "thread_ts": "1714550000.000100"}]

A folder a channel, a file a day in UTC; direct messages are called by their id. `ts` tells messages
of a channel apart. Files are only linked to; slackdump keeps them in `__uploads/<id>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.chat_people import who_is_owner
from ingest.decode import fold_newlines
from ingest.jsonstream import OPENED, JsonError, broken_off, walk
from ingest.record_meta import meta_of
from ingest.slack_people import DAY, Workspace, user_name, workspace
from ingest.slack_text import blocks_text, card_text, links, plain
from ingest.times import from_epoch
from ingest.values import fields, listed, scalar, whole
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_TS = re.compile(r'"ts"\s*:\s*"\d{9,11}\.\d{6}"')
_NAME = re.compile(r'"name"\s*:\s*"([^"\\]{1,200})"')
_LISTS = re.compile(
    r"(?:^|/)(?:users|org_users|channels|groups|dms|mpims|integration_logs|canvases|lists|org_login"
    r"|file_conversations|huddle_transcripts|workflows|external_users)\.json$"
)
_UPLOAD = re.compile(r"(?:^|/)(?:__uploads/[^/]+/|[^/]+/attachments/)[^/]+$")
_NOTICES = frozenset(
    """bot_add bot_remove pinned_item unpinned_item reminder_add reminder_delete file_mention
    sh_room_created sh_room_shared huddle_thread app_conversation_join app_conversation_leave
    ekm_access_denied tombstone message_deleted assistant_app_thread mpdm_move
    conversation_permissions""".split()
)
_NOTICE = re.compile(r"(?:channel|group|joiner_notification)_?\w*")
_DELETED = "This message was deleted."


@dataclass(slots=True)
class _Place:
    """The channel of a file."""

    conversation: str
    title: str
    folder: str
    root: str
    space: Workspace
    mine: frozenset[str]
    member: Member


def _looks_like_slack(member: Member) -> bool:
    name = member.name
    if "__uploads/" in name or "/attachments/" in name:
        return _UPLOAD.search(name) is not None and _has_users(member, "../../users.json")
    if member.shape.kind == "array":
        if "ts" in member.shape.keys[0] and _TS.search(member.start):
            return member.shape.has(0, "type")
        if _LISTS.search(name):
            return _is_users(member) or _has_users(member, "users.json")
        return bool(DAY.search(name)) and _has_users(member, "../users.json")
    return _is_dump(member)


def _is_dump(member: Member) -> bool:
    shape = member.shape
    return (
        shape.kind == "object"
        and shape.has(0, "channel_id", "messages")
        and shape.has(1, "ts")
        and _TS.search(member.start) is not None
    )


def _has_users(member: Member, name: str) -> bool:
    found = member.beside(name)
    return found is not None and _is_users(found)


def _is_users(member: Member) -> bool:
    return member.shape.has(0, "id", "name", "profile") or member.shape.has(0, "team_id", "profile")


@importer("slack", recognises=_looks_like_slack)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of one channel on one day; nothing for lists and files."""
    dump = _is_dump(member)
    if not dump and not (member.shape.kind == "array" and "ts" in member.shape.keys[0]):
        return
    place = _place(member, options, dump=dump)
    if not place.mine and not options.me and (dump or member.name == place.space.first):
        people = [user.name for user in place.space.users.values() if not user.machine]
        yield from who_is_owner(None, people)
    number = made = 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, ("", "messages")):
                if value is OPENED or path not in ("item", "messages.item"):
                    continue
                number += 1
                for item in _messages(value, place, number):
                    made += isinstance(item, Record)
                    yield item
    except JsonError as error:
        if not made:
            raise UnreadableExport(f"{member.name} is damaged.", "Export it again.") from error
        yield broken_off(error, number, "message")


def _place(member: Member, options: Options, *, dump: bool) -> _Place:
    root, _, folder = member.folder.rpartition("/")
    if dump:
        root, folder = member.folder, member.stem
    space = workspace(member.export, root)
    mine = space.owners(options.me)
    channel = space.channel(folder or member.stem)
    title = space.title(channel, mine)
    if dump and channel.name == folder and (named := _NAME.search(member.start[:2000])):
        title = f"#{named[1]}"
    return _Place(channel.id, title, member.folder, root, space, mine, member)


def _messages(value: Any, place: _Place, number: int) -> Iterator[Record | Unread]:
    yield message(value, place, number)
    for reply in listed(fields(value).get("slackdump_thread_replies")):
        if reply.get("ts") != value.get("ts"):
            yield message(reply, place, number)


def message(value: Any, place: _Place, number: int) -> Record | Unread:
    """One message, of whatever kind."""
    value = fields(value)
    changed = fields(value.get("message"))
    if value.get("subtype") in ("message_changed", "message_replied") and changed:
        value = changed
    ts = scalar(value.get("ts"))
    if not ts:
        return Unread(f"message {number}", "It is not a message.")
    subtype = scalar(value.get("subtype"))
    comment = fields(value.get("comment")) if subtype == "file_comment" else {}
    user = scalar(comment.get("user")) or scalar(value.get("user"))
    space = place.space
    machine = subtype in ("bot_message", "slackbot_response") or space.machine(user)
    machine = machine or (bool(value.get("bot_id")) and user not in space.users)
    event = subtype in _NOTICES or _NOTICE.fullmatch(subtype) is not None
    text, theirs = _words(value, comment, space)
    sent_at = _utc(ts)
    thread = scalar(value.get("thread_ts"))
    return Record(
        "slack",
        place.conversation,
        _DELETED if subtype in ("tombstone", "message_deleted") else fold_newlines(text),
        _author(value, user, space),
        user or scalar(value.get("bot_id")),
        sent_at,
        ts,
        "unix" if sent_at else "none",
        kind="event" if event else "message",
        mine=user in place.mine,
        role="system" if machine else "forwarded" if theirs else "person",
        native_id=ts,
        reply_to=thread if thread and thread != ts else None,
        title=place.title,
        attachments=tuple(_files(value, place)),
        meta=meta_of(_kept(value, space)),
    )


def _utc(ts: str) -> str | None:
    seconds = whole(ts.partition(".")[0])
    try:
        return from_epoch(seconds) if seconds is not None else None
    except ValueError:
        return None


def _author(value: dict[str, Any], user: str, space: Workspace) -> str:
    profile = fields(value.get("bot_profile"))
    known = space.users[user].name if user in space.users else user_name(value)
    named = known or scalar(value.get("username")) or scalar(profile.get("name"))
    return named or (space.name(user) if user else scalar(value.get("bot_id")))


def _words(value: dict[str, Any], comment: dict[str, Any], space: Workspace) -> tuple[str, bool]:
    """What the message says, and whether these are words that were passed on."""
    said = scalar(comment.get("comment")) or scalar(value.get("text"))
    if said.strip():
        return plain(said, space.names), False
    told = blocks_text(value.get("blocks"), space.names)
    if told:
        return told, False
    cards = card_text(listed(value.get("attachments")), space.names)
    if cards:
        return cards, True
    first = fields(next(iter(_all_files(value)), {}).get("initial_comment"))
    return plain(scalar(first.get("comment")), space.names), False


def _all_files(value: dict[str, Any]) -> list[dict[str, Any]]:
    single = fields(value.get("file"))
    return listed(value.get("files")) + ([single] if single else [])


def _files(value: dict[str, Any], place: _Place) -> Iterator[str]:
    """Where slackdump put it; else as it was called."""
    above = f"{place.root}/" if place.root else ""
    for each in _all_files(value):
        id_, name = scalar(each.get("id")), scalar(each.get("name")) or scalar(each.get("title"))
        where = (
            f"__uploads/{id_}/{name}",
            f"{place.folder[len(above) :]}/attachments/{id_}-{name}",
        )
        kept = (path for path in where if place.member.export.member(above + path))
        if name:
            yield next(kept, name)


def _kept(value: dict[str, Any], space: Workspace) -> dict[str, Any]:
    edited = scalar(fields(value.get("edited")).get("ts"))
    reactions: list[dict[str, Any]] = []
    for each in listed(value.get("reactions")):
        emoji, users = f":{scalar(each.get('name'))}:", each.get("users")
        people = [id_ for id_ in users if isinstance(id_, str)] if isinstance(users, list) else []
        reactions += [{"by": space.name(id_), "reaction": emoji} for id_ in people]
        rest = (whole(each.get("count")) or 0) - len(people)
        if rest > 0:
            reactions.append({"count": rest, "reaction": emoji})
    room = fields(value.get("room"))
    started, ended = whole(room.get("date_start")), whole(room.get("date_end"))
    return {
        "edited": _utc(edited) if edited else None,
        "reactions": reactions,
        "links": list(dict.fromkeys(links(scalar(value.get("text"))))),
        "pinned": bool(value.get("pinned_to")),
        "call": {"seconds": ended - started} if started and ended and ended > started else None,
    }
