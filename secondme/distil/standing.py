"""What stands: which facts are current, which were superseded and by what, what the owner rejected.

A pure function of all facts that are alive and of the owner's corrections, worked out when asked:
forgetting the newer of two facts re-opens the older without anybody having to remember it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from secondme.distil.corrected import NOTHING, Resolved, Said, Word, corrected, plain, resolved
from secondme.distil.facts import fact_key
from secondme.record import Evidence, Fact
from secondme.vault import Vault
from secondme.vault.built import FactRow
from secondme.vault.edits import Edit
from secondme.vault.people import Person
from secondme.vault.reading import Stored


class Subject(NamedTuple):
    """Whom a fact is about. Two people of one name stay two; the owner is one under all names."""

    person: str
    name: str


@dataclass(frozen=True, slots=True)
class Standing:
    facts: list[Fact]
    """By subject, category, time and id; those that the owner rejected are among them."""
    disputed: list[tuple[Fact, Fact]]
    """Of two that contradict each other, the older and the newer, in the order of `facts`. Those of
    which the owner has said how it is are not among them."""
    edits: Mapping[str, Sequence[Edit]]
    """By `keys` of facts, the corrections of them."""
    resolved: Sequence[Resolved]


def keys(fact: Fact) -> list[str]:
    """The names of all that a fact was read from; one of them is its id."""
    return [fact_key(e.id, e.start, e.end, fact.category) for e in fact.evidence]


def standing(
    rows: Iterable[FactRow],
    records: Mapping[int, Stored],
    people: Sequence[Person],
    edits: Sequence[Edit] = (),
) -> Standing:
    """All facts as they stand.

    Equal words of one person are one fact with several pieces of evidence. Where they fill a slot
    that holds one value at a time (where somebody lives, whom they work for), the latest words hold
    and the others ended when it was said; who moves away and back has lived there twice. Order is
    (sent_at, key). What the owner rejected fills no slot, and what they pinned never ends.
    """
    # What another process forgets between two reads is in one of them only.
    read_ = [Said(row, records[row.record]) for row in rows if row.record in records]
    here = {stored.key: stored for stored in records.values()}
    said = corrected([one for one in read_ if one.row.evidence], here, edits)
    words = resolved(said, here, edits)
    wrong = {key for one in words if one.keep == "older" for key in one.newer}
    subjects = _subjects(people)
    slots: dict[tuple[Subject, str], list[Said]] = defaultdict(list)
    loose: dict[tuple[Subject, str], list[Said]] = defaultdict(list)
    for one in said:
        if one.row.key in wrong:
            one = one._replace(word=one.word._replace(rejected=True))
        subject = _subject(one.stored, subjects)
        if one.row.slot:
            slots[subject, one.row.slot].append(one)
        else:
            loose[subject, one.row.category].append(one)
    facts = [_fact(s, line) for (s, _), lines in loose.items() for line in _equal(lines)]
    disputed = []
    for (subject, _), rivals in slots.items():
        lines = _runs(rivals)
        facts += [_fact(subject, line) for line in lines if line.word.rejected]
        held, open_ = _succeeding(subject, _joined(lines), words)
        facts += held
        disputed += open_
    disputed.sort(key=lambda two: _order(two[0]))
    edits_of = {one.row.key: one.edits for one in said if one.edits}
    return Standing(sorted(facts, key=_order), disputed, edits_of, words)


def known(vault: Vault, *, until: date | None = None) -> Standing:
    """What stands, or stood at the end of a day."""
    rows = list(vault.built.facts())
    edits = vault.edits()
    about = {t for edit in edits if edit.act != "link" for t in edit.targets}
    targets = [vault.records.by_key(key) for key in sorted(about)]
    records = vault.records.get([f.record for f in rows])
    records |= {stored.row: stored for stored in targets if stored is not None}
    if until is not None:
        end = (until + timedelta(days=1)).isoformat()
        records = {row: s for row, s in records.items() if (s.record.sent_at or "") < end}
    return standing(rows, records, vault.people(), edits)


def known_facts(vault: Vault, *, until: date | None = None) -> list[Fact]:
    """All facts, those among them that the owner rejected."""
    return known(vault, until=until).facts


def _order(fact: Fact) -> tuple[str, str, str, str]:
    return fact.subject, fact.category, fact.valid_from or "", fact.id


def _subjects(people: Sequence[Person]) -> dict[tuple[str, str, str], Subject]:
    """By source, name and handle, everybody but the owner."""
    return {
        (i.source, i.name, i.handle): Subject(p.id, p.name)
        for p in people
        for i in p.identities
        if not p.me
    }


def _subject(stored: Stored, subjects: Mapping[tuple[str, str, str], Subject]) -> Subject:
    """Only the owner's own records speak for the owner: a namesake's do not."""
    r = stored.record
    if r.mine:
        return Subject("", "me")
    stranger = Subject(r.author_id or r.author, r.author)
    return subjects.get((r.source, r.author, r.author_id), stranger)


class _Line(NamedTuple):
    """What a person said in the same words, the earliest first, and what the owner says of it."""

    said: tuple[Said, ...]
    word: Word

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(one.row.key for one in self.said)

    @property
    def statement(self) -> tuple[str, str]:
        """Category and words, for comparing; the owner's words where there are any."""
        return self.said[0].row.category, plain(self.word.text) or self.said[0].words


