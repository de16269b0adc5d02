"""The profile: what stands about the owner now, in the owner's own words, each line with evidence.

A pure function of the facts and an explicit `now`; nothing of it is stored, so it can never be out
of date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from secondme.record import Fact

RECENT = timedelta(days=90)
CORE_WORDS = 380
"""About 512 tokens of English."""
ORDER = (
    "identity", "place", "work", "study", "relation", "health", "preference", "possession",
    "routine", "plan", "event", "opinion",
)  # fmt: skip
_PASSING = frozenset({"event", "plan"})
"""Categories that are news while they are fresh and history afterwards."""


def profile(facts: Sequence[Fact], now: date | None) -> dict[str, Any]:
    """`{status, bio, facets, core}`; `status` is empty without a `now` to be recent against.

    What the owner pinned comes first, and nothing that they rejected is in it.
    """
    mine = [f for f in facts if f.mine and f.status != "rejected"]
    standing = [f for f in mine if f.status == "current"]
    bio = [f for f in standing if f.category not in _PASSING]
    bio.sort(key=lambda f: (not f.pinned, _rank(f), -f.confidence, f.valid_from or "", f.id))
    return {
        "status": [_line(f) for f in _fresh(standing, now)],
        "bio": [_line(f) for f in bio],
        "facets": _facets(mine),
        "core": _core(bio),
    }


def _fresh(facts: Sequence[Fact], now: date | None) -> list[Fact]:
    if now is None:
        return []
    since, until = (now - RECENT).isoformat(), (now + timedelta(days=1)).isoformat()
    fresh = [f for f in facts if f.valid_from and since <= f.valid_from < until]
    return sorted(fresh, key=lambda f: (f.valid_from or "", f.id), reverse=True)


def _facets(facts: Sequence[Fact]) -> list[dict[str, Any]]:
    """How much is known of each side of the owner, and from when to when."""
    sides: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        sides[fact.category].append(fact)
    found = []
    for category in sorted(sides, key=lambda c: (_position(c), c)):
        times = sorted(f.valid_from for f in sides[category] if f.valid_from)
        found.append(
            {
                "facet": category,
                "facts": len(sides[category]),
                "first": times[0] if times else None,
                "last": times[-1] if times else None,
                "timeline": [
                    {"at": f.valid_from, "id": f.id, "statement": f.statement, "status": f.status}
                    for f in sorted(sides[category], key=lambda f: (f.valid_from or "", f.id))
                ],
            }
        )
    return found


def _core(facts: Sequence[Fact]) -> str:
    """The lines that fit the core's budget, most telling first, each of them whole."""
    lines: list[str] = []
    left = CORE_WORDS
    for fact in facts:
        words = len(fact.statement.split())
        if words <= left:
            lines.append(f"{fact.category}: {fact.statement}")
            left -= words
    return "\n".join(lines)


def _line(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "category": fact.category,
        "statement": fact.statement,
        "since": fact.valid_from,
        "edited": fact.edited,
        "pinned": fact.pinned,
        "evidence": [e._asdict() for e in fact.evidence],
    }


def _rank(fact: Fact) -> int:
    return _position(fact.category)


def _position(category: str) -> int:
    return ORDER.index(category) if category in ORDER else len(ORDER)
