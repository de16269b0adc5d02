"""What the owner put right: corrections are kept beside the records, and win over every build."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection

from sqlite_utils import Database

from secondme.vault.connection import writing


class Corrections:
    """The `edits` table. Targets are content keys, so a rebuild or a re-import finds them again."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def link(self, one: str, other: str, at: str) -> None:
        """Two identity keys are one person. Said again, or the other way round, it is one edit."""
        target, partner = sorted((one, other))
        content = json.dumps({"with": partner})
        key = "x" + hashlib.sha256(f"{target}\0{content}".encode()).hexdigest()[:16]
        with writing(self._db):
            self._db.conn.execute(
                "insert into edits (key, target, act, content, made_at)"
                " values (?, ?, 'link', ?, ?) on conflict (key) do nothing",
                (key, target, content, at),
            )

    def unlink(self, identities: Collection[str]) -> int:
        """Take back every link that touches one of these identity keys; returns how many."""
        keys = json.dumps(sorted(identities))
        with writing(self._db):
            gone = self._db.conn.execute(
                "delete from edits where act = 'link' and"
                " (target in (select value from json_each(:keys))"
                " or json_extract(content, '$.with') in (select value from json_each(:keys)))",
                {"keys": keys},
            )
        return int(gone.rowcount)