def _line(said: Iterable[Said]) -> _Line:
    """The owner's word on any of these is their word on all. Where they have rewritten or rejected
    several, what they said of the earliest counts.
    """
    by_time = sorted(said, key=Said.when)
    words = [one.word for one in by_time]
    first = next((word for word in words if word.text or word.rejected), NOTHING)
    return _Line(tuple(by_time), first._replace(pinned=any(word.pinned for word in words)))


def _equal(said: list[Said]) -> list[_Line]:
    """What was said in the same words, at whatever time, is one line."""
    groups: dict[str, list[Said]] = defaultdict(list)
    for one in said:
        groups[one.words].append(one)
    alike: dict[tuple[bool, tuple[str, str]], list[Said]] = defaultdict(list)
    for group in groups.values():
        line = _line(group)
        alike[line.word.rejected, line.statement] += _under(line)
    return [_line(group) for group in alike.values()]


def _runs(rivals: list[Said]) -> list[_Line]:
    """In the order in which they were said, those that were repeated before another came as one."""
    rivals = sorted(rivals, key=Said.when)
    return [_line(run) for _, run in groupby(rivals, key=lambda one: (one.row.category, one.words))]


def _joined(lines: Iterable[_Line]) -> list[_Line]:
    """Without the rejected, neighbours may say the same."""
    runs = groupby((line for line in lines if not line.word.rejected), key=lambda x: x.statement)
    return [_line(one for line in run for one in _under(line)) for _, run in runs]


def _under(line: _Line) -> list[Said]:
    """What was said, each piece with the owner's word on the whole line."""
    return [one._replace(word=line.word) for one in line.said]


def _fact(subject: Subject, line: _Line) -> Fact:
    """The earliest of what was said names it."""
    first, word = line.said[0], line.word
    mine = not subject.person
    certain = 0.0 if word.rejected else 1.0
    told = first.quote if mine else f"{subject.name} said: “{first.quote}”"
    return Fact(
        id=first.row.key,
        subject=subject.name,
        category=first.row.category,
        statement=word.text or first.row.statement or told,
        valid_from=first.stored.record.sent_at,
        valid_to=None,
        status="rejected" if word.rejected else "current",
        confidence=max(s.row.confidence for s in line.said) if word == NOTHING else certain,
        evidence=tuple(
            Evidence(one.stored.key, s.start, s.stop, one.stored.record.text[s.start : s.stop])
            for one in line.said
            for s in one.row.evidence
        ),
        mine=mine,
        slot=first.row.slot,
        edited=bool(word.text),
        pinned=word.pinned and not word.rejected,
    )


def _succeeding(
    subject: Subject, lines: Sequence[_Line], words: Sequence[Resolved]
) -> tuple[list[Fact], list[tuple[Fact, Fact]]]:
    """The facts of one slot, in order, and which two of them contradict each other.

    Each ended when the next was said that the owner does not let stand beside it.
    """
    facts = [_fact(subject, line) for line in lines]
    ends: list[tuple[int, int]] = []
    for i, line in enumerate(lines):
        later = (j for j in range(i + 1, len(lines)) if not _both_hold(line, lines[j], words))
        j = next(later, None)
        if j is not None and not line.word.pinned:
            facts[i] = replace(
                facts[i],
                status="superseded",
                valid_to=facts[j].valid_from,
                superseded_by=facts[j].id,
            )
            ends.append((i, j))
    disputed = [
        (facts[i], facts[j])
        for i, j in ends
        if lines[i].statement[1] != lines[j].statement[1]
        and not any(word.about(lines[i].keys, lines[j].keys) for word in words)
    ]
    return facts, disputed


def _both_hold(one: _Line, other: _Line, words: Iterable[Resolved]) -> bool:
    return any(word.keep == "both" and word.about(one.keys, other.keys) for word in words)
