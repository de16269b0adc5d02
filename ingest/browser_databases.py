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
_SEARCHED: Final = "keyword_search_terms"


def _chromium(database: sqlite3.Connection) -> Iterator[Visit]:
    visits, urls = columns(database, "visits"), columns(database, "urls")
    terms = _searches(database)
    for url, title, time, how, number in rows(
        database,
        f"select {chosen(urls, 'url', 'title', of='u')},"  # noqa: S608
        f" {chosen(visits, 'visit_time', 'transition', of='v')}, u.id"
        " from visits v join urls u on u.id = v.url order by v.visit_time, v.id",
    ):
        micros = number_of(time)
        kind = number_of(how) & 0xFF
        yield Visit(
            text_of(url),
            text_of(title),
            moment(str(micros), webkit=micros > _MICROSECONDS_1601),
            str(micros - _TO_1970 if micros > _MICROSECONDS_1601 else micros),
            _CHROMIUM_HOW[kind] if how is not None and kind < len(_CHROMIUM_HOW) else "",
            terms.get(number, ""),
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
    places = columns(database, "moz_places")
    for url, title, time, how in rows(
        database,
        f"select {chosen(places, 'url', 'title', of='p')}, v.visit_date, v.visit_type"  # noqa: S608
        " from moz_historyvisits v join moz_places p on p.id = v.place_id"
        " order by v.visit_date, v.id",
    ):
        kind = number_of(how)
        yield Visit(
            text_of(url),
            text_of(title),
            moment(str(number_of(time))),
            str(number_of(time)),
            _FIREFOX_HOW[kind] if 0 <= kind < len(_FIREFOX_HOW) else "",
        )


def _safari(database: sqlite3.Connection) -> Iterator[Visit]:
    for url, title, time in rows(
        database,
        "select i.url, v.title, v.visit_time from history_visits v"
        " join history_items i on i.id = v.history_item order by v.visit_time, v.id",
    ):
        yield Visit(text_of(url), text_of(title), apple_time(time), str(time))


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
