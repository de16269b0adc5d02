"""Which records a search may return at all: applied before ranking, never after."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from secondme.vault.people import Author


@dataclass(frozen=True, slots=True)
class Filter:
    """Every field narrows; None leaves it open. Times are UTC prefixes (`2024-05` works)."""

    authors: tuple[Author, ...] | None = None
    """From `Person.authors`."""
    source: str | None = None
    since: str | None = None
    """Inclusive."""
    until: str | None = None
    """Exclusive upper bound."""
    conversation: str | None = None
    """Name or shown title."""
    batch: int | None = None

    @property
    def open(self) -> bool:
        return self == Filter()

    def where(self) -> tuple[str, list[Any]]:
        """A condition over `records r` and its values."""
        parts: list[str] = []
        values: list[Any] = []
        if self.authors is not None:
            parts.append(
                "(r.author, r.mine) in (select value ->> 0, value ->> 1 from json_each(?))"
            )
            values.append(json.dumps([(row, int(mine)) for row, mine in self.authors]))
        if self.source is not None:
            parts.append("r.conversation in (select id from conversations where source = ?)")
            values.append(self.source)
        if self.since is not None:
            parts.append("r.sent_at >= ?")
            values.append(self.since)
        if self.until is not None:
            parts.append("r.sent_at < ?")
            values.append(self.until)
        if self.conversation is not None:
            parts.append(
                "(r.conversation in (select id from conversations where name = ?) or r.title = ?)"
            )
            values += [self.conversation, self.conversation]
        if self.batch is not None:
            parts.append("r.id in (select record from sightings where batch = ?)")
            values.append(self.batch)
        return " and ".join(parts) or "1", values


EVERYTHING = Filter()
