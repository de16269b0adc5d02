"""Times of an export in UTC, from whatever the export knew: a zone, an epoch, an ISO text.

Everything here gives `YYYY-MM-DDTHH:MM:SSZ`; fractions of a second are cut off.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from secondme.errors import UsageError

_EPOCH = datetime(1970, 1, 1)
_FIRST = _EPOCH.toordinal()
_CLOCK = tuple(f"{minute // 60:02}:{minute % 60:02}:" for minute in range(1440))
_SECONDS = tuple(f"{second:02}Z" for second in range(60))
_EPOCH_UTC = _EPOCH.replace(tzinfo=UTC)
_SPACED_OFFSET = re.compile(r"\s+(?=[+-]\d\d)")
_NAMED_UTC = re.compile(r"\s+(?:UTC|GMT)$")


def utc(local: datetime, zone: str, *, fold: int = 0) -> str:
    """The naive `local` wall time of the IANA `zone`, in UTC.

    `fold` is 1 for the second of two equal hours when clocks go back. A time that clocks skipped
    is read as if they had not yet been put forward. Raises `UsageError` for an unknown zone and
    `ValueError` at the ends of the calendar.
    """
    try:
        offset = steady_offset(zone, local.toordinal())
        if offset is None:
            offset = _offset(local.replace(tzinfo=_zone(zone), fold=fold))
        return _written(local - offset)
    except OverflowError as error:
        raise ValueError(f"{local} lies outside the calendar") from error


def from_epoch(seconds: float) -> str:
    """Seconds since 1970 in UTC. Raises `ValueError` outside the years 1 to 9999."""
    try:
        days, second = divmod(math.floor(seconds), 86_400)
        return _day(days) + _CLOCK[second // 60] + _SECONDS[second % 60]
    except OverflowError as error:
        raise ValueError(f"{seconds} is no time") from error


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    """`2024-05-01T`, counted from 1970."""
    return f"{date.fromordinal(_FIRST + days).isoformat()}T"


def parse_iso(text: str) -> str | None:
    """An ISO 8601 time with an offset or `Z`, in UTC; None without one, or for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(_spelled_out(text))
        except ValueError:
            return None
    if moment.tzinfo is None:
        return None
    if len(text) == 20 and text[4::3] == "--T::Z":  # as we write it: the usual case
        return text
    try:
        return _written(_EPOCH + (moment - _EPOCH_UTC))
    except OverflowError:
        return None


def parse_local(text: str) -> datetime | None:
    """An ISO 8601 time that names no zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is None else None


@lru_cache(maxsize=16384)
def steady_offset(zone: str, day: int) -> timedelta | None:
    """The zone's offset all through the `day` (an ordinal); None when clocks are changed on it."""
    midnight = datetime.fromordinal(day).replace(tzinfo=_zone(zone))
    first, last = _offset(midnight), _offset((midnight + timedelta(1)).replace(fold=1))
    return first if first == last else None


def _offset(aware: datetime) -> timedelta:
    return aware.utcoffset() or timedelta()


def _written(moment: datetime) -> str:
    return (moment.replace(microsecond=0) if moment.microsecond else moment).isoformat() + "Z"


def _spelled_out(text: str) -> str:
    """`2024-05-01 09:30:00 +0200` and `… UTC` as `fromisoformat` wants them."""
    text = _SPACED_OFFSET.sub("", text.strip().upper())
    return _NAMED_UTC.sub("+00:00", text)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(
            f"There is no time zone {name!r}.", "Use a name like Europe/Berlin or Asia/Tokyo."
        ) from error


__all__ = ["from_epoch", "parse_iso", "parse_local", "steady_offset", "utc"]
