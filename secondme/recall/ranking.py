"""The order of a shortlist: a few named features, each of which can be shown and explained.

Words are scored as BM25F over a record and its neighbours, which make a short message readable;
meaning as a cosine; then whether the person asked about is speaking, and whether the day fits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from secondme.vault.outlines import NOBODY, Numbers, Outlines

Scores = NDArray[np.float64]
Mask = NDArray[np.bool_]

K1 = 0.9
B = 0.4
"""BM25's saturation and length normalisation, at the values usual for short passages."""

SELF, BEFORE, ASKED, AFTER, AROUND = 1.0, 0.4, 0.8, 0.3, 0.2
"""How much a word counts in the record itself, in the record before it (more when that one asks a
question, for then this one answers it), after it, and two steps away."""

WEIGHTS = {"words": 1.0, "meaning": 0.6, "speaker": 0.15, "other": -0.15, "day": 0.15}
"""Words are divided by the best of the shortlist; meaning is a cosine."""


def words_scores(
    outlines: Outlines, places: Numbers, holding: Sequence[tuple[float, Mask]], average: float
) -> Scores:
    """BM25F of the records at these places; `holding` has, per term of the question, its inverse
    document frequency and which records hold it. `average` is the length of a record.
    """
    before, after = outlines.before[places], outlines.after[places]
    weights = (
        (places, SELF),
        (before, np.where(outlines.asks[before], ASKED, BEFORE)),
        (after, AFTER),
        (outlines.before[before], AROUND),
        (outlines.after[after], AROUND),
    )
    norm = K1 * (1 - B + B * (outlines.lengths[places] / average))
    scores = np.zeros(len(places))
    for idf, held in holding:
        frequency = np.zeros(len(places))
        for standing, weight in weights:
            frequency += weight * held[standing]
        scores += idf * frequency * (K1 + 1) / (frequency + norm)
    return scores


def around(outlines: Outlines, places: Numbers) -> Numbers:
    """These places and those up to two steps before and after them."""
    found = [places]
    for side in (outlines.before, outlines.after):
        found += [side[places], side[side[places]]]
    near: Numbers = np.unique(np.concatenate(found))
    here: Numbers = near[near != NOBODY]
    return here


def idf(documents: int, holding: int) -> float:
    """Robertson and Sparck Jones, kept positive as Lucene does."""
    return math.log(1 + (documents - holding + 0.5) / (holding + 0.5))


def total(parts: Mapping[str, float]) -> float:
    """The weighted sum, rounded so that equal memories give equal scores."""
    return round(math.fsum(WEIGHTS[name] * value for name, value in parts.items()), 6)
