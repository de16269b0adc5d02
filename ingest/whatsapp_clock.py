"""What a time in a WhatsApp export means, in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ingest.calendar_words import bare, covered
from ingest.calendar_words import hour as hour_of_24
from ingest.numeric_dates import read_date
from ingest.times import steady_offset, utc
from ingest.whatsapp_tables import AT

_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Clock:
    """Reads times in file order, and so knows which of two equal hours it is in when clocks go
    back: time running backwards by up to an hour is the second."""

    order: str
    zone: str
    language: str = ""
    """Of the parts of the day that stand beside the hours."""
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
        local = self._local(day, hour, pre, post)
        if local is None or int(minute) > 59:
            return None
        return self._folded(local.replace(minute=int(minute), second=min(int(second or 0), 59)))

    def _beginning(self, day: str, hour: str, pre: str, post: str) -> str:
        local = self._local(day, hour, pre, post)
        if local is None:
            return ""
        offset = steady_offset(self.zone, local.toordinal())
        if offset is None or offset % _HOUR:
            return ""
        return self._utc(local, 0)[:14]

    def _local(self, day: str, hour: str, pre: str, post: str) -> datetime | None:
        """The beginning of an hour. Words that are no part of a day (`klo`) say nothing."""
        when, said = read_date(day, self.order), int(hour)
        if when is None or said > 24:
            return None
        at = said % 24
        for word in filter(None, (post, pre)):
            known = (hour_of_24(word, said, language) for language in (self.language, ""))
            at = next((h for h in known if h is not None), at)
        return datetime(when.year, when.month, when.day, at)

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


def unknown_half(word: str) -> bool:
    """A word beside an hour that is neither a half of the day nor one that says only `at`."""
    key = bare(word)
    return bool(key) and covered(word) is None and key not in AT


__all__ = ["Clock", "unknown_half"]
