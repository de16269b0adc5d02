"""Compound files: the small file system inside one file in which Outlook and old Office write.

letter.msg
  __properties_version1.0
  __substg1.0_0037001F                     <- a stream
  __recip_version1.0_#00000000/            <- a storage
    __substg1.0_39FE001F
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END, _FREE = 0xFFFFFFFE, 0xFFFFFFFF
_DEEPEST = 8
_MOST = 20_000
"""Entries of a directory."""


class Compound:
    """An opened file. Raises `ValueError` for what is none, or is broken."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 512 or not data.startswith(SIGNATURE):
            raise ValueError("it is no compound file")
        self._data = data
        self._left = 2 * len(data)
        self._size = 1 << _sane(struct.unpack_from("<H", data, 30)[0], 7, 12)
        self._mini_size = 1 << _sane(struct.unpack_from("<H", data, 32)[0], 4, 8)
        directory, self._cutoff = struct.unpack_from("<I4xI", data, 48)
        mini_fat, _, difat, _ = struct.unpack_from("<4I", data, 60)
        self._fat = self._read_fat(difat)
        self._entries = self._read_directory(directory)
        self._mini_fat = _numbers(b"".join(self._sectors(mini_fat)))
        root = next((e for e in self._entries if e[1] == 5), None)
        if root is None:
            raise ValueError("it has no root")
        self._mini = b"".join(self._sectors(root[5]))[: root[6]]

    def streams(self) -> dict[str, bytes]:
        """By path, with `/` between storages and names; in the file's own order."""
        root = next(i for i, entry in enumerate(self._entries) if entry[1] == 5)
        return dict(self._below(self._entries[root][4], "", 0, set()))

    def _below(
        self, first: int, prefix: str, depth: int, seen: set[int]
    ) -> Iterator[tuple[str, bytes]]:
        """A storage's entries hang in a tree of their own."""
        stack = [first]
        while stack:
            number = stack.pop()
            if number in seen or not 0 <= number < len(self._entries):
                continue
            seen.add(number)
            name, kind, left, right, child, start, size = self._entries[number]
            stack += [right, left]
            if kind == 2:
                self._left -= size
                if self._left < 0:
                    raise ValueError("its streams are larger than itself")
                yield prefix + name, self._stream(start, size)
            elif kind == 1 and depth < _DEEPEST:
                yield from self._below(child, f"{prefix}{name}/", depth + 1, seen)

    def _stream(self, start: int, size: int) -> bytes:
        if size >= self._cutoff:
            sectors = islice(self._sectors(start), size // self._size + 1)
            return b"".join(sectors)[:size]
        step = self._mini_size
        chain = islice(_chain(start, self._mini_fat), size // step + 1)
        return b"".join(self._mini[n * step : (n + 1) * step] for n in chain)[:size]

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        return self._data[at : at + self._size]

    def _sectors(self, start: int) -> Iterator[bytes]:
        # No chain is longer than the file; one that bites its tail would be.
        most = len(self._data) // self._size + 1
        return (self._sector(number) for number in islice(_chain(start, self._fat), most))

    def _read_fat(self, difat: int) -> tuple[int, ...]:
        numbers = list(struct.unpack_from("<109I", self._data, 76))
        seen: set[int] = set()
        while difat not in (_END, _FREE) and difat not in seen:
            seen.add(difat)
            more = _numbers(self._sector(difat))
            if not more:
                break
            numbers += more[:-1]
            difat = more[-1]
        found = [n for n in dict.fromkeys(numbers) if n < _END]
        return tuple(n for number in found for n in _numbers(self._sector(number)))

    def _read_directory(self, start: int) -> list[tuple[str, int, int, int, int, int, int]]:
        data = b"".join(self._sectors(start))
        entries = []
        for at in range(0, min(len(data) - 127, _MOST * 128), 128):
            length, kind = struct.unpack_from("<HB", data, at + 64)
            name = data[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
            left, right, child = struct.unpack_from("<3I", data, at + 68)
            first, size = struct.unpack_from("<IQ", data, at + 116)
            entries.append((name, kind, left, right, child, first, min(size, len(self._data))))
        return entries


def _chain(start: int, table: tuple[int, ...]) -> Iterator[int]:
    """Sector after sector; a chain that bites its tail ends there."""
    for _ in range(len(table)):
        if start >= len(table):
            return
        yield start
        start = table[start]


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _sane(value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise ValueError("its sectors have no possible size")
    return value


__all__ = ["SIGNATURE", "Compound"]
