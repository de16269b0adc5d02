"""Measured quality on the built-in life: what is found, what is distilled, what is invented.

The life comes with gold written by hand: questions with the records that answer them, facts with
the words that carry them, and sentences that must never become facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from statistics import fmean
from typing import Any

from secondme.life import Asked, Gold, Ref, gold
from secondme.memory import Memory
from secondme.record import Fact, Hit

DEPTH = 10


def evaluate(memory: Memory) -> dict[str, Any]:
    """All measures over a memory that holds the built-in life, shares in per cent."""
    truth = gold()
    return {
        "recall": _recall(memory, truth),
        "answers": _answers(memory, truth),
        "facts": _facts(memory.facts(), memory, truth),
    }


def _recall(memory: Memory, truth: Gold) -> dict[str, Any]:
    """R@1, R@5, R@10 and MRR by kind of question: the mean share of gold records found."""
    rows: dict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
    for asked in truth.questions:
        if asked.gold and asked.kind not in ("unanswerable", "wrong-person"):
            hits = memory.search(asked.question, k=DEPTH, now=date.fromisoformat(truth.now))
            rows[asked.kind].append(_found(hits, asked.gold))
    rows["all"] = [row for kind in list(rows) for row in rows[kind]]
    names = ("r@1", "r@5", "r@10", "mrr")
    return {
        kind: {
            "questions": len(found),
            **{n: _per_cent(fmean(row[i] for row in found)) for i, n in enumerate(names)},
        }
        for kind, found in rows.items()
    }


def _found(hits: Sequence[Hit], refs: Sequence[Ref]) -> tuple[float, float, float, float]:
    def share(depth: int) -> float:
        return fmean(any(_is(hit, ref) for hit in hits[:depth]) for ref in refs)

    ranks = (i for i, hit in enumerate(hits, start=1) if any(_is(hit, ref) for ref in refs))
    first = next(ranks, 0)
    return share(1), share(5), share(DEPTH), 1 / first if first else 0.0


def _is(hit: Hit, ref: Ref) -> bool:
    return hit.source == ref.source and ref.contains in hit.text


def _answers(memory: Memory, truth: Gold) -> dict[str, Any]:
    """How often an answer cites a gold record, and how often it rightly or wrongly abstains."""
    now = date.fromisoformat(truth.now)
    answered = cited = wrongly_silent = 0
    can = [q for q in truth.questions if q.gold and q.kind not in ("unanswerable", "wrong-person")]
    for asked in can:
        found = memory.ask(asked.question, now=now)
        if found["abstained"]:
            wrongly_silent += 1
            continue
        answered += 1
        cited += any(_cites(found, ref) for ref in asked.gold)
    cannot = [q for q in truth.questions if q.kind in ("unanswerable", "wrong-person")]
    rightly_silent = sum(_silent(memory, q, now) for q in cannot)
    return {
        "answerable": len(can),
        "answered": answered,
        "cites_gold": _per_cent(cited / answered if answered else 0.0),
        "wrongly_abstained": _per_cent(wrongly_silent / len(can)),
        "unanswerable": len(cannot),
        "rightly_abstained": _per_cent(rightly_silent / len(cannot)),
    }


def _silent(memory: Memory, asked: Asked, now: date) -> bool:
    return bool(memory.ask(asked.question, now=now)["abstained"])


def _cites(found: dict[str, Any], ref: Ref) -> bool:
    return any(c["quote"] in ref.contains or ref.contains in c["quote"] for c in found["citations"])


def _facts(facts: Sequence[Fact], memory: Memory, truth: Gold) -> dict[str, Any]:
    """Nothing invented, nobody's words in another's mouth, and how much of the gold was read."""
    invented = foreign = 0
    for fact in facts:
        for evidence in fact.evidence:
            record = memory.show(evidence.id)
            invented += record["text"][evidence.start : evidence.end] != evidence.quote
            speaks = record["mine"] if fact.mine else record["author"] == fact.subject
            same = fact.mine == record["mine"] and (speaks or _same(memory, record, fact))
            foreign += record["role"] != "person" or not same
    quotes = [e.quote for fact in facts for e in fact.evidence]
    read = sum(any(_overlap(q, g.quote) for q in quotes) for g in truth.facts)
    forbidden = [n.quote for n in truth.forbidden if any(_overlap(q, n.quote) for q in quotes)]
    return {
        "facts": len(facts),
        "invented": invented,
        "from_another_speaker": foreign,
        "gold": len(truth.facts),
        "gold_read": _per_cent(read / len(truth.facts)),
        "forbidden": len(truth.forbidden),
        "forbidden_read": len(forbidden),
    }


def _same(memory: Memory, record: dict[str, Any], fact: Fact) -> bool:
    """The author goes by another name than the person's commonest one."""
    people = (p for p in memory.people() if p["name"] == fact.subject)
    return any(i["name"] == record["author"] for p in people for i in p["identities"])


def _overlap(a: str, b: str) -> bool:
    return a in b or b in a


def _per_cent(share: float) -> float:
    return round(100 * share, 1)
