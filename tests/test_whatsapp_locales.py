"""WhatsApp exports of phones in every language and region: times as CLDR has them, and the words
of `ingest/tables/whatsapp.toml`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from babel import Locale, localedata
from babel.dates import format_date, format_time

from ingest import Export, Options
from ingest.calendar_words import hour
from ingest.decode import decode, fold_newlines
from ingest.whatsapp import conversation_name, parse
from ingest.whatsapp_dialect import find_layout, messages
from ingest.whatsapp_tables import LANGUAGES
from secondme.record import Dialect, Record

GOLDEN = Path(__file__).parent / "golden" / "whatsapp"
UNREAD = {
    "blo": "digits stand in its parts of the day",
    "brx": "a word stands between the part of the day and the hour",
    "dz": "hours and minutes are spelled out",
    "ee": "a word stands between the part of the day and the hour",
    "la": "the era is written in two abbreviations",
    "sd": "a comma stands in its parts of the day",
    "yo": "minutes are written without their zero, as no phone does",
}
MOMENTS = [
    datetime(2023, 1, 2, 0, 5, 7),
    datetime(2023, 2, 3, 9, 15, 8),
    datetime(2023, 3, 4, 11, 59, 9),
    datetime(2023, 11, 5, 12, 30, 10),
    datetime(2023, 12, 25, 15, 45, 11),
    datetime(2023, 12, 31, 23, 0, 12),
]


def _digits(text: str, system: str) -> str:
    """In the digits of the locale, where Unicode numbers them in one row."""
    zeros = {"arab": "٠", "arabext": "۰", "deva": "०", "beng": "০", "mymr": "၀", "tibt": "༠"}
    if system not in zeros:
        return text
    first = ord(zeros[system])
    return "".join(chr(first + int(c)) if c.isascii() and c.isdigit() else c for c in text)


def _locales(language: str) -> Iterator[Locale]:
    """One for each way in which the language writes dates and times."""
    seen = set()
    for name in sorted(localedata.locale_identifiers()):
        if name.split("_")[0] == language:
            locale = Locale.parse(name, resolve_likely_subtags=False)
            shapes = (locale.date_formats["short"].pattern, locale.time_formats["short"].pattern)
            key = (*shapes, locale.default_numbering_system)
            if key not in seen:
                seen.add(key)
                yield locale


def _export(locale: Locale, *, bracketed: bool, clock: str) -> str:
    lines = []
    for moment in MOMENTS:
        day = format_date(moment, "short", locale=locale)
        at = format_time(moment, clock, locale=locale)
        stamp = _digits(f"{day}, {at}", locale.default_numbering_system)
        lines.append(f"[{stamp}] Ada: x\n" if bracketed else f"{stamp} - Ada: x\n")
    return "".join(lines)


@pytest.mark.parametrize(
    "language", sorted({n.split("_")[0] for n in localedata.locale_identifiers()} - UNREAD.keys())
)
def test_a_phone_of_any_region_is_read_with_12_hours_and_with_its_own(language: str) -> None:
    for locale in _locales(language):
        for bracketed, clock in ((True, "h:mm:ss a"), (False, "short")):
            text = _export(locale, bracketed=bracketed, clock=clock)
            items = parse(text, conversation="Ada", options=Options(zone="UTC"))
            found = [item.sent_at for item in items if isinstance(item, Record)]
            moments = MOMENTS if bracketed else [m.replace(second=0) for m in MOMENTS]
            assert found == [f"{moment.isoformat()}Z" for moment in moments], text


@pytest.mark.parametrize("years", [543, 2018, -1911])
def test_a_phone_that_counts_years_differently_is_read(years: int) -> None:
    era = {543: "", 2018: "R", -1911: ""}[years]
    year = 2023 - years if years == 2018 else 2023 + years
    text = "".join(f"{m.day}/{m.month}/{era}{year}, {m:%H:%M} - Ada: x\n" for m in MOMENTS)
    items = parse(text, conversation="Ada", options=Options(zone="UTC"))
    found = [item.sent_at for item in items if isinstance(item, Record)]
    assert found == [f"{moment.replace(second=0).isoformat()}Z" for moment in MOMENTS]


def _said(text: str) -> Record:
    items = parse(text, conversation="Tea", options=Options(zone="UTC"))
    return next(item for item in items if isinstance(item, Record))


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_phone_says_in_its_language_is_known(language: str, tmp_path: Path) -> None:
    words = LANGUAGES[language]
    for template in words["chat"]:
        path = tmp_path / (template.format("Ada Bea") + ".txt")
        path.write_text("16/05/2024, 10:00 - Ada Bea: x\n", encoding="utf-8")
        assert conversation_name(Export(path).members[0]) == "Ada Bea"
        path.unlink()
    for word in words["attached"]:
        assert _said(f"16/05/2024, 10:00 - Ada: view.jpg ({word})\n").attachments == ("view.jpg",)
    for word in words.get("calls", ()):
        for mark in ("", "\u200e"):
            body = f"{mark}{_capital(word)}. \u200e3 min"
            assert _said(f"16/05/2024, 10:00 - Ada: {body}\n").role == "system"
    kept = [f"{_capital(word)}." for word in words["deleted"]]
    left_out = words.get("left_out", [])
    kept += [f"x {word}" for word in left_out] + [f"{_capital(word)} x" for word in left_out]
    for body in kept:
        said = _said(f"[16/05/24, 10:00:00] Ada: \u200e{body}\n")
        assert (said.author, said.role) == ("Ada", "person"), body
    for you in words.get("you", ()):
        for verb in words.get("verbs", ()):
            told = _said(f"16/05/2024, 10:00 - {you} x {verb} y: z\n")
            assert (told.author, told.text) == ("", f"{you} x {verb} y: z")


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("03/04/2024, 3:05 vorm. - ", 3),
        ("03/04/2024, 12:05 nachm. - ", 12),
        ("2024-04-03, 15 h 05 - ", 15),
        ("2024/04/03 凌晨12:05 - ", 0),
        ("2024/04/03 傍晚6:05 - ", 18),
        ("3.4.2024 klo 15.05 - ", 15),
        ("3/4/2024, 3:05 ip. - ", 15),
    ],
)
def test_words_around_the_hour_are_read_as_phones_have_written_them(written: str, at: int) -> None:
    assert (_said(f"{written}Ada: x\n").sent_at or "")[11:13] == f"{at:02}"


def test_a_short_word_is_read_in_the_language_of_the_other_one() -> None:
    def hours(*words: str) -> list[str]:
        text = "".join(f"13.4.2024, 3:05 {word} - Ada: x\n" for word in words)
        items = parse(text, conversation="Ada", options=Options(zone="UTC"))
        return [item.sent_at[11:13] for item in items if isinstance(item, Record) and item.sent_at]

    assert hours("ap.", "ip.") == ["03", "15"]
    assert hours("ip.", "ep.") == ["03", "15"]
    assert hour("ip.", 3) == 15


def test_how_a_file_was_read_is_said_with_the_line_that_proves_it() -> None:
    text = "1/2/24, 3:05 PM - Ada: x\n1/20/24, 3:05 PM - Ada: y\n"
    (told,) = (i for i in parse(text, conversation="", options=Options()) if type(i) is Dialect)
    assert told.name == "Android, month before day, 12 hours"
    assert told.proof == ("1/2/24, 3:05 PM - Ada: x", "1/20/24, 3:05 PM - Ada: y")


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_the_quick_way_finds_what_the_thorough_one_finds(path: Path) -> None:
    text = fold_newlines(decode(path.read_bytes()).text)
    for written in (text, f"before\n{text}", text + "\n16/05/2024, 10:00 - Zoe: from elsewhere\n"):
        layout = find_layout(written)
        assert layout is not None
        quick, thorough = (messages(written, x) for x in (layout, layout._replace(usual=None)))
        assert quick[0] == thorough[0]
        assert quick[1].bodies == thorough[1].bodies
        assert quick[1].senders == thorough[1].senders
        days = [
            [found.spelled[key][:2] for key in found.hours] for found in (quick[1], thorough[1])
        ]
        assert days[0] == days[1]


def test_the_words_in_the_tables_are_written_as_unicode_composes_them() -> None:
    words = [word for kinds in LANGUAGES.values() for kind in kinds.values() for word in kind]
    assert all(unicodedata.is_normalized("NFC", word) for word in words if language_free(word))


def language_free(word: str) -> bool:
    """Hindi's dotted letters are never composed."""
    return not any("DEVANAGARI" in unicodedata.name(c, "") for c in word)
