"""Months, weekdays and halves of the day as people's phones and programs write them, in every
language that the Unicode CLDR has.

The words are data, in `tables/calendar.json`: tests/test_calendar_words.py writes it from Babel and
holds it against every locale. `tables/halves.json` has what phones wrote before CLDR changed its
mind. Words are compared without case, dots, spaces and invisible marks.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

_IGNORED = re.compile(
    "[\\s.'\"\u05f3\u05f4\u2019\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u180e\u061c]+"
)
FIRST = tuple(
    "en es pt fr de it nl ru ar hi id tr pl uk ro cs hu sv da nb no fi el he fa vi th ja ko zh"
    " ca gl eu hr sr bs sl sk bg lt lv et ms fil bn ta te mr gu kn ml pa ur sw af sq".split()
)
"""Of two languages that use one word for different things, the earlier here is meant."""


class Language(NamedTuple):
    months: dict[str, int]
    """1 is January."""
    weekdays: dict[str, int]
    """0 is Monday."""
    hours: dict[str, frozenset[int]]
    """The hours, of 24, that a word for a part of the day covers: `p.m.`, `abends`, `凌晨`."""


def bare(word: str) -> str:
    """What two spellings of one word have in common: `a. m.`, `A.M.` and `am`."""
    return unicodedata.normalize("NFC", _IGNORED.sub("", word).casefold())


@cache
def languages() -> dict[str, Language]:
    """By language code, the most spoken first."""
    raw = _table("calendar.json")
    return {code: _language(raw[code]) for code in sorted(raw, key=lambda c: (_rank(c), c))}


def month(word: str, language: str = "") -> int | None:
    """1 to 12, also of `marzo`, `märz`, `3月`, `thg 3`; None for what is no month."""
    return _month(bare(word), language)


def weekday(word: str, language: str = "") -> int | None:
    """0 is Monday; None for what is no weekday."""
    key = bare(word)
    found = (language_.weekdays.get(key) for language_ in _asked(language))
    return next((day for day in found if day is not None), None)


@lru_cache(maxsize=4096)
def covered(word: str, language: str = "") -> frozenset[int] | None:
    """The hours, of 24, that a word for a part of the day covers; None for any other word."""
    key = bare(word)
    found = (language_.hours.get(key) for language_ in _asked(language))
    return _halves().get(key) or next((hours for hours in found if hours is not None), None)


@cache
def _halves() -> dict[str, frozenset[int]]:
    raw = _table("halves.json")
    before, after = frozenset(range(12)), frozenset(range(12, 24))
    return dict.fromkeys(raw["am"].split(), before) | dict.fromkeys(raw["pm"].split(), after)


def _table(name: str) -> Any:
    return json.loads(Path(__file__).with_name("tables").joinpath(name).read_bytes())


def hour(word: str, written: int, language: str = "") -> int | None:
    """Which hour of 24 `written` is beside `word`; None when the word is no part of the day.

    A number that is no hour of twelve is taken as it stands, with 24 as midnight. An hour outside
    of the part of the day is still in its half; around noon and midnight, it is the one that lies
    nearer: `中午 1` is 13, `中午 11` is 11, `abends 12` is 0.
    """
    hours = covered(word, language)
    if hours is None or not 0 <= written <= 24:
        return None
    if not 1 <= written <= 12:
        return written % 24
    early, late = written % 12, written % 12 + 12
    if (early in hours) != (late in hours):
        return early if early in hours else late
    if len(hours) > 1 and max(hours) < 12:
        return early
    if len(hours) > 1 and min(hours) >= 12 and written != 12:
        return late
    return early if _distance(early, hours) <= _distance(late, hours) else late


def language_of(words: Iterable[str]) -> str:
    """The language to which most of `words`, by length, are months, weekdays or parts of the day;
    empty when none is.

    `petak, listopada` is Croatian, and the tenth month; `piątek, listopada` is the eleventh.
    """
    found: Counter[str] = Counter()
    for key in {bare(word) for word in words}:
        for code in _speakers().get(key, ()):
            # Short words are words of some small language or other, and mean nothing.
            found[code] += len(key) * (2 if code in FIRST else 1)
    return max(found, key=lambda code: (found[code], -_rank(code)), default="")


def language_of_hours(words: Iterable[str]) -> str:
    """The language that has most of `words` for parts of the day; empty when none has any.

    `ip.` is the afternoon in Finnish, and the morning beside `ep.` in Inari Sámi.
    """
    keys = {bare(word) for word in words} - {""}
    known = {code: len(keys & part.hours.keys()) for code, part in languages().items()}
    return max(known, key=lambda code: (known[code], -_rank(code))) if any(known.values()) else ""


@cache
def _speakers() -> dict[str, list[str]]:
    """Which languages have a word."""
    found: dict[str, list[str]] = {}
    for code, language in languages().items():
        for word in {*language.months, *language.weekdays, *language.hours}:
            found.setdefault(word, []).append(code)
    return found


def _rank(code: str) -> int:
    return FIRST.index(code) if code in FIRST else len(FIRST)


@lru_cache(maxsize=4096)
def _month(key: str, language: str) -> int | None:
    match = _NUMBERED.fullmatch(key)
    if match and 1 <= int(match[1]) <= 12:
        return int(match[1])
    found = (language_.months.get(key) for language_ in _asked(language))
    return next((number for number in found if number is not None), None)


_NUMBERED = re.compile(r"(?:tháng|thg)?0?(\d{1,2})[月월]?")


def _asked(language: str) -> Iterable[Language]:
    every = languages()
    return (every[language],) if language in every else every.values()


def _distance(hour_: int, hours: frozenset[int]) -> int:
    return min(min((hour_ - h) % 24, (h - hour_) % 24) for h in hours)


def _language(raw: dict[str, Any]) -> Language:
    return Language(
        {name: i + 1 for i, names in enumerate(raw["months"]) for name in names.split()},
        {name: i for i, names in enumerate(raw["weekdays"]) for name in names.split()},
        {
            name: frozenset(h for a, b in spans for h in range(a, b))
            for name, spans in raw["hours"].items()
        },
    )


__all__ = [
    "Language",
    "bare",
    "covered",
    "hour",
    "language_of",
    "language_of_hours",
    "languages",
    "month",
    "weekday",
]
