"""Times as Apple's programs keep them: counted from the year 2001, in UTC."""

from __future__ import annotations

from typing import Final

from ingest.times import from_epoch

_EPOCH_2001: Final = 978_307_200
_NANOSECONDS: Final = 10**11
"""Seconds since 2001 reach this in the year 5169; nanoseconds did within two minutes of it."""


def apple_time(value: object) -> str | None:
    """Seconds, or nanoseconds since iOS 11 and macOS 10.13. None for none: zero means never."""
    if not isinstance(value, (int, float)) or not value:
        return None
    seconds = value / 10**9 if abs(value) > _NANOSECONDS else value
    try:
        return from_epoch(seconds + _EPOCH_2001)
    except (ValueError, OverflowError):
        return None


__all__ = ["apple_time"]
