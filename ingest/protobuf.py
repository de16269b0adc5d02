"""Protocol buffers without their schema: the fields of one message, as far as it makes sense.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections import defaultdict

Fields = dict[int, list[int | bytes]]
"""By their numbers, in order: numbers as they are, everything else as bytes."""
_MOST = 1_000_000


def fields(data: bytes) -> Fields:
    """Raises `ValueError` for what is no message. Linear."""
    found: Fields = defaultdict(list)
    at = count = 0
    while at < len(data):
        tag, at = _number(data, at)
        kind, number = tag & 7, tag >> 3
        count += 1
        if number == 0 or count > _MOST:
            raise ValueError("it is no message")
        if kind == 0:
            value, at = _number(data, at)
            found[number].append(value)
            continue
        if kind == 2:
            length, at = _number(data, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError("it is no message")
        if at + length > len(data):
            raise ValueError("it breaks off")
        found[number].append(data[at : at + length])
        at += length
    return found


def parts(message: Fields, number: int) -> list[bytes]:
    """Every text, piece of bytes or message in a field."""
    return [value for value in message.get(number, ()) if isinstance(value, bytes)]


def part(message: Fields, number: int) -> bytes:
    """The last one in a field, as a reader takes it; empty for none."""
    return next(reversed(parts(message, number)), b"")


def number(message: Fields, number: int) -> int:
    """The number in a field; zero for none."""
    return next((v for v in reversed(message.get(number, ())) if isinstance(v, int)), 0)


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("it breaks off")
        byte = data[at]
        value |= (byte & 127) << shift
        at += 1
        shift += 7
        if byte < 128:
            return value, at


__all__ = ["Fields", "fields", "number", "part", "parts"]
