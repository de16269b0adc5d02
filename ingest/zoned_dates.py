"""Dates in words with a zone behind them, as Google's and Meta's pages print them.

Nov 13, 2025, 9:50:57 AM CDT      13.11.2025, 09:50:57 MEZ      12 November 2008 um 20:53 UTC+01
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from ingest import Options
from ingest.numeric_dates import decide_order
from ingest.times import utc
from ingest.written_dates import written
from secondme.record import Question

_OFFSET = re.compile(r"(?:UTC|GMT)\s?(?:([+\-\u2212])\s?(\d{1,2})(?::?(\d\d))?)?", re.IGNORECASE)
_WORD = re.compile(r"\b[A-Z]{2,5}\b")
_HOURS: dict[str, float] = {
    "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2,
    "EEST": 3, "OEZ": 2, "OESZ": 3, "MSK": 3, "SAST": 2, "WAT": 1, "CAT": 2, "EAT": 3, "PKT": 5,
    "WIB": 7, "WITA": 8, "WIT": 9, "SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9, "ACST": 9.5,
    "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "BRT": -3, "BRST": -2, "ART": -3,
    "NST": -3.5, "NDT": -2.5, "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
    "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "IST": 5.5,
    "IDT": 3, "TRT": 3, "ICT": 7, "COT": -5, "PET": -5, "ECT": -5, "CLT": -4, "CLST": -3, "VET": -4,
    "UYT": -3, "SAMT": 4, "YEKT": 5, "OMST": 6, "NOVT": 7, "KRAT": 7, "IRKT": 8, "YAKT": 9,
    "MET": 1,
}  # fmt: skip
"""What Google prints where its readers know the letters; elsewhere it prints GMT+3."""
_ELSEWHERE: tuple[tuple[re.Pattern[str], dict[str, float]], ...] = (
    (re.compile(r"[\u4e00-\u9fff]"), {"CST": 8}),
    (re.compile(r"[\u0590-\u05ff]"), {"IST": 2}),
)
"""What the same letters mean to readers of Chinese and of Hebrew."""
_ENGLISH = re.compile(
    r"(?:[A-Z][a-z]+, )?([A-Z][a-z]{2})[a-z]{0,6}\.? (\d{1,2}), (\d{4})(?:,| at)? ?"
    r"(\d{1,2}):(\d\d)(?::(\d\d))?\s?([AP]M)?\b(.*)",
    re.IGNORECASE | re.DOTALL,
)
_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
_NUMERIC = re.compile(r"\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}")


class Stamp(NamedTuple):
    sent_at: str
    zone: str
    precision: str


def stamp(
    text: str, options: Options, *, order: str = "dmy", language: str = "", usual: str = ""
) -> Stamp | None:
    """None for what is no date, or only a day.

    `usual` is the zone that these pages are known to be written in, where they do not say.
    """
    read = _read(text, order, language)
    if read is None:
        return None
    local, precision, hours = read
    try:
        if hours is not None:
            away = local.replace(tzinfo=timezone(timedelta(hours=hours)))
            return Stamp(utc(_naive(away), "UTC"), "explicit", precision)
        if usual:
            return Stamp(utc(local, usual), "guessed", precision)
        zone = options.zone or options.local_zone
        return Stamp(utc(local, zone), "asked" if options.zone else "guessed", precision)
    except (ValueError, OverflowError):
        return None


def _naive(away: datetime) -> datetime:
    return (away - (away.utcoffset() or timedelta())).replace(tzinfo=None)


@lru_cache(maxsize=8192)
def _read(text: str, order: str, language: str) -> tuple[datetime, str, float | None] | None:
    found = _ENGLISH.fullmatch(text.strip())
    month = _MONTHS.get(found[1].lower()) if found else None
    if found and month:
        hour = int(found[4]) % 12 + (12 if found[7].upper() == "PM" else 0) if found[7] else None
        try:
            local = datetime(
                int(found[3]), month, int(found[2]),
                int(found[4]) if hour is None else hour, int(found[5]), int(found[6] or 0),
            )  # fmt: skip
        except ValueError:
            return None
        return local, "s" if found[6] else "min", offset(found[8])
    date = written(text, order=order, language=language)
    if date is None or date.precision == "day":
        return None
    return date.at, date.precision, offset(text)


def offset(text: str) -> float | None:
    """Hours from UTC that the words behind a time name; None where they name none."""
    offsets = list(_OFFSET.finditer(text))
    if offsets:
        found = offsets[-1]
        hours = int(found[2] or 0) + int(found[3] or 0) / 60
        return (-hours if found[1] in ("-", "\u2212") else hours) if hours < 24 else None
    there = next((told for script, told in _ELSEWHERE if script.search(text)), {})
    zones = _HOURS | there
    known = [zones[word] for word in _WORD.findall(text) if word in zones]
    return known[-1] if known else None


def order_of(texts: Iterable[str], options: Options) -> tuple[str, Question | None]:
    """Which part of the days written in numbers is the day of the month, and whether to ask."""
    dates = [found[0] for text in texts if (found := _NUMERIC.search(text))]
    if options.date_order or not dates:
        return options.date_order or "dmy", None
    decided = decide_order(dates, hint=options.usual_order or "dmy")
    if decided.sure:
        return decided.order, None
    about = f"Is the day or the month first in {decided.example}?"
    return decided.order, Question("date-order", about, decided.order, "--date-order")


__all__ = ["Stamp", "offset", "order_of", "stamp"]
