"""Raw records in and out of the vault: what was said, who saw it, and in which order it reads."""

from __future__ import annotations

import hmac
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlite_utils import Database

from secondme.record import Record
from secondme.vault.connection import search_words, writing
from secondme.vault.filters import Filter
from secondme.vault.versions import Versions, plain


class Sighted(NamedTuple):
    """A parsed record with its content key and its position in the file that held it."""

    key: str
    record: Record
    order_at: str
    place: int


@dataclass(slots=True)
class Added:
    """What became of a chunk of sighted records."""

    imported: int = 0
    duplicate: int = 0
    tombstoned: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


class Outline(NamedTuple):
    """A record without its text: what ranking looks at."""

    row: int
    key: str
    author: int | None
    mine: int
    length: int
    asks: int
    sent_at: str | None


class Stored(NamedTuple):
    """A record as the vault holds it. `row` joins inside one process and is never shown."""

    row: int
    key: str
    conversation: int
    record: Record


_INSERT = (
    "insert into records (id, key, conversation, author, native_id, text, subject, title, sent_at,"
    " sent_local, zone, precision, order_at, place, kind, mine, role, reply_to, attachments, meta)"
    " values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_SELECT = (
    "select r.id, r.key, r.conversation, c.source, c.name, r.text, coalesce(a.name, ''),"
    " coalesce(a.handle, ''), r.sent_at, r.sent_local, r.zone, r.precision, r.kind, r.mine, r.role,"
    " r.native_id, r.reply_to, r.subject, r.title, r.attachments, r.meta"
    " from records r join conversations c on c.id = r.conversation"
    " left join authors a on a.id = r.author"
)
# Both sides of many records in one statement: two a record cost more to call than to answer.
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
_ORDER = " order by r.conversation, r.order_at, r.place, r.key"
CHUNK = 20_000
"""Bound parameters in one statement; SQLite allows 32,766."""


