"""How one phone wrote the times in one WhatsApp export, found by looking at the whole file.

The region setting decides, not the language: `18/03/2022, 14:56 - `, `[3/18/22, 2:56:01 PM] `,
`[14:56:01, 3/18/2565 BE] `, `18.3.2022 klo 14.56 - `, in any digits and with invisible marks
anywhere. Whether day or month comes first is decided once, by the file as a whole.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import compress
from typing import NamedTuple

from ingest.marks import MARKS
from ingest.numeric_dates import ERAS, is_possible

_M = f"[{MARKS}]{{0,8}}"
_S = "[ \u00a0\u202f\u2009]"
_PART = rf"(?:{'|'.join(ERAS)})?\d{{1,4}}"
_SEP = rf"{_M}(?:{_S}?[/.\-年月년월]{_S}?|{_S}){_M}"
_CALENDAR = rf"(?:{_S}?(?:BE|AD|CE|AH|AP|г\.|พ\.ศ\.|ค\.ศ\.|هـ))?"
_DATE = rf"{_PART}{_SEP}\d{{1,2}}{_SEP}{_PART}[.日일]?{_CALENDAR}"
_WORD = r"[^\d\s\[\]:,،/~+\-]{1,14}"
_JOIN = rf"{_M}(?:[,،]{_M}{_S}{{0,2}}|{_S}{{1,2}}|(?<=[日일])){_M}"
_NAME = r"(?:(?P<name>[^:\n]{1,120}(?:(?<=\d):\d\d(?!\d)[^:\n]{0,60})?)(?P<colon>: ?))?"
_CLOCK = r"(?P<h>\d{1,2})[:.](?P<m>\d\d)"


def _stamp(seconds: str, *, time_first: bool) -> str:
    clock = (
        rf"(?:(?P<pre>{_WORD}){_S}?)?{_CLOCK}{seconds}"
        rf"(?:{_M}{_S}?{_M}(?P<post>{_WORD}(?:{_S}{_WORD})?))?"
    )
    day = f"(?P<date>{_DATE})"
    return clock + _JOIN + day if time_first else day + _JOIN + clock


class _Frame(NamedTuple):
    """What stands around a time. `STAMP` is the time; the message follows."""

    pattern: str
    bracketed: bool


_FRAMES = (
    _Frame(rf"^(?P<mark>{_M})\[{_M}(?P<stamp>STAMP){_M}\]{_S}?", True),
    _Frame(rf"^(?P<mark>{_M})(?P<stamp>STAMP){_M}{_S}{_M}[-–](?:{_S}|$)", False),
    _Frame(rf"^(?P<mark>{_M})(?P<stamp>STAMP){_M}: ", False),
)
_WITH, _WITHOUT = r"[:.](?P<s>\d{2})", r"(?P<s>)(?![:.]\d)"
_EITHER = rf"(?:{_WITH})?"


class Dialect(NamedTuple):
    header: re.Pattern[str]
    time_first: bool
    bracketed: bool
    """An iPhone's: the sender is always named, and notices begin with a direction mark."""


Row = tuple[str, str, str, str, str, str, str, str, str, str]
"""mark, stamp, date, pre, hour, minute, second, post, name, colon; missing parts are empty. `name`
is what stands before the first colon: the sender, or the beginning of a notice."""


class Headers(NamedTuple):
    """The first line of every message, up to where its body begins, in file order.

    A line with a time that cannot be is one too when somebody is named behind it: its message is
    kept, without a time.
    """

    rows: list[Row]
    starts: list[int]
    bodies: list[int]


def headers(text: str, dialect: Dialect) -> Headers:
    rows: list[Row] = []
    starts: list[int] = []
    bodies: list[int] = []
    for match in dialect.header.finditer(text):
        rows.append(match.groups(""))  # type: ignore[arg-type]  # ten, as `_compiled` writes them
        starts.append(match.start())
        bodies.append(match.end())
    if dialect.time_first:
        rows = [(*row[:2], row[7], *row[2:7], *row[8:]) for row in rows]
    wrong = {time for time in {(row[2], row[4]) for row in rows} if not _is_time(*time, "0")}
    late = {minute for minute in {row[5] for row in rows} if int(minute) > 59}
    if wrong or late:
        right = [
            row[9] == ": " or ((row[2], row[4]) not in wrong and row[5] not in late) for row in rows
        ]
        rows = list(compress(rows, right))
        starts, bodies = list(compress(starts, right)), list(compress(bodies, right))
    return Headers(rows, starts, bodies)


def find_dialect(text: str) -> Dialect | None:
    """The dialect most lines at the beginning of `text` are headers of; None without any.

    A file whose times have seconds (or have none) almost throughout is read strictly, so that a
    pasted line from another phone stays part of the message it was pasted into.
    """
    best, most = _CANDIDATES[0], 0
    for candidate in _CANDIDATES:
        count = sum(map(is_header, _compiled(*candidate, _EITHER).finditer(text[:_LOOK])))
        if count > most:
            best, most = candidate, count
    if not most:
        return None
    found = filter(is_header, _compiled(*best, _EITHER).finditer(text[:_LOOK]))
    share = sum(bool(match["s"]) for match in found) / most
    seconds = _WITH if share > 0.8 else _WITHOUT if share < 0.2 else _EITHER
    return Dialect(_compiled(*best, seconds), best[1], best[0].bracketed)


@lru_cache
def _compiled(frame: _Frame, time_first: bool, seconds: str) -> re.Pattern[str]:
    kind = _WITH if frame is _FRAMES[2] else seconds  # without them, a colon after a time is prose
    stamp = _stamp(kind, time_first=time_first)
    return re.compile(frame.pattern.replace("STAMP", stamp) + _NAME, re.MULTILINE)


_LOOK = 128 * 1024
_CANDIDATES = tuple((frame, time_first) for frame in _FRAMES for time_first in (False, True))


def is_header(match: re.Match[str]) -> bool:
    """Whether what looks like a time can be one; else the line belongs to the message before."""
    return _is_time(match["date"], match["h"], match["m"])


def _is_time(date: str, hour: str, minute: str) -> bool:
    return int(hour) <= 24 and int(minute) <= 59 and is_possible(date)


__all__ = ["Dialect", "Headers", "Row", "find_dialect", "headers", "is_header"]
