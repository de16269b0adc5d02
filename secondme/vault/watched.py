"""What is watched, and what each watched file said when it was last read.

A file is known by a keyed hash of its path, so that its name can go while it is still watched. The
batches that hold its words carry the same hash as their container.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlite_utils import Database

from secondme.errors import Busy
from secondme.vault.records import Records

_AMONG = "(select value from json_each(?))"


class Watch(NamedTuple):
    """A folder, or one export, whose changes are read as they come."""

    id: int
    path: str
    options: dict[str, Any]
    """me, zone, local_zone, date_order, source; `file`: it is one export and no folder."""


class WatchedFile(NamedTuple):
    """A file as it was when it was last read."""

    mac: str
    name: str
    """Its path below the watched one; empty when anything of it was forgotten."""
    size: int
    mtime_ns: int
    digest: str
    source: str
    batch: int | None
    state: str
    """read | unreadable | missing"""


_FILE = "select name_mac, name, size, mtime_ns, digest, source, batch, state from watched_files"


class Watched:
    """Writes are parts of the caller's transaction."""

    def __init__(self, db: Database, records: Records) -> None:
        self._db = db
        self._records = records

    # -- what is watched ----------------------------------------------------------------------

    def add(self, path: str, options: dict[str, Any]) -> None:
        """Watch `path`, or decide anew how its files are read: then all look changed."""
        conn, decided = self._db.conn, json.dumps(options, sort_keys=True)
        conn.execute(
            "update watched_files set mtime_ns = -1, digest = '' where watched in"
            " (select id from watched where path = ? and options != ?)",
            (path, decided),
        )
        conn.execute(
            "insert into watched (path, options) values (?, ?)"
            " on conflict (path) do update set options = excluded.options",
            (path, decided),
        )

    def remove(self, path: str) -> bool:
        """Stop watching; what was read stays. False when it was not watched."""
        conn = self._db.conn
        these = "(select id from watched where path = ?)"
        conn.execute(f"delete from watched_files where watched in {these}", (path,))
        return bool(conn.execute("delete from watched where path = ?", (path,)).rowcount)

    def all(self) -> list[Watch]:
        """By path."""
        return [
            Watch(number, path, json.loads(options))
            for number, path, options in self._db.conn.execute(
                "select id, path, options from watched order by path"
            )
        ]

    def last_read(self, watch: int) -> str | None:
        """When something new was last found there, in UTC."""
        line = self._db.conn.execute(
            "select max(b.made_at) from watched_files f join batches b on b.id = f.batch"
            " where f.watched = ?",
            (watch,),
        ).fetchone()
        return None if line is None else line[0]

    # -- its files ----------------------------------------------------------------------------

    def files(self, watch: int) -> list[WatchedFile]:
        """In the order of their names."""
        lines = self._db.conn.execute(
            f"{_FILE} where watched = ? order by name, name_mac", (watch,)
        )
        return [WatchedFile._make(line) for line in lines]

    def file(self, watch: int, mac: str) -> WatchedFile | None:
        line = self._db.conn.execute(
            f"{_FILE} where watched = ? and name_mac = ?", (watch, mac)
        ).fetchone()
        return WatchedFile._make(line) if line else None

    def like(self, digest: str, mac: str) -> list[tuple[int, WatchedFile]]:
        """Other files with the same bytes, each with its watch."""
        lines = self._db.conn.execute(
            _FILE.replace("select", "select watched,", 1) + " where digest = ? and name_mac != ?",
            (digest, mac),
        )
        return [(watch, WatchedFile._make(line)) for watch, *line in lines]

    def put(self, watch: int, files: Iterable[WatchedFile]) -> None:
        """Note how these files are now. Raises `Busy` when nobody watches them any more."""
        conn = self._db.conn
        if not conn.execute("select 1 from watched where id = ?", (watch,)).fetchone():
            raise Busy("This folder is not watched any more.", "Nothing is left to do.")
        conn.executemany(
            "insert or replace into watched_files"
            " (watched, name_mac, name, size, mtime_ns, digest, source, batch, state)"
            " values (?,?,?,?,?,?,?,?,?)",
            [(watch, *file) for file in files],
        )

    def note(self, watch: int, files: Iterable[WatchedFile]) -> None:
        """How files that are known lie there now. What others decided about them meanwhile, their
        names or that nobody asks about them any more, stays.
        """
        self._db.conn.executemany(
            "update watched_files set size = ?, mtime_ns = ?, digest = ?, state = ?"
            " where watched = ? and name_mac = ?",
            [(f.size, f.mtime_ns, f.digest, f.state, watch, f.mac) for f in files],
        )

    def drop(self, watch: int, macs: Iterable[str]) -> None:
        """Know nothing of these files any more."""
        self._db.conn.executemany(
            "delete from watched_files where watched = ? and name_mac = ?",
            [(watch, mac) for mac in macs],
        )

    # -- the batches that hold their words ----------------------------------------------------

    def batches(self, mac: str) -> list[int]:
        """Those of one file that are whole and were not taken back, oldest first."""
        return self._column(
            "select id from batches where container = ? and state = 'done' order by id", (mac,)
        )

    def cut_short(self) -> list[int]:
        """Those that a watcher began and never ended: they hold what a file may not say any more,
        and which file it was nobody may know.
        """
        return self._column(
            "select id from batches where state = 'running' and options ->> 'watched'", ()
        )

    def unnamed(self, batch: int) -> bool:
        """Something of it was forgotten, or nothing came in: its file has no name any more."""
        return bool(self._column("select 1 from batches where id = ? and paths = '[]'", (batch,)))

    def covers(self, batch: int, older: int) -> bool:
        """Everything that `older` saw, `batch` saw too, and saw it say the same."""
        return not self._column(
            "select 1 from sightings o left join sightings n on n.batch = ? and n.record = o.record"
            " where o.batch = ? and o.version is not n.version limit 1",
            (batch, older),
        )

    def rows(self, batch: int) -> list[int]:
        """The records that a batch holds."""
        return self._column("select record from sightings where batch = ?", (batch,))

    def withdraw(self, batches: Sequence[int]) -> int:
        """Take back what newer batches replace. They leave the list of imports, but for the newest
        number of all, which would else be given again. Returns the records removed.
        """
        if not batches:
            return 0
        removed, _ = self._records.withdraw(batches)
        these = json.dumps(list(batches))
        conn = self._db.conn
        conn.execute(f"update watched_files set batch = null where batch in {_AMONG}", (these,))
        conn.execute(
            f"delete from batches where id in {_AMONG} and id < (select max(id) from batches)",
            (these,),
        )
        conn.execute(
            f"update batches set state = 'undone', paths = '[]' where id in {_AMONG}", (these,)
        )
        return removed

    # -- forgetting ---------------------------------------------------------------------------

    def hide(self, batches: str) -> list[str]:
        """Empty the names of files whose batches the query finds. Returns their hashes."""
        macs = self._column(f"select distinct container from batches where id in ({batches})", ())
        self._db.conn.execute(
            f"update watched_files set name = '' where name_mac in {_AMONG}", (json.dumps(macs),)
        )
        return macs

    def let_go(self, macs: Sequence[str]) -> None:
        """Stop watching single exports of which nothing is left: their path is a name, too."""
        for (path,) in self._db.conn.execute(
            "select path from watched where options ->> 'file' and id in"
            f" (select watched from watched_files where name_mac in {_AMONG})"
            " and not exists (select 1 from watched_files f"
            "  join batches b on b.container = f.name_mac join sightings s on s.batch = b.id"
            "  where f.watched = watched.id)",
            (json.dumps(macs),),
        ).fetchall():
            self.remove(path)

    def _column(self, query: str, values: Sequence[Any]) -> list[Any]:
        return [value for (value,) in self._db.conn.execute(query, values)]
