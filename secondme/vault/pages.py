"""A second reader of the encrypted file, to prove that nothing forgotten lingers between the rows.

It shares no code with the database engine: it decrypts each page itself, follows every b-tree,
overflow chain and freelist from page 1, and asks that each byte which no live cell claims is zero.
Formats: SQLite's "Database File Format", and the page layout of SQLCipher 4 (a page is ciphertext,
16 bytes of IV, 64 bytes of HMAC-SHA512 over both and the page's number).

VACUUM writes each page anew, yet the engine leaves its own numbers behind a page's cell pointers
when it moves cells while building: old pointers, the first bytes of a cell that still stands on
the page, child page and row numbers. Those, and old page numbers in the freelist, are counted as
`stale`, apart from the findings.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from secondme.vault.sealed import PAGE, USABLE, SealedPages

_LOCK_BYTE_PAGE = 0x40000000 // PAGE + 1

_INDEX_INTERIOR, _TABLE_INTERIOR, _INDEX_LEAF, _TABLE_LEAF = 2, 5, 10, 13
_FAMILY = {2: "index", 10: "index", 5: "table", 13: "table"}

# How much of a payload stays in its cell: section 1.6 of the file format.
_LEAST = (USABLE - 12) * 32 // 255 - 23
_MOST = {_TABLE_LEAF: USABLE - 35}
_MOST |= dict.fromkeys((_INDEX_LEAF, _INDEX_INTERIOR), (USABLE - 12) * 64 // 255 - 23)
_PER_OVERFLOW = USABLE - 4

# A cell of an interior table page: a page number below 2^24, a row number.
_CHILD = re.compile(rb"(?s)\0(.{3})[\x80-\xff]{0,8}[\x00-\x7f]")
_LONGEST_CUT = 12
"""Bytes of one such cell, of which a later layer may have cut off either end."""
_SPOKEN = re.compile(
    rb"[\x20-\x7e]{4}|(?:[\xc3-\xdf][\x80-\xbf]){2}|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
"""What could be letters in UTF-8. A cut cell has at most three bytes of ASCII in a row, two of a
page number and the last of a row number, and row numbers below 2^21 make no longer sequence.
"""

# Of the 100-byte file header, the 20 bytes reserved for expansion have to be zero.
_Span = tuple[int, int, str]
_FILE_HEADER: tuple[_Span, ...] = ((0, 72, "gap"), (92, 100, "gap"))


class Finding(NamedTuple):
    """Something on a page that no live row accounts for. Never holds the bytes themselves.

    `where`: tampered | gap | freeblock | fragment | overflow | freelist | trunk | unreached |
    beyond-end | pointer-map | lock-byte | damaged, or wal | journal with page 0. `bytes_len`
    counts from the first to the last byte that is not zero; 0 where the place is the trouble.
    """

    page: int
    where: str
    bytes_len: int


@dataclass(frozen=True, slots=True)
class PageReport:
    pages: int
    leaf_cells: int
    stale: int
    """Places that hold only such numbers; see the module's first words."""
    found: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        return not self.found


class _Live(NamedTuple):
    page: int
    leaf: bool
    payload: bytes


class _Left(NamedTuple):
    page: int
    where: str
    data: bytes


def audit(path: Path, key: bytes) -> PageReport:
    """Check every page of the database at `path` and the files beside it.

    Raises NotFound, VaultError (no encrypted database) and WrongKey. To be called when the
    write-ahead log is checkpointed: whatever it still holds is a finding.
    """
    found: list[Finding] = []
    cells = stale = 0
    with SealedPages(path, key) as pages:
        for item in _Walk(pages).everything():
            if isinstance(item, _Live):
                cells += item.leaf
            elif item.where == "stale":
                stale += 1
            else:
                found.append(Finding(item.page, item.where, len(item.data)))
        return PageReport(pages.count, cells, stale, (*found, *_beside(path)))


def live_bytes(path: Path, key: bytes) -> Iterator[bytes]:
    """The payload of every cell of every b-tree, whole: overflow pages are joined on."""
    with SealedPages(path, key) as pages:
        yield from (item.payload for item in _Walk(pages).everything() if isinstance(item, _Live))


def residue(path: Path, key: bytes) -> Iterator[tuple[int, bytes]]:
    """(page, bytes) for each stretch that is not zero and that nothing alive accounts for."""
    with SealedPages(path, key) as pages:
        for item in _Walk(pages).everything():
            if isinstance(item, _Left) and item.data:
                yield item.page, item.data


def _beside(path: Path) -> Iterator[Finding]:
    """A log with no frame is at most its 32-byte header; a rollback journal is empty or gone."""
    for suffix, allowed in (("wal", 32), ("journal", 0)):
        other = path.with_name(f"{path.name}-{suffix}")
        size = other.stat().st_size if other.exists() else 0
        if size > allowed:
            yield Finding(0, suffix, size)


