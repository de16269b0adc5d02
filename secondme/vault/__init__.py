"""The vault: one encrypted SQLite file with everything its owner said, and all the SQL there is.

Above this package nobody sees a row, a cursor or a statement: its parts take and return the nouns
of `secondme.record` and a few named tuples of their own.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from secondme.errors import Busy, CannotCreate, NotFound
from secondme.vault import alike as _alike
from secondme.vault import labels as _labels
from secondme.vault import people as _people
from secondme.vault.answers import Answers
from secondme.vault.built import Built
from secondme.vault.clients import Clients
from secondme.vault.connection import (
    FEW_PAGES_KB,
    FOLD_MS,
    connect,
    patience,
    roomy,
    translated,
    writing,
)
from secondme.vault.contradictions import contradictions
from secondme.vault.edits import Corrections, Edit
from secondme.vault.kept_out import KeptOut
from secondme.vault.outputs import Outputs
from secondme.vault.receipts import Receipts
from secondme.vault.records import Records, require_running
from secondme.vault.removal import Removal
from secondme.vault.schema import migrations
from secondme.vault.vectors import Vectors
from secondme.vault.watched import Watched
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
        self.corrections = Corrections(self._db, self.records.tombstone)
        self.clients = Clients(self._db, self.records.tombstone)
        self.watched = Watched(self._db, self.records)
        self.kept_out = KeptOut(self._db, self.records)
        self.answers = Answers(self._db)
        self.outputs = Outputs(self._db)
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

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """One state of the vault for several reads, whatever others write meanwhile. Keep it short:
        a purge waits for it.
        """
        if self._db.conn.in_transaction:
            yield
            return
        with translated():
            self._db.conn.execute("begin")
            try:
                yield
            finally:
                self._db.conn.execute("rollback")

    def hold_less(self) -> None:
        """Give this connection room for few pages, which is enough to read single records."""
        self._db.conn.execute(f"pragma cache_size = -{FEW_PAGES_KB}")

    def interrupt(self) -> None:
        """From another thread: end the statement that is being carried out."""
        self._db.conn.interrupt()

    def version(self) -> int:
        """Changes whenever anybody, this connection included, has written to the vault. What only
        the log of disclosures took in does not count: nothing shown or built depends on it.
        """
        return self._writes() - int(self.setting("log_writes", "0"))

    # -- settings and batches -----------------------------------------------------------------

    def setting(self, name: str, default: str = "") -> str:
        line = self._db.conn.execute(
            "select value from settings where name = ?", (name,)
        ).fetchone()
        return str(line[0]) if line else default

    def keyed(self, data: bytes) -> str:
        """A hash that says nothing without this vault: of names and files that may be forgotten."""
        return hashlib.blake2b(data, key=self._container_key).hexdigest()[:32]

    @cached_property
    def _container_key(self) -> bytes:
        return bytes.fromhex(self.setting("container_key"))

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
            {"batch": number, "at": at, "state": state, **json.loads(counts), **json.loads(watched)}
            for number, at, state, counts, watched in self._db.conn.execute(
                "select b.id, made_at, b.state, counts,"
                " iif(path is null, '{}', json_object('watched', path)) from batches b"
                " left join watched_files f on f.batch = b.id"
                " left join watched w on w.id = f.watched order by b.id"
            )
        ]

    def people(self) -> list[_people.Person]:
        """Everyone who wrote something."""
        return _people.people(self._db)

    def everyone(self) -> list[_people.Person]:
        """Also those of whom there is only an address card."""
        return _people.everyone(self._db)

    def alike(self) -> list[_alike.Pair]:
        """People who may be one, likeliest first."""
        return _alike.pairs(self._db)

    def labelled(self, names: Collection[str]) -> set[int]:
        """Rows that hold one of the names outside the words that search knows."""
        return _labels.labelled(self._db, names)

    def unshown_holding(self, words: Sequence[str]) -> set[int]:
        """Rows that hold all the words in a version that is kept and not shown."""
        return _labels.unshown_holding(self._db, words)

    def unshown_by(self, names: Collection[str]) -> set[int]:
        """Rows of which a version that is kept and not shown was written under one of the names."""
        return _labels.unshown_by(self._db, names)

    def edits(self) -> list[Edit]:
        """The owner's corrections that have an effect, by key: all they are about is here."""
        return self.in_effect(self.corrections.every())

    def in_effect(self, edits: Sequence[Edit]) -> list[Edit]:
        """Those of the corrections that have an effect here, or would have."""
        targets = json.dumps(sorted({target for edit in edits for target in edit.targets}))
        here = set(self._column(f"select key from records where key in {_THESE}", (targets,)))
        if any(edit.act == "link" for edit in edits):
            here |= _people.identity_keys(self._db)
        return [edit for edit in edits if edit.targets <= here]

    def _edits_about_doomed(self) -> list[Edit]:
        """The owner's corrections that go with the rows chosen for removal: those about one of
        them, or about a name that nobody else bears. A link is about both its ends, for it holds a
        hash of each. Others that an undo has put out of effect wait for a new import.
        """
        gone = set(self._column(f"select key from records where id in {_DOOMED}", ()))
        edits = self.corrections.every()
        if any(edit.act == "link" for edit in edits):
            staying = _people.identity_keys(self._db, f"r.id not in {_DOOMED}")
            gone |= _people.identity_keys(self._db) - staying
        left = self._left_behind(edits)
        return [edit for edit in edits if edit.targets & gone or edit in left]

    def _left_behind(self, edits: Sequence[Edit]) -> set[Edit]:
        """Those whose words went from a file of which something goes now: nobody can name them."""
        keys = set(
            self._column(
                "select edit from left_behind where file in"
                f" (select container from batches where id in ({_SIGHTED}))",
                (),
            )
        )
        left = [edit for edit in edits if edit.key in keys]
        return {*left} - {*self.in_effect(left)}

    # -- taking back --------------------------------------------------------------------------

    def undo(self, batch: int) -> tuple[int, int]:
        """Remove what only this batch saw. Returns (removed, kept because others saw it too)."""
        conn = self._db.conn
        with self.write():
            line = conn.execute("select state from batches where id = ?", (batch,)).fetchone()
            if line is None:
                raise NotFound(f"There is no batch {batch}.", "`secondme batches` lists them.")
            removed, kept = self.records.withdraw([batch])
            self.answers.drop(batch)
            conn.execute("update batches set state = 'undone', paths = '[]' where id = ?", (batch,))
        return removed, kept

    def plan(self, rows: Sequence[int]) -> dict[str, int]:
        """What forgetting these rows would take with it; nothing is changed."""
        removal = Removal(self._db)
        removal.choose(rows)
        return {**removal.counts(), "edits": len(self._edits_about_doomed())}

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
            keys = [stored.key for stored in self.records.get(rows).values()]
            counts = self.take_out(rows)
            receipt = self.receipts.append(at, counts, [self.records.tombstone(k) for k in keys])
        return receipt.id, counts

    def take_out(self, rows: Sequence[int]) -> dict[str, int]:
        """Remove the rows, what rests on them, what the owner said about them and the names of the
        files they came from. Inside the caller's transaction, which leaves their tombstones.
        """
        removal = Removal(self._db)
        removal.choose(rows)
        edits = self._edits_about_doomed()
        counts = {**removal.counts(), "edits": len(edits)}
        self._db.conn.execute(f"update batches set paths = '[]' where id in ({_SIGHTED})")
        files = self.watched.hide(_SIGHTED)
        sections = self.kept_out.doomed()
        removal.remove()
        self.kept_out.forget(sections)
        self.watched.let_go(files)
        self.corrections.drop(edits)
        return counts

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
            # With a reader in the way, writing the file anew would only lengthen the log, each time
            # that it is tried.
            if not self.fold():
                return False
            with self.write():
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
        with roomy(self._db):
            return list(
                contradictions(self._db, self.records, self.vectors, self.words, self.corrections)
            )

    def _column(self, query: str, values: Sequence[Any]) -> list[Any]:
        return [value for (value,) in self._db.conn.execute(query, values)]


_THESE = "(select value from json_each(?))"
_DOOMED = "(select row from temp.doomed)"
_SIGHTED = f"select batch from sightings where record in {_DOOMED}"


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
