"""The built-in life: two years of an invented person, as real apps would export them.

`secondme demo` and `secondme eval` run on it, and so do tests. Nobody in it exists. The exports are
written by `packaging/make_life.py` from scripts by hand; `gold.json` lists what a good memory would
know after importing `folder()` and, in it, every zip by itself.

Tilda Marrow moves twice, changes her job, gives up meat and coffee, contradicts herself once, has
one flatmate to forget, and receives two messages that try to give orders to her memory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Ref:
    """Points at exactly one record: no other in the whole life contains these words."""

    source: str
    """The importer's name."""
    conversation: str
    """As importers name it when they are given `folder()`; notes by their path without ending."""
    contains: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer and the records that carry it."""

    question: str
    kind: str
    """single | multi | temporal | preference | knowledge-update | unanswerable | wrong-person"""
    answer: str
    """In words, for people; the newest truth where it changed."""
    gold: tuple[Ref, ...]
    """Any one answers a `single`; `multi` needs all; empty when `unanswerable`. For `wrong-person`
    these hold the truth about somebody else: to answer as asked is a mistake."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A fact that somebody states about themselves, in the record that `ref` points at."""

    subject: str
    """The name under which that person writes, or the part of it that all sources share."""
    category: str
    """identity | place | work | study | relation | preference | possession | health | routine |
    plan | event | opinion"""
    statement: str
    quote: str
    ref: Ref
    valid_from: str | None
    """In the world, as exactly as the life tells: `2024`, `2024-02` or `2024-02-24`."""
    valid_to: str | None
    """None while it holds, or where the life does not tell."""


@dataclass(frozen=True, slots=True)
class Never:
    """Words that state nothing true about anybody and must never become a fact."""

    why: str
    quote: str
    ref: Ref


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements of which one must be wrong; the life never says which."""

    question: str
    sides: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The person whom the tour forgets."""

    person: str
    why: str
    words: tuple[str, ...]
    """Afterwards none of these occurs anywhere, in any case."""
    records: int
    """How many records name this person as author, in the text, or in what they are filed under."""


@dataclass(frozen=True, slots=True)
class Gold:
    owner: tuple[str, ...]
    """What to give as `--me`: a name, an address, an account id."""
    zone: str
    now: str
    """The date on which "recent" and ages are judged."""
    demo: tuple[str, ...]
    """Questions of the tour, each among `questions` with one record for its answer."""
    forget: Forgotten
    questions: tuple[Asked, ...]
    facts: tuple[Stated, ...]
    forbidden: tuple[Never, ...]
    contradictions: tuple[Contradiction, ...]


def folder() -> Path:
    """The folder with the exports: each file and folder in it is one thing an app handed out."""
    return Path(__file__).parent / "exports"


@cache
def gold() -> Gold:
    """What a good memory knows about the built-in life. Read once, on the first call."""
    data = json.loads((Path(__file__).parent / "gold.json").read_text("utf-8"))
    forget = data["forget"]
    return Gold(
        owner=tuple(data["owner"]),
        zone=data["zone"],
        now=data["now"],
        demo=tuple(data["demo"]),
        forget=Forgotten(**forget | {"words": tuple(forget["words"])}),
        questions=tuple(Asked(**q | {"gold": _refs(q["gold"])}) for q in data["questions"]),
        facts=tuple(Stated(**f | {"ref": Ref(**f["ref"])}) for f in data["facts"]),
        forbidden=tuple(Never(**n | {"ref": Ref(**n["ref"])}) for n in data["forbidden"]),
        contradictions=tuple(
            Contradiction(c["question"], _refs(c["sides"])) for c in data["contradictions"]
        ),
    )


def _refs(rows: list[dict[str, Any]]) -> tuple[Ref, ...]:
    return tuple(Ref(**row) for row in rows)
