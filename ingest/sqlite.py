"""SQLite databases of apps, read from a copy in memory: the owner's file is never opened by SQLite.

    with opened(member) as database:
        if "guid" in columns(database, "message"):
            for guid, text in rows(database, "select guid, text from message"): …

What the app has not yet folded into the file lies beside it in a `-wal` file and is read as well.
A database is a program: nothing of it may run but plain reading, and not for ever.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from ingest.export import Member
from ingest.sqlite_wal import WAL_HEADER, Frames, frames
from secondme.errors import UnreadableExport

MAGIC: Final = b"SQLite format 3\0"
LARGEST: Final = 2_000_000_000
"""Bytes. SQLite takes no larger piece of memory, and most machines would not like to give it."""
_HEADER: Final = 100
_LONGEST_VALUE: Final = 64 * 1024 * 1024
_STEPS: Final = 20_000_000
_STEPS_PER_BYTE: Final = 30
"""How much work a database may cause: honest ones need less than a third for all that we ask."""
_WIDEST_GAP: Final = 2**31
"""Rows. Nothing is looked for behind a damage wider than this."""
_BETWEEN_LOOKS: Final = 50_000
_TEXT: Final = 32 * 1024 * 1024
_TEXT_PER_BYTE: Final = 8
"""How much text may be read in all: tables that are joined repeat what they hold."""
_COMPUTED: Final = (2, 3)
_HARMLESS: Final = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION))


class BrokenDatabaseError(ValueError):
    """The database stops making sense here; what was read before is whole."""


@contextmanager
def opened(member: Member) -> Iterator[sqlite3.Connection]:
    """A read-only copy of the database. Raises `UnreadableExport` for one that cannot be read, also
    when that shows only in the middle and nobody catches the `BrokenDatabaseError`."""
    image, changes = _contents(member)
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        connection.deserialize(_merged(image, changes))
        image.clear()
        _tame(connection, member.size)
        yield connection
    except (BrokenDatabaseError, sqlite3.Error) as error:
        raise _damaged(member) from error
    except (MemoryError, OverflowError) as error:
        raise _too_large(member) from error
    finally:
        connection.close()


def tables(database: sqlite3.Connection) -> frozenset[str]:
    """The names of its plain tables: no views, and none that a program would have to compute."""
    found = rows(
        database,
        "select name from sqlite_master where type = 'table'"
        " and sql not like 'create virtual%' and rootpage > 0",
    )
    return frozenset(name for (name,) in found)


def columns(database: sqlite3.Connection, table: str) -> frozenset[str]:
    """The names of the table's columns in lower case; none where there is no such table.

    Columns that are computed are not told: what a row computes may be as long as it likes.
    """
    if table not in tables(database):
        return frozenset()
    found = rows(database, f'pragma table_xinfo("{table}")')
    return frozenset(name.lower() for _, name, *_, hidden in found if hidden not in _COMPUTED)


def rows(database: sqlite3.Connection, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
    """The answers one by one. Raises `BrokenDatabaseError` where the database is damaged."""
    try:
        yield from database.execute(query, values)
    except (sqlite3.Error, UnicodeError) as error:
        raise BrokenDatabaseError(str(error)) from error


def whole_rows(
    database: sqlite3.Connection, table: str, wanted: str, damage: set[str]
) -> Iterator[tuple[Any, ...]]:
    """What can still be read of a table by the numbers of its rows, which come first in each.

    Where pages are damaged they are stepped over, and the table is named in `damage`.
    """
    query = f"select rowid, {wanted} from {table} where rowid > ? order by rowid"  # noqa: S608
    last, step = -(2**62), 1
    while step < _WIDEST_GAP:
        try:
            for row in rows(database, query, last):
                if not isinstance(row[0], int):  # a column of that name, and no number of a row
                    raise BrokenDatabaseError("its rows have no numbers")
                if row[0] <= last:  # pages that lead back to themselves
                    raise BrokenDatabaseError("its rows are in no order")
                last, step = row[0], 1
                yield row
            return
        except BrokenDatabaseError:
            damage.add(table)
            last = max(last, 0) + step
            step *= 2


def chosen(found: frozenset[str], *wanted: str, of: str = "") -> str:
    """The `wanted` columns for a `select`, with null for those that this generation lacks."""
    table = f"{of}." if of else ""
    return ", ".join(f"{table}{name}" if name.lower() in found else "null" for name in wanted)


def text_of(value: object) -> str:
    """A text column, whatever type a row really has; empty for null and blobs."""
    if value is None or isinstance(value, bytes):
        return ""
    return str(value)


def number_of(value: object) -> int:
    """A number column, whatever type a row really has; zero for what is none."""
    if isinstance(value, int):
        return value
    try:
        return int(float(value)) if isinstance(value, (str, float)) else 0
    except (ValueError, OverflowError):
        return 0


def _contents(member: Member) -> tuple[bytearray, Frames]:
    """The file and what its `-wal` changes in it; read again where the app wrote meanwhile."""
    if member.size > LARGEST:
        raise _too_large(member)
    for _ in range(3):
        changes = frames(_journal(member))
        image = _image(member)
        if _journal(member, WAL_HEADER)[:WAL_HEADER] == changes.header:
            return image, changes
    raise UnreadableExport(
        f"{member.name} is being written to.", "Quit the app that it belongs to, and try again."
    )


def _image(member: Member) -> bytearray:
    with member.open() as stream:
        image = bytearray(stream.read(LARGEST + 1))
    if len(image) > LARGEST:
        raise _too_large(member)
    if len(image) < _HEADER or not image.startswith(MAGIC):
        raise _damaged(member)
    return image


def _journal(member: Member, length: int = -1) -> bytes:
    """The `-wal` file beside the database, where there is one: also beside a single file."""
    beside = member.beside(f"{member.name.rpartition('/')[2]}-wal")
    if beside is not None:
        with beside.open() as stream:
            return stream.read(length if length > 0 else LARGEST)
    path = member.path.with_name(f"{member.path.name}-wal")
    if member.archived or not path.is_file():
        return b""
    try:
        with path.open("rb") as stream:
            return stream.read(length if length > 0 else LARGEST)
    except OSError:
        return b""


def _merged(image: bytearray, changes: Frames) -> bytearray:
    """The database as one file in memory, which knows no journal of its own."""
    page_size = int.from_bytes(image[16:18], "big")
    page_size = 65536 if page_size == 1 else page_size
    if changes.pages and changes.page_size == page_size:
        if changes.pages_in_all * page_size > LARGEST:
            raise MemoryError
        if len(image) < changes.pages_in_all * page_size:
            image.extend(bytes(changes.pages_in_all * page_size - len(image)))
        for number, page in changes.pages.items():
            if number <= changes.pages_in_all:
                image[(number - 1) * page_size : number * page_size] = page
    image[18:20] = b"\1\1"
    if page_size:
        held = (len(image) // page_size).to_bytes(4, "big")
        # A file that was cut promises pages that it has not: what it has can still be read.
        if image[28:32] > held:
            image[28:32], image[92:96] = held, image[24:28]
    return image


def _tame(connection: sqlite3.Connection, size: int) -> None:
    """Nothing may be written, called or attached, and nothing may take for ever."""
    connection.text_factory = _limited(_TEXT + _TEXT_PER_BYTE * size)
    for limit, most in (
        (sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE),
        (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
        (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
    ):
        connection.setlimit(limit, most)
    for pragma in (
        "trusted_schema=off",
        "cell_size_check=on",
        "query_only=on",
        "temp_store=memory",
        # Tables stay readable beside a view or an index that this SQLite does not understand.
        "writable_schema=on",
    ):
        connection.execute(f"pragma {pragma}")
    connection.set_authorizer(_only_reading)
    left = _STEPS + _STEPS_PER_BYTE * size

    def tired() -> int:
        nonlocal left
        left -= _BETWEEN_LOOKS
        return int(left < 0)

    connection.set_progress_handler(tired, _BETWEEN_LOOKS)


def _limited(left: int) -> Callable[[bytes], str]:
    """Text as it is wanted, until that is more than a database of this size can hold."""

    def text(raw: bytes) -> str:
        nonlocal left
        left -= len(raw)
        if left < 0:
            raise BrokenDatabaseError("it has no end")
        return raw.decode("utf-8", "replace")

    return text


def _only_reading(action: int, what: str | None, *_: str | None) -> int:
    harmless = action in _HARMLESS or (action == sqlite3.SQLITE_PRAGMA and what == "table_xinfo")
    return sqlite3.SQLITE_OK if harmless else sqlite3.SQLITE_DENY


def _damaged(member: Member) -> UnreadableExport:
    return UnreadableExport(
        f"{member.name} is a damaged or incomplete database.",
        "Copy it again while the app is closed, with the -wal file beside it.",
    )


def _too_large(member: Member) -> UnreadableExport:
    return UnreadableExport(
        f"{member.name} is too large: databases are read up to {LARGEST // 10**9} GB.",
        "Export a shorter time from the app, or leave the file out.",
    )


__all__ = [
    "MAGIC", "BrokenDatabaseError", "chosen", "columns", "number_of", "opened", "rows", "tables",
    "text_of", "whole_rows",
]  # fmt: skip
