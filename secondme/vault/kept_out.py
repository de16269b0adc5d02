"""Forgotten sections as the watcher knows them again: by their words and their file alone.

A tombstone stands for one record exactly, heading and day included. The owner of a note goes on
writing in it: under another heading or day a section is another record to an import, but to the
watcher it is the same words in the same file.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from secondme.record import Record
from secondme.vault.naming import joined
from secondme.vault.reading import Stored
from secondme.vault.records import Records, Sighted


class KeptOut:
    """Works inside the caller's transaction."""

    def __init__(self, db: Database, records: Records) -> None:
        self._db = db
        self._records = records

    def doomed(self) -> list[Stored]:
        """The sections among the rows that are chosen to go."""
        rows = self._db.conn.execute(
            "select id from records where kind = 'section'"
            " and id in (select row from temp.doomed) order by id"
        )
        return list(self._records.get([row for (row,) in rows]).values())

    def forget(self, gone: Sequence[Stored]) -> None:
        """Keep out these sections, but for words that the same file still says elsewhere."""
        left = {
            _same(stored.key, stored.record)
            for conversation in {stored.conversation for stored in gone}
            for stored in self._records.conversation(conversation)
        }
        self._add({_same(stored.key, stored.record) for stored in gone} - left)

    def refuse(self, seen: Iterable[Sighted]) -> None:
        """Keep these out from now on."""
        self._add({_same(sighted.key, sighted.record) for sighted in seen})

    def among(self, seen: Sequence[Sighted]) -> set[str]:
        """The keys of those that are kept out."""
        if not self._db.conn.execute("select exists (select 1 from kept_out)").fetchone()[0]:
            return set()
        macs = {self._mac(_same(s.key, s.record)): s.key for s in seen}
        found = self._db.conn.execute(
            "select mac from kept_out where hex(mac) in (select value from json_each(?))",
            (json.dumps([mac.hex().upper() for mac in macs]),),
        )
        dead = {mac for (mac,) in found}
        return {s.key for s in seen if self._mac(_same(s.key, s.record)) in dead}

    def _add(self, what: Iterable[str]) -> None:
        self._db.conn.executemany(
            "insert or ignore into kept_out values (?)", [(self._mac(one),) for one in what]
        )

    def _mac(self, what: str) -> bytes:
        return self._records.tombstone(what)


def _same(key: str, record: Record) -> str:
    """A section is its words in its file; anything else is its content key."""
    if record.kind != "section":
        return key
    text = unicodedata.normalize("NFC", record.text)
    return joined(("section", record.source, record.conversation, text))
