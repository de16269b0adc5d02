"""Markdown notes: an Obsidian or Logseq vault, a folder of `.md` files, or a single one.

---
created: 2024-05-01        <- front matter: title, day and tags of the note
---
# Trip                     <- one record a heading, with everything down to the next one
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import frontmatter

from ingest import Item, Member, Options, importer
from ingest.companions import PAGE
from ingest.decode import looks_binary
from ingest.note import Note, When, records, said, zone_question
from ingest.note_lists import whole
from ingest.notes import Section, day_in, noon, path_of, text_of
from secondme.errors import UnreadableExport

_SUFFIXES = frozenset({".md", ".markdown", ".mdown", ".mkd"})
_DATES = ("date", "created", "created_at", "creation_date", "date created")
_MOST_NAMES = 50
_RULE = re.compile(r"^-{3,}[ \t]*$", re.MULTILINE)
# The YAML parser recurses in C: a front matter nested deeply enough would end the process.
_LONGEST = 16 * 1024
_MOST_BRACKETS = 1000
_DRAWING = re.compile(r"^(?:%%\n)?#{1,2} Drawing$", re.MULTILINE)
"""Where Obsidian's Excalidraw keeps the picture itself, as data."""
_DEEP = re.compile(r"(?:[-?:][ \t]+){50}")


def _is_markdown(member: Member) -> bool:
    if member.suffix == ".canvas":
        return member.shape.has(0, "nodes")
    return member.suffix in _SUFFIXES


@importer("markdown", recognises=_is_markdown)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield one record per section, in order, each with its source text as written.

    Front matter that is no valid YAML is text like any other. A note of front matter alone gives
    one record. Of a canvas, one record per card.
    """
    if member.head.startswith(PAGE.encode()):
        raise UnreadableExport(
            f"{member.name} is a page of secondme's own export.",
            "Import the export's whole folder.",
        )
    if member.suffix == ".canvas":
        yield from records(_board(member))
        return
    if looks_binary(member.head):
        raise UnreadableExport(f"{member.name} is not a text file.", "Rename or leave it out.")
    source = text_of(member)
    known, text = _front_matter(source)
    if "excalidraw-plugin" in known:
        text = _DRAWING.split(text, maxsplit=1)[0]
    when = _when(known, member, options)
    title = known.get("title")
    empty = not text.strip()
    note = Note(
        "markdown",
        path_of(member),
        source if empty else text,
        title=title if isinstance(title, str) and title else member.stem,
        when=when,
        meta={
            "tags": _names(known.get("tags") or known.get("tag")),
            "aliases": _names(known.get("aliases") or known.get("alias")),
        },
        plain=empty,
        uncut=True,
    )
    yield from records(note)
    if when.zone == "guessed":
        yield zone_question("Markdown", options)


def _board(member: Member) -> Note:
    """Obsidian's canvas: a record a card. Notes on it are files of their own."""
    cards = whole(member).get("nodes")
    cards = cards if isinstance(cards, list) else []
    words = [card.get("text") for card in cards if isinstance(card, dict)]
    cut = [Section("", text) for text in words if isinstance(text, str)]
    return Note("markdown", path_of(member), "", title=member.stem, cut=cut, uncut=True)


def _front_matter(source: str) -> tuple[dict[str, Any], str]:
    """What the front matter says, and the text behind it."""
    opening = _RULE.match(source)
    closing = _RULE.search(source, opening.end()) if opening else None
    if closing is None:
        return {}, source
    block = source[: closing.end()]
    if len(block) > _LONGEST or sum(map(block.count, "[{")) > _MOST_BRACKETS or _DEEP.search(block):
        return {}, source
    try:
        known = frontmatter.parse(block)[0]
    except Exception:  # YAML, date and recursion errors of a block that was never YAML
        return {}, source
    return (known, source[closing.end() :]) if isinstance(known, dict) and known else ({}, source)


def _when(known: dict[str, Any], member: Member, options: Options) -> When:
    for name, value in known.items():
        if str(name).lower() in _DATES:
            when = said(value, options)
            if when.sent_at:
                return when
    day = day_in(member.stem)
    return When(noon(day), member.stem, "none", "day") if day else When()


def _names(listed: Any) -> list[str]:
    """Tags or aliases: a list, or names with commas or blanks between them."""
    if isinstance(listed, str):
        listed = listed.split(",") if "," in listed else listed.split()
    if not isinstance(listed, list):
        return []
    return [name.strip() for name in listed if isinstance(name, str) and name.strip()][:_MOST_NAMES]
