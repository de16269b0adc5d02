"""Facts: verbatim spans in which a person says something lasting about themselves.

Reading is done once per record and stored; `standing` says what holds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Protocol

from secondme.record import own_words, repeated
from secondme.vault.built import FactRow, Span
from secondme.vault.reading import Stored

ELIGIBLE = (
    "r.role = 'person' and r.author is not null"
    " and r.kind in ('message', 'mail', 'section', 'post', 'comment')"
)
"""Whose words may become facts: people's own, never an assistant's or a notice's."""


class FactReader(Protocol):
    """`models.facts.FactReader`, or a stand-in in tests. Pure: text in, and out come
    (start, end, category, slot, score) with `text[start:end]` the quote.
    """

    @property
    def identity(self) -> str: ...

    def read(self, text: str) -> Sequence[tuple[int, int, str, str, float]]: ...


_FIRST_PERSON = re.compile(r"\b(?:i|i['’]\w+|me|my|mine|we|we['’]\w+|our|ours|us)\b", re.IGNORECASE)


def read(stored: Stored, reader: FactReader) -> list[FactRow]:
    """The facts of one record. Spans outside the text are a reader's mistake and are dropped.

    In a note, "Born in Leer" may be about anybody the note is about: there a fact must say I or we.
    """
    text = own_words(stored.record.text, repeated(stored.record))
    note = stored.record.kind == "section"
    rows: dict[str, FactRow] = {}
    for start, end, category, slot, score in reader.read(text):
        if not (0 <= start < end <= len(text) and text[start:end].strip()):
            continue
        if note and not _FIRST_PERSON.search(text[start:end]):
            continue
        key = fact_key(stored.key, start, end, category)
        evidence = (Span(stored.row, start, end),)
        rows[key] = FactRow(
            key, stored.row, reader.identity, category, slot, "", round(score, 3), evidence
        )
    return list(rows.values())


def fact_key(record: str, start: int, end: int, category: str) -> str:
    """A fact is named by what it stands on."""
    identity = f"{record}\0{start}\0{end}\0{category}"
    return "k" + hashlib.sha256(identity.encode()).hexdigest()[:16]
