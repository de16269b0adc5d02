"""When something on disk has come to rest: nobody is writing it any more, or it is really gone."""

from __future__ import annotations

SECONDS = 2.0
"""Editors and browsers write a file in several steps; none pauses longer in between."""


class Settling:
    """Remembers since when things look as they do. Knows only the times it is given."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._seen: dict[str, tuple[object, float]] = {}

    def settled(self, what: str, looks: object, now: float) -> bool:
        """Whether it has looked like this for long enough."""
        before = self._seen.get(what)
        if before is None or before[0] != looks:
            before = self._seen[what] = (looks, now)
        return now - before[1] >= self._seconds

    def old(self, mtime_ns: int, now: float) -> bool:
        """Written so long ago that it need not be watched for a while first."""
        return now - mtime_ns / 1e9 >= self._seconds

    def done(self, what: str) -> None:
        self._seen.pop(what, None)
