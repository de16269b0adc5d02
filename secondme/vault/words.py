"""The word index: which records hold which words, and how rare a word is.

External content over `words_source`, so that the index stores terms and never a second copy of the
text. It knows each record's own words only; neighbours are looked at when ranking, which keeps a
forgotten message out of every other message's entry by construction.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlite_utils import Database

from secondme.vault.connection import translated
from secondme.vault.filters import EVERYTHING, Filter


class Words:
    """Queries over the FTS5 index. Terms are given as people write them; FTS5 stems them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def documents(self) -> int:
        return int(self._db.conn.execute("select count(*) from words_docsize").fetchone()[0])

    def frequency(self, term: str) -> int:
        """How many records hold this word or phrase."""
        with translated():
            return int(
                self._db.conn.execute(
                    "select count(*) from words where words match ?", (quoted(term),)
                ).fetchone()[0]
            )

    def best(self, match: str, limit: int, within: Filter = EVERYTHING) -> list[tuple[int, float]]:
        """(row, bm25) of the records that match an FTS5 expression, best first, at most `limit`.

        Which of several equal scores make the cut is decided by content key, never by row: a
        vault that was built in another order must answer alike.
        """
        where, values = within.where()
        join = "" if within.open else "join records r on r.id = words.rowid"
        found = self._ranked(
            f"{join} where words match ? and {where}", "", match, values, limit + 1
        )
        if len(found) > limit and found[-1][1] == found[-2][1]:
            join = "join records r on r.id = words.rowid"
            return self._ranked(
                f"{join} where words match ? and {where}", ", r.key", match, values, limit
            )
        return found[:limit]

    def _ranked(
        self, source: str, tie: str, match: str, values: list[Any], limit: int
    ) -> list[tuple[int, float]]:
        with translated():
            return [
                (row, -score)
                for row, score in self._db.conn.execute(
                    f"select words.rowid, bm25(words) as score from words {source}"
                    f" order by score{tie} limit ?",
                    (match, *values, limit),
                )
            ]

    def holding(self, term: str) -> set[int]:
        """Rows of all records that hold this word."""
        with translated():
            lines = self._db.conn.execute(
                "select rowid from words where words match ?", (quoted(term),)
            )
            return {row for (row,) in lines}

    def dump(self) -> Iterator[tuple[str, list[tuple[int, str, int]]]]:
        """Every term with its places (row, column, offset), terms in order."""
        lines = self._db.conn.execute("select term, doc, col, offset from words_terms")
        for term, places in groupby(lines, key=lambda line: line[0]):
            yield term, [(doc, col, offset) for _, doc, col, offset in places]

    def dead_terms(self) -> Iterator[str]:
        """Complaints about terms whose record is gone, or a count that is off.

        The vocabulary is read from the index itself; a search through bytes would miss terms that
        the index stores without their common prefix.
        """
        with translated():
            dead = self._db.conn.execute(
                "select count(distinct doc) from words_terms"
                " where doc not in (select id from records)"
            ).fetchone()[0]
            if dead:
                yield f"words of dead records: {dead}"
            indexed = self.documents()
            live = self._db.conn.execute("select count(*) from records").fetchone()[0]
            if indexed != live:
                yield f"records in the word index: {indexed}, in the vault: {live}"


def quoted(term: str) -> str:
    """A term as an FTS5 string: nothing in it is an operator."""
    return '"' + term.replace('"', '""') + '"'
