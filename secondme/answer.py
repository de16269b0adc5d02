"""Answers that stand on quotes: each `[n]` is a record that was found, or there is none.

On the bundled tier the answer is the best quoted sentences. An owner's larger model may compose;
then every sentence must cite a hit by its number, and what cites nothing is struck out.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from secondme.recall.question import STOPWORDS, Question
from secondme.record import Fact, Hit, own_words
from secondme.sentences import sentences

MOST = 3
"""Quotes in an answer."""
NEAR = 0.75
"""A further quote must score at least this share of the best one."""
COVERED = 0.5
"""Share of the question's weight of words that must stand in the best hit or beside it."""
SURE = 0.45
"""Cosine at which meaning alone supports an answer."""
LONGEST = 300
_WORD = re.compile(r"[^\W_]+")
_CITED = re.compile(r"\[(\d+)\]")
UNKNOWN = "I don't know: nothing in this memory answers that."


class Composer(Protocol):
    """A model that may write an answer from numbered quotes."""

    name: str

    def compose(self, question: str, quotes: Sequence[str]) -> str: ...


@dataclass(frozen=True, slots=True)
class Answer:
    answer: str
    abstained: bool
    citations: tuple[dict[str, Any], ...]
    model: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "answer": self.answer,
            "abstained": self.abstained,
            "citations": list(self.citations),
            "model": self.model,
        }


def answer(
    question: Question, hits: Sequence[Hit], rarity: dict[str, float], composer: Composer | None
) -> Answer:
    """Answer from hits, best first; `rarity` holds the idf of every term of the question."""
    model = composer.name if composer else "quotes"
    chosen = _supported(question, hits, rarity)
    if not chosen:
        return Answer(UNKNOWN, True, (), model)
    quotes = [_best_sentence(hit, question) for hit in chosen]
    citations = tuple(
        _citation(n, hit, quote)
        for n, (hit, quote) in enumerate(zip(chosen, quotes, strict=True), start=1)
    )
    if composer is not None:
        text, used = _checked(composer.compose(question.text, _numbered(citations)), citations)
        if text:
            return Answer(text, False, tuple(c for c in citations if c["n"] in used), model)
    return Answer("\n".join(_line(c) for c in citations), False, citations, model)


def _citation(n: int, hit: Hit, quote: str) -> dict[str, Any]:
    """`corrected` is there where the quote holds words by which the owner put the record right."""
    citation = {"n": n, "id": hit.id, "quote": quote, "at": hit.at, "author": hit.author}
    if any(words in quote for words in hit.why.get("corrected", ())):
        citation["corrected"] = True
    return citation


def as_corrected(hits: Sequence[Hit], facts: Sequence[Fact]) -> list[Hit]:
    """The hits with the owner's words in place of what they rewrote, and without what they
    rejected; a hit of which nothing is left is left out. `why` holds those words as `corrected`.
    """
    changes: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for fact in facts:
        if fact.edited or fact.status == "rejected":
            words = "" if fact.status == "rejected" else fact.statement
            for e in fact.evidence:
                changes[e.id].append((e.start, e.end, words))
    if not any(hit.id in changes for hit in hits):
        return list(hits)
    read = [_corrected(hit, changes[hit.id]) if hit.id in changes else hit for hit in hits]
    left = [hit for hit in read if _WORD.search(hit.text)]
    # What stood beside a hit may be among the words that are no more.
    gone = {term for hit in hits for term in hit.why.get("terms", ())}
    gone -= {term for hit in left for term in hit.why.get("terms", ())}
    return [replace(hit, why={**hit.why, "near": _without(hit, gone)}) for hit in left]


def _without(hit: Hit, gone: set[str]) -> list[str]:
    return [term for term in hit.why.get("near", ()) if term not in gone]


def _corrected(hit: Hit, changes: list[tuple[int, int, str]]) -> Hit:
    pieces: list[str] = []
    at = 0
    for start, end, words in sorted(changes):
        if start >= at:
            pieces += [hit.text[at:start], words]
            at = end
    text = "".join([*pieces, hit.text[at:]]).strip()
    why = {
        **hit.why,
        "terms": [term for term in hit.why.get("terms", ()) if _occurs(term, text)],
        "corrected": [words for _, _, words in changes if words],
    }
    if not all(words for _, _, words in changes):
        why.pop("meaning", None)  # it is that of what was rejected, too
    return replace(hit, text=text, why=why)


def _occurs(term: str, text: str) -> bool:
    """In whatever form: the word index has stemmed it, and what stood here may be gone."""
    return _bare(term)[: max(3, len(term) - 3)] in _bare(text)


def _bare(text: str) -> str:
    """Without case and accents."""
    parts = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


def _supported(question: Question, hits: Sequence[Hit], rarity: dict[str, float]) -> list[Hit]:
    """The hits worth quoting; none when the person or the thing asked about is not in them.

    A score alone cannot tell an unanswerable question: the named person must be the one who speaks
    or is spoken of, and most of what the question's words weigh must occur, a word that occurs
    nowhere weighing most.
    """
    if not hits:
        return []
    best = hits[0]
    if question.named and not any(_about(question, hit) for hit in hits[:MOST]):
        return []
    here = {*best.why.get("terms", ()), *best.why.get("near", ())}
    weight = sum(rarity.values())
    covered = sum(rarity[term] for term in here) / weight if weight else 0.0
    if covered < COVERED and float(best.why.get("meaning", 0.0)) < SURE:
        return []
    return [
        hit
        for hit in hits[:MOST]
        if hit.score >= NEAR * best.score and (not question.named or _about(question, hit))
    ]


def _about(question: Question, hit: Hit) -> bool:
    names = {w.casefold() for p in question.named for i in p.identities for w in i.name.split()}
    spoken = {w.casefold() for w in _WORD.findall(hit.text)}
    return bool(hit.why.get("speaker")) or bool(names & spoken)


def _best_sentence(hit: Hit, question: Question) -> str:
    """The sentence with most of the question's words; its whole text when that is short."""
    text = _own(hit)
    if len(text) <= LONGEST:
        return text.strip()
    asked = set(question.terms) - STOPWORDS
    spans = sentences(text)
    scored = [(-sum(w.lower() in asked for w in _WORD.findall(text[a:b])), a, b) for a, b in spans]
    _, start, end = min(scored)
    return text[start : min(end, start + LONGEST)]


def _own(hit: Hit) -> str:
    """Without what a mail repeats from others, for a quote is said to be its author's."""
    own = own_words(hit.text, hit.why.get("quoted", ())) if "corrected" not in hit.why else hit.text
    return own.strip() or hit.text


def _line(citation: dict[str, Any]) -> str:
    who = citation["author"] or "unknown"
    when = f", {citation['at'][:10]}" if citation["at"] else ""
    quote = " ".join(citation["quote"].split())
    owned = ", as you corrected it" if "corrected" in citation else ""
    return f"“{quote}” — {who}{when}{owned} [{citation['n']}]"


def _numbered(citations: Sequence[dict[str, Any]]) -> list[str]:
    return [_line(c) for c in citations]


def _checked(text: str, citations: Sequence[dict[str, Any]]) -> tuple[str, set[int]]:
    """The sentences that cite real quotes, and the numbers they cite."""
    real = {c["n"] for c in citations}
    kept: list[str] = []
    used: set[int] = set()
    for start, end in sentences(text):
        cited = {int(n) for n in _CITED.findall(text[start:end])}
        if cited and cited <= real:
            kept.append(text[start:end])
            used |= cited
    return " ".join(kept), used
