"""XML as phones write it, made into XML that a parser takes, without holding it in memory.

Java writes an emoji as two halves, `&#55357;&#56832;`, and control characters as they are; both are
forbidden. The encoding is told by the bytes and not by the declaration, which survives re-saving.
"""

from __future__ import annotations

import codecs
import io
import re
from typing import BinaryIO, Final

_CHUNK: Final = 256 * 1024
_REFERENCE: Final = re.compile(
    r"&#(\d{1,10}|[xX][0-9a-fA-F]{1,8});(?:&#(5[67]\d{3}|[xX][dD][c-fC-F][0-9a-fA-F]{2});)?"
)
_UNFINISHED: Final = re.compile(
    r"&#(?:55[2-9]\d\d|56[0-2]\d\d|563[01]\d|[xX][dD][89abAB][0-9a-fA-F]{2});(?:&[^;&<>\"]{0,20})?$"
    r"|&[^;&<>\"]{0,20}$|[\ud800-\udbff]$"
)
"""A first half whose second may follow, or the beginning of a reference."""
_FORBIDDEN: Final = re.compile("[\0-\b\v\f\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_DECLARATION: Final = re.compile(r"\s*<\?xml[^<>]{0,200}\?>")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


class Repaired(io.RawIOBase):
    """A stream of UTF-8 over `stream`, without a declaration."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        first = stream.read(_CHUNK)
        encoding = next((name for mark, name in _BOMS if first.startswith(mark)), "utf-8")
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._rest = ""
        self._ended = not first
        text = self._decoder.decode(first)
        declared = _DECLARATION.match(text)
        self._ready = self._mended(text[declared.end() :] if declared else text.lstrip())

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        while not self._ready and not self._ended:
            data = self._stream.read(_CHUNK)
            self._ended = not data
            self._ready = self._mended(self._decoder.decode(data, self._ended))
        piece = self._ready[: len(buffer)]
        self._ready = self._ready[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)

    def _mended(self, text: str) -> bytes:
        """Held back is what the next chunk may finish: half a reference, half a pair."""
        text = self._rest + text
        self._rest = ""
        cut = None if self._ended else _UNFINISHED.search(text, max(0, len(text) - 48))
        if cut:
            text, self._rest = text[: cut.start()], text[cut.start() :]
        if "&#" in text:
            text = _REFERENCE.sub(_character, text)
        return _FORBIDDEN.sub(" ", text).encode()


def _character(reference: re.Match[str]) -> str:
    """The character of one or two references; nothing for one that XML forbids."""
    first, second = _code(reference[1]), _code(reference[2]) if reference[2] else 0
    if 0xD800 <= first < 0xDC00 and second:
        return chr(0x10000 + (first - 0xD800) * 0x400 + second - 0xDC00)
    return _kept(reference[1], first) + (_kept(reference[2], second) if second else "")


def _kept(written: str, code: int) -> str:
    good = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    return f"&#{written};" if good or 0x10000 <= code < 0x110000 else ""


def _code(number: str) -> int:
    return int(number[1:], 16) if number[0] in "xX" else int(number)


__all__ = ["Repaired"]
