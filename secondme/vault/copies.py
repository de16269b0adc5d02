"""Whole files: a copy of the open vault, another key for a copy, a copy in the vault's place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from secondme.durable import sync_folder
from secondme.errors import Busy, NotFound, Refused, VaultError, WrongKey
from secondme.vault import FILE, Vault
from secondme.vault.connection import connect, translated
from secondme.vault.receipts import Receipt
from secondme.vault.schema import migrations
from secondme.vault.sealed import SealedPages

NEXT = "vault.next"
"""The room beside the vault in which its successor is made. What a crash left there is swept away
when the vault is opened the next time."""

_BESIDE = ("-wal", "-shm", "-journal")
_OF_HERE = ("disclosed", "disclosures", "tokens", "outputs", "kept_out")
"""Log tables in which the vault that is replaced knows better than its copy: a token that was
revoked since must not come back, nor a section that was forgotten."""


def write_copy(vault: Vault, path: Path) -> None:
    """The vault as it stands, at `path`, under the same key, while others read and write.

    Every page is written from what is alive, so that no gap holds anything forgotten.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with translated():
        vault._db.conn.execute("vacuum into ?", (path.resolve().as_uri(),))


def checked(path: Path, key: bytes) -> int:
    """The number of records in a vault's file that is sound and all of it in that one file.

    Raises WrongKey, or VaultError with what is wrong. Nobody else may have it open.
    """
    db = connect(path, key)
    try:
        with translated():
            db.conn.execute("pragma journal_mode = delete")
            broken = db.conn.execute("pragma cipher_integrity_check").fetchall()
            said = [line for (line,) in db.conn.execute("pragma quick_check") if line != "ok"]
            newer = {m.name for m in migrations.applied(db)} - _known()
            records = db.conn.execute("select count(*) from records").fetchone()[0]
    finally:
        db.conn.close()
    if newer:
        raise VaultError(f"{path.name} was made by a newer secondme.", "Update secondme.")
    if broken or said:
        raise VaultError(f"{path.name} is damaged.", "Nothing was changed.")
    return int(records)


def _known() -> set[str]:
    return {migration.name for migration in migrations._migrations}


def opens(folder: Path, key: bytes) -> bool:
    """Whether the key is that of the vault's file in `folder`."""
    try:
        with SealedPages(folder / FILE, key) as pages:
            return pages.authentic(1)
    except (NotFound, VaultError, WrongKey):
        return False


def rekey(path: Path, key: bytes, new: bytes) -> None:
    """Encrypt a copy anew, every page of it. Nobody else may have it open."""
    db = connect(path, key)
    try:
        with translated():
            db.conn.execute("pragma journal_mode = delete")
            db.conn.execute(f"pragma rekey = \"x'{new.hex()}'\"")
    finally:
        db.conn.close()


@contextmanager
def room(folder: Path) -> Iterator[Path]:
    """A private folder on the vault's own disk, empty, and gone afterwards."""
    sweep(folder)
    made = folder / NEXT
    made.mkdir(mode=0o700)
    try:
        yield made
    finally:
        sweep(folder)


def sweep(folder: Path) -> None:
    """Remove what a crash left of a successor. Only while the vault is held open, or not there."""
    if (folder / NEXT).exists():
        shutil.rmtree(folder / NEXT, ignore_errors=True)


def place(copy: Path, folder: Path) -> None:
    """Make a copy the vault's file in `folder`, where none stands or nobody has it open."""
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    # A log that survived its vault would be played back into the one that comes now.
    for ending in _BESIDE:
        (folder / (FILE + ending)).unlink(missing_ok=True)
    copy.replace(folder / FILE)
    sync_folder(folder)


class Alone:
    """Inside, nobody else has the vault open or can open it; all of it is in its one file.

    Raises Busy when somebody has, a thread of this process included.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.replaced = False

    def __enter__(self) -> Self:
        conn = self._vault._db.conn
        try:
            with translated():
                conn.execute("pragma locking_mode = exclusive")
                # Leaving the write-ahead log is what SQLite refuses while others are there. An
                # emptied journal stays behind, which no crash can take for one to be rolled back.
                conn.execute("pragma journal_mode = truncate").fetchone()
        except Busy as error:
            conn.execute("pragma locking_mode = normal")
            raise Busy(
                "Something else has the vault open.",
                "Close the screen, servers and watchers first.",
            ) from error
        return self

    def give_way(self, copy: Path) -> None:
        """Put the copy in the vault's place, in one step; this vault is closed by it."""
        if os.name == "nt":  # where an open file cannot be replaced
            self._vault.close()
        try:
            place(copy, self._vault.folder)
        finally:
            # Even where the disk did not confirm it: this connection must not touch the new file.
            self.replaced = not copy.exists()
            if self.replaced:
                self._vault.close()

    def __exit__(self, *_: object) -> None:
        if not self.replaced:
            conn = self._vault._db.conn
            conn.execute("pragma locking_mode = normal")
            conn.execute("pragma journal_mode = wal")
            (self._vault.folder / f"{FILE}-journal").unlink(missing_ok=True)


def honour(copy: Vault, here: Vault, at: str) -> int:
    """Forget in a copy what the vault has forgotten since; returns how many records that took.

    The chain of receipts that is longer goes on; where both went on by themselves, the vault's own,
    with one receipt more for what only the copy had forgotten. Raises Refused for another vault's
    copy: what that has forgotten cannot be compared.
    """
    if copy.setting("tombstone_key") != here.setting("tombstone_key"):
        raise Refused(
            "This backup is another vault's.", "Restore it into a folder of its own with --vault."
        )
    conn = copy._db.conn
    stones = [mac for (mac,) in here._db.conn.execute("select mac from tombstones")]
    dead = set(stones)
    tombstone = copy.records.tombstone
    lines = conn.execute("select id, key from records").fetchall()
    rows = [row for row, key in lines if tombstone(key) in dead]
    with copy.write():
        copy.take_out(rows)
        edits = copy.corrections.every()
        copy.corrections.drop(e for e in edits if any(tombstone(t) in dead for t in e.targets))
        only_there = [
            mac for (mac,) in conn.execute("select mac from tombstones") if mac not in dead
        ]
        conn.executemany("insert or ignore into tombstones values (?)", [(m,) for m in stones])
        if not _continues(copy.receipts.all(), here.receipts.all()):
            copy.receipts.adopt(here.receipts)
            if only_there:
                copy.receipts.append(at, {"records": len(only_there)}, only_there)
        known = conn.execute("select mac from kept_out").fetchall()
        for table in _OF_HERE:
            conn.execute(f"delete from {table}")
        for table in reversed(_OF_HERE):
            _carry(table, here, copy)
        conn.executemany("insert or ignore into kept_out values (?)", known)
    return len(rows)


def _continues(longer: Sequence[Receipt], shorter: Sequence[Receipt]) -> bool:
    return [r.hash for r in longer[: len(shorter)]] == [r.hash for r in shorter]


def _carry(table: str, source: Vault, to: Vault) -> None:
    lines: list[Sequence[Any]] = source._db.conn.execute(f"select * from {table}").fetchall()
    if lines:
        marks = ",".join("?" * len(lines[0]))
        to._db.conn.executemany(f"insert into {table} values ({marks})", lines)
