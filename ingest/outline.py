"""Outlines in sections: the blocks of Roam and Logseq, where every line is a bullet under another.

Blocks that are headings, and lie under nothing but headings, begin sections; all else are lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ingest.notes import Section

_DEEPEST = 20
_TASK = re.compile(r"\{\{(?:\[\[)?(TODO|DONE)(?:\]\])?\}\}")


class Block(NamedTuple):
    depth: int
    """From zero."""
    text: str
    heading: int = 0
    """1 to 6; zero for none."""


def sections(blocks: Iterable[Block], above: str = "") -> Iterator[Section]:
    """In their order, as Markdown. `above` is what stands over the first block."""
    lines = [above, ""] if above else []
    path: list[tuple[int, str]] = []
    """Depths and names of the headings that the next block may lie under."""
    for block in blocks:
        text = _TASK.sub(lambda task: "[ ]" if task[1] == "TODO" else "[x]", block.text)
        if not text.strip():
            continue
        first, *more = text.split("\n")
        inside = sum(depth < block.depth for depth, _ in path)
        if block.heading and block.depth == inside < _DEEPEST:
            yield from _section(path, lines)
            name = " ".join(first.split())
            path = [*path[:inside], (block.depth, name)]
            lines = [f"{'#' * min(block.heading, 6)} {name}", "", *more]
            continue
        if inside < len(path):  # what follows a section of another depth belongs to the one above
            yield from _section(path, lines)
            path, lines = path[:inside], []
        indent = "  " * min(max(block.depth - inside, 0), _DEEPEST)
        lines.append(f"{indent}- {first}")
        lines += [f"{indent}  {line}".rstrip() for line in more]
    yield from _section(path, lines)


def _section(path: list[tuple[int, str]], lines: list[str]) -> Iterator[Section]:
    text = "\n".join(lines).strip("\n")
    if text.strip():
        yield Section(" › ".join(name for _, name in path), text)


__all__ = ["Block", "sections"]
