"""The word index: which records hold which words, how often, and how rare a word is.

External content over `words_source`, so that the index stores terms and never a second copy of the
text. It knows each record's own words only; neighbours are looked at when ranking, which keeps a
forgotten message out of every other message's entry by construction.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

import numpy as np
from sqlcipher3 import dbapi2 as sqlite
from sqlite_utils import Database

from secondme.vault.connection import translated
from secondme.vault.outlines import Numbers, numbers
from secondme.vault.reworded import Reworded, Texts
from secondme.vault.schema import WORDS

_OCCURRENCES = "select group_concat(doc) from words_terms where term = ?"
# One number a place, so that two words stand side by side where their numbers differ by one.
_PLACES = (
    "select group_concat((doc << 34) | ((case col when 'text' then 0 when 'subject' then 1"
    " else 2 end) << 32) | offset) from words_terms where term = ?"
)
_ROW = 34
KEPT = 1_000
"""Terms whose tokens are remembered."""


class Words:
    """Queries over the FTS5 index. Terms are given as people write them; FTS5 stems them."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._reworded = Reworded(db)
        self._tokens = _Tokens()

    def documents(self) -> int:
        return int(self._db.conn.execute("select count(*) from words_docsize").fetchone()[0])

    def frequency(self, term: str) -> int:
        """How many records hold this word or phrase, or do by their owner's correction."""
        tokens = self._tokens.of(term)
        if len(tokens) != 1 or self.corrected(quoted(term)):
            return len(self.holding(term))
        with translated():
            line = self._db.conn.execute(
                "select doc from words_rows where term = ?", tokens
            ).fetchone()
        return int(line[0]) if line else 0

    def occurrences(self, term: str) -> tuple[Numbers, Numbers]:
        """The rows of all records that hold this word or phrase, ascending, and how often each
        does; a correction by the owner that holds it counts as one more.

        Read from the index's vocabulary as one long string: as rows of a result they would cost
        five times as much to fetch as to find.
        """
        tokens = self._tokens.of(term)
        if not tokens:
            return numbers(None), numbers(None)
        if len(tokens) == 1:
            rows = self._listed(_OCCURRENCES, tokens[0])
        else:
            places = [self._listed(_PLACES, token) - i for i, token in enumerate(tokens)]
            rows = _common(places) >> _ROW
        if corrected := self.corrected(quoted(term)):
            rows = np.sort(np.concatenate((rows, np.array(sorted(corrected), rows.dtype))))
        return _counted(rows)

    def _listed(self, query: str, token: str) -> Numbers:
        with translated():
            return numbers(self._db.conn.execute(query, (token,)).fetchone()[0])

    def holding(self, term: str) -> set[int]:
        """Rows of all records that hold this word, or do by their owner's correction."""
        return self.matching(quoted(term)) | self.corrected(quoted(term))

    def matching(self, expression: str) -> set[int]:
        """Rows of all records that match an expression of FTS5."""
        with translated():
            lines = self._db.conn.execute(
                "select rowid from words where words match ?", (expression,)
            )
            return {row for (row,) in lines}

    def corrected(self, match: str) -> set[int]:
        """Rows of the records of which a correction by the owner matches an FTS5 expression."""
        return self._reworded.matching(match)

    def rewordings(self) -> Texts:
        """What `corrected` looks through."""
        return self._reworded.texts()

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


class _Tokens:
    """Asks FTS5 what it makes of a term, by an index of nothing else in memory."""

    def __init__(self) -> None:
        self._conn = sqlite.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._conn.execute(f"create virtual table asked using fts5(term, tokenize='{WORDS}')")
        self._conn.execute("create virtual table tokens using fts5vocab(asked, 'instance')")
        self.of = lru_cache(KEPT)(self._of)

    def _of(self, term: str) -> list[str]:
        self._conn.execute("insert into asked (rowid, term) values (1, ?)", (term,))
        found = [t for (t,) in self._conn.execute("select term from tokens order by offset")]
        self._conn.execute("delete from asked")
        return found


def _counted(rows: Numbers) -> tuple[Numbers, Numbers]:
    """Each of the ascending numbers once, and how often it was there."""
    new = np.ones(len(rows), bool)
    new[1:] = rows[1:] != rows[:-1]
    first = np.flatnonzero(new)
    return rows[first], np.diff(np.append(first, len(rows)))


def _common(sorted_places: list[Numbers]) -> Numbers:
    """The numbers that are in every list."""
    found = sorted_places[0]
    for places in sorted_places[1:]:
        found = np.intersect1d(found, places, assume_unique=True)
    return found


def quoted(term: str) -> str:
    """A term as an FTS5 string: nothing in it is an operator."""
    return '"' + term.replace('"', '""') + '"'
