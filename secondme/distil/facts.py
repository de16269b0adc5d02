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
from itertools import pairwise
from typing import NamedTuple, Protocol

from secondme.record import Evidence, Fact
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


class Standing(NamedTuple):
    """A fact and what it fills, while facts are being compared."""

    fact: Fact
    slot: tuple[str, str]


def standing(
    rows: Iterable[FactRow], records: Mapping[int, Stored], people: Sequence[Person]
) -> list[Fact]:
    """All facts as they stand, by subject, category, time and id.

    Equal words of one person are one fact with several pieces of evidence. Of facts that fill the
    same slot of one person (where they live, whom they work for) the latest holds and the others
    ended when it was said; order is (sent_at, id).
    """
    subjects = {
        (i.source, i.name, i.handle): Subject("", "me") if p.me else Subject(p.id, p.name)
        for p in people
        for i in p.identities
    }
    merged: dict[tuple[Subject, str, str], list[tuple[FactRow, Stored]]] = defaultdict(list)
    for row in rows:
        if row.record not in records or not row.evidence:
            continue  # forgotten by another process between two reads
        r = records[row.record].record
        unknown = Subject(r.author_id or r.author, r.author)
        subject = subjects.get((r.source, r.author, r.author_id), unknown)
        words = " ".join(_quote(row, r.text).casefold().split())
        merged[subject, row.category, words].append((row, records[row.record]))
    facts = _superseded(_merge(subject, said) for (subject, _, _), said in merged.items())
    return sorted(facts, key=lambda f: (f.subject, f.category, f.valid_from or "", f.id))


def _quote(row: FactRow, text: str) -> str:
    span = row.evidence[0]
    return text[span.start : span.stop]


def _merge(subject: Subject, said: list[tuple[FactRow, Stored]]) -> Standing:
    """One fact from everything its person said in these words; the earliest names it."""
    said = sorted(said, key=lambda s: (s[1].record.sent_at or "", s[0].key))
    row, stored = said[0]
    quote = _quote(row, stored.record.text)
    mine = not subject.person
    statement = row.statement or (quote if mine else f"{subject.name} said: “{quote}”")
    evidence = tuple(
        Evidence(one.key, span.start, span.stop, one.record.text[span.start : span.stop])
        for fact, one in said
        for span in fact.evidence
    )
    fact = Fact(
        id=row.key,
        subject=subject.name,
        category=row.category,
        statement=statement,
        valid_from=stored.record.sent_at,
        valid_to=None,
        status="current",
        confidence=max(fact.confidence for fact, _ in said),
        evidence=evidence,
        mine=mine,
    )
    return Standing(fact, (subject.person, row.slot))


def _superseded(facts: Iterable[Standing]) -> list[Fact]:
    slots: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    found: list[Fact] = []
    for fact, slot in facts:
        if slot[1]:
            slots[slot].append(fact)
        else:
            found.append(fact)
    for rivals in slots.values():
        rivals.sort(key=lambda f: (f.valid_from or "", f.id))
        for earlier, later in pairwise(rivals):
            found.append(
                replace(
                    earlier,
                    status="superseded",
                    valid_to=later.valid_from,
                    superseded_by=later.id,
                )
            )
        found.append(rivals[-1])
    return found
