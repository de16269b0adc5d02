"""When exports disagree about one record: every batch's version is kept, and one of them is shown.

A message edited between two exports, or a mail filed in two folders, is one record with two
versions. Which one is shown depends on the versions alone, never on which came first; when the
batch that brought it is undone, the next one is shown again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence

from sqlite_utils import Database

from secondme.record import Record
from secondme.vault.connection import search_words
from secondme.vault.removal import Removal

_SHOW = (
    "update records set author = ?, text = ?, subject = ?, title = ?, sent_at = ?, sent_local = ?,"
    " zone = ?, precision = ?, kind = ?, role = ?, reply_to = ?, attachments = ?, meta = ?"
    " where id = ?"
)


def plain(r: Record) -> Record:
    """The record without what sightings settle by themselves, and with its title as stored."""
    return r._replace(mine=False, title="" if r.title == r.conversation else r.title)


def written(r: Record) -> str:
    return json.dumps(plain(r), ensure_ascii=False)


def parsed(version: str) -> Record:
    r = Record(*json.loads(version))
    return r._replace(attachments=tuple(r.attachments))


def _rank(version: str) -> tuple[int, str]:
    """The version with the longer text is shown; of equally long ones, the later in the alphabet:
    exports do not say which is newer.
    """
    return len(parsed(version).text), version


class Versions:
    """Works inside the caller's transaction. In the table, '' stands for the version shown."""

    def __init__(self, db: Database, author: Callable[[Record], int]) -> None:
        self._db = db
        self._author = author

    def weigh(self, batch: int, row: int, shown: Record, seen: Record) -> str:
        """The version to note for this batch, which may have become the one shown just now."""
        now, here = written(shown), written(seen)
        line = self._db.conn.execute(
            "select version from sightings where batch = ? and record = ?", (batch, row)
        ).fetchone()
        if line is not None:
            here = max(here, line[0] or now, key=_rank)
        if _rank(here) > _rank(now):
            self._db.conn.execute(
                "update sightings set version = ? where record = ? and version = ''", (now, row)
            )
            self._show(row, here)
        return "" if _rank(here) >= _rank(now) else here

    def settle(self, rows: Sequence[int]) -> None:
        """Show the best version left of records whose shown one nobody holds any more."""
        held: dict[int, set[str]] = defaultdict(set)
        for row, version in self._db.conn.execute(
            "select record, version from sightings where record in (select value from json_each(?))"
            " and record in (select record from sightings where version != '')",
            (json.dumps(list(rows)),),
        ):
            held[row].add(version)
        for row, versions in held.items():
            if "" not in versions:
                self._show(row, max(versions, key=_rank))

    def _show(self, row: int, version: str) -> None:
        removal = Removal(self._db)
        removal.choose([row])
        removal.unbuild()
        r = parsed(version)
        attachments = json.dumps(r.attachments, ensure_ascii=False) if r.attachments else ""
        author = self._author(r) if r.author or r.author_id else None
        conn = self._db.conn
        conn.execute(
            _SHOW,
            (
                author, r.text, r.subject, r.title, r.sent_at, r.sent_local, r.zone,
                r.precision, r.kind, r.role, r.reply_to, attachments, r.meta, row,
            ),
        )  # fmt: skip
        conn.execute(
            "insert into words (rowid, text, subject, author) values (?, ?, ?, ?)",
            (row, search_words(r.text), search_words(r.subject), search_words(r.author)),
        )
        conn.execute(
            "update sightings set version = '' where record = ? and version = ?", (row, version)
        )
        removal.orphans()
