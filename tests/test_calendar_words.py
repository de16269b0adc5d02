"""Names of months, weekdays and parts of the day: the shipped table says what CLDR says.

After a new Babel, `python -m tests.test_calendar_words` writes the table anew: read the
difference. Names that CLDR has changed its mind about are kept, for old phones still write them.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel import Locale, localedata

import ingest
from ingest.calendar_words import bare, covered, hour, language_of, languages, month, weekday
from ingest.written_dates import written

TABLE = Path(ingest.__file__).with_name("tables") / "calendar.json"
LOCALES = sorted(localedata.locale_identifiers())
LANGUAGES = sorted({name.split("_")[0] for name in LOCALES})
_WIDTHS = ("wide", "abbreviated", "short")


def _names(data: Any) -> list[tuple[int, str]]:
    """Every name of a month or weekday but the letters that calendars print over columns."""
    widths = [data[context].get(width, {}) for context in data for width in _WIDTHS]
    found = {(number, bare(name)) for names in widths for number, name in names.items()}
    return sorted((n, name) for n, name in found if name and not re.search(r"\d", name))


def _hours(locale: Locale) -> list[tuple[str, list[tuple[int, int]]]]:
    """Parts of the day with the hours they cover."""
    spans: dict[str, list[tuple[int, int]]] = {"am": [(0, 12)], "pm": [(12, 24)]}
    rules = locale.day_period_rules
    for name, rows in dict(rules.get(None, {})).items():
        for row in rows:
            spans.setdefault(name, []).extend(_span(row))
    found = []
    for context in locale.day_periods.values():
        for width in ("wide", "abbreviated"):
            for name, word in context.get(width, {}).items():
                if name in spans and bare(word):
                    found.append((bare(word), spans[name]))
    return found


def _span(row: Any) -> list[tuple[int, int]]:
    if "at" in row:
        return [(row["at"] // 3600, row["at"] // 3600 + 1)]
    first, before = row["from"] // 3600, row["before"] // 3600
    return [(first, before)] if first < before else [(first, 24), (0, before)]


@cache
def _locales() -> dict[str, list[Locale]]:
    found: dict[str, list[Locale]] = {code: [] for code in LANGUAGES}
    for name in LOCALES:
        found[name.split("_")[0]].append(Locale.parse(name, resolve_likely_subtags=False))
    return found


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_locale_of_a_language_names_days_and_hours_as_the_table_says(code: str) -> None:
    language = languages()[code]
    for locale in _locales()[code]:
        for number, word in _names(locale.months):
            assert language.months[word] == number
        for number, word in _names(locale.days):
            assert language.weekdays.get(word, number) == number
        for word, spans in _hours(locale):
            assert all(h in language.hours[word] for a, b in spans for h in range(a, b))


@pytest.mark.parametrize(
    ("name", "number"),
    [
        *(("märz", 3), ("Sept.", 9), ("SEPT", 9), ("мая", 5), ("มี.ค.", 3), ("10月", 10)),
        *(("12월", 12), ("thg 3", 3), ("listopada", 11), ("13月", None), ("Ada", None)),
    ],
)
def test_a_month_is_known_in_whatever_language_it_is_written(name: str, number: int | None) -> None:
    assert month(name) == number


def test_a_word_that_two_languages_share_is_read_in_the_one_of_the_words_beside_it() -> None:
    assert language_of(["petak", "listopada"]) == "hr"
    assert language_of(["piątek", "listopada"]) == "pl"
    assert (month("listopada", "hr"), month("listopada", "pl")) == (10, 11)
    assert language_of(["Ada", "Bea"]) == ""
    assert (weekday("mar", "es"), month("mar", "es")) == (1, 3)


@pytest.mark.parametrize(
    ("word", "said", "meant"),
    [
        *(("PM", 3, 15), ("a. m.", 12, 0), ("p.m.", 12, 12), ("午後", 1, 13), ("上午", 11, 11)),
        *(("中午", 12, 12), ("中午", 1, 13), ("中午", 11, 11), ("凌晨", 3, 3), ("晚上", 9, 21)),
        *(("रात", 11, 23), ("रात", 2, 2), ("abends", 8, 20), ("noon", 12, 12), ("pm", 15, 15)),
        *(("midnight", 12, 0), ("am", 24, 0), ("klo", 3, None), ("pm", 25, None)),
    ],
)
def test_an_hour_beside_a_part_of_the_day_is_one_of_24(
    word: str, said: int, meant: int | None
) -> None:
    assert hour(word, said) == meant


@pytest.mark.parametrize(
    ("text", "at", "rest"),
    [
        ("Friday, 1 March 2019 10:00:00", "2019-03-01T10:00:00", ("Friday",)),
        ("Added on March 1, 2019, 10:07 PM", "2019-03-01T22:07:00", ("Added", "on")),
        ("Freitag, 1. März 2019 um 23:05", "2019-03-01T23:05:00", ("Freitag", "um")),
        ("viernes, 1 de marzo de 2019 10:00", "2019-03-01T10:00:00", ("viernes", "de", "de")),
        ("12:05 de la tarde del 3 de mayo de 2020", "2020-05-03T12:05:00", ("del", "de", "de")),
        ("пятница, 1 марта 2019 г. в 10:00", "2019-03-01T10:00:00", ("пятница", "г.", "в")),
        ("2019年3月1日星期五 上午10:00:00", "2019-03-01T10:00:00", ("星期五",)),
        ("2019年3月1日 15時04分", "2019-03-01T15:04:00", ()),
        ("2024년 2월 1일 오후 3:04", "2024-02-01T15:04:00", ()),
        ("Nov 13, 2025, 9:50:57\u202fAM CDT", "2025-11-13T09:50:57", ("CDT",)),
        ("13.11.2025, 09:50:57 MEZ", "2025-11-13T09:50:57", ("MEZ",)),
        ("18.3.2022 klo 14.56", "2022-03-18T14:56:00", ("klo",)),
        ("14 sept. 2019 à 21h05", "2019-09-14T21:05:00", ("à",)),
        ("1 בינו׳ 2021, 10:00", "2021-01-01T10:00:00", ()),
        ("١ مارس ٢٠١٩ ٣:٠٥ م", "2019-03-01T15:05:00", ()),
        ("1 มี.ค. 2562 10:00", "2019-03-01T10:00:00", ()),
        ("Sat, 4 Mar 05 3 PM", "2005-03-04T15:00:00", ("Sat",)),
        ("1 tháng 3, 2019 10:00", "2019-03-01T10:00:00", ()),
        ("petak, 1. listopada 2024. 10:00", "2024-10-01T10:00:00", ("petak",)),
        ("2019-03-01", "2019-03-01T00:00:00", ()),
    ],
)
def test_a_date_in_words_is_a_date(text: str, at: str, rest: tuple[str, ...]) -> None:
    found = written(text)
    assert found is not None
    assert (found.at.isoformat(), found.rest) == (at, rest)


def test_a_numeric_date_is_read_in_the_order_asked_for_unless_only_one_is_possible() -> None:
    def day(text: str, order: str) -> str:
        found = written(text, order=order)
        return found.at.date().isoformat() if found else ""

    assert day("1/2/24, 3:04 PM", "dmy") == "2024-02-01"
    assert day("1/2/24, 3:04 PM", "mdy") == "2024-01-02"
    assert day("1/20/24", "dmy") == day("20/1/24", "mdy") == day("2024/1/20", "dmy")
    assert day("24-01-20", "ymd") == "2024-01-20"


@pytest.mark.parametrize("text", ["", "Ada", "10:00", "1 March", "31.02.2024", "9" * 5000, "1/1/"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert written(text) is None


def test_a_time_says_how_exact_it_is() -> None:
    texts = ["1 May 2024", "1 May 2024 10:00", "1 May 2024 10:00:00"]
    assert [found.precision for text in texts if (found := written(text))] == ["day", "min", "s"]
    assert covered("Ada") is None


def table() -> dict[str, Any]:
    return {code: _row(_locales()[code]) for code in LANGUAGES}


def _row(locales: list[Locale]) -> dict[str, Any]:
    hours: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for word, spans in (pair for locale in locales for pair in _hours(locale)):
        hours[word].update(spans)
    return {
        "months": _by_number([locale.months for locale in locales], range(1, 13)),
        "weekdays": _by_number([locale.days for locale in locales], range(7)),
        "hours": {word: sorted(spans) for word, spans in sorted(hours.items())},
    }


def _by_number(every: list[Any], numbers: range) -> list[str]:
    """The names of each, without those that two have."""
    found = {pair for data in every for pair in _names(data)}
    often = Counter(word for _, word in found)
    return [" ".join(sorted(w for n, w in found if n == i and often[w] == 1)) for i in numbers]


def write() -> None:
    rows = table().items()
    lines = [f'"{code}": {json.dumps(row, ensure_ascii=False)}' for code, row in rows]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    write()
