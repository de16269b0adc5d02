"""Why something was found: every part of its score in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from secondme.memory import WEIGHTS
from secondme.record import Hit
from tui.safe import safe


def why(hit: Hit) -> Text:
    """The score, and a line for each part of it with what that part adds."""
    lines = [f"score {hit.score:.3f}, the sum of"]
    lines += [f"{WEIGHTS[name] * value:+.3f}  {said}" for name, value, said in _parts(hit.why)]
    return Text(safe("\n".join(lines)))


def _parts(parts: Mapping[str, Any]) -> Iterator[tuple[str, float, str]]:
    for name, value in parts.items():
        if name in WEIGHTS:
            yield name, value, _said(name, value, parts)


def _said(name: str, value: float, parts: Mapping[str, Any]) -> str:
    if name == "words":
        here = ", ".join(parts.get("terms", ())) or "none"
        beside = ", ".join(t for t in parts.get("near", ()) if t not in parts.get("terms", ()))
        also = f"; beside it: {beside}" if beside else ""
        return f"words: {value:.0%} of the best match. In it: {here}{also}"
    if name == "meaning":
        return f"meaning: {value:.2f} near to the question (1 is the same)"
    if name == "speaker":
        return (
            "speaker: the person asked about wrote it"
            if value == 1
            else "speaker: the question is about you, and you wrote it"
        )
    if name == "other":
        return "speaker: somebody else than the person asked about wrote it"
    return "day: sent in the days the question means"