class Records:
    """The table of records, their authors, conversations and sightings."""

    def __init__(self, db: Database, tombstone_key: bytes) -> None:
        self._db = db
        self._tombstone_key = tombstone_key
        self._conversations: dict[tuple[str, str], int] = {}
        self._authors: dict[tuple[str, str, str], int] = {}
        self._versions = Versions(db, self._author_row)

    # -- writing ------------------------------------------------------------------------------

    def add(self, batch: int, chunk: Sequence[Sighted]) -> Added:
        """Store a chunk in one transaction; records already here are only sighted.

        Forgotten records are refused by their tombstone. Equal keys within the chunk are one.
        """
        added = Added()
        with writing(self._db):
            self._conversations.clear()
            self._authors.clear()
            chunk = self._without_forgotten(chunk, added)
            known = self._rows([s.key for s in chunk])
            fresh: dict[str, tuple[int, Sighted]] = {}
            again: list[tuple[int, Sighted]] = []
            next_row = self._next_row()
            for sighted in chunk:
                row = known.get(sighted.key)
                if row is not None:
                    again.append((row, sighted))
                elif sighted.key in fresh:
                    again.append((fresh[sighted.key][0], sighted))
                else:
                    fresh[sighted.key] = (next_row, sighted)
                    next_row += 1
            self._insert(fresh.values())
            self._sight(batch, [(row, s, "") for row, s in fresh.values()])
            self._sight_again(batch, again)
            self.settle([row for row, _ in again])
            self._keep_next_row(next_row)
            self._stale_episodes(s for _, s in fresh.values())
        added.imported = len(fresh)
        added.duplicate = len(again)
        added.kinds.update(s.record.kind for _, s in fresh.values())
        return added

    def preview(self, chunk: Sequence[Sighted]) -> Added:
        """What `add` would report, without writing."""
        added = Added()
        chunk = self._without_forgotten(chunk, added)
        known = self._rows([s.key for s in chunk])
        fresh = {s.key: s for s in chunk if s.key not in known}
        added.imported = len(fresh)
        added.duplicate = len(chunk) - len(fresh)
        added.kinds.update(s.record.kind for s in fresh.values())
        return added

    def tombstone(self, key: str) -> bytes:
        """What is kept of a forgotten record: meaningless without this vault's secret."""
        return hmac.digest(self._tombstone_key, key.encode(), "sha256")

    def _without_forgotten(self, chunk: Sequence[Sighted], added: Added) -> Sequence[Sighted]:
        if not self._one("select exists (select 1 from tombstones)"):
            return chunk
        macs = {self.tombstone(s.key): s for s in chunk}
        dead = self._present("select mac from tombstones where mac in ({})", list(macs))
        if not dead:
            return chunk
        forgotten = {macs[mac].key for mac in dead}
        kept = [s for s in chunk if s.key not in forgotten]
        added.tombstoned = len(chunk) - len(kept)
        return kept

    def _insert(self, fresh: Iterable[tuple[int, Sighted]]) -> None:
        rows: list[tuple[Any, ...]] = []
        words: list[tuple[int, str, str, str]] = []
        for row, (key, r, order_at, place) in fresh:
            title = "" if r.title == r.conversation else r.title
            attachments = json.dumps(r.attachments, ensure_ascii=False) if r.attachments else ""
            rows.append(
                (
                    row,
                    key,
                    self._conversation(r.source, r.conversation),
                    self._author(r),
                    r.native_id,
                    r.text,
                    r.subject,
                    title,
                    r.sent_at,
                    r.sent_local,
                    r.zone,
                    r.precision,
                    order_at,
                    place,
                    r.kind,
                    int(r.mine),
                    r.role,
                    r.reply_to,
                    attachments,
                    r.meta,
                )
            )
            words.append(
                (row, search_words(r.text), search_words(r.subject), search_words(r.author))
            )
        conn = self._db.conn
        conn.executemany(_INSERT, rows)
        conn.executemany("insert into words (rowid, text, subject, author) values (?,?,?,?)", words)

    def _next_row(self) -> int:
        """Rows are never given twice: another process may be building for one just forgotten."""
        given = self._one("select coalesce(max(value), '0') from settings where name = 'last_row'")
        return max(given, self._one("select coalesce(max(id), 0) from records")) + 1

    def _keep_next_row(self, next_row: int) -> None:
        self._db.conn.execute(
            "insert into settings values ('last_row', ?)"
            " on conflict do update set value = excluded.value",
            (str(next_row - 1),),
        )

    def _sight(self, batch: int, seen: Iterable[tuple[int, Sighted, str]]) -> None:
        """Within a batch, as between batches, the largest position counts: see `settle`."""
        self._db.conn.executemany(
            "insert into sightings (batch, record, order_at, place, mine, version)"
            " values (?,?,?,?,?,?) on conflict do update set mine = max(mine, excluded.mine),"
            " order_at = max(order_at, excluded.order_at), place = max(place, excluded.place),"
            " version = excluded.version",
            [
                (batch, row, s.order_at, s.place, int(s.record.mine), version)
                for row, s, version in seen
            ],
        )

    def _sight_again(self, batch: int, again: Sequence[tuple[int, Sighted]]) -> None:
        shown = {row: one.record for row, one in self.get([row for row, _ in again]).items()}
        same: list[tuple[int, Sighted, str]] = []
        for row, s in again:
            if plain(shown[row]) == plain(s.record):
                same.append((row, s, ""))
            else:
                version = self._versions.weigh(batch, row, shown[row], s.record)
                self._sight(batch, [(row, s, version)])
                shown[row] = self.get([row])[row].record
        # Last: a batch that saw the version shown holds that one, whatever else it saw.
        self._sight(batch, same)

    def settle(self, rows: Sequence[int]) -> None:
        """Give records the position and ownership that their sightings agree on: the largest.

        A file that begins in mid-minute numbers its first lines too low; the largest place is the
        one from the file that saw the whole minute. Inside the caller's transaction.
        """
        conn = self._db.conn
        self._versions.settle(rows)
        for part in _parts(rows):
            marks = ",".join("?" * len(part))
            moved = conn.execute(
                "select r.id, r.conversation, s.order_at, s.place, s.mine from records r join ("
                " select record, max(order_at) as order_at, max(place) as place, max(mine) as mine"
                f" from sightings where record in ({marks}) group by record) s on s.record = r.id"
                " where (r.order_at, r.place, r.mine) is not (s.order_at, s.place, s.mine)",
                part,
            ).fetchall()
            for row, conversation, *place in moved:
                conn.execute(
                    "update records set order_at = ?, place = ?, mine = ? where id = ?",
                    (*place, row),
                )
                conn.execute("delete from jobs where kind = 'facts' and unit = ?", (row,))
                self._stale(conversation)

    def _stale_episodes(self, fresh: Iterable[Sighted]) -> None:
        """Episodes are a function of a whole conversation: any change makes them due again."""
        for source, name in {(s.record.source, s.record.conversation) for s in fresh}:
            self._stale(self._conversation(source, name))

    def _stale(self, conversation: int) -> None:
        self._db.conn.execute(
            "delete from jobs where kind = 'episodes' and unit = ?", (conversation,)
        )

    def _conversation(self, source: str, name: str) -> int:
        found = self._conversations.get((source, name))
        if found is None:
            found = self._one(
                "insert into conversations (source, name) values (?, ?)"
                " on conflict do update set name = name returning id",
                (source, name),
            )
            self._conversations[source, name] = found
        return found

    def _author(self, r: Record) -> int | None:
        if not r.author and not r.author_id:
            return None
        found = self._authors.get((r.source, r.author, r.author_id))
        if found is None:
            found = self._author_row(r)
            self._authors[r.source, r.author, r.author_id] = found
        return found

    def _author_row(self, r: Record) -> int:
        return self._one(
            "insert into authors (source, name, handle) values (?, ?, ?)"
            " on conflict do update set name = name returning id",
            (r.source, r.author, r.author_id),
        )

    # -- reading ------------------------------------------------------------------------------

    def get(self, rows: Sequence[int]) -> dict[int, Stored]:
        """Records by row, in no order."""
        found: dict[int, Stored] = {}
        for part in _parts(rows):
            marks = ",".join("?" * len(part))
            for line in self._db.conn.execute(f"{_SELECT} where r.id in ({marks})", part):
                stored = _stored(line)
                found[stored.row] = stored
        return found

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

    def neighbours(self, rows: Sequence[int], reach: int) -> dict[int, list[int]]:
        """Per row, the rows up to `reach` before and after it in its conversation, itself in the
        middle of its list, missing ones left out; in reading order.
        """
        found: dict[int, list[int]] = {}
        for part in _parts(rows):
            marks = ",".join("?" * len(part))
            for row, earlier, later in self._db.conn.execute(
                f"{_NEIGHBOURS} where r.id in ({marks})", (reach, reach, *part)
            ):
                found[row] = [*reversed(json.loads(earlier)), row, *json.loads(later)]
        return found

    def outlines(self, rows: Sequence[int]) -> dict[int, Outline]:
        """What ranking needs of each row, without its text."""
        found: dict[int, Outline] = {}
        for part in _parts(rows):
            marks = ",".join("?" * len(part))
            for line in self._db.conn.execute(
                "select id, key, author, mine, length(text), instr(text, '?') > 0, sent_at"
                f" from records where id in ({marks})",
                part,
            ):
                found[line[0]] = Outline(*line)
        return found

    def matching(self, within: Filter) -> set[int]:
        """Rows of all records the filter lets through."""
        where, values = within.where()
        return {
            row
            for (row,) in self._db.conn.execute(f"select r.id from records r where {where}", values)
        }

    def average_length(self) -> float:
        """Characters in a record's text; at least one."""
        return (
            float(
                self._db.conn.execute(
                    "select coalesce(avg(length(text)), 1) from records"
                ).fetchone()[0]
            )
            or 1.0
        )

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

    # -- small things -------------------------------------------------------------------------

    def _rows(self, keys: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for part in _parts(keys):
            marks = ",".join("?" * len(part))
            found.update(
                self._db.conn.execute(f"select key, id from records where key in ({marks})", part)
            )
        return found

    def _present(self, query: str, values: Sequence[Any]) -> set[Any]:
        found: set[Any] = set()
        for part in _parts(values):
            marks = ",".join("?" * len(part))
            found.update(v for (v,) in self._db.conn.execute(query.format(marks), part))
        return found

    def _one(self, query: str, values: Sequence[Any] = ()) -> int:
        return int(self._db.conn.execute(query, tuple(values)).fetchone()[0])


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
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
