"""Where the camera's notes lie in a HEIC or AVIF picture: phones write nothing else by now.

    meta ( iinf: item 2 is "Exif" | iloc: item 2 lies at 1234, 567 bytes long )

ISO 14496-12 and 23008-12. Pictures are not decoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

_BRANDS: Final = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"hevc", b"heim", b"heis")
_MOST: Final = 4 * 1024 * 1024
_DEEP_HEADER: Final = 16


def is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and (
        head[8:12] in _BRANDS or any(brand in head[16:64] for brand in _BRANDS[:3])
    )


def exif_of(stream: BinaryIO) -> bytes:
    """The TIFF structure of its Exif item; empty where it has none. Raises `ValueError`."""
    head = stream.read(_MOST)
    meta = next((body for kind, body in _boxes(head) if kind == b"meta"), b"")[4:]
    inside = dict(_boxes(meta))
    item = _exif_item(inside.get(b"iinf", b""))
    start, length = _place(inside.get(b"iloc", b""), item) if item else (0, 0)
    if not length or length > _MOST:
        return b""
    data = head[start : start + length]
    if len(data) < length:
        data += _further(stream, start + len(data), len(head), length - len(data))
    skipped = int.from_bytes(data[:4], "big")
    return data[4 + skipped :]


def _further(stream: BinaryIO, start: int, at: int, length: int) -> bytes:
    """What lies behind the part that was read; streams go forward only."""
    while at < start:
        gone = len(stream.read(min(start - at, _MOST)))
        if not gone:
            return b""
        at += gone
    return stream.read(length)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        header = 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), _DEEP_HEADER
        elif size == 0:
            size = len(data) - at
        if size < header:
            return
        yield kind, data[at + header : at + size]
        at += size


def _exif_item(iinf: bytes) -> int:
    """The number of the item that is Exif; zero for none."""
    entries = iinf[6:] if iinf[:1] == b"\0" else iinf[8:]
    for kind, body in _boxes(entries):
        wide = 4 if body[:1] == b"\3" else 2
        if kind == b"infe" and body[4 + wide + 2 : 4 + wide + 6] == b"Exif":
            return int.from_bytes(body[4 : 4 + wide], "big")
    return 0


def _place(iloc: bytes, wanted: int) -> tuple[int, int]:
    """Where the first piece of an item lies in the file, and how long it is."""
    version = iloc[0] if iloc else 0
    sizes = [iloc[4] >> 4, iloc[4] & 15, iloc[5] >> 4, iloc[5] & 15] if len(iloc) > 8 else []
    if not sizes:
        return 0, 0
    wide = 4 if version == 2 else 2
    at = 6 + wide
    for _ in range(int.from_bytes(iloc[6:at], "big")):
        number = int.from_bytes(iloc[at : at + wide], "big")
        at += wide + (2 if version else 0) + 2
        base = int.from_bytes(iloc[at : at + sizes[2]], "big")
        at += sizes[2]
        count = int.from_bytes(iloc[at : at + 2], "big")
        at += 2
        index = sizes[3] if version else 0
        if number == wanted and count:
            at += index
            start = int.from_bytes(iloc[at : at + sizes[0]], "big")
            length = iloc[at + sizes[0] : at + sizes[0] + sizes[1]]
            return base + start, int.from_bytes(length, "big")
        at += count * (index + sizes[0] + sizes[1])
        if at > len(iloc):
            break
    return 0, 0


__all__ = ["exif_of", "is_heic"]
