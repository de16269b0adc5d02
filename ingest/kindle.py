"""Kindle: `documents/My Clippings.txt` on the reader, in the language of its menus.

    Tales of the Mill (Example, C.)
    - Your Highlight on page 12 | Location 170-172 | Added on Friday, 1 March 2019 10:00:00

    The wheel stood still that winter.
    ==========

A highlight that was drawn anew is appended and the old one stays; a note stands by itself, at the
place where its highlight ends. The highlights are the author's words, the notes the reader's.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from ingest import Item, Member, Options, importer
from ingest.calendar_words import hour, language_of, month
from ingest.notes import text_of
from ingest.owner import OWNER
from ingest.times import utc
from secondme.record import Question, Record, Unread

_LINE = re.compile(r"^={10}[ \t]*$", re.MULTILINE)
_SHOWN = re.compile(r"^[-–—•] .{3,300}$", re.MULTILINE)
_BOOK = re.compile(r"(.*\S)\s*[(（]((?:[^()（）]|\([^()]*\))*)[)）]\s*")
_CLOCK = re.compile(r"(\d{1,2})[:.時时시](\d{2})(?:[:.分분](\d{2}))?")
_YEAR_FIRST = re.compile(r"(\d{4})\s?[年년./-]\s?(\d{1,2})\s?[月월./-]\s?(\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?!\d)")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+\.?")
_LIMIT = re.compile(r"<[^<>\n]{0,200}>")
"""What stands in the place of words that the book does not give out."""
_BEFORE = re.compile(r"([^\W\d_]{1,12}\.?)\s?$")
_AFTER = re.compile(r"\s?([^\W\d_]{1,4}\.?(?:\s?[^\W\d_]\b\.?)?)")
_RANGE = re.compile(r"(\d+)(?:\s?[-–]\s?(\d+))?")
_NEAR = 50
"""As many highlights before a note may be the one that it lies on."""
_NOTES = (
    "note notiz nota notitie anotação not notatka poznámka заметка нотатка メモ 笔记 筆記 메모"
    " ملاحظة नोट anteckning notat notater muistiinpano"
).split()
_MARKS = (
    "bookmark lesezeichen signet marcador segnalibro bladwijzer imi zakładka záložka закладка"
    " ブックマーク 书签 書籤 책갈피 إشارة बुकमार्क bokmärke bokmerke bogmærke kirjanmerkki"
).split()


class Clipping(NamedTuple):
    book: str
    author: str
    info: str
    """The line that says what it is, where and when, without its dash."""
    text: str
    kind: str
    """highlight | note | bookmark"""
    start: int
    end: int
    """Locations in the book, or pages where it has none; zero for neither."""


def _looks_like_clippings(member: Member) -> bool:
    if b"=====" not in member.head:
        return False
    return bool(_LINE.search(member.start) and _SHOWN.search(member.start))


@importer("kindle", recognises=_looks_like_clippings)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield every clipping once, in file order: of one that was drawn anew, the longest."""
    found = list(clippings(text_of(member)))
    kept = _longest(found)
    asked = False
    ids = _ids(kept)
    places = _places(ids)
    language = language_of(_WORD.findall(" ".join(c.info for c in found[:50])))
    for clipping, id_ in ids:
        if clipping.kind != "bookmark" and not _LIMIT.sub("", clipping.text):
            yield Unread(clipping.info[:60], "It has no words: the book's limit of clippings.")
            continue
        answers = _marked_at(clipping, places) if clipping.kind == "note" else None
        item = _record(clipping, (id_, answers), options, language)
        if item.sent_at and not asked and options.zone is None:
            asked = True
            yield Question("tz", "In which time zone was the reader?", options.local_zone, "--tz")
        yield item


def clippings(text: str) -> Iterator[Clipping]:
    """What stands between the lines of equal signs; a piece without its line of facts is none."""
    start = 0
    for line in [*_LINE.finditer(text), None]:
        lines = text[start : line.start() if line else len(text)].split("\n")
        start = line.end() if line else len(text)
        lines = [piece.strip() for piece in lines]
        shown = next((n for n, piece in enumerate(lines) if _SHOWN.match(piece)), None)
        if shown is None:
            continue
        book = next((piece for piece in lines[:shown] if piece), "")
        match = _BOOK.fullmatch(book)
        info = lines[shown][1:].strip()
        begin, end = _place(info)
        words = "\n".join(lines[shown + 1 :]).strip()
        yield Clipping(
            match[1] if match else book, match[2] if match else "", info, words,
            _kind(info), begin, end,
        )  # fmt: skip


def _kind(info: str) -> str:
    said = info.lower()
    words = set(_WORD.findall(said))
    if words.intersection(_MARKS) or any(mark in said for mark in _MARKS if not mark.isascii()):
        return "bookmark"
    if words.intersection(_NOTES) or any(note in said for note in _NOTES if not note.isascii()):
        return "note"
    return "highlight"


def _place(info: str) -> tuple[int, int]:
    """The last range before the date: locations come after pages."""
    parts = re.split(r"[|｜]", info)
    where = parts[:-1] if len(parts) > 1 else parts
    ranges = _RANGE.findall(where[-1]) if where else []
    if not ranges or len(ranges[0][0]) > 9:
        return 0, 0
    first, last = ranges[0]
    return int(first), _end(first, last)


