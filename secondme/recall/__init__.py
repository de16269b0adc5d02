"""Recall: the records that answer a question, best first.

    shortlist by words (FTS5) and by meaning (sign bits in memory), widened by neighbours
      → a few features per candidate → a weighted sum → a floor below which nothing is returned

Every number is a function of the records in the vault and the question, so that two vaults with
the same records give the same hits with the same scores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from secondme.recall.codes import cosine
from secondme.recall.question import Question, understand
from secondme.recall.ranking import WEIGHTS, Mask, Scores, around, total, words_scores
from secondme.recall.sight import Sight, Sights
from secondme.recall.terms import shortlist
from secondme.record import Hit, repeated
from secondme.vault import Vault
from secondme.vault.filters import EVERYTHING, Filter
from secondme.vault.outlines import NOBODY, Numbers
from secondme.vault.reading import Stored
from secondme.vault.vectors import Vector

Embed = Callable[[str], Vector]

SHORTLIST = 60
"""Candidates from each list before neighbours join them."""
RESCORED = 40
"""How many of the best are scored with exact cosines instead of sign bits."""
MEANING_FLOOR = 0.35
"""Cosine below which a record without any of the words is no answer (MiniLM: unrelated English
sentences stay under 0.3)."""
ROUNDED = 5e-6
"""Totals further apart than this keep their order when they are rounded."""


def recall(
    vault: Vault,
    sight: Sight,
    text: str,
    *,
    embed: Embed | None = None,
    k: int = 10,
    within: Filter = EVERYTHING,
    now: date | None = None,
) -> list[Hit]:
    """The `k` records that best answer `text`, best first; fewer or none when little is relevant.

    Ties are broken by content key. Without vectors, or `embed` to make one of the question, the
    words decide alone. `Hit.why` holds every feature and the terms that were found.
    """
    question = understand(text, sight.names, now)
    search = _Search(vault, sight, question, embed, sight.allowed(vault, within))
    return search.hits(search.ranked(max(k, 1))[:k])


class _Ranked(NamedTuple):
    score: float
    key: str
    place: int
    parts: dict[str, float]


class _Search:
    """One question on its way through the stages; holds what the stages share."""

    def __init__(
        self,
        vault: Vault,
        sight: Sight,
        question: Question,
        embed: Embed | None,
        allowed: Mask | None,
    ) -> None:
        self._vault = vault
        self._sight = sight
        self._outlines = sight.outlines
        self._question = question
        self._allowed = allowed
        self._codes = sight.codes if embed and sight.codes and len(sight.codes) else None
        self._vector = embed(question.text) if embed and self._codes else None
        self._distances = (
            self._codes.distances(self._vector)
            if self._codes is not None and self._vector is not None
            else None
        )
        self._terms = sight.terms.worth_scanning(vault, question.terms)
        self._held = [term.held(self._outlines) for term in self._terms]

    def _candidates(self) -> Numbers:
        """Places of both shortlists.

        What stands near a record that holds the words joins them: an answer often shares no word
        with the question and stands beside one that does. Near in meaning is no such sign.
        """
        by_words = shortlist(self._vault, self._outlines, self._terms, SHORTLIST, self._allowed)
        found = around(self._outlines, by_words)
        if self._codes is not None and self._distances is not None:
            by_meaning = self._codes.nearest(self._distances, SHORTLIST, self._allowed)
            found = np.union1d(found, by_meaning)
        return found if self._allowed is None else found[self._allowed[found]]

    def ranked(self, k: int) -> list[_Ranked]:
        """The best `k` in order, and perhaps more; with vectors, never more than `RESCORED`."""
        places = self._candidates()
        features = self._features(places)
        worthy = features["words"] > 0
        if "meaning" in features:
            worthy |= features["meaning"] >= MEANING_FLOOR
        limit = k if self._vector is None else RESCORED
        chosen = _best(np.flatnonzero(worthy), features, limit)
        keys = self._vault.records.keys(self._rows(places[chosen]))
        found = []
        for i, place in zip(chosen.tolist(), places[chosen].tolist(), strict=True):
            parts = {name: float(of[i]) for name, of in features.items() if not np.isnan(of[i])}
            parts["words"] = round(parts["words"], 6)
            found.append(_Ranked(total(parts), keys[self._row(place)], place, parts))
        found.sort(key=_rank)
        return found if self._vector is None else self._exactly(found[:RESCORED], self._vector)

    def _features(self, places: Numbers) -> dict[str, Scores]:
        """What speaks for or against these records, by name; nan where one says nothing."""
        question, writers = self._question, self._outlines.writers[places]
        holding = [(t.idf, held) for t, held in zip(self._terms, self._held, strict=True)]
        words = words_scores(self._outlines, places, holding, self._sight.average_length)
        features = {"words": words / (words.max(initial=0.0) or 1.0)}
        if self._codes is not None and self._distances is not None:
            features["meaning"] = self._codes.estimated(self._distances[places])
        if question.named:
            speaks = np.isin(writers, [2 * row + mine for row, mine in question.authors])
            features["speaker"] = np.where(speaks, 1.0, np.nan)
            features["other"] = np.where(speaks, np.nan, 1.0)
        elif question.about_owner:
            features["speaker"] = np.where(writers & 1, 0.5, np.nan)
        if question.days:
            sent = self._vault.records.sent_within(self._rows(places), *question.days)
            fits = np.isin(self._outlines.rows[places], sent)
            features["day"] = np.where(fits, 1.0, np.nan)
        return features

    def _row(self, place: int) -> int:
        return int(self._outlines.rows[place])

    def _rows(self, places: Numbers) -> list[int]:
        rows: list[int] = self._outlines.rows[places].tolist()
        return rows

    def _exactly(self, rough: Sequence[_Ranked], vector: Vector) -> list[_Ranked]:
        """The best again, with true cosines in place of estimates."""
        codes = self._vault.vectors.get([self._row(r.place) for r in rough])
        precise = vector.astype(np.float64)
        exact = []
        for _, key, place, parts in rough:
            code = codes.get(self._row(place))
            meaning = cosine(precise, code) if code is not None else 0.0
            # Words in the record or around it keep it in; meaning alone must be strong.
            if not parts["words"] and meaning < MEANING_FLOOR:
                continue
            better = {**parts, "meaning": meaning}
            exact.append(_Ranked(total(better), key, place, better))
        exact.sort(key=_rank)
        return exact

    def hits(self, ranked: Sequence[_Ranked]) -> list[Hit]:
        beside = {r.place: self._beside(r.place) for r in ranked}
        places = np.array(sorted({p for near in beside.values() for p in near}), np.int64)
        stored = self._vault.records.get(self._rows(places))
        by_place = {p: stored[self._row(p)] for p in places.tolist()}
        holding = {
            term.word: set(places[held[places]].tolist())
            for term, held in zip(self._terms, self._held, strict=True)
        }
        return [_hit(one, beside[one.place], by_place, holding) for one in ranked]

    def _beside(self, place: int) -> list[int]:
        """Its place between those of its neighbours."""
        three = (int(self._outlines.before[place]), place, int(self._outlines.after[place]))
        return [p for p in three if p != NOBODY]


def _hit(
    ranked: _Ranked,
    beside: Sequence[int],
    stored: Mapping[int, Stored],
    holding: Mapping[str, set[int]],
) -> Hit:
    """`beside` are its place and its neighbours', `holding` the places of each word."""
    r = stored[ranked.place].record
    others = (stored[p].record for p in beside if p != ranked.place)
    why: dict[str, Any] = {
        **{name: round(value, 4) for name, value in ranked.parts.items()},
        "terms": [word for word, places in holding.items() if ranked.place in places],
        "near": [word for word, places in holding.items() if not places.isdisjoint(beside)],
    }
    if others_words := repeated(r):
        why["quoted"] = others_words
    return Hit(
        ranked.key,
        "record",
        ranked.score,
        r.text,
        r.author,
        r.sent_at,
        r.source,
        r.title or r.conversation,
        r.native_id,
        tuple(f"{o.author}: {o.text}" for o in others),
        why,
    )


def _rank(ranked: _Ranked) -> tuple[float, str]:
    return -ranked.score, ranked.key


def _best(candidates: Numbers, features: Mapping[str, Scores], limit: int) -> Numbers:
    """Those that may be among the best so many once their totals are rounded, in no order."""
    if len(candidates) <= limit:
        return candidates
    totals = np.zeros(len(candidates))
    for name, of in features.items():
        totals += WEIGHTS[name] * np.nan_to_num(of[candidates])
    bound = np.partition(totals, len(totals) - limit)[len(totals) - limit]
    best: Numbers = candidates[totals >= bound - ROUNDED]
    return best


__all__ = ["Sight", "Sights", "recall"]
