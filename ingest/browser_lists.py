"""The lists of visits that one can take away from a browser: as JSON, and as a table.

    {"Browser History": [{"title": "…", "url": "https://…", "time_usec": 1700000000000000}, …]}
    [{"lastVisitTime": 1700000000000, "url": "https://…", "title": "…", "visitCount": 5}, …]
    order,id,date,time,title,url,visitCount,typedCount,transition

The first is Google Takeout's and Safari's, the others come of extensions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from ingest import Member, Options
from ingest.backwards import oldest_first
from ingest.bookmarks import moment
from ingest.jsonstream import OPENED, JsonError, broken_off, walk
from ingest.local_time import LocalTime
from ingest.sheets import Row, has_columns, rows
from ingest.sqlite import number_of, text_of
from ingest.times import parse_local
from secondme.errors import UnreadableExport
from secondme.record import Question, Unread


class Visit(NamedTuple):
    url: str
    title: str
    at: str | None
    exact: str
    """Its time as the browser counts it: tells two visits in one second apart."""
    how: str = ""
    searched: str = ""
    zone: str = "unix"
    written: str = ""


class _Lists:
    """The document and the lists in it, whatever a language calls them."""

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and path != "item" and "." not in path


def listed(member: Member) -> Iterator[Visit | Unread]:
    """Raises `UnreadableExport` for a list of which nothing is whole."""
    found = 0
    broken: list[JsonError] = []

    def visits() -> Iterator[Visit]:
        try:
            with member.open() as stream:
                for path, value in walk(stream, _Lists()):
                    if value is not OPENED and path.endswith("item"):
                        visit = _visit(value)
                        if visit:
                            yield visit
        except JsonError as error:
            broken.append(error)

    for visit in oldest_first(visits(), lambda v: v.at or ""):
        found += 1
        yield visit
    if broken and not found:
        raise UnreadableExport(
            f"{member.name} is not a complete list of visits.", "Export it again."
        ) from broken[0]
    if broken:
        yield broken_off(broken[0], found, "visit")


def _visit(value: Any) -> Visit | None:
    """None for what a browser syncs besides its visits: typed addresses, open tabs."""
    if not isinstance(value, dict):
        return None
    url = text_of(value.get("url") or value.get("href"))
    micros = number_of(value.get("time_usec")) or number_of(value.get("lastVisitTime")) * 1000
    if not url or not micros:
        return None
    how = text_of(value.get("page_transition") or value.get("page_transition_qualifier"))
    title = text_of(value.get("title") or value.get("name"))
    return Visit(url, title, moment(str(micros)), str(micros), how.lower())


_TABLE = ("date", "time", "title", "url", "visitcount")


def is_table(member: Member) -> bool:
    return "visitCount" in member.start[:4096] and has_columns(member, *_TABLE)


def in_table(member: Member, options: Options) -> Iterator[Visit | Question | Unread]:
    """The times are those of the computer that it was saved on."""
    clock = LocalTime(options)
    yield from clock.question("the computer with this browser")
    found: list[tuple[datetime, Row]] = []
    for number, row in rows(member, *_TABLE):
        local = _local(row)
        if local is None:
            yield Unread(f"row {number}", "It has no time.")
        else:
            found.append((local, row))
    for local, row in oldest_first(found, lambda pair: pair[0].isoformat()):
        at, written = clock.utc(local), _written(row)
        yield Visit(
            row["url"], row["title"], at, written, row["transition"], "", clock.source, written
        )


def _written(row: Row) -> str:
    return f"{row['date']} {row['time']}".strip()


def _local(row: Row) -> datetime | None:
    written = _written(row)
    try:
        return parse_local(written) or datetime.strptime(written, "%m/%d/%Y %H:%M:%S")
    except ValueError:
        return None


__all__ = ["Visit", "in_table", "is_table", "listed"]
