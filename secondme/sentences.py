"""Sentences of a text, as spans into it."""

from __future__ import annotations

import re

# Ends at ., !, ? or an ellipsis (with closing quotes) before white space, at full-width marks, or
# at a line's end. A run of dots is looked at once: from each of its dots anew, or giving them back
# one by one, a page of dots takes seconds.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+(?=\s)|[。！？]|\n")


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of every sentence, trimmed, in order; `text[start:end]` is verbatim."""
    spans: list[tuple[int, int]] = []
    start = 0
    for end in [*(m.end() for m in _END.finditer(text)), len(text)]:
        piece = text[start:end]
        trimmed = piece.strip()
        if trimmed:
            begin = start + piece.index(trimmed[0])
            spans.append((begin, begin + len(trimmed)))
        start = end
    return spans


def shortened(text: str, start: int, end: int, most: int) -> int:
    """A nearer end for the span, at a word's end, so that it is at most `most` characters."""
    if end - start <= most:
        return end
    cut = text.rfind(" ", start, start + most)
    return cut if cut > start else start + most
