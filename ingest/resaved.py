"""Exports as another program has saved them: with a byte order mark, in UTF-16, or with invisible
marks of direction in front of all lines, as texts have that were copied out of a messenger.

Recognisers look at the bytes that the format's own program writes. Here such a file looks like
that again, read as lazily as before.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO

from ingest.export import Member

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its first two bytes are that BOM
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MARKED = re.compile(rb"(?:\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\xef\xbb\xbf)+")
_LINES = 200
_MOST = 0.8
"""Of the lines at the beginning that are not blank: a chat has some for reasons of its own."""
_PIECE = 1024 * 1024

Pieces = Callable[[BinaryIO], Iterator[bytes]]


def in_utf8(member: Member) -> Member | None:
    """The member in UTF-8 and without a byte order mark; None where it has none."""
    for bom, encoding in _BOMS:
        if member.head.startswith(bom):
            return _through(member, _without_bom if encoding == "utf-8" else _recoded(encoding))
    return None


def unmarked(member: Member) -> Member | None:
    """The member without marks in front of its lines, or of the first where most others have none;
    None where the first has none."""
    if member.head.startswith(codecs.BOM_UTF8) or not _MARKED.match(member.head):
        return None
    lines = [line for line in member.head.split(b"\n")[:_LINES] if line.strip()]
    most = sum(_MARKED.match(line) is not None for line in lines) >= _MOST * len(lines)
    return _through(member, _without_marks if most else _without_first_mark)


def as_lines(member: Member) -> Member:
    """The member in UTF-8 and without marks, with a line feed at the end of lines, as mails have
    them; itself where it is so."""
    clean = in_utf8(member) or member
    clean = unmarked(clean) or clean
    if b"\r" in clean.head and b"\n" not in clean.head:  # a Macintosh of the last century
        return _through(clean, _with_line_feeds)
    return clean


def _through(member: Member, pieces: Pieces) -> Member:
    return replace(member, _opener=lambda: io.BufferedReader(_Stream(member.open(), pieces)))


class _Stream(io.RawIOBase):
    """What becomes of a stream piece by piece."""

    def __init__(self, stream: BinaryIO, pieces: Pieces) -> None:
        self._stream = stream
        self._pieces = pieces(stream)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


def _without_bom(stream: BinaryIO) -> Iterator[bytes]:
    first = stream.read(_PIECE)
    while first.startswith(codecs.BOM_UTF8):  # files that were joined and saved again have two
        first = first.removeprefix(codecs.BOM_UTF8)
    yield first
    while piece := stream.read(_PIECE):
        yield piece


def _recoded(encoding: str) -> Pieces:
    def pieces(stream: BinaryIO) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        while piece := stream.read(_PIECE):
            yield decoder.decode(piece).encode()
        yield decoder.decode(b"", final=True).encode()

    return pieces


def _without_first_mark(stream: BinaryIO) -> Iterator[bytes]:
    yield _MARKED.sub(b"", stream.read(_PIECE), count=1)
    while piece := stream.read(_PIECE):
        yield piece


def _with_line_feeds(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece.replace(b"\r", b"\n")


def _without_marks(stream: BinaryIO) -> Iterator[bytes]:
    begins = True
    while piece := stream.readline(_PIECE):
        found = _MARKED.match(piece) if begins else None
        yield piece[found.end() :] if found else piece
        begins = piece.endswith(b"\n")


__all__ = ["as_lines", "in_utf8", "unmarked"]
