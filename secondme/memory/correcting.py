"""What the owner puts right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from secondme import forget as _forget
from secondme import show as _show
from secondme.distil.standing import keys
from secondme.errors import NotFound, UsageError
from secondme.memory.distilling import Distilling
from secondme.memory.opening import at_once
from secondme.record import Fact
from secondme.vault.edits import (
    KEEP,
    Edit,
    Place,
    correction,
    fingerprint,
    resolution,
)
from secondme.vault.people import Person, identity_key

UNSURE = 0.65
"""Facts with less confidence are worth a second look. On the built-in life over a quarter of all
are below, and of those one in twenty is among the facts that matter there; above, one in seven."""


class Correcting(Distilling):
    """Who is who and what is so, by the owner's word."""

    # -- facts --------------------------------------------------------------------------------

    def edit(self, key: str, text: str) -> dict[str, Any]:
        """The owner's words in place of a fact's statement. What it was read from stays its
        evidence. Returns the fact, as all of these verbs do.
        """
        words = " ".join(text.split())
        if not words:
            raise UsageError(
                "An empty line says nothing.", "Reject the fact if it is not true at all."
            )
        _refuse_halves(words)
        with self._vault.write():
            fact = self._fact(key)
            if words != fact.statement or fact.status == "rejected":
                before = self._corrections(fact, "replace", "reject") + self._against(fact)
                self._say(fact, "replace", words, instead_of=before)
        return self._again(fact)

    def reject(self, key: str) -> dict[str, Any]:
        """The fact is not so: nothing uses it any more, and only the status `rejected` lists it."""
        with self._vault.write():
            fact = self._fact(key)
            before = self._corrections(fact, "replace", "reject", "pin")
            self._say(fact, "reject", instead_of=before)
        return self._again(fact)

    def pin(self, key: str, on: bool = True) -> dict[str, Any]:
        """The fact holds whatever is said later, and comes first in the profile."""
        with self._vault.write():
            fact = self._fact(key)
            if on:
                before = self._corrections(fact, "reject", "pin") + self._against(fact)
                self._say(fact, "pin", instead_of=before)
            else:
                self._vault.corrections.drop(self._corrections(fact, "pin"))
        return self._again(fact)

    def unedit(self, key: str) -> dict[str, Any]:
        """Take back all that the owner said about a fact. Its status is `gone` where nothing else
        would have it stand.
        """
        with self._vault.write():
            fact = self._fact(key)
            edits = self._corrections(fact, "replace", "reject", "pin") + self._resolutions(fact)
            if not edits:
                raise NotFound(
                    f"Nothing was corrected in {key}.", "`secondme facts` marks what was."
                )
            self._vault.corrections.drop(edits)
        return self._again(fact)

    @at_once
    def review(self) -> list[dict[str, Any]]:
        """What is worth a look: facts of which only one can hold now, older first; then those that
        were read with little confidence, least first and the owner's own before others'.

        `[{kind: contradiction | unsure, id, other, facts}]`
        """
        standing = self._standing()
        doubts = [f for f in standing.facts if f.status == "current" and f.confidence < UNSURE]
        doubts.sort(key=lambda f: (not f.mine, f.confidence, f.id))
        return [
            *(_doubt("contradiction", older, newer) for older, newer in standing.disputed),
            *(_doubt("unsure", fact) for fact in doubts),
        ]

    def resolve(self, key: str, other: str, keep: str) -> None:
        """Of two facts that contradict each other, the `newer` or the `older` holds, or `both`."""
        if keep not in KEEP:
            raise UsageError(f"{keep} is no way to resolve it.", f"Say {', '.join(KEEP)}.")
        with self._vault.write():
            older, newer = sorted((self._fact(key), self._fact(other)), key=_age)
            same = older.subject == newer.subject and older.slot == newer.slot
            if not (older.slot and same) or older.id == newer.id:
                raise UsageError(
                    f"{key} and {other} do not contradict each other.",
                    "`secondme review --json` lists what does.",
                )
            said = resolution(_places(older)[0], _places(newer)[0], keep)
            before = self._resolutions(older)
            again = [edit for edit in self._resolutions(newer) if edit in before]
            self._vault.corrections.say([said], self._now(), instead_of=again)

    def _say(self, fact: Fact, act: str, words: str = "", *, instead_of: Sequence[Edit]) -> None:
        """Of every place that the fact was read from: some may be forgotten, and the others not."""
        said = [correction(place, act, fact.slot, words) for place in _places(fact)]
        self._vault.corrections.say(said, self._now(), instead_of=instead_of)

    def _corrections(self, fact: Fact, *acts: str) -> list[Edit]:
        """What the owner said of a fact, by what they did."""
        edits = self._standing().edits
        return [e for key in keys(fact) for e in edits.get(key, ()) if e.act in acts]

    def _resolutions(self, fact: Fact) -> list[Edit]:
        """What the owner said of a fact and another."""
        named = set(keys(fact))
        return [r.edit for r in self._standing().resolved if named & (r.older | r.newer)]

    def _against(self, fact: Fact) -> list[Edit]:
        """Those by which an older fact holds and not this one."""
        named = set(keys(fact))
        resolved = self._standing().resolved
        return [r.edit for r in resolved if r.keep == "older" and named & r.newer]

    def _fact(self, key: str) -> Fact:
        """By its id, or by the name of anything that it was read from."""
        facts = self._standing().facts
        found = next((f for f in facts if f.id == key), None)
        found = found or next((f for f in facts if key in keys(f)), None)
        if found is not None:
            return found
        here = self._vault.records.by_key(key)
        if here or any(e.key == key for e in self._vault.built.episodes()):
            raise UsageError(
                f"{key} is not a fact.", "Take the id of a line of `secondme facts` or `profile`."
            )
        raise NotFound(f"There is no fact {key}.", "`secondme facts` lists them.")

    def _again(self, fact: Fact) -> dict[str, Any]:
        """The fact as it is now: by its words, for it may have another name."""
        facts = self._standing().facts
        named = set(keys(fact))
        found = next((f for f in facts if named & set(keys(f))), None)
        found = found or next((f for f in facts if _overlap(f, fact)), None)
        gone = replace(fact, status="gone", edited=False, pinned=False)
        return _show.fact_dict(found or gone)

    # -- people -------------------------------------------------------------------------------

    @at_once
    def people(self) -> list[dict[str, Any]]:
        return _show.people(self._vault)

    def merge(self, one: str, other: str) -> dict[str, Any]:
        """The owner says that two are one person. Returns that person."""
        first, second = (_forget.anyone(self._vault, name) for name in (one, other))
        if first.id == second.id:
            raise UsageError(
                f"{one} and {other} are one person already.", "`secondme people` lists everyone."
            )
        end = identity_key(first.identities[0])
        self._vault.corrections.link(end, identity_key(second.identities[0]), self._now())
        return next(_show.person(p) for p in self._vault.everyone() if end in _keys(p))

    @at_once
    def alike(self) -> list[dict[str, Any]]:
        """Pairs of people who may be one, likeliest first: `[{one, other, why}]`. Nothing is done
        about them until the owner merges them.
        """
        return [
            {"one": _show.person(pair.one), "other": _show.person(pair.other), "why": pair.why}
            for pair in self._vault.alike()
        ]

    def split(self, name: str) -> list[dict[str, Any]]:
        """Take back the owner's merges of one person. Returns the people that come out."""
        person = _forget.anyone(self._vault, name)
        parts = _keys(person)
        if not self._vault.corrections.unlink(parts):
            raise NotFound(f"Nobody was merged with {name}.", "`secondme people` lists everyone.")
        return [_show.person(p) for p in self._vault.everyone() if parts & _keys(p)]


def _keys(person: Person) -> set[str]:
    return {identity_key(identity) for identity in person.identities}


def _places(fact: Fact) -> list[Place]:
    return [Place(e.id, e.start, e.end, fact.category, fingerprint(e.quote)) for e in fact.evidence]


def _overlap(one: Fact, other: Fact) -> bool:
    return any(
        a.id == b.id and a.start < b.end and b.start < a.end
        for a in one.evidence
        for b in other.evidence
    )


def _age(fact: Fact) -> tuple[str, str]:
    return fact.valid_from or "", fact.id


def _doubt(kind: str, fact: Fact, other: Fact | None = None) -> dict[str, Any]:
    facts = [fact] if other is None else [fact, other]
    return {
        "kind": kind,
        "id": fact.id,
        "other": other and other.id,
        "facts": [_show.fact_dict(f) for f in facts],
    }


def _refuse_halves(words: str) -> None:
    try:
        words.encode()
    except UnicodeEncodeError as error:
        raise UsageError("This is not text.", "It holds half of a character.") from error
