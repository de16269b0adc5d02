"""The vault: one encrypted SQLite file with everything its owner said, and all the SQL there is.

Above this package nobody sees a row, a cursor or a statement: its parts take and return the nouns
of `secondme.record` and a few named tuples of their own.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from secondme.errors import Busy, CannotCreate, NotFound
from secondme.vault import labels as _labels
from secondme.vault import people as _people
from secondme.vault.built import Built
from secondme.vault.connection import FOLD_MS, connect, patience, translated, writing
from secondme.vault.edits import Corrections
from secondme.vault.receipts import Receipts
from secondme.vault.records import Records, require_running
from secondme.vault.removal import Removal
from secondme.vault.schema import migrations
from secondme.vault.vectors import Vectors
from secondme.vault.words import Words

FILE = "vault.db"
HOLDS = 20
"""Tries to find the log folded and nobody writing; each is lost only to a write in between."""


class Vault:
    """An open vault. One per thread; several processes may hold the same file open."""

    def __init__(self, folder: Path, key: bytes, *, create: bool = False) -> None:
        self.folder = folder
        self.key = key
        self.path = folder / FILE
        if not create and not self.path.exists():
            raise NotFound(f"There is no vault in {folder}.", "Make one with `secondme init`.")
        self._db = connect(self.path, key, create=create)
        with translated():
            if migrations.pending(self._db):
                migrations.apply(self._db)
            # Not only when it is new: a kill may have come between the tables and the secrets.
            if not self.setting("container_key"):
                self._keep_secrets()
        tombstone_key = bytes.fromhex(self.setting("tombstone_key"))
        self.records = Records(self._db, tombstone_key)
        self.words = Words(self._db)
        self.vectors = Vectors(self._db)
        self.built = Built(self._db)
        self.corrections = Corrections(self._db)
        self.receipts = Receipts(self._db, bytes.fromhex(self.setting("signing_key")))

    def _keep_secrets(self) -> None:
        with writing(self._db):
            for name in ("tombstone_key", "signing_key", "container_key"):
                self._set(name, secrets.token_hex(32))

    def close(self) -> None:
        self._db.conn.close()

    def __enter__(self) -> Vault:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def write(self) -> Iterator[None]:
        """One transaction around several calls of this vault's parts."""
        with writing(self._db):
            yield

    def version(self) -> tuple[int, int]:
        """Changes whenever anybody, this connection included, has written to the vault."""
        line = self._db.conn.execute("pragma data_version").fetchone()
        return int(line[0]), self._writes()

    # -- settings and batches -----------------------------------------------------------------

    def setting(self, name: str, default: str = "") -> str:
        line = self._db.conn.execute(
            "select value from settings where name = ?", (name,)
        ).fetchone()
        return str(line[0]) if line else default

    def _set(self, name: str, value: str) -> None:
        self._db.conn.execute(
            "insert into settings values (?, ?) on conflict do update set value = excluded.value",
            (name, value),
        )

    def remember(self, name: str, value: str) -> None:
        with self.write():
            self._set(name, value)

    def new_batch(
        self, made_at: str, container: str, options: dict[str, Any], paths: Sequence[str] = ()
    ) -> int:
        """The number of a batch that begins, or goes on: the same import, killed half-way, is one
        batch, so that one undo takes all of it back.
        """
        decided = json.dumps(options, sort_keys=True)
        conn = self._db.conn
        with self.write():
            begun = conn.execute(
                "select id from batches where container = ? and options = ? and state = 'running'",
                (container, decided),
            ).fetchone()
            line = (
                begun
                or conn.execute(
                    "insert into batches (made_at, container, paths, options, state)"
                    " values (?, ?, ?, ?, 'running') returning id",
                    (made_at, container, json.dumps(paths), decided),
                ).fetchone()
            )
        return int(line[0])

    def end_batch(self, batch: int, counts: dict[str, Any]) -> None:
        with self.write():
            require_running(self._db, batch)
            self._db.conn.execute(
                "update batches set state = 'done', counts = ? where id = ?",
                (json.dumps(counts, sort_keys=True), batch),
            )
            # Where nothing was taken in, a file's name may be all that is left of the forgotten.
            self._db.conn.execute(
                "update batches set paths = '[]' where id = ?"
                " and not exists (select 1 from sightings where batch = batches.id)",
                (batch,),
            )

    def batches(self) -> list[dict[str, Any]]:
        return [
            {"batch": number, "at": at, "state": state, **json.loads(counts)}
            for number, at, state, counts in self._db.conn.execute(
                "select id, made_at, state, counts from batches order by id"
            )
        ]

    def people(self) -> list[_people.Person]:
        return _people.people(self._db)

    def labelled(self, names: Collection[str]) -> set[int]:
        """Rows that hold one of the names outside the words that search knows."""
        return _labels.labelled(self._db, names)

    def unshown_holding(self, words: Sequence[str]) -> set[int]:
        """Rows that hold all the words in a version that is kept and not shown."""
        return _labels.unshown_holding(self._db, words)

    def unshown_by(self, names: Collection[str]) -> set[int]:
        """Rows of which a version that is kept and not shown was written under one of the names."""
        return _labels.unshown_by(self._db, names)

    def edits(self) -> list[_people.Edit]:
        """The owner's corrections that have an effect, by key: all they are about is here."""
        edits = _people.edits(self._db)
        alive = self._correctable(edits)
        return [edit for edit in edits if edit.targets <= alive]

    def _correctable(self, edits: Collection[_people.Edit]) -> set[str]:
        """What is here of all that these edits are about."""
        if not edits:
            return set()
        here = {
            *(_people.identity_key(i) for p in self.people() for i in p.identities),
            *self._column("select key from facts union select key from records", ()),
        }
        return {target for edit in edits for target in edit.targets} & here

    # -- taking back --------------------------------------------------------------------------

    def undo(self, batch: int) -> tuple[int, int]:
        """Remove what only this batch saw. Returns (removed, kept because others saw it too)."""
        conn = self._db.conn
        with self.write():
            line = conn.execute("select state from batches where id = ?", (batch,)).fetchone()
            if line is None:
                raise NotFound(f"There is no batch {batch}.", "`secondme batches` lists them.")
            rows = self._column("select record from sightings where batch = ?", (batch,))
            conn.execute("delete from sightings where batch = ?", (batch,))
            shared = set(
                self._column(
                    "select distinct record from sightings"
                    " where record in (select value from json_each(?))",
                    (json.dumps(rows),),
                )
            )
            removal = Removal(self._db)
            removal.choose([row for row in rows if row not in shared])
            removal.remove()
            self.records.settle(sorted(shared))
            conn.execute("update batches set state = 'undone', paths = '[]' where id = ?", (batch,))
        return len(rows) - len(shared), len(shared)

    def plan(self, rows: Sequence[int]) -> dict[str, int]:
        """What forgetting these rows would take with it; nothing is changed."""
        removal = Removal(self._db)
        removal.choose(rows)
        return removal.counts()

    def files_of(self, rows: Sequence[int]) -> list[str]:
        """The files and folders, as they were given, that these rows were read from."""
        Removal(self._db).choose(rows)
        lists = self._column(f"select paths from batches where id in ({_SIGHTED})", ())
        return sorted({path for one in lists for path in json.loads(one)})

    def forget(self, rows: Sequence[int], at: str) -> tuple[str, dict[str, int]]:
        """Remove the rows and all that rests on them, leave tombstones and a receipt (state
        `removed`). Returns the receipt's id and the counts.
        """
        with self.write():
            removal = Removal(self._db)
            removal.choose(rows)
            counts = removal.counts()
            keys = [stored.key for stored in self.records.get(rows).values()]
            edits = _people.edits(self._db)
            before = self._correctable(edits)
            self._db.conn.execute(f"update batches set paths = '[]' where id in ({_SIGHTED})")
            removal.remove()
            gone = before - self._correctable(edits)
            self._drop(edit for edit in edits if edit.targets & gone)
            receipt = self.receipts.append(at, counts, [self.records.tombstone(k) for k in keys])
        return receipt.id, counts

    def _drop(self, edits: Iterable[_people.Edit]) -> None:
        """What the owner said about the forgotten goes with it; a link is about both its ends, for
        it holds a hash of each. Others that an undo has put out of effect wait for a new import.
        """
        self._db.conn.executemany("delete from edits where key = ?", [(e.key,) for e in edits])

    def purge(self) -> bool:
        """Destroy the bytes of what was removed. False when another process still reads old pages
        or writes: call again later.

        The word index and the vector table are written anew, then the whole file, because balancing
        a b-tree leaves copies of deleted cells in page gaps that `secure_delete` does not reach.
        A checkpoint that could not finish says so only in the row it returns.
        """
        conn = self._db.conn
        try:
            with self.write():
                self.receipts.mark("removed", "purging")
                conn.execute("insert into words (words) values ('rebuild')")
                self.vectors.compact()
            before = self._writes()
            with translated():
                conn.execute("vacuum")
            if not self.fold():
                return False
            with self.write():
                self.receipts.mark("purging", "done")
                # Not when somebody wrote meanwhile: their pages were not written anew.
                if self._writes() == before:
                    self._set("purged_at_write", str(before + 1))
        except Busy:
            return False
        self.fold()
        return True

    def _writes(self) -> int:
        return int(self.setting("writes", "0"))

    def untouched_since_purge(self) -> bool:
        """Nothing was written after the last purge: every gap in every page must be zero."""
        return self.setting("purged_at_write") == self.setting("writes", "0")

    def fold(self) -> bool:
        """Fold the write-ahead log into the file; False when a reader is in the way."""
        with translated(), patience(self._db, FOLD_MS):
            return not self._db.conn.execute("pragma wal_checkpoint(truncate)").fetchone()[0]

    @contextlib.contextmanager
    def still(self) -> Iterator[bool]:
        """Nobody writes while inside. Yields whether everything is in the file then: not while a
        reader of older pages keeps the log from being folded.
        """
        with translated():
            folded = self._hold()
            # Somebody may have written between the fold and the lock.
            for _ in range(HOLDS):
                if not folded or self._log_empty():
                    break
                self._db.conn.execute("rollback")
                folded = self._hold()
            try:
                yield folded and self._log_empty()
            finally:
                self._db.conn.execute("rollback")

    def _hold(self) -> bool:
        folded = self.fold()
        self._db.conn.execute("begin immediate")
        return folded

    def _log_empty(self) -> bool:
        log = self.path.with_name(FILE + "-wal")
        return not log.exists() or not log.stat().st_size

    def integrity(self) -> list[str]:
        """Every contradiction inside the store, by SQLite's words and by our own cross-checks."""
        return list(self._contradictions())

    def _contradictions(self) -> Iterator[str]:
        with translated():
            for query, complaint in _CROSS_CHECKS:
                found = self._db.conn.execute(query).fetchone()[0]
                if found:
                    yield f"{complaint}: {found}"
            if self.vectors.identity is not None:
                for query, complaint in _VECTOR_CHECKS:
                    found = self._db.conn.execute(query).fetchone()[0]
                    if found:
                        yield f"{complaint}: {found}"
            for (line,) in self._db.conn.execute("pragma integrity_check"):
                if line != "ok":
                    yield f"SQLite's integrity check: {line}"
        if dead := self.vectors.dead():
            yield f"vectors nobody owns: {dead}"
        yield from self.words.dead_terms()
        yield from self._live_but_forgotten()

    def _live_but_forgotten(self) -> Iterator[str]:
        dead = set(self._column("select mac from tombstones", ()))
        if dead:
            alive = self._column("select key from records", ())
            risen = sum(self.records.tombstone(key) in dead for key in alive)
            if risen:
                yield f"records that were forgotten and are here: {risen}"

    def _column(self, query: str, values: Sequence[Any]) -> list[Any]:
        return [value for (value,) in self._db.conn.execute(query, values)]


