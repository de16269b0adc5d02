"""Wall times in the order of an export that names no zone, in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ingest import Options
from ingest.times import utc
from secondme.record import Question

_HOUR = timedelta(hours=1)


class LocalTime:
    """Reads times in file order, and so knows which of two equal hours it is in when clocks go
    back: time running backwards by up to an hour is the second."""

    def __init__(self, options: Options) -> None:
        self.zone = options.zone or options.local_zone
        self.source = "asked" if options.zone else "guessed"
        """What a record's `zone` says of a time read here."""
        self._previous: datetime | None = None
        self._fold = 0

    def utc(self, local: datetime) -> str | None:
        """None at the ends of the calendar."""
        previous, self._previous = self._previous, local
        if previous is None or abs(local - previous) > _HOUR:
            self._fold = 0
        elif local < previous:
            self._fold = 1
        sent_at = self._in_utc(local, 0)
        if self._fold:
            later = self._in_utc(local, 1)
            self._fold = int(later > sent_at)  # otherwise this hour is not a doubled one
            sent_at = max(sent_at, later)
        return sent_at or None

    def _in_utc(self, local: datetime, fold: int) -> str:
        try:
            return utc(local, self.zone, fold=fold)
        except ValueError:
            return ""

    def question(self, what: str) -> Iterator[Question]:
        """Asks for the zone of `what` (“the phone”), unless it was told."""
        if self.source == "guessed":
            text = f"In which time zone was {what}? Times are read as {self.zone}."
            yield Question("tz", text, self.zone, "--tz")


__all__ = ["LocalTime"]
