"""Taking records out of every place that holds them or their words, in one transaction.

Forgetting and undoing an import are the same act; only the tombstones differ.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlite_utils import Database

from secondme.vault.vectors import Vectors

_DOOMED = "(select row from temp.doomed)"
FEW = 500
SHARE = 0.025
"""Taking one record out of the word index costs as much as indexing forty: above these, the index
is written anew."""


class Removal:
    """Works inside the caller's transaction, on the rows it was given."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def choose(self, rows: Sequence[int]) -> None:
        """Name the rows that go."""
        conn = self._db.conn
        conn.execute("create temp table if not exists doomed (row integer primary key)")
        conn.execute("delete from temp.doomed")
        conn.executemany("insert or ignore into temp.doomed values (?)", [(r,) for r in rows])

    def counts(self) -> dict[str, int]:
        """How much goes with the chosen rows: what the plan shows and the receipt repeats."""
        return {
            "records": self._count("records where id in"),
            "episodes": self._one(
                "select count(distinct episode) from episode_records where record in " + _DOOMED
            ),
            "facts": self._count("facts where record in"),
            "vectors": self._count("record_vectors_rowids where rowid in")
            if Vectors(self._db).identity
            else 0,
        }

    def remove(self) -> None:
        """Records, sightings, and everything that was made from any of them."""
        conn = self._db.conn
        many = self.many()
        self.unread(words=not many)
        self.unbuild()
        conn.execute("delete from sightings where record in " + _DOOMED)
        conn.execute("delete from records where id in " + _DOOMED)
        self.orphans()
        if many:
            self.index_anew()

    def index_anew(self) -> None:
        """The word index of all records, as they are now."""
        self._db.conn.execute("insert into words (words) values ('rebuild')")

    def many(self) -> bool:
        """It is cheaper to index all records anew than to take the chosen ones out."""
        chosen = self._one("select count(*) from temp.doomed")
        return chosen > FEW and chosen > self._one("select count(*) from records") * SHARE

    def unread(self, *, words: bool) -> None:
        """What was made of the chosen rows' own words: index entries, unless the index is going to
        be written anew, and vectors.
        """
        conn = self._db.conn
        if words:
            conn.execute(
                "insert into words (words, rowid, text, subject, author)"
                " select 'delete', rowid, text, subject, author from words_source where rowid in "
                + _DOOMED
            )
        if Vectors(self._db).identity:
            conn.execute("delete from record_vectors where rowid in " + _DOOMED)
        conn.execute("delete from jobs where kind = 'vectors' and unit in " + _DOOMED)

    def stale(self) -> None:
        """The episodes of the chosen rows' conversations are due again: where one ends depends on
        the whole conversation.
        """
        self._db.conn.execute(
            "delete from jobs where kind = 'episodes' and unit in"
            " (select conversation from records where id in " + _DOOMED + ")"
        )

    def unbuild(self) -> None:
        """Jobs, and every derived line that rests on any of the chosen rows."""
        conn = self._db.conn
        self.stale()
        conn.execute("delete from jobs where kind = 'facts' and unit in " + _DOOMED)
        episodes = (
            "(select key from episodes where id in"
            " (select episode from episode_records where record in " + _DOOMED + "))"
        )
        gone = [key for (key,) in conn.execute(f"select key from episodes where key in {episodes}")]
        gone += [key for (key,) in conn.execute("select key from facts where record in " + _DOOMED)]
        keys = json.dumps(gone)
        these = "(select value from json_each(?))"
        conn.execute(f"delete from evidence where of in {these}", (keys,))
        conn.execute(
            f"delete from episode_records where episode in"
            f" (select id from episodes where key in {these})",
            (keys,),
        )
        conn.execute(f"delete from episodes where key in {these}", (keys,))
        conn.execute(f"delete from facts where key in {these}", (keys,))
        conn.execute("delete from evidence where record in " + _DOOMED)

    def orphans(self) -> None:
        """Names that nothing refers to any more are words of the forgotten, too."""
        conn = self._db.conn
        conn.execute(
            "delete from authors where id not in"
            " (select author from records where author is not null)"
        )
        conn.execute("delete from answered_me where author not in (select id from authors)")
        conn.execute(
            "delete from jobs where kind = 'episodes' and unit in (select id from conversations"
            " where id not in (select conversation from records))"
        )
        conn.execute("delete from conversations where id not in (select conversation from records)")

    def _count(self, what: str) -> int:
        return self._one(f"select count(*) from {what} {_DOOMED}")

    def _one(self, query: str, values: Sequence[Any] = ()) -> int:
        return int(self._db.conn.execute(query, tuple(values)).fetchone()[0])
