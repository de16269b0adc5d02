"""`sms.db` of the first iPhones, until iOS 5: one table, numbers without a table of their own.

`flags` say who wrote; iOS 5 marked its iMessages as Madrid, with flags and times of their own.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from ingest.apple_times import apple_time
from ingest.owner import OWNER
from ingest.record_meta import meta_of
from ingest.sqlite import BrokenDatabaseError, chosen, columns, number_of, rows, text_of
from ingest.times import from_epoch
from secondme.record import Record, Unread

_FROM_2001: Final = 978_307_200
"""A smaller number of seconds counts from 2001: from 1970 it would lie before any iPhone."""
_SENT: Final = 1
_MADRID_SENT: Final = 0x8000


def early_messages(database: sqlite3.Connection) -> Iterator[Record | Unread]:
    """Every message, oldest first."""
    held = columns(database, "message")
    wanted = chosen(
        held, "address", "date", "text", "flags", "group_id", "subject", "is_madrid",
        "madrid_handle", "madrid_flags", "madrid_guid", "madrid_roomname",
    )  # fmt: skip
    groups = _groups(database)
    try:
        for row in rows(
            database,
            f"select {wanted} from message order by"  # noqa: S608
            f" case when date < {_FROM_2001} then date + {_FROM_2001} else date end, rowid",
        ):
            record = _record(groups, *row)
            if record:
                yield record
    except BrokenDatabaseError:
        yield Unread("message", "The database is damaged here.")


def _groups(database: sqlite3.Connection) -> dict[int, list[str]]:
    """The numbers of a conversation of several."""
    found: dict[int, list[str]] = defaultdict(list)
    if columns(database, "group_member"):
        for group, address in rows(
            database, "select group_id, address from group_member order by rowid"
        ):
            found[group].append(text_of(address))
    return found


def _record(groups: dict[int, list[str]], *row: Any) -> Record | None:
    address, date, text, flags, group, subject, madrid, handle, madrid_flags, guid, room = row
    words = text_of(text)
    if not words:
        return None
    other = text_of(handle if number_of(madrid) else address) or text_of(address)
    mine = bool(
        number_of(madrid_flags) & _MADRID_SENT if number_of(madrid) else number_of(flags) & _SENT
    )
    people = groups.get(number_of(group), [])
    several = len(people) > 1
    name = text_of(room) or (", ".join(people) if several else other) or "no chat"
    seconds = number_of(date)
    sent_at = apple_time(seconds) if seconds < _FROM_2001 else _unix(seconds)
    return Record(
        "imessage",
        name,
        words,
        OWNER if mine else other,
        "" if mine else other,
        sent_at,
        str(seconds) if seconds else "",
        zone="unix" if sent_at else "none",
        mine=mine,
        native_id=text_of(guid) or None,
        subject=text_of(subject),
        title=", ".join(people) if several else name,
        meta=meta_of({"service": "" if number_of(madrid) else "SMS"}),
    )


def _unix(seconds: int) -> str | None:
    try:
        return from_epoch(seconds)
    except ValueError:
        return None


__all__ = ["early_messages"]
