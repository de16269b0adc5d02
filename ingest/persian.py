"""The Persian calendar, which phones set to it write into their exports."""

from __future__ import annotations

from datetime import date, timedelta

_NEW_YEAR = date(2024, 3, 20)
_NEW_YEAR_OF = 1403
_CYCLE = frozenset((1, 5, 9, 13, 17, 22, 26, 30))
"""Leap years by their place in 33 years: agrees with the sky from 1244 to 1472."""


def gregorian(year: int, month: int, day: int) -> date:
    """The day `year`/`month`/`day` of the Persian calendar. Raises `ValueError` for no such day."""
    longest = 31 if month <= 6 else 30 if month <= 11 or _leaps(year) else 29
    if not (1244 <= year <= 1472 and 1 <= month <= 12 and 1 <= day <= longest):
        raise ValueError(f"{year}/{month}/{day}")
    before = 31 * min(month - 1, 6) + 30 * max(month - 7, 0) + day - 1
    return _new_year(year) + timedelta(before)


def _new_year(year: int) -> date:
    first, last = sorted((year, _NEW_YEAR_OF))
    days = sum(366 if _leaps(y) else 365 for y in range(first, last))
    return _NEW_YEAR + timedelta(days if year > _NEW_YEAR_OF else -days)


def _leaps(year: int) -> bool:
    return year % 33 in _CYCLE


__all__ = ["gregorian"]
