"""Notes in plain files: how their text is cut into records, and what day they are called after.

A note has no author line. It lies among its owner's files, and is taken to be the owner's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

from markdown_it import MarkdownIt

from ingest.decode import decode, fold_newlines
from ingest.export import Member
from secondme.errors import UnreadableExport

LONGEST = 2000
"""About this many characters of prose make one record: a screenful."""
_LARGEST = 64 * 1024 * 1024
_DAY = re.compile(r"(\d{4})([-_.]?)(\d{2})\2(\d{2})(?!\d)")
_BLANK = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)*")
_BLANK_START = re.compile(r"(?:[ \t]*\n)*")
_SPACE = re.compile(r"\s")


class Section(NamedTuple):
    heading: str
    """The headings above it, outermost first: `Trip › Day one`."""
    text: str


def text_of(member: Member) -> str:
    """The whole note with `\\n` line ends. Raises `UnreadableExport` for one of absurd size."""
    if member.size > _LARGEST:
        raise UnreadableExport(
            f"{member.name} is too large for a note.", "Split it, or leave it out."
        )
    return fold_newlines(decode(member.read()).text)


def path_of(member: Member) -> str:
    """The note's path inside its export, without the extension."""
    return member.name[: -len(PurePosixPath(member.name).suffix) or None]


def day_in(name: str) -> date | None:
    """The day that a daily note is called after: `2024-05-01`, `2024_05_01 Wednesday`."""
    match = _DAY.match(name)
    try:
        return date(int(match[1]), int(match[3]), int(match[4])) if match else None
    except ValueError:
        return None


def noon(day: date) -> str:
    """A time for something of which only the day is known.

    Noon in UTC: it falls on this day in nearly every zone in which the owner may look at it.
    """
    return f"{day.isoformat()}T12:00:00Z"


def sections(text: str) -> Iterator[Section]:
    """`text` cut before every heading; pieces without any words are left out.

    Only what Markdown itself takes for a heading counts: not a `#` in a code fence.
    """
    lines = text.split("\n")
    headings = list(_headings(text))
    starts = [0, *(line for line, _, _ in headings), len(lines)]
    path: list[tuple[int, str]] = []
    for number, (start, end) in enumerate(pairwise(starts)):
        if number:
            _, level, title = headings[number - 1]
            path = [(above, name) for above, name in path if above < level] + [(level, title)]
        piece = "\n".join(lines[start:end]).strip("\n")
        if piece.strip():
            yield Section(" › ".join(name for _, name in path if name), piece)


@cache
def _parser() -> MarkdownIt:
    """Made once: to make it costs as much as to parse a short note."""
    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])  # inline markup is of no interest here
    return parser


def _headings(text: str) -> Iterator[tuple[int, int, str]]:
    """`(line, level, title)` of every heading that stands by itself."""
    tokens = _parser().parse(text)
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open" and opening.level == 0 and opening.map:
            title = " ".join(content.content.split())
            yield opening.map[0], int(opening.tag[1:]), title


def blocks(text: str, longest: int = LONGEST) -> Iterator[str]:
    """Slices of `text` at blank lines, joined while they stay within `longest` characters.

    A longer paragraph is cut at white space, and where there is none, anywhere.
    """
    start = end = 0
    for paragraph_start, paragraph_end in _paragraphs(text, longest):
        if end > start and paragraph_end - start > longest:
            yield text[start:end]
            start = paragraph_start
        elif end == start:
            start = paragraph_start
        end = paragraph_end
    if end > start:
        yield text[start:end]


def _paragraphs(text: str, longest: int) -> Iterator[tuple[int, int]]:
    text = text.rstrip() + "\n\n"
    first = _BLANK_START.match(text)
    start = first.end() if first else 0
    for match in _BLANK.finditer(text, start):
        yield from _cut(text, start, match.start(), longest)
        start = match.end()


def _cut(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    while end - start > longest:
        line = text.rfind("\n", start + 1, start + longest)
        stop = line if line > 0 else text.rfind(" ", start + 1, start + longest)
        stop = stop if stop > 0 else start + longest
        if text[start:stop].strip():
            yield start, stop
        start = stop
        while start < end and _SPACE.match(text, start):
            start += 1
    if text[start:end].strip():
        yield start, end


__all__ = ["Section", "blocks", "day_in", "noon", "path_of", "sections", "text_of"]
