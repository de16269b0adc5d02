"""What the owner answered when exports were brought in: taken again for the next of their source.

An answer belongs to the import it was given with, and is taken back with it. Who the owner is is
kept as a reference to the author, never as a name: it goes when nothing of that author is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlite_utils import Database


class Known(NamedTuple):
    """What was answered about one source."""

    me: tuple[str, ...] = ()
    """The handles that are the owner's; the name where there is no handle."""
    zone: str | None = None
    date_order: str | None = None


class Author(NamedTuple):
    source: str
    name: str
    handle: str


class Answers:
    """Writes are parts of the caller's transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def known(self, source: str) -> Known:
        """All names that were ever answered, and the newest of the other answers."""
        conn = self._db.conn
        me = conn.execute(
            "select distinct iif(a.handle = '', a.name, a.handle) from answered_me m"
            " join authors a on a.id = m.author where a.source = ? order by 1",
            (source,),
        )
        told = dict(
            conn.execute(
                "select about, value from answers where source = ? order by batch", (source,)
            ).fetchall()
        )
        return Known(tuple(name for (name,) in me), told.get("tz"), told.get("date-order"))

    def redacts(self) -> bool:
        """Secrets were replaced in an import that was not taken back: read again as they are, the
        same words would be other records, and the secrets here after all.
        """
        found = self._db.conn.execute(
            "select exists (select 1 from batches"
            " where state != 'undone' and options ->> 'redact_secrets')"
        ).fetchone()
        return bool(found[0])

    def keep(
        self, batch: int, told: Mapping[tuple[str, str], str], owners: Iterable[Author]
    ) -> None:
        """`told` by source and by what it is about: tz | date-order. Owners whose words did not
        come in are nobody here.
        """
        conn = self._db.conn
        conn.executemany(
            "insert or replace into answers (batch, source, about, value) values (?, ?, ?, ?)",
            [(batch, source, about, value) for (source, about), value in told.items()],
        )
        conn.executemany(
            "insert or ignore into answered_me (batch, author) select ?, id from authors"
            " where source = ? and name = ? and handle = ?",
            [(batch, *owner) for owner in owners],
        )

    def drop(self, batch: int) -> None:
        """The answers that were given with this import."""
        self._db.conn.execute("delete from answers where batch = ?", (batch,))
        self._db.conn.execute("delete from answered_me where batch = ?", (batch,))
