"""What the author of a message states about themselves, as verbatim spans: the extractive reader.

Three judges, from cheap to dear. Form: is it a statement by and about its author at all
(`models.sentences`). Meaning: is it closer to known statements of fact than to known small talk
(the embedding model). And only where meaning leaves it open, the language model is asked yes or
no. Nothing is composed, so nothing can be invented.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from models.embed import Vector
from models.sentences import pieces

_VERSION = 3
"""Raise it when a rule or a number in here or in `sentences` changes: spans are cached under it."""

# The spread of both judgements over everyday chat, so that their sum means something.
_MEANING_MEAN, _MEANING_SPREAD = 0.12, 0.09
_SMALL_TALK_WEIGHT = 0.7
_YES_MEAN, _YES_SPREAD, _YES_WEIGHT = -2.05, 0.6, 0.5
_HOPELESS, _CERTAIN = -0.5, 1.2
"""Below the one and above the other, in spreads of meaning, the language model is not asked."""
_ENOUGH = 0.2
_SLOT_NEAR = 0.35
"""Cosine to a prototype from which its slot may be taken over."""

_HOUSEHOLD = re.compile(
    r"(?:my|our) (?:\w+ )?(?:sons?|daughters?|kids?|child|children|wife|husband|partner|boyfriend|"
    r"girlfriend|fianc\w+)\b(?! and I\b)",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"(?:my|our) (?:\w+ )?(?:sister|brother|mother|father|mum|mom|dad|parents|cousin|uncle|aunt|"
    r"grand\w+|niece|nephew|friends?|boss|colleagues?|neighbou?rs?|roommate)s?\b(?! and I\b)",
    re.IGNORECASE,
)
_FAVOURITE = re.compile(r"\bfavou?rite (?:(?:kind|type|sort) of )?([^\W\d_]+)", re.IGNORECASE)
_NOT_NOW = re.compile(
    r"\b(?:used to|formerly|previously|back when|when (?:I|we) (?:was|were)|as a (?:child|kid)|"
    r"want|plan\w*|going to|gonna|would|like to|hop(?:e|ing)|dream\w*|next \w+|soon|thinking)\b",
    re.IGNORECASE,
)
"""A slot is for what holds now: neither memories nor plans may take its place."""
_OF_HOUSEHOLD = frozenset({"partner", "children"})
"""The slots that a sentence about one's partner or children may fill: the others are one's own."""


class Span(NamedTuple):
    """One statement. `text[start:end]` is the quote."""

    start: int
    end: int
    category: str
    slot: str
    """What can have one value at a time (`home`, `employer`, …), or empty."""
    score: float
    """0 to 1; comparable between spans of the same reader identity."""


class Embeds(Protocol):
    identity: str

    def embed(self, text: str) -> Vector: ...


class Judges(Protocol):
    identity: str

    def yes_no(self, prompt: str, *, before: Sequence[dict[str, str]] = ()) -> float: ...


@dataclass(frozen=True, slots=True)
class _Prototypes:
    question: str
    examples: tuple[tuple[str, str], ...]
    slots: dict[str, re.Pattern[str]]
    facts: tuple[tuple[str, str, str], ...]
    """(category, sentence, slot)"""
    others: tuple[str, ...]
    digest: str


class FactReader:
    """Pure over its two models: equal text gives equal spans, in any order of calls.

    As little thread-safe as the models it is given, which stay the caller's to close.
    """

    def __init__(self, embedder: Embeds, chat: Judges) -> None:
        self._embedder = embedder
        self._chat = chat
        self._data = _prototypes()
        self.identity = (
            f"facts-{_VERSION}-{self._data.digest[:8]}|{embedder.identity}|{chat.identity}"
        )

    def read(self, text: str) -> list[Span]:
        """The statements in one message, in its order; none for small talk.

        Only the first 4,000 characters are read. English prototypes: other languages pass rarely.
        """
        spans = (self._judge(text, piece.start, piece.end) for piece in pieces(text))
        return [span for span in spans if span is not None]

    def _judge(self, text: str, start: int, end: int) -> Span | None:
        said = text[start:end]
        vector = self._embedder.embed(said)
        likeness = self._facts @ vector
        category, nearness = self._category(likeness)
        distance = _top_two(self._others @ vector)
        meaning = nearness - _SMALL_TALK_WEIGHT * distance
        total = (meaning - _MEANING_MEAN) / _MEANING_SPREAD
        if total < _HOPELESS:
            return None
        if total < _CERTAIN:
            answer = self._chat.yes_no(said, before=self._before)
            total += _YES_WEIGHT * (answer - _YES_MEAN) / _YES_SPREAD
        if total < _ENOUGH:
            return None
        if _HOUSEHOLD.match(said) or _OTHERS.match(said):
            category = "relation"
        slot = "" if category == "plan" else self._slot(said, likeness)
        return Span(start, end, category, slot, round(1 / (1 + math.exp(-total)), 4))

    def _category(self, likeness: Vector) -> tuple[str, float]:
        nearness = {
            category: _top_two(likeness[rows]) for category, rows in self._by_category.items()
        }
        best = max(nearness, key=lambda category: nearness[category])
        return best, nearness[best]

    def _slot(self, said: str, likeness: Vector) -> str:
        """The slot of the nearest prototype among those whose slot the words bear out."""
        if _NOT_NOW.search(said) or _OTHERS.match(said):
            return ""
        favourite = _FAVOURITE.search(said)
        if favourite:
            return f"favourite {favourite.group(1).lower()}"
        named = {slot for slot, words in self._data.slots.items() if words.search(said)}
        if _HOUSEHOLD.match(said):
            named &= _OF_HOUSEHOLD
        near = [
            (float(likeness[row]), slot)
            for row, (_, _, slot) in enumerate(self._data.facts)
            if slot in named and likeness[row] >= _SLOT_NEAR
        ]
        return max(near)[1] if near else ""

    @cached_property
    def _facts(self) -> Vector:
        return np.stack([self._embedder.embed(sentence) for _, sentence, _ in self._data.facts])

    @cached_property
    def _others(self) -> Vector:
        return np.stack([self._embedder.embed(sentence) for sentence in self._data.others])

    @cached_property
    def _by_category(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for row, (category, _, _) in enumerate(self._data.facts):
            rows.setdefault(category, []).append(row)
        return rows

    @cached_property
    def _before(self) -> list[dict[str, str]]:
        messages = [{"role": "system", "content": self._data.question}]
        for said, answer in self._data.examples:
            messages.append({"role": "user", "content": said})
            messages.append({"role": "assistant", "content": answer})
        return messages


def _top_two(values: Vector) -> float:
    """The mean of the two largest: one near neighbour may be chance."""
    return float(np.sort(values)[-2:].mean())


@cache
def _prototypes() -> _Prototypes:
    raw = Path(__file__).with_name("prototypes.json").read_bytes()
    data = json.loads(raw)
    return _Prototypes(
        question=data["question"],
        examples=tuple((said, answer) for said, answer in data["examples"]),
        slots={
            slot: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
            for slot, words in data["slots"].items()
        },
        facts=tuple(
            (category, sentence, slot)
            for category, sentences in data["facts"].items()
            for sentence, slot in sentences
        ),
        others=tuple(data["others"]),
        digest=hashlib.sha256(raw).hexdigest(),
    )
