"""What the times in a WhatsApp export mean, in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from ingest import Options
from ingest.calendar_words import bare, covered
from ingest.calendar_words import hour as hour_of_24
from ingest.local_time import LocalTime
from ingest.numeric_dates import read_date
from ingest.times import steady_offset
from ingest.whatsapp_dialect import Hour, Messages
from ingest.whatsapp_tables import AT


class _Hour(NamedTuple):
    """One hour of one day on the phone, in UTC."""

    begins: str
    """What its times begin with: `2024-05-01T09:`."""
    ends: str
    """The same for its last minutes, in zones that are not whole hours off."""
    minutes: dict[str, tuple[bool, str]]
    """By the minute as written: whether it is one of those last ones, and the minute in UTC."""


class Clock:
    """Reads times in file order, and so knows which of two equal hours it is in when clocks go
    back. `language` is that of the parts of the day that stand beside the hours."""

    def __init__(self, order: str, options: Options, language: str = "") -> None:
        self.order, self.language = order, language
        self.local = LocalTime(options)
        self._days: dict[str, tuple[date, int] | None] = {}

    def times(self, found: Messages) -> Iterator[str | None]:
        """Of every message; None where its day is unknown or there is no such time.

        Nearly all hours of a chat are plain: their times are put together from the hour's.
        """
        plain = {key: self._plain(hour) for key, hour in found.spelled.items()}
        none = (False, "")
        columns = (found.hours, found.minutes, found.seconds)
        for key, minute, second in zip(*columns, strict=True):
            hour = plain[key]
            late, minute_ = hour.minutes.get(minute, none) if hour else none
            if hour and minute_ and (not second or second in _SIXTY):
                yield f"{hour.ends if late else hour.begins}{minute_}:{second or '00'}Z"
            else:
                yield self._read(found.spelled[key], minute, second)

    def _plain(self, hour: Hour) -> _Hour | None:
        """None for an hour of which every minute has to be looked at: on days when clocks are
        changed, and at the ends of the calendar."""
        if hour.day not in self._days:
            self._days[hour.day] = self._steady(hour.day)
        steady, at = self._days[hour.day], self._of_24(hour)
        if steady is None or at is None:
            return None
        when, offset = steady
        first = at * 60 - offset
        return _Hour(_begins(when, first), _begins(when, first + 59), _minutes(first % 60))

    def _steady(self, day: str) -> tuple[date, int] | None:
        """The day, and how many minutes the zone is ahead of UTC all through it."""
        when = read_date(day, self.order)
        if when is None or not date.min < when < date.max:
            return None
        offset = steady_offset(self.local.zone, when.toordinal())
        if offset is None or offset.seconds % 60:
            return None
        return when, offset.days * 1440 + offset.seconds // 60

    def _read(self, hour: Hour, minute: str, second: str) -> str | None:
        when, at = read_date(hour.day, self.order), self._of_24(hour)
        if when is None or at is None or int(minute) > 59:
            return None
        clock = time(at, int(minute), min(int(second or 0), 59))
        return self.local.utc(datetime.combine(when, clock))

    def _of_24(self, hour: Hour) -> int | None:
        """Words that are no part of a day (`klo`) say nothing."""
        said = int(hour.hour)
        if said > 24:
            return None
        at = said % 24
        for word in filter(None, (hour.post, hour.pre)):
            known = (hour_of_24(word, said, language) for language in (self.language, ""))
            at = next((h for h in known if h is not None), at)
        return at


def _begins(day: date, minutes: int) -> str:
    """`2024-05-01T09:` of a time so many minutes after the beginning of the day."""
    days, minutes = divmod(minutes, 1440)
    return f"{day + timedelta(days) if days else day}T{minutes // 60:02}:"


_SIXTY = frozenset(f"{n:02}" for n in range(60))


@cache
def _minutes(shift: int) -> dict[str, tuple[bool, str]]:
    """All of an hour that begins at the minute `shift` in UTC."""
    return {f"{n:02}": (n + shift > 59, f"{(n + shift) % 60:02}") for n in range(60)}


def unknown_half(word: str) -> bool:
    """A word beside an hour that is neither a part of the day nor one that says only `at`."""
    key = bare(word)
    return bool(key) and covered(word) is None and key not in AT


__all__ = ["Clock", "unknown_half"]
