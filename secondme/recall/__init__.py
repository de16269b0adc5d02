"""Recall: the records that answer a question, best first.

    shortlist by words (FTS5) and by meaning (sign bits in memory), widened by neighbours
      → a few features per candidate → a weighted sum → a floor below which nothing is returned

Every number is a function of the records in the vault and the question, so that two vaults with
the same records give the same hits with the same scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from secondme.recall.codes import SignCodes, cosine
from secondme.recall.question import Question, understand
from secondme.recall.ranking import Candidate, idf, total, words_score
from secondme.record import Hit
from secondme.vault import Vault
from secondme.vault.filters import EVERYTHING, Filter
from secondme.vault.people import Person
from secondme.vault.reading import Outline
from secondme.vault.vectors import Vector
from secondme.vault.words import quoted

Embed = Callable[[str], Vector]

SHORTLIST = 60
"""Candidates from each list before neighbours join them."""
RESCORED = 40
"""How many of the best are scored with exact cosines instead of sign bits."""
REACH = 2
COMMON = 0.1
"""In a large vault, a word in more than this share of the records only slows a search down."""
LARGE = 5_000
MEANING_FLOOR = 0.35
"""Cosine below which a record without any of the words is no answer (MiniLM: unrelated English
sentences stay under 0.3)."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What recall knows besides the vault: the people, the sign bits, how to embed a question."""

    people: Sequence[Person]
    codes: SignCodes | None = None
    embed: Embed | None = None
    average_length: float = 60.0


def recall(
    vault: Vault,
    sight: Sight,
    text: str,
    *,
    k: int = 10,
    within: Filter = EVERYTHING,
    now: date | None = None,
) -> list[Hit]:
    """The `k` records that best answer `text`, best first; fewer or none when little is relevant.

    Ties are broken by content key. Without vectors the words decide alone. `Hit.why` holds every
    feature and the terms that were found.
    """
    question = understand(text, sight.people, now)
    search = _Search(vault, sight, question, within)
    ranked = search.ranked()
    return search.hits(ranked[:k])


