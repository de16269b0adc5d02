"""`History`, `places.sqlite` and `History.db`: what three browsers keep."""

from __future__ import annotations

from tests.databases import Rows

CHROME = """
create table urls (id integer primary key, url text, title text, visit_count integer,
    typed_count integer, last_visit_time integer, hidden integer);
create table visits (id integer primary key, url integer not null, visit_time integer not null,
    from_visit integer, transition integer, visit_duration integer);
create table keyword_search_terms (keyword_id integer, url_id integer, term text,
    normalized_term text);
"""
_DAY = 13_358_937_600_000_000
"""Midnight in UTC of 1 May 2024, in microseconds since 1601."""


def chrome() -> Rows:
    start, end, typed, reload = 0x10000000, 0x20000000, 1, 8
    return {
        "urls": [
            (1, "https://garden.example/", "The garden", 2, 1, 0, 0),
            (2, "https://search.example/?q=leek+soup", "leek soup - Search", 1, 0, 0, 0),
            (3, "https://short.example/x", "", 1, 0, 0, 0),
        ],
        "visits": [
            (1, 1, _DAY + 123_456, 0, start | end | typed, 0),
            (2, 2, _DAY + 60_000_000, 1, start | end | 5, 0),
            (3, 3, _DAY + 61_000_000, 2, start, 0),
            (4, 1, _DAY + 61_000_500, 3, end | reload, 0),
            (5, 99, _DAY, 0, 0, 0),
        ],
        "keyword_search_terms": [(2, 2, "leek soup", "leek soup")],
    }


FIREFOX = """
create table moz_places (id integer primary key, url text, title text, hidden integer);
create table moz_historyvisits (id integer primary key, from_visit integer, place_id integer,
    visit_date integer, visit_type integer, session integer);
"""


def firefox() -> Rows:
    return {
        "moz_places": [
            (1, "https://birds.example/", "Birds", 0),
            (2, "https://birds.example/tern.pdf", None, 1),
        ],
        "moz_historyvisits": [
            (1, 0, 1, 1_714_521_600_000_000, 1, 0),
            (2, 1, 2, 1_714_521_660_000_000, 7, 0),
            (3, 0, 1, 1_714_521_600_000, 2, 0),
        ],
    }


SAFARI = """
create table history_items (id integer primary key, url text not null unique);
create table history_visits (id integer primary key, history_item integer not null,
    visit_time real not null, title text);
"""


def safari() -> Rows:
    return {
        "history_items": [(7, "https://tides.example/today")],
        "history_visits": [
            (2, 7, 736_214_460.5, "Tides today"),
            (1, 7, 736_214_400.25, None),
        ],
    }
