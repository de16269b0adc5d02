"""Raw records out of the vault: one, many, a conversation in order, what stands beside what."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlite_utils import Database

from secondme.record import Record
from secondme.vault import outlines as _outlines
from secondme.vault.filters import Filter
from secondme.vault.outlines import Numbers, Outlines, numbers


class Stored(NamedTuple):
    """A record as the vault holds it. `row` joins inside one process and is never shown."""

    row: int
    key: str
    conversation: int
    record: Record


_SELECT = (
    "select r.id, r.key, r.conversation, c.source, c.name, r.text, coalesce(a.name, ''),"
    " coalesce(a.handle, ''), r.sent_at, r.sent_local, r.zone, r.precision, r.kind, r.mine, r.role,"
    " r.native_id, r.reply_to, r.subject, r.title, r.attachments, r.meta"
    " from records r join conversations c on c.id = r.conversation"
    " left join authors a on a.id = r.author"
)
_NEIGHBOURS = (
    "select r.id,"
    " (select json_group_array(id) from (select n.id from records n"
    "  where n.conversation = r.conversation"
    "  and (n.order_at, n.place, n.key) < (r.order_at, r.place, r.key)"
    "  order by n.order_at desc, n.place desc, n.key desc limit ?)),"
    " (select json_group_array(id) from (select n.id from records n"
    "  where n.conversation = r.conversation"
    "  and (n.order_at, n.place, n.key) > (r.order_at, r.place, r.key)"
    "  order by n.order_at, n.place, n.key limit ?))"
    " from records r"
)
_THESE = "(select value from json_each(?))"
_ORDER = " order by r.conversation, r.order_at, r.place, r.key"
CHUNK = 20_000
"""Bound parameters in one statement; SQLite allows 32,766."""


class Reading:
    """Queries over the table of records. Lists are in the order their method names."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, rows: Sequence[int]) -> dict[int, Stored]:
        """Records by row, in no order."""
        found: dict[int, Stored] = {}
        for part in parts(rows):
            marks = ",".join("?" * len(part))
            for line in self._db.conn.execute(f"{_SELECT} where r.id in ({marks})", part):
                stored = _stored(line)
                found[stored.row] = stored
        return found

    def unchanged(self, read: Collection[Stored]) -> set[int]:
        """Rows of those that still are what was read; another process may have forgotten some, or
        brought another version. To be asked inside the transaction that stores what was made.
        """
        still: set[int] = set()
        for part in parts(list(read)):
            now = self.get([stored.row for stored in part])
            still.update(stored.row for stored in part if now.get(stored.row) == stored)
        return still

    def by_key(self, key: str) -> Stored | None:
        line = self._db.conn.execute(f"{_SELECT} where r.key = ?", (key,)).fetchone()
        return _stored(line) if line else None

    def by_prefix(self, prefix: str) -> list[str]:
        """At most two keys that begin with `prefix`: enough to tell unique from ambiguous."""
        return [
            key
            for (key,) in self._db.conn.execute(
                "select key from records where key >= ? and key < ? order by key limit 2",
                (prefix, prefix + "\uffff"),
            )
        ]

    def conversation(self, conversation: int) -> list[Stored]:
        """A whole conversation in reading order."""
        lines = self._db.conn.execute(
            f"{_SELECT} where r.conversation = ?{_ORDER}", (conversation,)
        )
        return [_stored(line) for line in lines]

    def name_of(self, conversation: int) -> tuple[str, str]:
        """Source and name of a conversation."""
        source, name = self._db.conn.execute(
            "select source, name from conversations where id = ?", (conversation,)
        ).fetchone()
        return source, name

    def conversations(self) -> list[int]:
        """Every conversation, in the order of source and name."""
        return [
            row
            for (row,) in self._db.conn.execute(
                "select id from conversations order by source, name"
            )
        ]

    def stretch(self, row: int, before: int, after: int) -> list[Stored]:
        """A record with up to so many before and after it in its conversation, in reading order."""
        line = self._db.conn.execute(
            f"{_NEIGHBOURS} where r.id = ?", (before, after, row)
        ).fetchone()
        if line is None:
            return []
        rows = [*reversed(json.loads(line[1])), row, *json.loads(line[2])]
        found = self.get(rows)
        return [found[one] for one in rows if one in found]

    def outlines(self, known: Outlines | None = None) -> Outlines:
        """What ranking needs of all records; only what is new is read where others are `known`."""
        return _outlines.read(self._db, known)

    def keys(self, rows: Sequence[int]) -> dict[int, str]:
        """The content keys of rows."""
        lines = self._db.conn.execute(
            f"select id, key from records where id in {_THESE}", (json.dumps(rows),)
        )
        return dict(lines.fetchall())

    def first(self, rows: Sequence[int], limit: int) -> list[int]:
        """Of these rows the first so many by content key."""
        lines = self._db.conn.execute(
            f"select id from records where id in {_THESE} order by key limit ?",
            (json.dumps(rows), limit),
        )
        return [row for (row,) in lines]

    def sent_within(self, rows: Sequence[int], start: str, end: str) -> list[int]:
        """Of these rows those sent from a time on and before another."""
        lines = self._db.conn.execute(
            f"select id from records where id in {_THESE} and sent_at >= ? and sent_at < ?",
            (json.dumps(rows), start, end),
        )
        return [row for (row,) in lines]

    def matching(self, within: Filter) -> set[int]:
        """Rows of all records the filter lets through."""
        return set(self.rows_within(within).tolist())

    def rows_within(self, within: Filter) -> Numbers:
        """`matching` as an array."""
        where, values = within.where()
        found = self._db.conn.execute(
            f"select group_concat(r.id) from records r where {where}", values
        ).fetchone()
        return numbers(found[0])

    def every(self) -> Iterator[Stored]:
        """All records by source, conversation and reading order, streamed."""
        for line in self._db.conn.execute(
            f"{_SELECT} order by c.source, c.name, r.order_at, r.place, r.key"
        ):
            yield _stored(line)

    def by_source(self) -> dict[str, int]:
        return dict(
            self._db.conn.execute(
                "select c.source, count(*) from records r join conversations c"
                " on c.id = r.conversation group by c.source order by c.source"
            ).fetchall()
        )

    def count(self) -> int:
        return self._one("select count(*) from records")

    def _one(self, query: str, values: Sequence[Any] = ()) -> int:
        return int(self._db.conn.execute(query, tuple(values)).fetchone()[0])


def parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def _stored(line: Sequence[Any]) -> Stored:
    """A line of `_SELECT`, whose columns after the third are those of `Record` in another order."""
    row, key, conversation, source, name, text, author, handle, *rest = line
    sent_at, sent_local, zone, precision, kind, mine, role, native_id, reply_to, *last = rest
    subject, title, attachments, meta = last
    files = tuple(json.loads(attachments)) if attachments else ()
    record = Record(
        source, name, text, author, handle, sent_at, sent_local, zone, precision, kind, bool(mine),
        role, native_id, reply_to, subject, title, files, meta,
    )  # fmt: skip
    return Stored(row, key, conversation, record)
