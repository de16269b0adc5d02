"""Raw records into the vault: what was said, who saw it, and in which order."""

from __future__ import annotations

import hmac
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlite_utils import Database

from secondme.errors import Busy
from secondme.record import Record
from secondme.vault.connection import search_words, writing
from secondme.vault.reading import Reading, parts
from secondme.vault.removal import Removal
from secondme.vault.versions import SAME_TIME, Versions


class Sighted(NamedTuple):
    """A parsed record with its content key and its position in the file that held it."""

    key: str
    record: Record
    order_at: str
    place: int
    other_key: str = ""
    """What the key would be if the owner had said otherwise about secrets, where it held one: what
    was forgotten under that key stays forgotten."""


@dataclass(slots=True)
class Added:
    """What became of a chunk of sighted records."""

    imported: int = 0
    duplicate: int = 0
    tombstoned: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


_INSERT = (
    "insert into records (id, key, conversation, author, native_id, text, subject, title, sent_at,"
    " sent_local, zone, precision, order_at, place, kind, mine, role, reply_to, attachments, meta)"
    " values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


class Records(Reading):
    """Writes, on top of what `Reading` reads: records, their authors, conversations, sightings."""

    def __init__(self, db: Database, tombstone_key: bytes) -> None:
        super().__init__(db)
        self._tombstone_key = tombstone_key
        self._conversations: dict[tuple[str, str], int] = {}
        self._authors: dict[tuple[str, str, str], int] = {}
        self._versions = Versions(db, self._author, self._conversation)

    def add(self, batch: int, chunk: Sequence[Sighted]) -> Added:
        """Store a chunk in one transaction; records already here are only sighted.

        Forgotten records are refused by their tombstone. Equal keys within the chunk are one.
        Raises `Busy` when the batch was taken back meanwhile.
        """
        added = Added()
        with writing(self._db):
            require_running(self._db, batch)
            self._look_again()
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
            self._stale_episodes(s for _, s in fresh.values())
            self._sight_again(batch, again)
            self.settle([row for row, _ in again])
            self._keep_next_row(next_row)
        added.imported = len(fresh)
        added.duplicate = len(again)
        added.kinds.update(s.record.kind for _, s in fresh.values())
        return added

    def preview(self, seen: set[str], chunk: Sequence[Sighted]) -> Added:
        """What `add` would report, without writing; `seen` gathers the keys chunk by chunk."""
        added = Added()
        chunk = self._without_forgotten(chunk, added)
        known = self._rows([s.key for s in chunk])
        fresh = {s.key: s for s in chunk if s.key not in known and s.key not in seen}
        seen.update(fresh)
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
        macs = {key: self.tombstone(key) for s in chunk for key in (s.key, s.other_key) if key}
        dead = self._present("select mac from tombstones where mac in ({})", list(macs.values()))
        if not dead:
            return chunk
        kept = [s for s in chunk if dead.isdisjoint((macs[s.key], macs.get(s.other_key)))]
        added.tombstoned = len(chunk) - len(kept)
        return kept

    def _insert(self, fresh: Iterable[tuple[int, Sighted]]) -> None:
        rows: list[tuple[Any, ...]] = []
        words: list[tuple[int, str, str, str]] = []
        for row, (key, r, order_at, place, _) in fresh:
            title = "" if r.title == r.conversation else r.title
            attachments = json.dumps(r.attachments, ensure_ascii=False) if r.attachments else ""
            rows.append(
                (
                    row,
                    key,
                    self._conversation(r),
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
        noted = self._versions.weigh(batch, ((row, s.record) for row, s in again), shown)
        self._sight(batch, [(row, s, noted.get(row, "")) for row, s in again])

    def withdraw(self, batches: Sequence[int]) -> tuple[int, int]:
        """Take out what only these batches saw. Returns (removed, kept because others saw it too).
        Inside the caller's transaction.
        """
        conn = self._db.conn
        these = json.dumps(list(batches))
        among = "(select value from json_each(?))"
        rows = self._column(
            f"select distinct record from sightings where batch in {among}", (these,)
        )
        conn.execute(f"delete from sightings where batch in {among}", (these,))
        shared = set(
            self._column(
                f"select distinct record from sightings where record in {among}",
                (json.dumps(rows),),
            )
        )
        removal = Removal(self._db)
        removal.choose([row for row in rows if row not in shared])
        removal.remove()
        self.settle(sorted(shared))
        return len(rows) - len(shared), len(shared)

    def settle(self, rows: Sequence[int]) -> None:
        """Give records the position and ownership that their sightings agree on: the largest.

        A file that begins in mid-minute numbers its first lines too low; the largest place is the
        one from the file that saw the whole minute. Who saw it at another time, because of another
        zone, says nothing of its place. Inside the caller's transaction.
        """
        conn = self._db.conn
        self._look_again()
        self._versions.settle(rows)
        for part in parts(rows):
            marks = ",".join("?" * len(part))
            moved = conn.execute(
                "select id, conversation, new_order, new_place, new_mine from (select r.*,"
                f" max(s.order_at) filter (where {SAME_TIME}) as new_order,"
                f" max(s.place) filter (where {SAME_TIME}) as new_place, max(s.mine) as new_mine"
                " from records r join sightings s on s.record = r.id"
                f" where r.id in ({marks}) group by r.id)"
                " where (order_at, place, mine) is not (new_order, new_place, new_mine)",
                part,
            ).fetchall()
            conn.executemany(
                "update records set order_at = ?, place = ?, mine = ? where id = ?",
                [(*place, row) for row, _, *place in moved],
            )
            conn.executemany(
                "delete from jobs where kind = 'facts' and unit = ?", [(row,) for row, *_ in moved]
            )
            for conversation in {conversation for _, conversation, *_ in moved}:
                self._stale(conversation)

    def _stale_episodes(self, fresh: Iterable[Sighted]) -> None:
        """Episodes are a function of a whole conversation: any change makes them due again."""
        for conversation in {self._conversation(s.record) for s in fresh}:
            self._stale(conversation)

    def _stale(self, conversation: int) -> None:
        self._db.conn.execute(
            "delete from jobs where kind = 'episodes' and unit = ?", (conversation,)
        )

    def _look_again(self) -> None:
        """Rows of conversations and authors may have gone since."""
        self._conversations.clear()
        self._authors.clear()

    def _conversation(self, r: Record) -> int:
        found = self._conversations.get((r.source, r.conversation))
        if found is None:
            found = self._one(
                "insert into conversations (source, name) values (?, ?)"
                " on conflict do update set name = name returning id",
                (r.source, r.conversation),
            )
            self._conversations[r.source, r.conversation] = found
        return found

    def _author(self, r: Record) -> int | None:
        if not r.author and not r.author_id:
            return None
        found = self._authors.get((r.source, r.author, r.author_id))
        if found is None:
            found = self._one(
                "insert into authors (source, name, handle) values (?, ?, ?)"
                " on conflict do update set name = name returning id",
                (r.source, r.author, r.author_id),
            )
            self._authors[r.source, r.author, r.author_id] = found
        return found

    def _rows(self, keys: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for part in parts(keys):
            marks = ",".join("?" * len(part))
            found.update(
                self._db.conn.execute(f"select key, id from records where key in ({marks})", part)
            )
        return found

    def _column(self, query: str, values: Sequence[Any]) -> list[Any]:
        return [value for (value,) in self._db.conn.execute(query, values)]

    def _present(self, query: str, values: Sequence[Any]) -> set[Any]:
        found: set[Any] = set()
        for part in parts(values):
            marks = ",".join("?" * len(part))
            found.update(v for (v,) in self._db.conn.execute(query.format(marks), part))
        return found


def require_running(db: Database, batch: int) -> None:
    """Inside the transaction that writes for the batch: another process may have ended it."""
    line = db.conn.execute("select state from batches where id = ?", (batch,)).fetchone()
    if line is None or line[0] != "running":
        taken_back = line is None or line[0] == "undone"
        what = "taken back" if taken_back else "finished by another process"
        raise Busy(
            f"This import was {what} while it ran.",
            "Import again if you want it after all." if taken_back else "What it read is in.",
        )
