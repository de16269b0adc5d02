"""What a date and a time in a WhatsApp export mean.

Whether day or month comes first is decided once, by the file as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from ingest.persian import gregorian
from ingest.times import steady_offset, utc
from ingest.whatsapp_tables import AT, ERAS, HALF_OF_DAY, MARKS

ORDERS = ("dmy", "mdy", "ymd")
_FIRST_YEAR = 2009
"""WhatsApp did not exist before; a reading with an earlier year is the wrong reading."""
_HOUR = timedelta(hours=1)
_NUMBER = re.compile(r"([^\W\d]*)(\d+)")
_IGNORED = re.compile(rf"[\s.'\"\u05f4\u2019\u200c{MARKS}]")
_PERSIAN = range(1380, 1430)
"""Years that are Persian: in the Islamic calendar they were over before there was a WhatsApp."""
_MARK = re.compile(f"[{MARKS}]")


@lru_cache(maxsize=16384)
def is_possible(written: str) -> bool:
    """Whether `written` is a day in any order or calendar."""
    return any(read_date(written, order) for order in ORDERS) or is_foreign(written)


@lru_cache(maxsize=16384)
def read_date(written: str, order: str) -> date | None:
    """The Gregorian day, when `written` is one in `order` (`dmy`, `mdy`, `ymd`)."""
    parts = _NUMBER.findall(_MARK.sub("", written))
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
    except ValueError:
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
    if len(digits) == 2:  # 65 is 2565 of the Buddhist era: 1965 had no WhatsApp, 2065 has not come
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


@dataclass(slots=True)
class Clock:
    """Reads times in file order, and so knows which of two equal hours it is in when clocks go
    back: time running backwards by up to an hour is the second."""

    order: str
    zone: str
    _hours: dict[tuple[str, ...], str] = field(default_factory=dict)
    """What UTC times begin with in one hour of one day; empty where minutes matter."""
    _previous: datetime | None = None
    _fold: int = 0

    def sent_at(
        self, day: str, pre: str, hour: str, minute: str, second: str, post: str
    ) -> str | None:
        """The parts of a header in UTC; None where its day is unknown or there is no such time."""
        key = (day, hour, pre, post)
        begins = self._hours.get(key)
        if begins is None:
            begins = self._hours[key] = self._beginning(*key)
        if begins and minute < "60" and minute.isascii():
            if not second:
                return f"{begins}{minute}:00Z"
            if second < "60":
                return f"{begins}{minute}:{second}Z"
        local = _local(read_date(day, self.order), hour, pre, post)
        if local is None or int(minute) > 59:
            return None
        return self._folded(local.replace(minute=int(minute), second=min(int(second or 0), 59)))

    def _beginning(self, day: str, hour: str, pre: str, post: str) -> str:
        local = _local(read_date(day, self.order), hour, pre, post)
        if local is None:
            return ""
        offset = steady_offset(self.zone, local.toordinal())
        if offset is None or offset % _HOUR:
            return ""
        return self._utc(local, 0)[:14]

    def _folded(self, local: datetime) -> str | None:
        previous, self._previous = self._previous, local
        if previous is None or abs(local - previous) > _HOUR:
            self._fold = 0
        elif local < previous:
            self._fold = 1
        sent_at = self._utc(local, 0)
        if self._fold:
            later = self._utc(local, 1)
            self._fold = int(later > sent_at)  # otherwise this hour is not a doubled one
            sent_at = max(sent_at, later)
        return sent_at or None

    def _utc(self, local: datetime, fold: int) -> str:
        try:
            return utc(local, self.zone, fold=fold)
        except ValueError:
            return ""


def half_of_day(word: str) -> str:
    """`am`, `pm`, `noon`, or nothing for a word that says none of them."""
    return HALF_OF_DAY.get(_IGNORED.sub("", word).casefold(), "")


def unknown_half(word: str) -> bool:
    """A word beside an hour that is neither a half of the day nor one that says only `at`."""
    bare = _IGNORED.sub("", word).casefold()
    return bool(bare) and bare not in HALF_OF_DAY and bare not in AT


def _local(day: date | None, hour: str, pre: str, post: str) -> datetime | None:
    """The beginning of an hour. Words that are no half of a day (`klo`) say nothing."""
    if day is None or int(hour) > 24:
        return None
    half, h = half_of_day(post) or half_of_day(pre), int(hour)
    if half == "am" and h == 12:
        h = 0
    elif (half == "pm" and h < 12) or (half == "noon" and h < 10):
        h += 12
    return datetime(day.year, day.month, day.day, h % 24)


__all__ = [
    "Clock",
    "Order",
    "decide_order",
    "half_of_day",
    "is_foreign",
    "is_possible",
    "read_date",
    "unknown_half",
]
