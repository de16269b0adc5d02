"""Discord's own data package: Settings → Data & Privacy → Request all of my data.

    messages/index.json                  {"81384788765712384": "Direct Message with nora#0"}
    messages/c81384788765712384/channel.json      {"id": "…", "type": "DM", "recipients": […]}
    messages/c81384788765712384/messages.json     [{"ID": 1103…, "Timestamp": "2024-05-01 07:54:20",
                                                     "Contents": "at six", "Attachments": ""}]

Until 2024 it was `messages.csv`. It holds the owner's messages only, newest first, in UTC. The
names of the folders are in the owner's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from ingest import Item, Member, Options, importer
from ingest.backwards import oldest_first
from ingest.decode import fold_newlines
from ingest.discord_records import Account, account, file_name, is_account, resolved, when
from ingest.jsonstream import OPENED, JsonError, broken_off, walk
from ingest.sheets import has_columns, rows
from ingest.values import fields, scalar, whole
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_INDEX = re.compile(r'\{\s*"\d{15,20}"\s*:\s*(?:"|null)')
_COLUMNS = ("id", "timestamp", "contents")
_FOLDER = re.compile(r"(?:^|/)c?(\d{15,20})$")
_HASH_ZERO = re.compile(r"#0\b")
_OWNER = "Me"
_README = "Discord Data Package"
_LARGEST = 16 * 1024 * 1024


class Channel(NamedTuple):
    id: str
    title: str
    names: dict[str, str]
    """Of channels, by id."""


def _looks_like_package(member: Member) -> bool:
    if "_Files/" in member.name and _is_sent(member):
        return True
    if member.suffix == ".txt":
        return _README in member.start[:2000] and "Welcome" in member.start[:2000]
    if member.suffix == ".csv":
        return has_columns(member, *_COLUMNS) and has_columns(member, "attachments")
    shape = member.shape
    if shape.kind == "array":
        return shape.has(0, "ID", "Timestamp", "Contents")
    if shape.kind != "object":
        return False
    return _is_channel(member) or is_account(member) or bool(_INDEX.match(member.start.lstrip()))


def _is_sent(member: Member) -> bool:
    """In the folder where the exporter put what was sent, beside the channel's own file."""
    folder, files, _ = member.name.rpartition("_Files/")
    return bool(files) and member.export.member(folder) is not None


def _is_channel(member: Member) -> bool:
    if not member.shape.has(0, "id", "type") or member.size > _LARGEST:
        return False
    beside = (member.beside(f"messages.{kind}") for kind in ("json", "csv"))
    return any(other is not None for other in beside)


@importer("discord", recognises=_looks_like_package)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the owner's messages in one channel, oldest first; nothing for what describes them."""
    table = member.suffix == ".csv"
    if "_Files/" in member.name and _is_sent(member):
        return
    if not table and member.shape.kind != "array":
        return
    owner, channel = account(member.export), _channel(member)
    broken: list[JsonError] = []
    found = rows(member, *_COLUMNS) if table else _values(member, broken)
    made = 0
    for number, value in oldest_first(found, lambda row: whole(_field(row[1], "ID")) or 0):
        made += 1
        yield message(value, number, owner, channel)
    if broken and not made:
        raise UnreadableExport(f"{member.name} is damaged.", "Request the data again.")
    if broken:
        yield broken_off(broken[0], made, "message")


def _values(member: Member, broken: list[JsonError]) -> Iterator[tuple[int, Any]]:
    number = 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, ("",)):
                if path == "item":
                    number += 1
                    yield number, value
    except JsonError as error:
        broken.append(error)


def _field(value: Any, key: str) -> str:
    """Of an object, or of a row whose columns are in lower case."""
    if not isinstance(value, dict):
        return ""
    return scalar(value.get(key)) or scalar(value.get(key.lower()))


def message(value: Any, number: int, owner: Account, channel: Channel) -> Record | Unread:
    id_ = _field(value, "ID")
    if not id_:
        return Unread(f"message {number}", "It is not a message.")
    written = _field(value, "Timestamp")
    sent_at, zone = when(written, id_)
    return Record(
        "discord",
        channel.id,
        fold_newlines(resolved(_field(value, "Contents"), owner.names, channel.names)),
        owner.name or _OWNER,
        owner.id,
        sent_at,
        written,
        zone,
        mine=True,
        native_id=id_,
        title=channel.title,
        attachments=tuple(file_name(url) for url in _field(value, "Attachments").split()),
    )


def _channel(member: Member) -> Channel:
    """What the file beside says of the channel, and the index above."""
    beside = member.beside("channel.json")
    told = fields(_document(beside)) if beside is not None else {}
    folder = _FOLDER.search(member.folder)
    id_ = scalar(told.get("id")) or (folder[1] if folder else "") or member.folder or member.stem
    index = member.beside("../index.json")
    names = _index(index) if index is not None else {}
    guild = scalar(fields(told.get("guild")).get("name"))
    name = scalar(told.get("name"))
    title = f"#{name} ({guild})" if name and guild else name
    title = title or _HASH_ZERO.sub("", names.get(id_, "")).removeprefix("Direct Message with ")
    return Channel(id_, title, {key: value.partition(" in ")[0] for key, value in names.items()})


@lru_cache(maxsize=2)
def _index(member: Member) -> dict[str, str]:
    return {key: scalar(value) for key, value in fields(_document(member)).items()}


def _document(member: Member) -> Any:
    if member.size > _LARGEST:
        return None
    try:
        with member.open() as stream:
            return next((value for _, value in walk(stream, ()) if value is not OPENED), None)
    except (JsonError, UnreadableExport):
        return None
