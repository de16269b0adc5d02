"""The `-wal` file beside a SQLite database: pages that were written and not yet folded into it.

    header   magic, version, page size, checkpoint, two salts, two checksums   8 × 4 bytes
    frame    page, pages after the commit or 0, two salts, two checksums       6 × 4 bytes, the page

A frame counts when it carries the header's salts, its checksums continue those before it, and a
commit follows. https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

WAL_HEADER: Final = 32
_FRAME: Final = 24
_MAGIC: Final = 0x377F0682
"""With the lowest bit set, checksums are over big-endian words."""
_WORD: Final = 0xFFFFFFFF


class Frames(NamedTuple):
    header: bytes
    """Its header, which changes whenever the app begins the file anew."""
    page_size: int
    pages: dict[int, bytes]
    """The newest committed contents of each page, by its number from one."""
    pages_in_all: int
    """How many pages the database has with them."""


def is_wal(head: bytes) -> bool:
    return len(head) >= WAL_HEADER and int.from_bytes(head[:4], "big") & ~1 == _MAGIC


def frames(wal: bytes) -> Frames:
    """What was committed; nothing of a file that is none. Pure, and linear in its length."""
    header = wal[:WAL_HEADER]
    if not is_wal(header):
        return Frames(header, 0, {}, 0)
    order = ">" if header[3] & 1 else "<"
    page_size = int.from_bytes(header[8:12], "big")
    sums = _checksum(header[:24], order, (0, 0))
    if page_size not in _PAGE_SIZES or sums != struct.unpack(">II", header[24:32]):
        return Frames(header, page_size, {}, 0)
    pages: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    count = 0
    for at in range(WAL_HEADER, len(wal) - _FRAME - page_size + 1, _FRAME + page_size):
        frame = wal[at : at + _FRAME]
        page = wal[at + _FRAME : at + _FRAME + page_size]
        sums = _checksum(page, order, _checksum(frame[:8], order, sums))
        if frame[8:16] != header[16:24] or sums != struct.unpack(">II", frame[16:]):
            break
        number, committed = struct.unpack(">II", frame[:8])
        pending[number] = page
        if committed:
            pages |= pending
            pending.clear()
            count = committed
    pages.pop(0, None)
    return Frames(header, page_size, pages, count)


_PAGE_SIZES: Final = frozenset(2**power for power in range(9, 17))


def _checksum(data: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    """Continue the two sums over pairs of words."""
    first, second = sums
    for one, other in struct.iter_unpack(f"{order}II", data):
        first = (first + one + second) & _WORD
        second = (second + other + first) & _WORD
    return first, second


__all__ = ["WAL_HEADER", "Frames", "frames", "is_wal"]
