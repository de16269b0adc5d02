"""The words of a question and the records that hold them: the shortlist by words.

Its order is that of FTS5's own `bm25()`, number for number, worked out here because FTS5 looks up
the length of every record anew for every question.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from secondme.recall.ranking import Mask, Scores, idf
from secondme.vault import Vault
from secondme.vault.outlines import NOBODY, Numbers, Outlines
from secondme.vault.reworded import Texts

K1 = 1.2
B = 0.75
LEAST = 1e-6
"""As FTS5 has them; the last is what a word weighs that most records hold."""

COMMON = 0.1
"""In a large vault, a word in more than this share of the records only slows a search down."""
LARGE = 5_000
KEPT = 1_000_000
"""How many places of words are remembered between questions, at sixteen bytes each."""


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A word or phrase of a question. Threads share it."""

    word: str
    idf: float
    places: Numbers
    """Of the records that hold it, ascending."""
    worth: Scores
    """What it adds to each one's `bm25()`."""

    def held(self, outlines: Outlines) -> Mask:
        """Which records hold it, by place."""
        held = np.zeros(len(outlines) + 1, bool)
        held[self.places] = True
        return held


class Terms:
    """All words of one state of the vault, each looked up when it is first asked for."""

    def __init__(self, outlines: Outlines, rewordings: Texts) -> None:
        self.outlines = outlines
        self.rewordings = rewordings
        self._average = int(outlines.words.sum()) / max(len(outlines), 1)
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Term] = OrderedDict()
        self._kept = 0

    def worth_scanning(self, vault: Vault, words: Sequence[str]) -> list[Term]:
        """The words that occur, rarest first; in a large vault without the common ones."""
        documents = len(self.outlines)
        counted = sorted((self._frequency(vault, word), word) for word in words)
        counted = [(count, word) for count, word in counted if count]
        if documents > LARGE:
            counted = [one for one in counted if one[0] <= COMMON * documents] or counted[:1]
        return [self.of(vault, word) for _, word in counted]

    def _frequency(self, vault: Vault, word: str) -> int:
        known = self._known.get(word)
        return len(known.places) if known is not None else vault.words.frequency(word)

    def of(self, vault: Vault, word: str) -> Term:
        with self._lock:
            known = self._known.get(word)
            if known is not None:
                self._known.move_to_end(word)
                return known
        found = self._look_up(vault, word)
        with self._lock:
            if word not in self._known:
                self._known[word] = found
                self._kept += len(found.places)
            while self._kept > KEPT and len(self._known) > 1:
                self._kept -= len(self._known.popitem(last=False)[1].places)
        return found

    def _look_up(self, vault: Vault, word: str) -> Term:
        """FTS5's bm25 is the sum of idf * f (k1 + 1) / (f + k1 (1 - b + b d / avgdl))."""
        rows, often = vault.words.occurrences(word)
        places = self.outlines.places(rows)
        places, often = places[places != NOBODY], often[places != NOBODY]
        documents, holding = len(self.outlines), len(places)
        rare = math.log((documents - holding + 0.5) / (holding + 0.5))
        norm = K1 * (1 - B + B * self.outlines.words[places] / self._average)
        worth = (rare if rare > 0 else LEAST) * (often * (K1 + 1.0) / (often + norm))
        return Term(word, idf(documents, holding), places, worth)


def shortlist(
    vault: Vault, outlines: Outlines, terms: Sequence[Term], limit: int, allowed: Mask | None
) -> Numbers:
    """Places of the records that hold the words best, at most `limit`.

    Which of several equal ones make the cut is decided by content key, never by row: a vault that
    was built in another order must answer alike.
    """
    scores = np.zeros(len(outlines) + 1)
    for term in terms:
        scores[term.places] += term.worth
    if allowed is not None:
        scores[~allowed] = 0.0
    found = np.flatnonzero(scores > 0)
    if len(found) <= limit:
        return found
    scores = scores[found]
    bound = np.partition(scores, len(found) - limit)[len(found) - limit]
    best, tied = found[scores > bound], found[scores == bound]
    rows = vault.records.first(outlines.rows[tied].tolist(), limit - len(best))
    return np.concatenate((best, outlines.places(np.array(rows, np.int64))))
