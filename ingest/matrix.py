"""Matrix as Element exports a room: Room info → Export chat, as JSON.

    {"room_name": "Boats", "room_creator": "Ada", "exported_by": "Ada", "messages": [
      {"type": "m.room.message", "sender": "@nora:hs.org", "event_id": "$1", "room_id": "!r:hs.org",
       "origin_server_ts": 1714550060000, "content": {"msgtype": "m.text", "body": "at six"}}]}

Edits, reactions and deletions are events of their own, behind those that they are about. With
attachments it is a zip with `export.json`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ingest import Export, Item, Member, Options, importer
from ingest.chat_people import who_is_owner
from ingest.jsonstream import OPENED, JsonError, broken_off, walk
from ingest.matrix_events import FOLDERS, Room, record
from ingest.values import fields, scalar, whole
from secondme.errors import UnreadableExport
from secondme.record import Unread

_INSIDE = frozenset({"", "messages"})


def looks_like_json(member: Member) -> bool:
    shape = member.shape
    if shape.kind != "object" or not shape.has(0, "messages"):
        return False
    if shape.has(0, "room_name", "exported_by"):
        return True
    return shape.has(0, "room_name") and shape.has(1, "event_id", "origin_server_ts")


@importer("matrix", recognises=looks_like_json)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield what was said and what happened in the room, in file order."""
    room, speakers, known = _survey(member, options)
    number = made = 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if path != "messages.item":
                    continue
                number += 1
                if not isinstance(value, dict):
                    yield Unread(f"event {number}", "It is not an event.")
                elif (item := record(value, room)) is not None:
                    if not made:
                        yield from who_is_owner(frozenset() if known else None, speakers)
                    made += 1
                    yield item
    except JsonError as error:
        if not made:
            raise UnreadableExport(
                f"{member.name} is not a complete export of a room.", "Export it again."
            ) from error
        yield broken_off(error, number, "event")


def _survey(member: Member, options: Options) -> tuple[Room, set[str], bool]:
    """Reads everything once: what an event became is told by later ones."""
    header: dict[str, Any] = {}
    room = Room("", "", files=_attached(member.export, member.folder))
    senders: dict[str, None] = {}
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if path == "messages.item":
                    event = fields(value)
                    senders.setdefault(scalar(event.get("sender")))
                    room.id = room.id or scalar(event.get("room_id"))
                    _note(event, room)
                elif value is not OPENED:
                    header[path] = value
    except JsonError:
        pass  # reported by the reading itself
    room.name = scalar(header.get("room_name"))
    room.id = room.id or room.name or member.stem
    for found in room.reactions.values():
        for reaction in found:
            reaction["by"] = room.called(reaction["by"])
    room.mine = _mine(room, senders, scalar(header.get("exported_by")), options)
    people = {room.called(id_) for id_ in senders if id_}
    return room, people, bool(room.mine or options.me)


def _note(event: dict[str, Any], room: Room) -> None:
    content = fields(event.get("content"))
    relation = fields(content.get("m.relates_to"))
    target = scalar(relation.get("event_id"))
    if event.get("type") == "m.room.member":
        if name := scalar(content.get("displayname")):
            room.names[scalar(event.get("state_key")) or scalar(event.get("sender"))] = name
    elif event.get("type") == "m.reaction" and target:
        by, key = scalar(event.get("sender")), scalar(relation.get("key"))
        room.reactions.setdefault(target, []).append({"by": by, "reaction": key})
    elif relation.get("rel_type") == "m.replace" and target:
        at, new = whole(event.get("origin_server_ts")) or 0, fields(content.get("m.new_content"))
        edit = (target, scalar(event.get("sender")))
        if new and at >= room.edits.get(edit, (0, {}))[0]:
            room.edits[edit] = (at, new)


def _mine(
    room: Room, senders: dict[str, None], exported_by: str, options: Options
) -> frozenset[str]:
    """The owner is told by name, which is their id's first part unless it says otherwise."""
    told = {name.casefold() for name in options.me}
    found = {id_ for id_ in senders if {id_.casefold(), room.called(id_).casefold()} & told}
    if not found and exported_by:
        found = {id_ for id_ in senders if exported_by in (id_, room.called(id_))}
    if not found and exported_by:
        name = exported_by.casefold()
        found = {id_ for id_ in senders if id_[1:].partition(":")[0].casefold() == name}
    return frozenset(found) if len(found) == 1 or told else frozenset()


@lru_cache(maxsize=2)
def _attached(export: Export, folder: str) -> dict[tuple[str, str], str]:
    """Files carry when they were sent behind their names: `images/pier-17-11-2022 at ….jpg`. Two of
    one name are left out, for which is which is not said.
    """
    above = f"{folder}/" if folder else ""
    found: dict[tuple[str, str], str] = {}
    for member in export.everything:
        inside, _, name = member.name[len(above) :].partition("/")
        if member.name.startswith(above) and inside in FOLDERS.values():
            parts = name.split("-")
            for end in range(1, min(len(parts), 20)):
                key = (inside, "-".join(parts[:end]))
                found[key] = "" if key in found else f"{inside}/{name}"
    return {key: name for key, name in found.items() if name}


__all__ = ["looks_like_json", "read"]