_SIGHTED = "select batch from sightings where record in (select row from temp.doomed)"
_CROSS_CHECKS = (
    (
        "select count(*) from evidence where record not in (select id from records)",
        "evidence without its record",
    ),
    (
        "select count(*) from evidence e join records r on r.id = e.record"
        " where e.stop > characters(cast(r.text as blob)) or e.start >= e.stop or e.start < 0",
        "evidence outside its record's text",
    ),
    (
        "select count(*) from facts where key not in (select of from evidence)",
        "facts without evidence",
    ),
    (
        "select count(*) from episodes where key not in (select of from evidence)",
        "episodes without evidence",
    ),
    (
        "select count(*) from episode_records where record not in (select id from records)",
        "episodes of dead records",
    ),
    (
        "select count(*) from sightings where record not in (select id from records)",
        "sightings of dead records",
    ),
    (
        "select count(*) from jobs where kind != 'episodes'"
        " and unit not in (select id from records)",
        "jobs of dead records",
    ),
    (
        "select count(*) from authors where id not in"
        " (select author from records where author is not null)",
        "names nobody bears",
    ),
    (
        "select count(*) from conversations where id not in (select conversation from records)",
        "conversations without records",
    ),
)
_VECTOR_CHECKS = (
    (
        "select count(*) from record_vectors_rowids where rowid not in (select id from records)",
        "vectors of dead records",
    ),
)


def make(folder: Path, key: bytes) -> Vault:
    """A new, empty vault. Raises `CannotCreate` when one is there or the folder refuses."""
    if (folder / FILE).exists():
        raise CannotCreate(f"There is a vault in {folder} already.", "Choose another --vault.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotCreate(f"{folder} cannot be made.", "Check its permissions.") from error
    vault = Vault(folder, key, create=True)
    if os.name == "posix":
        vault.path.chmod(0o600)
    return vault


__all__ = ["FILE", "Vault", "make"]