def _end(first: str, last: str) -> int:
    """`170-72` means 172."""
    if not last or len(last) > 9:
        return int(first)
    return int(first[: -len(last)] + last if len(last) < len(first) else last)


def _longest(found: list[Clipping]) -> list[Clipping]:
    """Without those whose words and place lie in a longer one, and without repeated lines."""
    by_book: dict[str, list[Clipping]] = {}
    for clipping in found:
        if clipping.kind == "highlight":
            by_book.setdefault(clipping.book, []).append(clipping)
    dropped = set()
    for marked in by_book.values():
        marked.sort(key=lambda c: (c.start, -c.end))
        for before, after in pairwise(marked):
            if before.end and after.start <= before.end:
                shorter, longer = sorted((before, after), key=lambda c: len(c.text))
                if shorter.text in longer.text:
                    dropped.add(id(shorter))
    return [c for c in found if id(c) not in dropped]


def _ids(kept: list[Clipping]) -> list[tuple[Clipping, str]]:
    """The line of facts, and where several share it, which of them: the file only ever grows."""
    seen: Counter[tuple[str, str]] = Counter()
    named = []
    for clipping in kept:
        seen[clipping.book, clipping.info] += 1
        nth = seen[clipping.book, clipping.info]
        named.append((clipping, f"{clipping.info} ({nth})" if nth > 1 else clipping.info))
    return named


_Places = dict[str, list[tuple[int, int, int, str]]]
"""Of every book the highlights: where they begin, which they are in the file, their end and id."""


def _places(ids: list[tuple[Clipping, str]]) -> _Places:
    found: _Places = {}
    for number, (clipping, id_) in enumerate(ids):
        if clipping.kind == "highlight" and clipping.start > 0:
            place = (clipping.start, number, clipping.end, id_)
            found.setdefault(clipping.book, []).append(place)
    for places in found.values():
        places.sort()
    return found


def _marked_at(note: Clipping, places: _Places) -> str | None:
    """The highlight that the note lies on; of several, the first in the file."""
    marked = places.get(note.book, [])
    last = bisect_right(marked, note.end, key=lambda place: place[0])
    near = marked[max(0, last - _NEAR) : last]
    on = [(number, id_) for _, number, end, id_ in near if note.end <= end]
    return min(on)[1] if on else None


def _record(
    clipping: Clipping, ids: tuple[str, str | None], options: Options, language: str
) -> Record:
    written = re.split(r"[|｜]", clipping.info)[-1].strip()
    moment, exact = when(written, options.date_order, language)
    sent_at = None
    if moment:
        try:
            sent_at = utc(moment, options.zone or options.local_zone)
        except ValueError:
            sent_at = None
    zone = "asked" if options.zone else "guessed"
    note = clipping.kind == "note"
    text = clipping.text or f"{clipping.book}\n{clipping.info}"
    return Record(
        "kindle",
        clipping.book or "My Clippings",
        text,
        author=OWNER if note else "",
        sent_at=sent_at,
        sent_local=written,
        zone=zone if sent_at else "none",
        precision="s" if exact else "min",
        kind="bookmark" if clipping.kind == "bookmark" else "highlight",
        mine=note,
        role="person" if note else "system",
        native_id=ids[0],
        reply_to=ids[1],
        subject=re.split(r"[|｜]", clipping.info)[0].strip(),
        meta=json.dumps({"author": clipping.author}, ensure_ascii=False) if clipping.author else "",
    )


def when(written: str, order: str | None, language: str) -> tuple[datetime | None, bool]:
    """The local time of `Added on Friday, 1 March 2019 10:00:00`, and whether it has seconds."""
    clocks = list(_CLOCK.finditer(written))
    if not clocks:
        return None, False
    clock = clocks[-1]
    before, after = written[: clock.start()], written[clock.end() :]
    rest = f"{before} {after}"
    beside = [found[1] for found in (_BEFORE.search(before), _AFTER.match(after)) if found]
    known = (hour(word, int(clock[1]), language) for word in beside)
    hours = next((found for found in known if found is not None), int(clock[1]))
    day = _day(rest, order, language)
    try:
        moment = datetime(*day, hours, int(clock[2]), int(clock[3] or 0)) if day else None
    except ValueError:
        moment = None
    return moment, clock[3] is not None


def _day(rest: str, order: str | None, language: str) -> tuple[int, int, int] | None:
    """Year, month and day; a date in numbers alone is read day first unless told otherwise."""
    if found := _YEAR_FIRST.search(rest):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _NUMERIC.search(rest):
        first, second, year = int(found[1]), int(found[2]), _year(found[3])
        swap = second > 12 or (order == "mdy" and first <= 12)
        return (year, first, second) if swap else (year, second, first)
    words = sorted(_WORD.findall(rest), key=len, reverse=True)
    months = [number for word in words if (number := month(word, language))]
    numbers = [number for number in _NUMBER.findall(rest) if len(number) <= 4]
    if not months or len(numbers) < 2:
        return None
    year = next((n for n in numbers if len(n) == 4), numbers[1])
    numbers.remove(year)
    return _year(year), months[0], int(numbers[0])


def _year(written: str) -> int:
    return int(written) if len(written) == 4 else 2000 + int(written)


__all__ = ["Clipping", "clippings", "when"]
