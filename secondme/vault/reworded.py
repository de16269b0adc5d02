"""The owner's words in corrections, read like those of the records they are about.

They are few, and stand in a small index in memory that is made anew when they change: nothing of
them is in the file but the corrections themselves.
"""

from __future__ import annotations

from typing import Any

from sqlcipher3 import dbapi2 as sqlite
from sqlite_utils import Database

from secondme.vault.connection import search_words
from secondme.vault.schema import WORDS

Texts = tuple[tuple[int, str], ...]
"""Rows of records, each with the owner's words for something in it."""


class Reworded:
    """Which records hold which words by their owner's correction."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._indexed: Texts = ()
        self._index: Any = None

    def texts(self) -> Texts:
        lines = self._db.conn.execute(
            "select r.id, e.content ->> 'text' from edits e join records r on r.key = e.target"
            " where e.act = 'replace' order by e.key"
        )
        return tuple(lines.fetchall())

    def matching(self, match: str) -> set[int]:
        """Rows of the records of which a correction matches an FTS5 expression."""
        texts = self.texts()
        if texts != self._indexed:
            self._indexed, self._index = texts, _index(texts)
        if not texts:
            return set()
        lines = self._index.execute(
            "select cast(record as integer) from corrected where corrected match ?", (match,)
        )
        return {row for (row,) in lines}


def _index(texts: Texts) -> Any:
    index = sqlite.connect(":memory:", isolation_level=None, check_same_thread=False)
    index.execute(
        f"create virtual table corrected using fts5(record unindexed, text, tokenize='{WORDS}')"
    )
    index.executemany(
        "insert into corrected values (?, ?)", [(row, search_words(text)) for row, text in texts]
    )
    return index
