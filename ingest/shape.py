"""The shape of a JSON document by its first 64 KB: which keys stand at which depth.

What a file is called decides nothing: five apps write a `conversations.json`. The keys do, and they
are looked at by thirty recognisers, so they are gathered once.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TOKENS = re.compile(r'"((?:[^"\\]|\\.)*+)"(\s*:)?|[{}\[\]]')
DEEPEST = 6


class Shape(NamedTuple):
    kind: str
    """`object`, `array`, `lines` (one object after another), or empty for what is no JSON."""
    keys: tuple[frozenset[str], ...]
    """The keys at each depth of objects, from the outermost: `keys[0]` are those of the document,
    of its items where it is an array, of its lines where it is JSON lines. Always six deep."""

    def has(self, depth: int, *keys: str) -> bool:
        """Whether all of `keys` occur at `depth`, counted in objects from zero."""
        return bool(self.kind) and self.keys[depth].issuperset(keys)


NONE = Shape("", (frozenset(),) * DEEPEST)


def shape(head: str) -> Shape:
    """Of the beginning of a document, which may end in the middle. Linear in its length."""
    start = head.lstrip("\ufeff \t\r\n")
    if start[:1] not in ("{", "["):
        return NONE
    keys: list[set[str]] = [set() for _ in range(DEEPEST)]
    objects = closed = brackets = 0
    lines = False
    for match in _TOKENS.finditer(start):
        mark = match[0]
        if mark == "{":
            lines = lines or (closed > 0 and not brackets and not objects)
            objects += 1
        elif mark == "}":
            objects -= 1
            closed += 1
        elif mark in "[]":
            brackets += 1 if mark == "[" else -1
        elif match[2] and 0 < objects <= DEEPEST:
            keys[objects - 1].add(match[1])
        if objects < 0 or brackets < 0:
            return NONE
    kind = "lines" if lines else "object" if start[0] == "{" else "array"
    return Shape(kind, tuple(frozenset(found) for found in keys))


__all__ = ["NONE", "Shape", "shape"]
