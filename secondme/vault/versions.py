"""When exports disagree about one record: every batch's version is kept, and one of them is shown.

A message edited between two exports, or a mail filed in two folders, is one record with two
versions. Which one is shown depends on the versions alone, never on which came first; when the
batch that brought it is undone, the next one is shown again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlite_utils import Database

from secondme.record import Record
from secondme.vault.connection import search_words
from secondme.vault.removal import Removal

_SHOW = (
    "update records set conversation = ?, author = ?, text = ?, subject = ?, title = ?,"
    " sent_at = ?, sent_local = ?, zone = ?, precision = ?, kind = ?, role = ?, reply_to = ?,"
    " attachments = ?, meta = ? where id = ?"
)
_THESE = "(select value from json_each(?))"
SAME_TIME = f"(s.version = '' or s.version ->> {Record._fields.index('sent_at')} is r.sent_at)"
"""A sighting `s` puts the record `r` at the time that is shown: only then its place counts."""
_SURE = {"explicit": 3, "unix": 3, "asked": 2, "guessed": 1}
"""How well a time's zone is known: what the owner said corrects a guess."""


def plain(r: Record) -> Record:
    """The record without what sightings settle by themselves, and with its title as stored."""
    return r._replace(mine=False, title="" if r.title == r.conversation else r.title)


def parsed(version: str) -> Record:
    r = Record(*json.loads(version))
    return r._replace(attachments=tuple(r.attachments))


class _Version(NamedTuple):
    """Compared in this order: the version whose zone is better known is shown, then the one with
    the longer text; of equal ones, the later in the alphabet: exports do not say which is newer.
    """

    sure: int
    length: int
    written: str
    record: Record


def _version(r: Record) -> _Version:
    """Of a plain record."""
    return _Version(_SURE.get(r.zone, 0), len(r.text), _written(r), r)


_written = json.JSONEncoder(ensure_ascii=False).encode


class Versions:
    """Works inside the caller's transaction. In the table, '' stands for the version shown."""

    def __init__(
        self,
        db: Database,
        author: Callable[[Record], int | None],
        conversation: Callable[[Record], int],
    ) -> None:
        self._db = db
        self._author = author
        self._conversation = conversation

    def weigh(
        self, batch: int, seen: Iterable[tuple[int, Record]], shown: Mapping[int, Record]
    ) -> dict[int, str]:
        """What to note for this batch of each row of which it saw something else than is shown: a
        version, or '' where that one became the one shown just now.
        """
        others: dict[int, list[Record]] = defaultdict(list)
        same: set[int] = set()
        for row, record in seen:
            here = plain(record)
            if here == plain(shown[row]):
                same.add(row)
            else:
                others[row].append(here)
        if not others:
            return {}
        held = self._held(batch, others)
        noted: dict[int, str] = {}
        before: dict[int, _Version] = {}
        better: dict[int, _Version] = {}
        for row, records in others.items():
            now = _version(plain(shown[row]))
            best = max(map(_version, records))
            if row in held:
                best = max(best, _version(parsed(held[row])) if held[row] else now)
            noted[row] = "" if best >= now or row in same else best.written
            if best > now:
                before[row], better[row] = now, best
        self._keep(before)
        self._show(better)
        return noted

    def _held(self, batch: int, rows: Iterable[int]) -> dict[int, str]:
        """What the batch holds of these rows already."""
        return dict(
            self._db.conn.execute(
                f"select record, version from sightings where batch = ? and record in {_THESE}",
                (batch, json.dumps(list(rows))),
            )
        )

    def _keep(self, versions: Mapping[int, _Version]) -> None:
        """Write out the versions that are about to be shown no more."""
        self._db.conn.executemany(
            "update sightings set version = ? where record = ? and version = ''",
            [(version.written, row) for row, version in versions.items()],
        )

    def settle(self, rows: Sequence[int]) -> None:
        """Show the best version left of records whose shown one nobody holds any more."""
        held: dict[int, set[str]] = defaultdict(set)
        for row, version in self._db.conn.execute(
            f"select record, version from sightings where record in {_THESE}"
            " and record in (select record from sightings where version != '')",
            (json.dumps(list(rows)),),
        ):
            held[row].add(version)
        self._show(
            {
                row: max(_version(parsed(version)) for version in versions)
                for row, versions in held.items()
                if "" not in versions
            }
        )

    def _show(self, versions: Mapping[int, _Version]) -> None:
        """All at once: what is taken out and tidied up costs the same for one row as for many."""
        if not versions:
            return
        records = {row: version.record for row, version in versions.items()}
        reworded = self._reworded(records)
        removal = Removal(self._db)
        removal.choose(reworded)
        anew = removal.many()
        removal.unread(words=not anew)
        removal.choose(list(records))
        removal.unbuild()
        conn = self._db.conn
        conn.executemany(_SHOW, [(*self._columns(r), row) for row, r in records.items()])
        removal.stale()
        if anew:
            removal.index_anew()
        else:
            conn.executemany(
                "insert into words (rowid, text, subject, author) values (?, ?, ?, ?)",
                [(row, *_words(records[row])) for row in reworded],
            )
        conn.executemany(
            "update sightings set version = '' where record = ? and version = ?",
            [(row, version.written) for row, version in versions.items()],
        )
        removal.orphans()

    def _columns(self, r: Record) -> tuple[int | str | None, ...]:
        attachments = json.dumps(r.attachments, ensure_ascii=False) if r.attachments else ""
        return (
            self._conversation(r), self._author(r), r.text, r.subject, r.title, r.sent_at,
            r.sent_local, r.zone, r.precision, r.kind, r.role, r.reply_to, attachments, r.meta,
        )  # fmt: skip

    def _reworded(self, records: Mapping[int, Record]) -> list[int]:
        """Rows whose words differ from those shown. Another zone alone changes none: their entries
        in the index and their vectors stay.
        """
        return [
            row
            for row, *words in self._db.conn.execute(
                "select r.id, r.text, r.subject, coalesce(a.name, '') from records r"
                f" left join authors a on a.id = r.author where r.id in {_THESE}",
                (json.dumps(list(records)),),
            )
            if words != [records[row].text, records[row].subject, records[row].author]
        ]


def _words(r: Record) -> tuple[str, str, str]:
    return search_words(r.text), search_words(r.subject), search_words(r.author)
