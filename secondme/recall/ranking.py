"""The order of a shortlist: a few named features, each of which can be shown and explained.

Words are scored as BM25F over a record and its neighbours, which make a short message readable;
meaning as a cosine; then whether the person asked about is speaking, and whether the day fits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from secondme.vault.reading import Outline

K1 = 0.9
B = 0.4
"""BM25's saturation and length normalisation, at the values usual for short passages."""

SELF, BEFORE, ASKED, AFTER, AROUND = 1.0, 0.4, 0.8, 0.3, 0.2
"""How much a word counts in the record itself, in the record before it (more when that one asks a
question, for then this one answers it), after it, and two steps away."""

WEIGHTS = {"words": 1.0, "meaning": 0.6, "speaker": 0.15, "other": -0.15, "day": 0.15}
"""Words are divided by the best of the shortlist; meaning is a cosine."""


@dataclass(frozen=True, slots=True)
class Candidate:
    row: int
    window: tuple[int | None, int | None, int | None, int | None]
    """Rows two before, one before, one after, two after."""


def words_score(
    candidate: Candidate,
    outlines: Mapping[int, Outline],
    holding: Sequence[tuple[float, set[int]]],
    average_length: float,
) -> float:
    """BM25F of one record; `holding` has (inverse document frequency, rows) per query term."""
    two_before, before, after, two_after = candidate.window
    asked = before is not None and before in outlines and outlines[before].asks
    weights = (
        (candidate.row, SELF),
        (before, ASKED if asked else BEFORE),
        (after, AFTER),
        (two_before, AROUND),
        (two_after, AROUND),
    )
    length = outlines[candidate.row].length / average_length
    norm = K1 * (1 - B + B * length)
    score = 0.0
    for idf, rows in holding:
        frequency = sum(weight for row, weight in weights if row in rows)
        if frequency:
            score += idf * frequency * (K1 + 1) / (frequency + norm)
    return score


def idf(documents: int, holding: int) -> float:
    """Robertson and Sparck Jones, kept positive as Lucene does."""
    return math.log(1 + (documents - holding + 0.5) / (holding + 0.5))


def total(parts: Mapping[str, float]) -> float:
    """The weighted sum, rounded so that equal memories give equal scores."""
    return round(math.fsum(WEIGHTS[name] * value for name, value in parts.items()), 6)
