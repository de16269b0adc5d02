"""What all exports of Discord have in common: ids that tell the time, and the marks in messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from ingest import Export, Member
from ingest.jsonstream import JsonError, walk
from ingest.times import from_epoch, parse_iso
from ingest.values import fields, listed, scalar, whole
from secondme.errors import UnreadableExport

_FIRST = 1_420_070_400_000
"""Milliseconds: ids count from the beginning of 2015."""
_MARK = re.compile(
    r"<(?:@(?P<role>&)?!?(?P<user>\d{1,20})|#(?P<channel>\d{1,20})|a?:(?P<emoji>\w{1,64}):\d{1,20}"
    r"|t:(?P<time>-?\d{1,12})(?::\w)?|/(?P<command>[^:<>\n]{1,64}):\d{1,20})>"
)
_ID = re.compile(r"\[(\d{15,20})\]")
_LARGEST = 4 * 1024 * 1024


class Account:
    """The owner, by the `user.json` of a data package in the same import."""

    def __init__(self, value: object = None) -> None:
        user = fields(value)
        self.id = scalar(user.get("id"))
        self.name = scalar(user.get("global_name")) or scalar(user.get("username"))
        self.names = {self.id: self.name} if self.id else {}
        for relation in listed(user.get("relationships")):
            other = fields(relation.get("user"))
            name = scalar(other.get("global_name")) or scalar(other.get("username"))
            self.names[scalar(relation.get("id"))] = scalar(relation.get("nickname")) or name


@lru_cache(maxsize=2)
def account(export: Export) -> Account:
    for one in (export, *export.others):
        for member in one.everything:
            if member.name.endswith("user.json") and is_account(member) and member.size < _LARGEST:
                try:
                    with member.open() as stream:
                        return Account(next(iter(walk(stream, ())))[1])
                except (JsonError, UnreadableExport):
                    continue
    return Account()


def is_account(member: Member) -> bool:
    shape = member.shape
    if shape.kind != "object" or not shape.has(0, "id", "username"):
        return False
    return shape.has(0, "discriminator") or shape.has(0, "avatar_hash")


def sent(id_: object) -> str | None:
    """When a message was sent, by its id."""
    number = whole(id_)
    try:
        return from_epoch(((number >> 22) + _FIRST) / 1000) if number and number > 2**22 else None
    except ValueError:
        return None


def when(written: str, id_: object) -> tuple[str | None, str]:
    """A time as the data package and the exporter's JSON write it, and where its zone is from."""
    sent_at = parse_iso(written) or parse_iso(f"{written.strip()}+00:00")
    if sent_at:
        return sent_at, "explicit"
    sent_at = sent(id_)
    return sent_at, "unix" if sent_at else "none"


def resolved(text: str, names: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """What the app shows for mentions, emoji and times."""
    if "<" not in text:
        return text

    def shown(match: re.Match[str]) -> str:
        if user := match["user"]:
            return f"@{names.get(user) or ('role' if match['role'] else user)}"
        if match["channel"]:
            return f"#{channels.get(match['channel']) or match['channel']}"
        if match["emoji"]:
            return f":{match['emoji']}:"
        if match["command"]:
            return f"/{match['command']}"
        try:
            return f"{datetime.fromtimestamp(int(match['time']), UTC):%Y-%m-%d %H:%M} UTC"
        except (ValueError, OverflowError, OSError):
            return match[0]

    return _MARK.sub(shown, text)


def file_name(url: str) -> str:
    """The path of a file that was downloaded with the export; of an address, its last part."""
    if "://" not in url:
        return unquote(url)
    try:
        path = urlsplit(url).path
    except ValueError:
        return url
    return unquote(path.rpartition("/")[2]) or url


def channel_in(name: str) -> str:
    """The id of the channel in the name of a file: `Boats - harbour [123456789012345678]`."""
    found = _ID.findall(name)
    return found[-1] if found else ""


def shown_title(guild: str, channel: str) -> str:
    """`#harbour (Boats)`; of a direct message, who it is with."""
    direct = not guild or guild == "Direct Messages"
    return channel or guild if direct else f"#{channel} ({guild})" if channel else guild


__all__ = [
    "Account",
    "account",
    "channel_in",
    "file_name",
    "is_account",
    "resolved",
    "sent",
    "shown_title",
    "when",
]
