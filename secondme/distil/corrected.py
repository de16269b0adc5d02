"""The owner's corrections, laid over what was read.

A correction makes a line of its own from the words it was made on and takes the place of what the
reader of the day finds there. It stands, therefore, whatever another model makes of the record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from secondme.distil.facts import fact_key
from secondme.vault.built import FactRow, Span
from secondme.vault.edits import Edit, Place, fingerprint, places
from secondme.vault.reading import Stored


class Word(NamedTuple):
    """What the owner said of a line."""

    text: str = ""
    """In place of the quote; empty where they did not rewrite it."""
    rejected: bool = False
    pinned: bool = False


NOTHING = Word()


class Said(NamedTuple):
    """A line as it was read or corrected, with its record."""

    row: FactRow
    stored: Stored
    word: Word = NOTHING
    edits: tuple[Edit, ...] = ()
    """Said of these words; `word` also has what was said of equal words elsewhere."""

    @property
    def quote(self) -> str:
        span = self.row.evidence[0]
        return self.stored.record.text[span.start : span.stop]

    @property
    def words(self) -> str:
        """The quote, for comparing."""
        return plain(self.quote)

    def when(self) -> tuple[str, str]:
        return self.stored.record.sent_at or "", self.row.key


def plain(text: str) -> str:
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the owner said of two lines that contradict each other, each by the keys of its rows."""

    edit: Edit
    older: frozenset[str]
    newer: frozenset[str]
    keep: str

    def about(self, one: frozenset[str], other: frozenset[str]) -> bool:
        """In whichever order."""
        return bool(
            (self.older & one and self.newer & other) or (self.older & other and self.newer & one)
        )


def corrected(
    said: Iterable[Said], here: Mapping[str, Stored], edits: Sequence[Edit]
) -> list[Said]:
    """What was read, with the owner's lines in place of what they are about. `here` holds the
    records of the corrections by key; what is about others, or other versions of them, waits.
    """
    by_record: dict[str, list[Said]] = defaultdict(list)
    for one in said:
        by_record[one.stored.key].append(one)
    owned: dict[str, Said] = {}
    for edit in edits:
        if edit.act not in ("replace", "reject", "pin"):
            continue
        found = _line(edit, here)
        if found is not None:
            key = found.row.key
            owned[key] = _both(owned[key], found) if key in owned else found
    gone: set[str] = set()
    for one in owned.values():
        span = one.row.evidence[0]
        rows = by_record[one.stored.key]
        gone |= _read_there(rows, span.start, span.stop, one.row.category)
    left = (one for rows in by_record.values() for one in rows)
    return [*(one for one in left if one.row.key not in gone), *owned.values()]


def resolved(
    said: Iterable[Said], here: Mapping[str, Stored], edits: Sequence[Edit]
) -> list[Resolved]:
    """The owner's words on contradictions, as far as their records are here."""
    by_record: dict[str, list[Said]] = defaultdict(list)
    for one in said:
        by_record[one.stored.key].append(one)

    def rows(place: Place) -> frozenset[str]:
        span = located(place, here)
        return _read_there(by_record[place.record], *span, place.category) if span else frozenset()

    found = []
    for edit in edits:
        if edit.act == "resolve":
            older, newer = places(edit)
            found.append(Resolved(edit, rows(older), rows(newer), edit.said["keep"]))
    return found


LONGEST = 4_000
"""Characters of a record in which words that have moved are looked for: readers read no further."""


def located(place: Place, here: Mapping[str, Stored]) -> tuple[int, int] | None:
    """Where the words of a place stand now; None when the record, or this version, is not here.

    Another version of a record, with more words before these, moves them: the nearest count.
    """
    stored = here.get(place.record)
    length = place.end - place.start
    if stored is None or length <= 0 or place.start < 0:
        return None
    text = stored.record.text
    if fingerprint(text[place.start : place.end]) == place.quote:
        return place.start, place.end
    starts = range(min(len(text), LONGEST) - length + 1)
    for start in sorted(starts, key=lambda s: (abs(s - place.start), s)):
        if fingerprint(text[start : start + length]) == place.quote:
            return start, start + length
    return None


def _line(edit: Edit, here: Mapping[str, Stored]) -> Said | None:
    (place,) = places(edit)
    span = located(place, here)
    if span is None:
        return None
    stored, said = here[place.record], edit.said
    key = fact_key(place.record, *span, place.category)
    row = FactRow(
        key, stored.row, "", place.category, said["slot"], "", 1.0, (Span(stored.row, *span),)
    )
    word = Word(said.get("text", ""), edit.act == "reject", edit.act == "pin")
    return Said(row, stored, word, (edit,))


def _both(one: Said, other: Said) -> Said:
    """One line of two corrections of the same words: the first says what, either may pin it."""
    first = one.word if one.word.text or one.word.rejected else other.word
    pinned = one.word.pinned or other.word.pinned
    word = first._replace(pinned=pinned)
    return one._replace(word=word, edits=(*one.edits, *other.edits))


def _read_there(rows: Iterable[Said], start: int, end: int, category: str) -> frozenset[str]:
    """Keys of the lines of one record that a correction of these words is about: that very one;
    else all of its category that share words with it; else the one that shares most.
    """
    shared: list[tuple[int, Said]] = []
    for one in rows:
        span = one.row.evidence[0]
        if (span.start, span.stop, one.row.category) == (start, end, category):
            return frozenset({one.row.key})
        both = min(end, span.stop) - max(start, span.start)
        if both > 0:
            shared.append((both, one))
    alike = [one.row.key for _, one in shared if one.row.category == category]
    if alike or not shared:
        return frozenset(alike)
    _, most = min(shared, key=lambda s: (-s[0], s[1].row.key))
    return frozenset({most.row.key})
