"""The time that a phone or a program called a file after, where nothing better tells it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from ingest import Options
from ingest.note import When, at
from ingest.notes import noon

_NAMED: Final = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])"
    r"(?:[-_ T.]{0,2}(?:at )?([01]\d|2[0-3])[-_.:]?([0-5]\d)[-_.:]?([0-5]\d))?(?!\d{4})"
)
"""`IMG_20240501_093000`, `2024-05-01 09.30.00`, `IMG-20240501-WA0003`."""


def named_after(name: str, options: Options) -> When:
    """Nothing for a name that tells no time."""
    named = _NAMED.search(name)
    if not named:
        return When()
    try:
        day = datetime(int(named[1]), int(named[2]), int(named[3]))
    except ValueError:
        return When()
    if not named[4]:
        return When(noon(day.date()), named[0], "none", "day")
    moment = day.replace(hour=int(named[4]), minute=int(named[5]), second=int(named[6]))
    # Google's cameras name a photo in UTC, all others by the clock that they show.
    return at(moment.replace(tzinfo=UTC) if "PXL_" in name else moment, named[0], options)


__all__ = ["named_after"]
