"""What notes in plain files have in common: their text, and the day they may be called after.

A note has no author line. It lies among its owner's files, and is taken to be the owner's words.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePosixPath

from ingest.decode import decode, fold_newlines
from ingest.export import Member
from secondme.errors import UnreadableExport

_LARGEST = 64 * 1024 * 1024
_DAY = re.compile(r"(\d{4})([-_.]?)(\d{2})\2(\d{2})(?!\d)")


def text_of(member: Member) -> str:
    """The whole note with `\\n` line ends. Raises `UnreadableExport` for one of absurd size."""
    if member.size > _LARGEST:
        raise UnreadableExport(
            f"{member.name} is too large for a note.", "Split it, or leave it out."
        )
    return fold_newlines(decode(member.read()).text)


def path_of(member: Member) -> str:
    """The note's path inside its export, without the extension."""
    return member.name[: -len(PurePosixPath(member.name).suffix) or None]


def day_in(name: str) -> date | None:
    """The day that a daily note is called after: `2024-05-01`, `2024_05_01 Wednesday`."""
    match = _DAY.match(name)
    try:
        return date(int(match[1]), int(match[3]), int(match[4])) if match else None
    except ValueError:
        return None


def noon(day: date) -> str:
    """A time for something of which only the day is known.

    Noon in UTC: it falls on this day in nearly every zone in which the owner may look at it.
    """
    return f"{day.isoformat()}T12:00:00Z"


__all__ = ["day_in", "noon", "path_of", "text_of"]
