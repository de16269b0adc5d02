"""Dates and times in words, as pages and reports print them, in any language and any digits.

Freitag, 1. März 2019 10:00:00      2019年3月1日 午後3:05      May 17, 2022 at 5:29 p. m.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import NamedTuple

from ingest.calendar_words import covered, hour, language_of, month


class Written(NamedTuple):
    """A date as somebody would write it, understood."""

    at: datetime
    """Local, as written."""
    precision: str
    """s | min | day"""
    rest: tuple[str, ...]
    """Words that say something else: `CEST`, `UTC`, `at`."""


def written(text: str, *, order: str = "dmy", language: str = "") -> Written | None:
    """The first day in `text` and its time, if it has one; None without a day.

    `order` (dmy | mdy | ymd) is asked only when the month is a number and nothing else decides.
    """
    text = _plain(text[:_LONGEST])
    clock, text = _clock(text, language)
    # KST, a zone, is March in one language: a day that is all numbers needs no word.
    whole = _IN_NUMBERS.search(text)
    found = (None if whole else _spelled(text, language)) or _numbers(text, order)
    if found is None:
        return None
    (year, month_, day), rest = found
    try:
        at = datetime(_full_year(year), month_, day, clock.hour, clock.minute, clock.second)
    except (ValueError, OverflowError):
        return None
    return Written(at, clock.precision, tuple(_WORD.findall(rest)))


_LONGEST = 300
"""Characters; nobody writes a longer date."""
_WORD = re.compile(r"[^\W\d_][^\s,;()]*")
_DAY = re.compile(
    r"(?P<y>\d{3,4})\s?[年년]\s?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})(?:\s?[日일号號])?"
)
_NUMERIC = re.compile(r"(?<!\d)(\d{1,4})\s?[./\-]\s?(\d{1,2})\s?[./\-]\s?(\d{1,4})(?!\d)")
_IN_NUMBERS = re.compile(
    r"(?<!\d)(?:\d{4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,2}|\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{4})(?!\d)"
)
_NUMBER_MONTH = re.compile(r"\b(?:tháng|thg|th)\.?\s?(\d{1,2})\b", re.IGNORECASE)
_TIME = re.compile(
    r"(?<![\d.:])(?P<h>\d{1,2})(?:"
    r"\s?[:：]\s?(?P<m>\d\d)(?:[:：](?P<s>\d\d)(?:[.,]\d{1,9})?)?"
    r"|\s?[時时点點시]\s?(?:(?P<m2>\d{1,2})\s?[分분])?\s?(?:(?P<s2>\d{1,2})\s?[秒초])?"
    r"|\s?h\s?(?P<m3>\d\d)(?![\w])"
    r"|\.(?P<m4>\d\d)(?:\.(?P<s4>\d\d))?(?![.\d]|\s?[./-]\s?\d)"
    r")(?!\d)"
)
_HOUR_ALONE = re.compile(r"(?<!\d)(?P<h>\d{1,2})\s?(?=[ap]\.?\s?m\b)", re.IGNORECASE)
_BESIDE = 4
"""Words beside a time that may together be one part of the day: `ng hapon`, `de la tarde`."""
_TOKENS = re.compile(r"[^\s,，、()\[\]|·\d]+")


class _Clock(NamedTuple):
    hour: int = 0
    minute: int = 0
    second: int = 0
    precision: str = "day"


def _plain(text: str) -> str:
    """Digits of any script as ASCII, every blank a space, no invisible marks."""
    text = _MARKS.sub("", text)
    if text.isascii():
        return text
    text = "".join(str(unicodedata.decimal(c, c)) for c in text)
    return re.sub(r"\s", " ", text)


_MARKS = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u061c]")


def _clock(text: str, language: str) -> tuple[_Clock, str]:
    """The time in `text`, and what is left of the text without it."""
    matches = [m for m in _TIME.finditer(text) if not _inside_date(text, m)]
    match = next((m for m in matches if m["m4"] is None), matches[-1] if matches else None)
    match = match or _HOUR_ALONE.search(text)
    if match is None:
        return _Clock(), text
    parts = match.groupdict()
    minute = next((parts[k] for k in ("m", "m2", "m3", "m4") if parts.get(k)), "0")
    second = next((parts[k] for k in ("s", "s2", "s4") if parts.get(k)), "")
    hour_, start, end = int(match["h"]), match.start(), match.end()
    if hour_ > 24 or int(minute) > 59:
        return _Clock(), text
    after = [m.span() for m in _TOKENS.finditer(text, end)]
    before = [m.span() for m in _TOKENS.finditer(text, 0, start)][::-1]
    for tokens, edge in ((after, end), (before, start)):
        span = _part_of_day(tokens, text, edge)
        known = hour(text[slice(*span)], hour_, language) if span else None
        if span and known is not None:
            hour_, start, end = known, min(start, span[0]), max(end, span[1])
            break
    clock = _Clock(hour_ % 24, int(minute), min(int(second or 0), 59), "s" if second else "min")
    return clock, f"{text[:start]} {text[end:]}"


def _inside_date(text: str, match: re.Match[str]) -> bool:
    """`1.03` of `1.03.2019`, which could be a time."""
    before = text[max(0, match.start() - 3) : match.start()]
    return match["m4"] is not None and bool(re.search(r"\d[./-]\s?$", before))


def _part_of_day(tokens: list[tuple[int, int]], text: str, edge: int) -> tuple[int, int] | None:
    """The longest run of words next to a time that is one part of the day."""
    for count in range(min(_BESIDE, len(tokens)), 0, -1):
        start = min(tokens[0][0], tokens[count - 1][0])
        end = max(tokens[0][1], tokens[count - 1][1])
        near = start - edge if start >= edge else edge - end
        if near <= 2 and covered(text[start:end]) is not None:
            return start, end
    return None


def _spelled(text: str, language: str) -> tuple[tuple[int, int, int], str] | None:
    """A day whose month is a word, or marked as one."""
    marked = _DAY.search(text)
    if marked:
        rest = text[: marked.start()] + text[marked.end() :]
        return (int(marked["y"]), int(marked["m"]), int(marked["d"])), rest
    tokens = [(m[0].removeprefix(_IN), *m.span()) for m in _MONTH_TOKEN.finditer(text)]
    language = language or language_of(key for key, _, _ in tokens)
    for key, start, end in tokens if language else ():
        found = month(key, language)
        if found:
            return _around(text, start, end, found)
    vietnamese = _NUMBER_MONTH.search(text)
    if vietnamese and 1 <= int(vietnamese[1]) <= 12:
        return _around(text, *vietnamese.span(), int(vietnamese[1]))
    return None


_IN = "ב"
"""Hebrew writes “in” and the month as one word; no month begins with this letter itself."""
_MONTH_TOKEN = re.compile(r"[^\W\d_](?:[^\s\d,،()/\-]|(?<=\w)['’](?=\w))*")


def _around(
    text: str, start: int, end: int, month_: int
) -> tuple[tuple[int, int, int], str] | None:
    """Day and year from the numbers around the name of a month."""
    numbers = list(re.finditer(r"\d+", text))
    years = [m for m in numbers if len(m[0]) >= 3]
    near = sorted(
        (m for m in numbers if len(m[0]) <= 2 and 1 <= int(m[0]) <= 31),
        key=lambda m: min(abs(m.end() - start), abs(m.start() - end)),
    )
    if years and near:
        year, day = years[0], near[0]
    elif len(near) >= 2:  # 24 Mar 05
        day, year = sorted(near[:2], key=lambda m: m.start())
    else:
        return None
    rest = list(text)
    for a, b in ((start, end), year.span(), day.span()):
        rest[a:b] = " " * (b - a)
    return (int(year[0]), month_, int(day[0])), "".join(rest)


def _numbers(text: str, order: str) -> tuple[tuple[int, int, int], str] | None:
    match = _NUMERIC.search(text)
    if match is None:
        return None
    a, b, c = (int(part) for part in match.groups())
    if len(match[1]) >= 3 or (order == "ymd" and len(match[3]) <= 2):
        day = (a, b, c)
    elif (order == "mdy" and a <= 12) or b > 12:
        day = (c, a, b)
    else:
        day = (c, b, a)
    return day, text[: match.start()] + text[match.end() :]


def _full_year(year: int) -> int:
    """Of two digits in this century, of three in the Republic of China, above 2400 of Buddha."""
    if year < 100:
        return 2000 + year
    if year < 1000:
        return 1911 + year
    return year - 543 if year >= 2400 else year


__all__ = ["Written", "written"]
