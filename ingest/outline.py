"""Outlines as Markdown: the blocks of Roam and Logseq, where every line is a bullet under another.

Blocks that are headings, and lie under nothing but headings, become headings; all else are lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_DEEPEST = 20
_TASK = re.compile(r"\{\{(?:\[\[)?(TODO|DONE)(?:\]\])?\}\}")


class Block(NamedTuple):
    depth: int
    """From zero."""
    text: str
    heading: int = 0
    """1 to 6; zero for none."""


def markdown(blocks: Iterable[Block]) -> str:
    """In their order; a block of several lines stays one item."""
    lines: list[str] = []
    above: list[int] = []
    """Depths of the headings that the next block may lie under."""
    for block in blocks:
        while above and above[-1] >= block.depth:
            above.pop()
        text = _TASK.sub(lambda task: "[ ]" if task[1] == "TODO" else "[x]", block.text)
        if not text.strip():
            continue
        first, *more = text.split("\n")
        if block.heading and block.depth == len(above):
            lines += ["", f"{'#' * min(block.heading, 6)} {' '.join(first.split())}", "", *more]
            above.append(block.depth)
            continue
        indent = "  " * min(max(block.depth - len(above), 0), _DEEPEST)
        lines.append(f"{indent}- {first}")
        lines += [f"{indent}  {line}".rstrip() for line in more]
    return "\n".join(lines).strip("\n")


__all__ = ["Block", "markdown"]
