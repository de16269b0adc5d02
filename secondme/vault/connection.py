"""The one way to reach the encrypted file: every connection is keyed, strict about secrets, and
knows what our schema calls.

Errors of SQLite become errors a person can act on here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

import sqlite_vec
from sqlcipher3 import dbapi2 as sqlite
from sqlite_utils import Database

from secondme.errors import Busy, CannotCreate, DiskFull, SecondMeError, VaultError, WrongKey

PAGE_CACHE_KB = 64 * 1024
"""Room for all that searches of 100,000 records with vectors come back to, so that it is decrypted
once; filled only as needed. With half of it they took half as long again, with twice as much no
less."""
FEW_PAGES_KB = 8 * 1024
BUSY_MS = 30_000
"""A person rather waits for another process than reads that there is one."""
FOLD_MS = 2_000
"""Less for readers in the way of a fold: it is tried again later, and says so."""

# Page gaps are proven zero for the state right after a purge; this tells whether that is now.
_COUNT_WRITE = (
    "insert into settings (name, value) values ('writes', '1')"
    " on conflict (name) do update set value = cast(value as integer) + 1"
)

_written: WeakSet[Database] = WeakSet()
"""Connections in the midst of a writing transaction."""

_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uac00-\ud7af])"
)


def search_words(text: str) -> str:
    """`text` as the word index reads it: scripts without spaces are split into characters.

    Han, kana, Hangul, Thai, Lao, Khmer and Burmese otherwise become one token a sentence. A NUL is
    a space, for SQLite's functions end a text there and would index less than was written.
    """
    if "\0" in text:
        text = text.replace("\0", " ")
    if text.isascii():
        return text
    return _UNSPACED.sub(r" \1 ", text)


def _search_words(data: bytes) -> str:
    """`search_words` for SQL, of the text as a blob: as text it would come without what follows a
    NUL.
    """
    return search_words(data.decode())


def _characters(data: bytes) -> int:
    """The length of a text given as a blob; SQLite's own length() stops at a NUL."""
    return len(data.decode())


def connect(path: Path, key: bytes, *, create: bool = False) -> Database:
    """An open connection to the vault at `path`. Raises `WrongKey`, `VaultError`, `Busy`.

    One connection belongs to one thread. Plug-ins of sqlite-utils are kept out: they would be
    handed the decrypted data.
    """
    with translated():
        while True:
            named = _file(path)
            # The raw open only reserves the name; nothing is read before the key is set.
            mode = "rwc" if create else "rw"
            conn = sqlite.connect(
                f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None,
                timeout=BUSY_MS / 1000, check_same_thread=False,
            )  # fmt: skip
            try:
                _prepare(conn, key)
            except BaseException as error:
                conn.close()
                if create or _file(path) == named or not isinstance(error, Exception):
                    raise
                continue
            # A restore may have put another file there while this one waited for its lock: what
            # was written to the old one would be lost.
            if create or _file(path) == named:
                return Database(conn, execute_plugins=False)
            conn.close()


def _file(path: Path) -> int | None:
    """Which file bears the name."""
    return path.stat().st_ino if path.exists() else None


def _prepare(conn: Any, key: bytes) -> None:
    # Of a wrong key SQLCipher would also write three lines of its own to stderr.
    conn.execute("pragma cipher_log_level = none")
    conn.execute(f"pragma key = \"x'{key.hex()}'\"")
    try:
        conn.execute("select count(*) from sqlite_schema").fetchone()
    except sqlite.DatabaseError as error:
        if "not a database" in str(error):
            raise WrongKey(
                "This key does not open the vault.",
                "Use the key it was made with, or the recovery code.",
            ) from error
        raise
    conn.execute(f"pragma cache_size = -{PAGE_CACHE_KB}")
    conn.execute("pragma journal_mode = wal")
    conn.execute("pragma secure_delete = on")
    conn.execute("pragma synchronous = full")
    conn.execute("pragma temp_store = memory")
    conn.execute("pragma foreign_keys = on")
    conn.create_function("search_words", 1, _search_words, deterministic=True)
    conn.create_function("characters", 1, _characters, deterministic=True)
    conn.enable_load_extension(True)
    sqlite_vec.load(conn)
    conn.enable_load_extension(False)


@contextmanager
def writing(db: Database) -> Iterator[None]:
    """One transaction that takes the write lock at once, so that a read can never turn into a
    refused write half-way. Nothing of it is kept when the block raises. Inside another one it is
    a part of that.
    """
    if db in _written:
        yield
        return
    with translated():
        db.conn.execute("begin immediate")
        _written.add(db)
        try:
            yield
            db.conn.execute(_COUNT_WRITE)
            db.conn.execute("commit")
        except BaseException:
            if db.conn.in_transaction:
                db.conn.execute("rollback")
            raise
        finally:
            _written.discard(db)


@contextmanager
def patience(db: Database, milliseconds: int) -> Iterator[None]:
    """Wait this long for other processes inside the block."""
    db.conn.execute(f"pragma busy_timeout = {milliseconds}")
    try:
        yield
    finally:
        db.conn.execute(f"pragma busy_timeout = {BUSY_MS}")


@contextmanager
def roomy(db: Database) -> Iterator[None]:
    """Room inside the block for a look at the whole file, which comes back to most pages."""
    (before,) = db.conn.execute("pragma cache_size").fetchone()
    db.conn.execute(f"pragma cache_size = -{PAGE_CACHE_KB}")
    try:
        yield
    finally:
        db.conn.execute(f"pragma cache_size = {before}")


@contextmanager
def translated() -> Iterator[None]:
    """SQLite's errors in our words."""
    try:
        yield
    except SecondMeError:
        raise
    except sqlite.Error as error:
        raise translate(error) from error


def translate(error: Exception) -> SecondMeError:
    said = str(error)
    if "locked" in said or "busy" in said:
        return Busy("Another process is writing to the vault.", "Wait for it and try again.")
    if "disk is full" in said:
        return DiskFull(
            "The disk is full, so the last step was not written.",
            "Free some space and run the same command again: what is there is kept.",
        )
    # What opening a vault and rekeying a copy say of a disk without a free block.
    if "disk I/O" in said or "rekey" in said:
        return DiskFull(
            "The disk is full, or failing: the last step was not done.",
            "Free some space, or check the disk, and run the same command again.",
        )
    if "unable to open" in said:
        return CannotCreate(
            "The vault's file cannot be opened for writing.",
            "Check the folder's permissions and free space.",
        )
    if "readonly" in said or "read-only" in said:
        return VaultError("The vault is not writable.", "Check the permissions of its folder.")
    if "malformed" in said or "hmac" in said or "not a database" in said:
        return VaultError(
            "The vault's file is damaged.", "Run `secondme doctor`, or restore a backup."
        )
    return VaultError(f"The vault could not do that: {said}.", "Run `secondme doctor`.")
