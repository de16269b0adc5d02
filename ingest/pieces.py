"""Long pages cut where their entries begin, so that each is parsed alone.

Downloads hold pages of hundreds of megabytes: a list of ten thousand equal boxes. A parser would
hold the whole tree; of one box it is small, and nothing in it can harm the next.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest.decode import decode

_CHUNK = 256 * 1024
_LONGEST = 2 * 1024 * 1024
"""An entry is cut off here: nobody wrote as much into one."""
_OVERLAP = 1000
"""A marker is shorter than this, and may lie across two chunks."""


def pieces(stream: BinaryIO, marker: re.Pattern[str]) -> Iterator[str]:
    """What stands before the first marker, then every entry with the marker it begins with."""
    decoder, held = _opened(stream)
    begins = 0  # where the piece in `held` begins with a marker, one further
    searched = 0
    ended = False
    while True:
        start = 0
        for match in marker.finditer(held, max(begins, searched)):
            yield held[start : match.start()][:_LONGEST]
            start, begins = match.start(), 1
        held = held[start:]
        if ended:
            break
        held = held[: 2 * _LONGEST]
        searched = max(0, len(held) - _OVERLAP)
        data = stream.read(_CHUNK)
        ended = not data
        held += decoder.decode(data, final=ended)
    yield held[:_LONGEST]


def _opened(stream: BinaryIO) -> tuple[codecs.IncrementalDecoder, str]:
    """The first chunk as text, and how to decode the others: as the first, whatever it is in."""
    first = stream.read(_CHUNK)
    encoding = "utf-8"
    try:
        first.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(first) - 4:  # and not only the chunk ends inside a letter
            encoding = decode(first).encoding
    if b"\0" in first:
        encoding = decode(first).encoding
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    return decoder, decoder.decode(first).lstrip("\ufeff")


__all__ = ["pieces"]