class _Walk:
    """One pass over a file in which each page is claimed by exactly one owner."""

    def __init__(self, pages: SealedPages) -> None:
        self._pages = pages
        self._claimed = bytearray(pages.in_file + 1)
        self._left: list[_Left] = []

    def everything(self) -> Iterator[_Live | _Left]:
        """Live payloads and leftovers, in the order of the walk."""
        head = self._pages.read(1)
        if head is not None:
            roots = [1]
            while roots:
                root = roots.pop()
                for live in self._tree(root):
                    if root == 1 and live.leaf:
                        roots += _root_page(live.payload)
                    yield live
                    yield from self._drain()
            self._freelist(*struct.unpack_from(">2L", head, 32))
            self._pointer_map(int.from_bytes(head[52:56], "big"))
            if int.from_bytes(head[28:32], "big") > self._pages.in_file:
                self._trouble(1)
        for number in range(1, self._pages.in_file + 1):
            self._unclaimed(number)
            yield from self._drain()
        if self._pages.odd_bytes:
            yield _Left(self._pages.in_file + 1, "beyond-end", self._pages.tail())

    def _drain(self) -> Iterator[_Left]:
        if self._left:
            yield from self._left
            self._left.clear()

    def _trouble(self, number: int, where: str = "damaged") -> None:
        self._left.append(_Left(number, where, b""))

    def _zero(self, number: int, where: str, data: bytes) -> None:
        kept = data.strip(b"\0")
        if kept:
            self._left.append(_Left(number, where, kept))

    def _claim(self, number: int) -> bytes | None:
        """The page for its one owner; None, and noted, when it cannot be had."""
        if not 0 < number <= self._pages.count or self._claimed[number]:
            self._trouble(number)
            return None
        self._claimed[number] = 1
        page = self._pages.read(number)
        if page is None:
            self._trouble(number, "tampered")
        return page

    def _tree(self, root: int) -> Iterator[_Live]:
        family = ""
        waiting = [root]
        while waiting:
            number = waiting.pop()
            page = self._claim(number)
            if page is None:
                continue
            kind = page[100 if number == 1 else 0]
            family = family or _FAMILY.get(kind, "")
            if not family or _FAMILY.get(kind) != family:
                self._left.append(_Left(number, "damaged", page.strip(b"\0")))
                continue
            try:
                yield from self._tree_page(number, page, waiting)
            except (IndexError, struct.error):
                self._left.append(_Left(number, "damaged", page.strip(b"\0")))

    def _tree_page(self, number: int, page: bytes, waiting: list[int]) -> Iterator[_Live]:
        """Yield the cells of one page, add its children to `waiting`, note what is left over."""
        at = 100 if number == 1 else 0
        kind, free, count = struct.unpack_from(">BHH", page, at)
        interior = kind in (_INDEX_INTERIOR, _TABLE_INTERIOR)
        array = at + (12 if interior else 8)
        if interior:
            waiting.append(int.from_bytes(page[array - 4 : array], "big"))
        pointers = struct.unpack_from(f">{count}H", page, array)
        spans = [(at, array + 2 * count, "gap"), *(_FILE_HEADER if number == 1 else ())]
        for pointer in pointers:
            body, child = pointer, 0
            if interior:
                child, body = int.from_bytes(page[pointer : pointer + 4], "big"), pointer + 4
                waiting.append(child)
            if kind == _TABLE_INTERIOR:
                _, end = _varint(page, body)
            else:
                payload, end = self._payload(page, kind, body)
                yield _Live(number, not interior, payload)
            spans.append((pointer, end, "fragment"))
        spans += _freeblocks(page, free)
        self._holes(number, page, spans)

    def _payload(self, page: bytes, kind: int, at: int) -> tuple[bytes, int]:
        """A cell's whole payload, and where the cell ends on its page."""
        size, at = _varint(page, at)
        if kind == _TABLE_LEAF:
            _, at = _varint(page, at)  # the rowid
        if size <= _MOST[kind]:
            return page[at : at + size], at + size
        local = _LEAST + (size - _LEAST) % _PER_OVERFLOW
        end = at + (local if local <= _MOST[kind] else _LEAST)
        first = int.from_bytes(page[end : end + 4], "big")
        parts = [page[at:end], *self._overflow(first, size - (end - at))]
        return b"".join(parts), end + 4

    def _overflow(self, number: int, size: int) -> Iterator[bytes]:
        while size > 0:
            page = self._claim(number)
            if page is None:
                return
            part = page[4 : 4 + size]
            size -= len(part)
            yield part
            self._zero(number, "overflow", page[4 + len(part) :])
            here, number = number, int.from_bytes(page[:4], "big")
            if not size and number:
                self._trouble(here)

    def _holes(self, number: int, page: bytes, spans: list[_Span]) -> None:
        """Each byte between two spans has to be zero; a span names what follows it."""
        spans.sort()
        spans.append((USABLE, USABLE, ""))
        for (_, end, after), (start, _, _) in pairwise(spans):
            if end < start:
                hole = page[end:start]
                if after == "gap" and _only_numbers(page, number, hole, start, self._pages.count):
                    after = "stale"
                self._zero(number, after, hole)
            elif end > start:
                self._trouble(number)  # two cells claim the same bytes, or one leaves the page

    def _freelist(self, trunk: int, told: int) -> None:
        """Pages that hold nothing: numbered on trunk pages, and zero but for those numbers."""
        met = 0
        while trunk:
            page = self._claim(trunk)
            if page is None:
                return
            here = trunk
            trunk, count = struct.unpack_from(">2L", page)
            if count > USABLE // 4 - 2:
                self._trouble(here)
                return
            # A page that is taken again leaves its number behind.
            old = struct.unpack_from(f">{USABLE // 4 - 2 - count}L", page, 8 + 4 * count)
            where = "trunk" if max(old, default=0) > self._pages.in_file else "stale"
            self._zero(here, where, page[8 + 4 * count :])
            for leaf in struct.unpack_from(f">{count}L", page, 8):
                self._zero(leaf, "freelist", self._claim(leaf) or b"")
            met += 1 + count
        if met != told:
            self._trouble(1)

    def _pointer_map(self, largest_root: int) -> None:
        """With auto_vacuum, every so many pages one tells who owns those that follow it."""
        if not largest_root:
            return
        for first in range(2, self._pages.count + 1, USABLE // 5 + 1):
            number = first + (first == _LOCK_BYTE_PAGE)
            page = self._claim(number) or b""
            self._zero(number, "pointer-map", page[USABLE // 5 * 5 :])

    def _unclaimed(self, number: int) -> None:
        if self._claimed[number]:
            return
        page = self._pages.read(number)
        if page is None:
            self._trouble(number, "tampered")
            return
        if number == _LOCK_BYTE_PAGE:
            self._zero(number, "lock-byte", page)
            return
        where = "unreached" if number <= self._pages.count else "beyond-end"
        self._left.append(_Left(number, where, page.strip(b"\0")))


def _only_numbers(page: bytes, number: int, gap: bytes, cells: int, count: int) -> bool:
    """Whether the gap after the pointer array holds nothing that could be anybody's words.

    Old pointers are below `USABLE`, and two letters of ASCII never are.
    """
    at = 0
    while at + 2 <= len(gap) and 0 < int.from_bytes(gap[at : at + 2], "big") <= USABLE:
        at += 2
    rest = gap[at:].strip(b"\0")
    if page[100 if number == 1 else 0] == _TABLE_INTERIOR:
        return _only_children(rest, count)
    return rest in page[cells:]


def _only_children(rest: bytes, count: int) -> bool:
    """Whether these are cells that point at pages of this file, and ends of such cells: a page that
    grew in several steps keeps several layers of them.
    """
    pieces: list[bytes] = []
    last = 0
    for cell in _CHILD.finditer(rest):
        if 0 < int.from_bytes(cell[1], "big") <= count:
            pieces.append(rest[last : cell.start()])
            last = cell.end()
    pieces.append(rest[last:])
    return all(len(p) <= _LONGEST_CUT and not _SPOKEN.search(p) for p in pieces)


def _freeblocks(page: bytes, at: int) -> Iterator[_Span]:
    """The four bytes at the head of each free block; its body counts as a hole."""
    last = 0
    while at:
        if at <= last:
            raise IndexError("free blocks must ascend")
        yield at, at + 4, "freeblock"
        last, at = at, int.from_bytes(page[at : at + 2], "big")


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """(value, where the next thing starts): seven bits a byte, eight in a ninth."""
    byte = page[at]
    if byte < 0x80:
        return byte, at + 1
    value = byte & 0x7F
    for place in range(at + 1, at + 8):
        byte = page[place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + 1
    return value << 8 | page[at + 8], at + 9


def _root_page(row: bytes) -> list[int]:
    """The b-tree that a row of sqlite_schema (type, name, tbl_name, rootpage, sql) points at."""
    body, at = _varint(row, 0)
    for _ in range(3):
        serial, at = _varint(row, at)
        body += max(serial - 12, 0) // 2
    serial, _ = _varint(row, at)
    width = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}.get(serial, 0)
    root = int.from_bytes(row[body : body + width], "big") if width else int(serial == 9)
    return [root] if root else []
