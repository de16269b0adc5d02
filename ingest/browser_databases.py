"""The databases in which browsers keep the pages that were visited."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from ingest.apple_times import apple_time
from ingest.bookmarks import moment
from ingest.browser_lists import Visit
from ingest.sqlite import chosen, columns, number_of, rows, text_of

_CHROMIUM_HOW: Final = (
    "link", "typed", "auto_bookmark", "auto_subframe", "manual_subframe", "generated",
    "auto_toplevel", "form_submit", "reload", "keyword", "keyword_generated",
)  # fmt: skip
_FIREFOX_HOW: Final = (
    "", "link", "typed", "bookmark", "embed", "redirect_permanent", "redirect_temporary",
    "download", "framed_link", "reload",
)  # fmt: skip
_LONGEST: Final = 64 * 1024
"""Characters of an address: longer ones hold a whole picture."""
_SEARCHED: Final = "keyword_search_terms"


def _pages(database: sqlite3.Connection, table: str) -> dict[int, tuple[str, str]]:
    """Addresses and titles by number: joined by SQLite, a long one would be held once a visit."""
    wanted = chosen(columns(database, table), "url", "title")
    return {
        number: (text_of(url)[:_LONGEST], text_of(title)[:_LONGEST])
        for number, url, title in rows(database, f"select rowid, {wanted} from {table}")  # noqa: S608
    }


def _chromium(database: sqlite3.Connection) -> Iterator[Visit]:
    pages, terms = _pages(database, "urls"), _searches(database)
    wanted = chosen(columns(database, "visits"), "url", "visit_time", "transition")
    for page, time, how in rows(
        database,
        f"select {wanted} from visits order by 2, rowid",  # noqa: S608
    ):
        if page not in pages:
            continue
        micros = number_of(time)
        kind = number_of(how) & 0xFF
        yield Visit(
            *pages[page],
            moment(str(micros), webkit=micros > _MICROSECONDS_1601),
            str(micros - _TO_1970 if micros > _MICROSECONDS_1601 else micros),
            _CHROMIUM_HOW[kind] if how is not None and kind < len(_CHROMIUM_HOW) else "",
            terms.get(page, ""),
        )


_MICROSECONDS_1601: Final = 10**16
"""Since 1970 they reach this in the year 2286; since 1601 they passed it in 1917. GNOME Web keeps
the same tables and counts from 1970."""
_TO_1970: Final = 11_644_473_600 * 10**6


def _searches(database: sqlite3.Connection) -> dict[int, str]:
    """What was typed into a search engine, by the number of the address it led to."""
    if not {"url_id", "term"} <= columns(database, _SEARCHED):
        return {}
    return {
        url: text_of(term)
        for url, term in rows(database, f"select url_id, term from {_SEARCHED}")  # noqa: S608
    }


def _firefox(database: sqlite3.Connection) -> Iterator[Visit]:
    pages = _pages(database, "moz_places")
    held = columns(database, "moz_historyvisits")
    wanted = chosen(held, "place_id", "visit_date", "visit_type")
    for page, time, how in rows(
        database,
        f"select {wanted} from moz_historyvisits order by 2, rowid",  # noqa: S608
    ):
        if page not in pages:
            continue
        kind = number_of(how)
        yield Visit(
            *pages[page],
            moment(str(number_of(time))),
            str(number_of(time)),
            _FIREFOX_HOW[kind] if 0 <= kind < len(_FIREFOX_HOW) else "",
        )


def _safari(database: sqlite3.Connection) -> Iterator[Visit]:
    pages = _pages(database, "history_items")
    held = columns(database, "history_visits")
    wanted = chosen(held, "history_item", "visit_time", "title")
    for page, time, title in rows(
        database,
        f"select {wanted} from history_visits order by 2, rowid",  # noqa: S608
    ):
        if page in pages:
            yield Visit(pages[page][0], text_of(title)[:_LONGEST], apple_time(time), str(time))


class Browser(NamedTuple):
    name: str
    tables: frozenset[str]
    visits: Callable[[sqlite3.Connection], Iterator[Visit]]
    """Every visit, oldest first. Raises `BrokenDatabaseError` where the database is damaged."""


BROWSERS: Final = (
    Browser("Chrome", frozenset({"urls", "visits"}), _chromium),
    Browser("Firefox", frozenset({"moz_places", "moz_historyvisits"}), _firefox),
    Browser("Safari", frozenset({"history_items", "history_visits"}), _safari),
)

__all__ = ["BROWSERS", "Browser"]
