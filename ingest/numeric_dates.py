"""Dates of which every part is a number: `1/2/24`, `2022. 3. 18`, `R4/3/18`, `18/3/2565`.

Which part is the day is decided once for a file, by all of its dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from ingest.invisible import unmarked
from ingest.persian import gregorian

ORDERS = {"dmy": "day before month", "mdy": "month before day", "ymd": "year first"}
"""And how people say them."""
ERAS = {"R": 2018, "令和": 2018, "H": 1988, "平成": 1988, "S": 1925, "昭和": 1925}
"""The year before each Japanese era's first."""
_FIRST_YEAR = 2009
"""No chat of a phone is older; a reading with an earlier year is the wrong reading."""
_NUMBER = re.compile(r"([^\W\d]*)(\d+)")
_PERSIAN = range(1380, 1430)
"""Years that are Persian: in the Islamic calendar they were over before there was a WhatsApp."""


@lru_cache(maxsize=16384)
def is_possible(written: str) -> bool:
    """Whether `written` is a day in any order or calendar."""
    return any(read_date(written, order) for order in ORDERS) or is_foreign(written)


@lru_cache(maxsize=16384)
def read_date(written: str, order: str) -> date | None:
    """The Gregorian day, when `written` is one in `order` (`dmy`, `mdy`, `ymd`)."""
    parts = _NUMBER.findall(unmarked(written))
    if len(parts) != 3:
        return None
    at = dict(zip(order, parts, strict=True))
    if at["d"][0] in ERAS or at["m"][0] in ERAS:
        return None
    month, day = int(at["m"][1]), int(at["d"][1])
    try:
        if int(at["y"][1]) in _PERSIAN:
            return gregorian(int(at["y"][1]), month, day)
        return date(_year(*at["y"]), month, day)
    except (ValueError, OverflowError):
        return None


def is_foreign(written: str) -> bool:
    """An Islamic year: a time is there, but where it begins was seen at the sky, not reckoned."""
    numbers = [int(number) for _, number in _NUMBER.findall(written)]
    return any(1300 <= n < 1500 and n not in _PERSIAN for n in numbers)


def _year(era: str, digits: str) -> int:
    """Raises `ValueError` for what is no year."""
    year = int(digits)
    if era in ERAS:
        return ERAS[era] + year
    if len(digits) == 2:  # 65 is 2565 of the Buddhist era: 1965 had no phones, 2065 has not come
        return 2000 + year if year < 52 else 2500 - 543 + year
    if len(digits) == 3:  # Minguo, counted from 1912
        return 1911 + year
    if year >= 2400:
        return year - 543
    if len(digits) == 1 or year < 1900:
        raise ValueError(digits)
    return year


class Order(NamedTuple):
    order: str
    sure: bool
    example: str = ""
    """A date of the file that can be read in two ways; empty when sure."""


def decide_order(dates: Iterable[str], *, hint: str) -> Order:
    """Which part of a date is the day, judged by all dates of a file in file order.

    The order that makes sense of most dates wins; then the one in which time runs backwards
    least; then the one that spreads the chat over the fewest days, which is only a guess. `hint`
    decides when nothing else does.
    """
    dates = list(dates)
    judged = {order: _judge(dates, order) for order in ORDERS}
    if min(judged["dmy"], judged["mdy"]) <= judged["ymd"]:
        del judged["ymd"]  # a two-digit year in front is rare enough to need its own evidence
    ranked = sorted((judge, order != hint, order) for order, judge in judged.items())
    (best, _, order), (second, _, other) = ranked[:2]
    if best[:2] != second[:2]:
        return Order(order, True)
    example = next((d for d in dates if read_date(d, order) != read_date(d, other)), "")
    return Order(order, not example, example)


def _judge(dates: Sequence[str], order: str) -> tuple[int, int, int]:
    """How wrong `order` is: impossible dates, steps back in time, days travelled."""
    days = [read_date(d, order) for d in dates]
    known = [d.toordinal() for d in days if d is not None and d.year >= _FIRST_YEAR]
    steps = [b - a for a, b in pairwise(known)]
    return len(days) - len(known), sum(s < 0 for s in steps), sum(map(abs, steps))


__all__ = ["ERAS", "ORDERS", "Order", "decide_order", "is_foreign", "is_possible", "read_date"]
