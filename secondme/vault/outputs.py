"""Backups and exports: a forgetting cannot reach them, so its plan names them."""

from __future__ import annotations

from typing import NamedTuple

from sqlite_utils import Database

from secondme.vault.connection import writing


class Output(NamedTuple):
    path: str
    """Absolute; bytes of a name that are no text are spelled out."""
    kind: str
    """backup | export"""
    made_at: str


class Outputs:
    """The table `outputs`: each path once, as it was written last."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def note(self, output: Output) -> None:
        with writing(self._db):
            self._db.conn.execute(
                "insert into outputs (path, kind, made_at) values (?, ?, ?) on conflict (path)"
                " do update set kind = excluded.kind, made_at = excluded.made_at",
                output,
            )

    def drop(self, path: str) -> None:
        """It was not made after all."""
        with writing(self._db):
            self._db.conn.execute("delete from outputs where path = ?", (path,))

    def every(self) -> list[Output]:
        """All that were made, by path; some may be gone or moved since."""
        lines = self._db.conn.execute("select path, kind, made_at from outputs order by path")
        return [Output(*line) for line in lines]
