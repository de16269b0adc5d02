"""JSON lines: one value after another, each on a line of its own, as programs log them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from ingest.export import Member
from ingest.jsonstream import mended
from secondme.record import Unread

_LONGEST = 64 * 1024 * 1024
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def json_lines(member: Member) -> Iterator[tuple[int, Any] | Unread]:
    """(line number, value) of every line that holds one, from one; `Unread` for the others."""
    encoding = next((name for mark, name in _BOMS if member.head.startswith(mark)), "utf-8")
    with member.open() as stream:
        lines = io.TextIOWrapper(stream, encoding, "replace", newline=None)
        number = 0
        while line := lines.readline(_LONGEST):
            number += 1
            if len(line) == _LONGEST and not line.endswith("\n"):
                yield Unread(f"line {number}", "It is too long to be read.")
                while line and not line.endswith("\n"):
                    line = lines.readline(_LONGEST)
            elif line.strip("\ufeff \t\r\n\0"):
                yield _value(line, number)
        lines.detach()


def _value(line: str, number: int) -> tuple[int, Any] | Unread:
    try:
        value = json.loads(line.lstrip("\ufeff"))
    except ValueError:
        return Unread(f"line {number}", "It is damaged or incomplete.")
    except RecursionError:
        return Unread(f"line {number}", "It is nested too deeply.")
    return number, mended(value) if "\\ud" in line or "\\uD" in line else value


__all__ = ["json_lines"]
