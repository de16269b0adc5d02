"""Facts: verbatim spans in which a person says something lasting about themselves.

Reading is done once per record and stored. What is current, what was superseded and by what is a
pure function of all facts that are alive, worked out when asked: forgetting the newer of two facts
re-opens the older without anybody having to remember it.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple, Protocol

from secondme.record import Evidence, Fact
from secondme.vault import Vault
from secondme.vault.built import FactRow, Span
from secondme.vault.people import Person
from secondme.vault.reading import Stored

ELIGIBLE = "r.role = 'person' and r.author is not null and r.kind in ('message', 'mail', 'section')"
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
    text = stored.record.text
    note = stored.record.kind == "section"
    rows: dict[str, FactRow] = {}
    for start, end, category, slot, score in reader.read(text):
        if not (0 <= start < end <= len(text) and text[start:end].strip()):
            continue
        if note and not _FIRST_PERSON.search(text[start:end]):
            continue
        identity = f"{stored.key}\0{start}\0{end}\0{category}"
        key = "k" + hashlib.sha256(identity.encode()).hexdigest()[:16]
        evidence = (Span(stored.row, start, end),)
        rows[key] = FactRow(
            key, stored.row, reader.identity, category, slot, "", round(score, 3), evidence
        )
    return list(rows.values())


class Subject(NamedTuple):
    """Whom a fact is about. Two people of one name stay two; the owner is one under all names."""

    person: str
    name: str


def standing(
    rows: Iterable[FactRow], records: Mapping[int, Stored], people: Sequence[Person]
) -> list[Fact]:
    """All facts as they stand, by subject, category, time and id.

    Equal words of one person are one fact with several pieces of evidence. Where they fill a slot
    that holds one value at a time (where somebody lives, whom they work for), the latest words hold
    and the others ended when it was said; who moves away and back has lived there twice. Order is
    (sent_at, key).
    """
    subjects = {
        (i.source, i.name, i.handle): Subject(p.id, p.name)
        for p in people
        for i in p.identities
        if not p.me
    }
    slots: dict[tuple[Subject, str], list[_Said]] = defaultdict(list)
    loose: dict[tuple[Subject, str, str], list[_Said]] = defaultdict(list)
    for row in rows:
        if row.record not in records or not row.evidence:
            continue  # forgotten by another process between two reads
        said = _Said(row, records[row.record])
        subject = _subject(said.stored, subjects)
        if row.slot:
            slots[subject, row.slot].append(said)
        else:
            loose[subject, row.category, said.words].append(said)
    facts = [_merge(subject, said) for (subject, _, _), said in loose.items()]
    for (subject, _), rivals in slots.items():
        rivals.sort(key=_Said.when)
        runs = groupby(rivals, key=lambda said: (said.row.category, said.words))
        facts += _superseded([_merge(subject, list(run)) for _, run in runs])
    return sorted(facts, key=lambda f: (f.subject, f.category, f.valid_from or "", f.id))


def known_facts(vault: Vault, *, until: date | None = None) -> list[Fact]:
    """The facts as they stand, or as they stood at the end of a day."""
    rows = list(vault.built.facts())
    records = vault.records.get([f.record for f in rows])
    if until is not None:
        end = (until + timedelta(days=1)).isoformat()
        records = {row: s for row, s in records.items() if (s.record.sent_at or "") < end}
    return standing(rows, records, vault.people())


class _Said(NamedTuple):
    """A fact as it was read, with its record."""

    row: FactRow
    stored: Stored

    @property
    def words(self) -> str:
        """The quote, for comparing."""
        span = self.row.evidence[0]
        return " ".join(self.stored.record.text[span.start : span.stop].casefold().split())

    def when(self) -> tuple[str, str]:
        return self.stored.record.sent_at or "", self.row.key


def _subject(stored: Stored, subjects: Mapping[tuple[str, str, str], Subject]) -> Subject:
    """Only the owner's own records speak for the owner: a namesake's do not."""
    r = stored.record
    if r.mine:
        return Subject("", "me")
    stranger = Subject(r.author_id or r.author, r.author)
    return subjects.get((r.source, r.author, r.author_id), stranger)


def _merge(subject: Subject, said: list[_Said]) -> Fact:
    """One fact from everything its person said in these words; the earliest names it."""
    said = sorted(said, key=_Said.when)
    row, stored = said[0]
    mine = not subject.person
    text = stored.record.text
    quote = text[row.evidence[0].start : row.evidence[0].stop]
    return Fact(
        id=row.key,
        subject=subject.name,
        category=row.category,
        statement=row.statement or (quote if mine else f"{subject.name} said: “{quote}”"),
        valid_from=stored.record.sent_at,
        valid_to=None,
        status="current",
        confidence=max(one.row.confidence for one in said),
        evidence=tuple(
            Evidence(one.stored.key, s.start, s.stop, one.stored.record.text[s.start : s.stop])
            for one in said
            for s in one.row.evidence
        ),
        mine=mine,
    )


def _superseded(rivals: list[Fact]) -> list[Fact]:
    """Each but the last ended when the next was said. They are in order."""
    ended = [
        replace(one, status="superseded", valid_to=after.valid_from, superseded_by=after.id)
        for one, after in pairwise(rivals)
    ]
    return [*ended, rivals[-1]]
