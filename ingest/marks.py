"""Texts that something has put an invisible mark of direction in front of, line by line.

Copied out of a messenger or saved by an editor for languages from right to left, any format may
come like that; no format but WhatsApp's knows what such a mark would mean there.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from ingest.export import Member

_MARKS = (b"\xe2\x80\x8e", b"\xe2\x80\x8f")
_MARKED = re.compile(rb"(?:\xe2\x80[\x8e\x8f])+")
_BOM = b"\xef\xbb\xbf"
_LINES = 200
_MOST = 0.8
"""Of the lines at the beginning that are not blank: a chat has some for reasons of its own."""
_PIECE = 1024 * 1024


def unmarked(member: Member) -> Member | None:
    """The member without these marks; None where most of its lines have none."""
    head = member.head.removeprefix(_BOM)
    if not head.startswith(_MARKS):
        return None
    lines = [line for line in head.split(b"\n")[:_LINES] if line.strip()]
    if sum(line.startswith(_MARKS) for line in lines) < _MOST * len(lines):
        return None
    return replace(member, _opener=lambda: io.BufferedReader(_Unmarked(member.open())))


class _Unmarked(io.RawIOBase):
    """The same bytes, line by line, but for the marks."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._pieces = _pieces(stream)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    begins = True
    while piece := stream.readline(_PIECE):
        if begins and (found := _MARKED.match(piece)):
            yield piece[found.end() :]
        else:
            yield piece
        begins = piece.endswith(b"\n")


__all__ = ["unmarked"]
