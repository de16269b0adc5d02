"""Time zones as calendars name them: IANA's, those of Windows, or by rules of their own.

DTSTART;TZID=W. Europe Standard Time:20240501T093000
DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20240501T093000
BEGIN:VTIMEZONE                                     <- of what the TZID above it means
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from ingest.contentlines import Component
from ingest.times import utc

_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d):?(\d\d)?)?")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)(?::?(\d\d))?")
_NAMED_OFFSET = re.compile(r"\(?(?:UTC|GMT)\s*([+-])(\d{1,2})(?::?(\d\d))?\b")
_SHOWN = re.compile(r"\((?:UTC|GMT)[^()]{0,12}\)\s*(\S.{0,200})")
"""As Windows lists its zones: `(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna`."""
_NTH = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Zone(NamedTuple):
    name: str
    """IANA's; empty for one by rules of its own."""
    utc: Callable[[datetime], str]
    """From its wall time. Raises `ValueError` at the ends of the calendar."""


class Onset(NamedTuple):
    """From when on clocks of a zone of its own showed what."""

    starts: datetime
    before: timedelta
    after: timedelta
    rule: dict[str, str]
    dates: tuple[datetime, ...]


def zones(defined: Iterable[Component]) -> Callable[[str], Zone | None]:
    """A function from a TZID to its zone; None for a zone that nobody knows."""
    own = {part.text("TZID"): part for part in defined}

    @lru_cache(maxsize=1024)
    def found(tzid: str) -> Zone | None:
        part = own.get(tzid)
        said = part.text("X-LIC-LOCATION") if part else ""
        if name := _known(tzid) or _known(said):
            return Zone(name, lambda local: utc(local, name))
        if part and (onsets := _onsets(part)):
            return Zone("", lambda local: _written(local - _offset(local, onsets)))
        if match := _NAMED_OFFSET.match(tzid):
            fixed = _delta(match[1], match[2], match[3])
            return Zone("", lambda local: _written(local - fixed))
        return None

    return found


@lru_cache(maxsize=1024)
def _known(tzid: str) -> str:
    """IANA's name of a zone; empty for one that it does not have."""
    parts = tzid.strip().strip('"/').split("/")
    names = ["/".join(parts[-depth:]) for depth in (3, 2, 1) if depth <= len(parts)]
    for name in dict.fromkeys(names):
        if _is_zone(name):
            return name
    from babel.core import get_global

    of_windows = get_global("windows_zone_mapping")
    shown = _SHOWN.match(tzid.strip())
    names = [tzid.strip()]
    if shown:  # `Eastern Time (US & Canada)` is `Eastern Standard Time`
        named = "UTC" if shown[1] == "Coordinated Universal Time" else shown[1]
        names.append(re.sub(r" Time \(.*", " Standard Time", named))
    for name in names:
        if _is_zone(windows := str(of_windows.get(name, ""))):
            return windows
    return _of_cities(shown[1]) if shown else ""


def _of_cities(words: str) -> str:
    """The zone of the first of these cities that has one: `Amsterdam, Berlin, Bern`."""
    by_city = {name.rpartition("/")[2]: name for name in sorted(available_timezones())}
    cities = (city.strip().replace(" ", "_") for city in words.split(","))
    return next((by_city[city] for city in cities if city in by_city), "")


def _is_zone(name: str) -> bool:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+/-]{1,60}", name) or name.isdigit():
        return False
    try:
        return bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False


def _onsets(part: Component) -> list[Onset]:
    made = (_onset(each) for each in part.parts if each.name in ("STANDARD", "DAYLIGHT"))
    return sorted((onset for onset in made if onset), key=lambda onset: onset.starts)


def _onset(each: Component) -> Onset | None:
    starts = moment(each.text("DTSTART"))
    before, after = _said(each.text("TZOFFSETFROM")), _said(each.text("TZOFFSETTO"))
    if starts is None or after is None:
        return None
    dates = [moment(one) for line in each.all("RDATE") for one in line.value.split(",")]
    rule = rule_of(each.text("RRULE"))
    known = tuple(date for date in dates if date is not None)
    return Onset(starts, before if before is not None else after, after, rule, known)


def rule_of(text: str) -> dict[str, str]:
    """`FREQ=WEEKLY;BYDAY=MO` by its names, in capitals."""
    pairs = (part.partition("=") for part in text.upper().split(";"))
    return {name.strip(): said.replace(" ", "") for name, _, said in pairs if name.strip()}


def moment(text: str) -> datetime | None:
    """A date or a time as written, whatever its zone; None for neither."""
    match = _DATE.match(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups(default="0"))
    try:
        return datetime(year, month, day, hour, minute, min(second, 59))
    except ValueError:
        return None


def _offset(local: datetime, onsets: list[Onset]) -> timedelta:
    """What stood on the clocks is this much ahead of UTC, by the last onset before it."""
    latest: tuple[datetime, timedelta] | None = None
    for onset in onsets:
        for date in _nearest(onset, local):
            if date <= local and (latest is None or date > latest[0]):
                latest = date, onset.after
    return latest[1] if latest else onsets[0].before


def _nearest(onset: Onset, local: datetime) -> Iterable[datetime]:
    yield onset.starts
    yield from onset.dates
    if onset.rule.get("FREQ") != "YEARLY":
        return
    until = moment(onset.rule.get("UNTIL", ""))
    for year in (local.year - 1, local.year):
        date = _of_year(onset, year)
        if date and date >= onset.starts and (until is None or date <= until + timedelta(1)):
            yield date


def _of_year(onset: Onset, year: int) -> datetime | None:
    """`the last Sunday of March`, at the hour of the first onset."""
    try:
        month = int(onset.rule.get("BYMONTH", str(onset.starts.month)).split(",")[0])
        first = onset.starts.replace(year=year, month=month, day=1)
        days = [first + timedelta(n) for n in range(31)]
        days = [date for date in days if date.month == month]
        if monthdays := onset.rule.get("BYMONTHDAY"):
            allowed = {int(day) for day in monthdays.split(",")}
            days = [date for date in days if date.day in allowed]
        if match := _NTH.fullmatch(onset.rule.get("BYDAY", "")):
            days = [date for date in days if date.weekday() == _DAYS.index(match[2])]
            nth = int(match[1] or 1)
            return days[nth - 1] if nth > 0 else days[nth]
        return days[0] if monthdays else onset.starts.replace(year=year, month=month)
    except (ValueError, IndexError, OverflowError):
        return None


def _said(text: str) -> timedelta | None:
    match = _OFFSET.match(text)
    return _delta(match[1], match[2], match[3]) if match else None


def _delta(sign: str, hours: str, minutes: str | None) -> timedelta:
    size = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return -size if sign == "-" else size


def _written(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat() + "Z"


__all__ = ["Zone", "moment", "rule_of", "zones"]
