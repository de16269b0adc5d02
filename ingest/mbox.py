"""Mailboxes in one file: where one mail ends and the next begins.

    From ada@example.org Mon Jan  1 12:00:00 2024      <- envelope line, no header
    From: Ada <ada@example.org>

Nothing marks a line of a mail's own text that happens to start with "From ", so an envelope line
has to look like one (Gmail and most programs end it with a time) and be followed by a header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

_CHUNK = 1024 * 1024
_LONGEST = 64 * 1024 * 1024
"""What is kept of a single mail: its words come first, only attachments are this large."""
_TIMED = re.compile(
    rb"From .{0,400}?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +"
    rb"(?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} +[A-Z][a-z]{2}) +[\d:]{4,8}"
)
_LOOSE = re.compile(
    rb"From (?:\S{1,300}@\S{1,300}|-|MAILER-DAEMON|nobody)(?: .{0,100}?\d:\d\d.{0,100})?[ \t]*\r?$"
)
"""Without a time, or with one as people in other countries write it."""
_MOZILLA = re.compile(rb"From - *\r?$")
_HEADER = re.compile(rb">?[!-9;-~]{1,80}[ \t]*:|>From ")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def begins_mailbox(head: bytes) -> bool:
    """Whether a file starts with an envelope line and a header."""
    first, _, rest = head.lstrip(b"\r\n").partition(b"\n")
    return _is_envelope(first, rest[:200], blank_before=True)


def mails(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield `(number, raw mail)` without envelope lines, one mail in memory at a time.

    `>From ` lines are given back their original form. What stands before the first envelope line
    is not a mail and is dropped.
    """
    for number, mail in enumerate(_split(stream), 1):
        yield number, _QUOTED.sub(rb"\1", mail) if b">From " in mail else mail


def _split(stream: BinaryIO) -> Iterator[bytes]:
    buffer = bytearray(b"\n")  # so that the first line is found like every other
    start, search, ended = -1, 0, False
    while not ended:
        data = stream.read(_CHUNK)
        ended = not data
        buffer += data
        while (found := buffer.find(b"\nFrom ", search)) >= 0:
            verdict = _envelope_at(buffer, found + 1, ended)
            if verdict is None:
                break
            search = found + 1
            if verdict:
                if start >= 0:
                    yield _mail(buffer, start, min(found + 1, start + _LONGEST))
                start = found + 1
        search = found if found >= 0 else max(search, len(buffer) - 5)
        start, search = _forget(buffer, start, search)
    if start >= 0:
        yield _mail(buffer, start, len(buffer))


def _mail(buffer: bytearray, start: int, end: int) -> bytes:
    """What is behind the envelope line, copied once: it may be all that memory has room for."""
    line_end = buffer.find(b"\n", start, end)
    with memoryview(buffer) as view:
        return bytes(view[line_end + 1 if line_end >= 0 else end : end])


def _forget(buffer: bytearray, start: int, search: int) -> tuple[int, int]:
    """Drop what was handed out already, and the middle of a mail that is too long to keep."""
    done = search if start < 0 else start
    done = max(min(done, search) - 2, 0)  # two bytes tell whether a blank line came before
    del buffer[:done]
    start, search = (start - done if start >= 0 else -1), search - done
    if start >= 0 and search - start > _LONGEST:
        cut = search - 2 - (start + _LONGEST)
        if cut > 0:
            del buffer[start + _LONGEST : start + _LONGEST + cut]
            search -= cut
    return start, search


def _envelope_at(buffer: bytearray, at: int, ended: bool) -> bool | None:
    """None while the line and the one after it are not in the buffer yet."""
    line_end = buffer.find(b"\n", at, at + 1000)
    if line_end < 0:
        return None if len(buffer) < at + 1000 and not ended else False
    following = bytes(buffer[line_end + 1 : line_end + 201])
    if not ended and len(following) < 200 and b"\n" not in following:
        return None
    blank = at < 2 or buffer[at - 2] == 10 or bytes(buffer[at - 3 : at - 1]) == b"\n\r"
    return _is_envelope(bytes(buffer[at:line_end]), following, blank_before=blank)


def _is_envelope(line: bytes, following: bytes, *, blank_before: bool) -> bool:
    if not _HEADER.match(following):
        return False
    if _TIMED.match(line) or _MOZILLA.match(line):
        return True
    return blank_before and _LOOSE.match(line) is not None


__all__ = ["begins_mailbox", "mails"]
