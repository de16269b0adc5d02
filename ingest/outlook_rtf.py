"""The rich text inside Outlook's mails: its compression (MS-OXRTFCP), and its words.

size, size unpacked, "LZFu", checksum, then runs of eight: bytes, or places to copy from
"""

from __future__ import annotations

import re
import struct

from ingest.decode import fold_newlines

_KNOWN = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What every such text may copy from before it begins."""
_WINDOW = 4096
_LARGEST = 16 * 1024 * 1024
_HTML_TAGS = re.compile(r"\{\\\*\\htmltag\d* ?[^{}]{0,20000}\}")


def rich_words(data: bytes) -> str:
    """Empty for what cannot be unpacked or read."""
    from striprtf.striprtf import rtf_to_text

    source = unpacked(data).decode("cp1252", "replace")
    if "\\fromhtml" in source[:2000]:
        source = _HTML_TAGS.sub("", source)
    try:
        text: str = rtf_to_text(source, errors="replace")  # type: ignore[no-untyped-call]
    except Exception:  # unknown code pages, broken escapes
        return ""
    return fold_newlines(text).replace("\0", "").strip()


def unpacked(data: bytes) -> bytes:
    if len(data) < 16:
        return b""
    size, kind = struct.unpack_from("<I4s", data, 4)
    if kind == b"MELA":
        return data[16 : 16 + size]
    window = bytearray(_WINDOW)
    window[: len(_KNOWN)] = _KNOWN
    write, at, made = len(_KNOWN), 16, bytearray()
    most = min(size, _LARGEST)
    while at < len(data) and len(made) < most:
        flags, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data) or len(made) >= most:
                break
            if not flags >> bit & 1:
                copied, at = data[at : at + 1], at + 1
            else:
                place = int.from_bytes(data[at : at + 2], "big")
                at += 2
                if place >> 4 == write % _WINDOW:
                    return bytes(made)  # a place that is none yet: the end
                copied = _copied(window, place >> 4, (place & 15) + 2, write)
            for byte in copied:
                window[write % _WINDOW] = byte
                write += 1
            made += copied
    return bytes(made)


def _copied(window: bytearray, start: int, length: int, write: int) -> bytes:
    """Byte by byte, for what is copied may be what was just written."""
    made = bytearray()
    distance = (write - start) % _WINDOW
    for step in range(length):
        behind = step - distance
        made.append(made[behind] if behind >= 0 else window[(start + step) % _WINDOW])
    return bytes(made)


__all__ = ["rich_words", "unpacked"]