class _Search:
    """One question on its way through the stages; holds what the stages share."""

    def __init__(self, vault: Vault, sight: Sight, question: Question, within: Filter) -> None:
        self._vault = vault
        self._sight = sight
        self._question = question
        self._within = within
        self._allowed = None if within.open else vault.records.matching(within)
        self._vector = (
            sight.embed(question.text) if sight.embed and sight.codes and len(sight.codes) else None
        )
        self._similar = (
            sight.codes.similarity(self._vector)
            if sight.codes is not None and self._vector is not None
            else None
        )
        self._holding = self._terms()

    def _terms(self) -> list[tuple[str, float, set[int]]]:
        """(term, idf, rows) for every query term worth scanning, rarest first."""
        documents = self._vault.words.documents()
        counted = sorted((self._vault.words.frequency(term), term) for term in self._question.terms)
        counted = [(count, term) for count, term in counted if count]
        if documents > LARGE:
            rare = [c for c in counted if c[0] <= COMMON * documents]
            counted = rare or counted[:1]
        return [
            (term, idf(documents, count), self._vault.words.holding(term))
            for count, term in counted
        ]

    def _by_words(self) -> set[int]:
        if not self._holding:
            return set()
        match = " OR ".join(quoted(term) for term, _, _ in self._holding)
        return {row for row, _ in self._vault.words.best(match, SHORTLIST, self._within)}

    def _by_meaning(self) -> set[int]:
        if self._similar is None or self._sight.codes is None:
            return set()
        return set(self._sight.codes.nearest(self._similar, SHORTLIST, self._allowed))

    def _candidates(self) -> list[Candidate]:
        """Both shortlists, each record with its window.

        What stands near a record that holds the words joins them: an answer often shares no word
        with the question and stands beside one that does. Near in meaning is no such sign.
        """
        by_words = self._by_words()
        found: dict[int, Candidate] = {}
        for rows, reach in ((by_words, REACH), (self._by_meaning() - by_words, 0)):
            chains = self._vault.records.neighbours(sorted(rows), reach + REACH)
            for row, chain in chains.items():
                for candidate in _windows(chain, chain.index(row), reach):
                    if self._allowed is None or candidate.row in self._allowed:
                        found.setdefault(candidate.row, candidate)
        return list(found.values())

    def ranked(self) -> list[tuple[float, Outline, dict[str, float]]]:
        candidates = self._candidates()
        near = {r for c in candidates for r in (c.row, *c.window) if r is not None}
        outlines = self._vault.records.outlines(sorted(near))
        holding = [(weight, rows) for _, weight, rows in self._holding]
        scored = {
            c.row: words_score(c, outlines, holding, self._sight.average_length) for c in candidates
        }
        best = max(scored.values(), default=0.0) or 1.0
        rough = []
        for row, words in scored.items():
            meaning = self._estimate(row)
            if words or (meaning or 0) >= MEANING_FLOOR:
                parts = self._parts(outlines[row], words / best, meaning)
                rough.append((total(parts), outlines[row], parts))
        rough.sort(key=lambda r: (-r[0], r[1].key))
        return self._exactly(rough)

    def _exactly(
        self, rough: list[tuple[float, Outline, dict[str, float]]]
    ) -> list[tuple[float, Outline, dict[str, float]]]:
        """The best again, with true cosines in place of estimates."""
        if self._vector is None:
            return rough
        head = rough[:RESCORED]
        codes = self._vault.vectors.get([outline.row for _, outline, _ in head])
        exact = []
        for _, outline, parts in head:
            code = codes.get(outline.row)
            meaning = cosine(self._vector, code) if code is not None else 0.0
            # Words in the record or around it keep it in; meaning alone must be strong.
            if not parts["words"] and meaning < MEANING_FLOOR:
                continue
            better = {**parts, "meaning": meaning}
            exact.append((total(better), outline, better))
        exact.sort(key=lambda r: (-r[0], r[1].key))
        return exact

    def _estimate(self, row: int) -> float | None:
        if self._similar is None or self._sight.codes is None:
            return None
        return self._sight.codes.of(self._similar, row)

    def _parts(self, outline: Outline, words: float, meaning: float | None) -> dict[str, float]:
        question = self._question
        parts = {"words": round(words, 6)}
        if meaning is not None:
            parts["meaning"] = meaning
        if question.named:
            speaks = outline.author in question.authors
            parts["speaker" if speaks else "other"] = 1.0
        elif question.about_owner and outline.mine:
            parts["speaker"] = 0.5
        if question.days and outline.sent_at:
            start, end = question.days
            if start <= outline.sent_at < end:
                parts["day"] = 1.0
        return parts

    def hits(self, ranked: Sequence[tuple[float, Outline, dict[str, float]]]) -> list[Hit]:
        rows = [outline.row for _, outline, _ in ranked]
        around = self._vault.records.neighbours(rows, 1)
        stored = self._vault.records.get(sorted({r for chain in around.values() for r in chain}))
        hits = []
        for score, outline, parts in ranked:
            one = stored[outline.row]
            r = one.record
            context = tuple(
                f"{stored[n].record.author}: {stored[n].record.text}"
                for n in around[outline.row]
                if n != outline.row
            )
            beside = around[outline.row]
            found = [term for term, _, rows_of in self._holding if outline.row in rows_of]
            near = [t for t, _, rows_of in self._holding if not rows_of.isdisjoint(beside)]
            why = {**{k: round(v, 4) for k, v in parts.items()}, "terms": found, "near": near}
            hits.append(
                Hit(
                    one.key,
                    "record",
                    score,
                    r.text,
                    r.author,
                    r.sent_at,
                    r.source,
                    r.title or r.conversation,
                    r.native_id,
                    context,
                    why,
                )
            )
        return hits


def _windows(chain: Sequence[int], at: int, reach: int) -> Iterator[Candidate]:
    """The rows up to `reach` from the one at `at`, each with the two before and after it."""
    for i in range(max(0, at - reach), min(len(chain), at + reach + 1)):
        two_before, before, after, two_after = (
            chain[j] if 0 <= j < len(chain) else None for j in (i - 2, i - 1, i + 1, i + 2)
        )
        yield Candidate(chain[i], (two_before, before, after, two_after))
