"""Which tables a SQLite file has, read from its first pages without opening it as a database.

Recognisers ask this of every database in a folder, and most belong to none of them: the table of
tables is a small tree of pages, found from the first one. A page that makes no sense is skipped.
https://www.sqlite.org/fileformat2.html#b_tree_pages
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, Final

from ingest.export import Member
from ingest.sqlite import MAGIC, opened, tables
from secondme.errors import UnreadableExport

_MOST_PAGES: Final = 500
"""An app's tables, indexes and triggers fill fifty at most."""
_SMALL: Final = 1024 * 1024
_INTERIOR: Final = 5
_LEAF: Final = 13


def tables_of(member: Member) -> frozenset[str]:
    """The names of the tables; none for what is no database. Never raises."""
    if not member.head.startswith(MAGIC):
        return frozenset()
    with suppress(UnreadableExport):
        with member.open() as stream:
            found = frozenset(_names(stream, member.head))
        if not found and member.size <= _SMALL:
            # What an app has just begun stands in its journal alone.
            with opened(member) as database:
                return tables(database)
        return found
    return frozenset()


def _names(stream: BinaryIO, head: bytes) -> Iterator[str]:
    size = int.from_bytes(head[16:18], "big")
    size = 65536 if size == 1 else size
    waiting, seen = [1], set[int]()
    while waiting and len(seen) < _MOST_PAGES:
        number = waiting.pop()
        if number in seen or not size:
            continue
        seen.add(number)
        page = _page(stream, head, number, size)
        start = 100 if number == 1 else 0
        kind = page[start] if len(page) > start else 0
        if kind == _INTERIOR:
            waiting += _children(page, start)
        elif kind == _LEAF:
            for cell in _cells(page, start, 8):
                with suppress(IndexError):
                    name = _table_name(page, cell)
                    if name:
                        yield name


def _page(stream: BinaryIO, head: bytes, number: int, size: int) -> bytes:
    start = (number - 1) * size
    if start + size <= len(head):
        return head[start : start + size]
    try:
        stream.seek(start)
        return stream.read(size)
    except (OSError, ValueError):  # a stream inside an archive goes forward only
        return b""


def _cells(page: bytes, start: int, header: int) -> Iterator[int]:
    """Where the cells of the page begin."""
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    at = start + header
    for place in range(at, min(at + 2 * count, len(page) - 1), 2):
        yield int.from_bytes(page[place : place + 2], "big")


def _children(page: bytes, start: int) -> list[int]:
    cells = [int.from_bytes(page[cell : cell + 4], "big") for cell in _cells(page, start, 12)]
    return [*cells, int.from_bytes(page[start + 8 : start + 12], "big")]


def _table_name(page: bytes, at: int) -> str:
    """The name in a row of the table of tables; empty for an index, a view and the like.

    A row begins with its length, its number and the types of its columns: type, name, table, …
    """
    _, at = _varint(page, at)
    _, at = _varint(page, at)
    types_end, place = _varint(page, at)
    kind, place = _varint(page, place)
    name, _ = _varint(page, place)
    body = at + types_end
    kind_length, name_length = (kind - 13) // 2, (name - 13) // 2
    if page[body : body + kind_length] not in (b"table", *_WIDE) or name_length <= 0:
        return ""
    raw = page[body + kind_length : body + kind_length + name_length]
    return raw.replace(b"\0", b"").decode("utf-8", "replace")


_WIDE: Final = ("table".encode("utf-16-le"), "table".encode("utf-16-be"))


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends. Raises `IndexError` past the page."""
    value = 0
    for length in range(1, 9):
        byte = page[at + length - 1]
        value = value << 7 | byte & 127
        if byte < 128:
            return value, at + length
    return value << 8 | page[at + 8], at + 9


__all__ = ["tables_of"]
