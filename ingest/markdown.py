"""Markdown notes: an Obsidian or Logseq vault, a folder of `.md` files, or a single one.

---
created: 2024-05-01        <- front matter: title, day and tags of the note
---
# Trip                     <- one record a heading, with everything down to the next one
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

import frontmatter

from ingest import Item, Member, Options, importer
from ingest.companions import PAGE
from ingest.decode import looks_binary
from ingest.notes import Section, blocks, day_in, noon, path_of, sections, text_of
from ingest.owner import OWNER
from ingest.times import parse_iso, parse_local, utc
from secondme.errors import UnreadableExport
from secondme.record import Record

_SUFFIXES = frozenset({".md", ".markdown", ".mdown", ".mkd"})
_DATES = ("date", "created", "created_at", "creation_date", "date created")
_MOST_TAGS = 50
_RULE = re.compile(r"^-{3,}[ \t]*$", re.MULTILINE)
# The YAML parser recurses in C: a front matter nested deeply enough would end the process.
_LONGEST = 16 * 1024
_MOST_BRACKETS = 1000
_LONGEST_NOTE = 2 * 1024 * 1024
"""Beyond this no person wrote the headings, and finding them would take minutes."""
_DEEP = re.compile(r"(?:[-?:][ \t]+){50}")


class _When(NamedTuple):
    sent_at: str | None = None
    written: str = ""
    zone: str = "none"
    precision: str = "s"


@importer("markdown", recognises=lambda member: member.suffix in _SUFFIXES)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield one record per section, in order, each with its source text as written.

    Front matter that is no valid YAML is text like any other. A note of front matter alone gives
    one record.
    """
    if member.head.startswith(PAGE.encode()):
        raise UnreadableExport(
            f"{member.name} is a page of secondme's own export.",
            "Import the export's whole folder.",
        )
    if looks_binary(member.head):
        raise UnreadableExport(f"{member.name} is not a text file.", "Rename or leave it out.")
    source = text_of(member)
    known, text = _front_matter(source)
    when = _when(known, member, options)
    title = known.get("title")
    if len(text) <= _LONGEST_NOTE:
        found = list(sections(text))
    else:
        found = [Section("", block) for block in blocks(text)]
    if not found and source.strip():
        found = [Section("", source.strip("\n"))]
    for section in found:
        yield Record(
            "markdown",
            path_of(member),
            section.text,
            author=OWNER,
            sent_at=when.sent_at,
            sent_local=when.written,
            zone=when.zone,
            precision=when.precision,
            kind="section",
            mine=True,
            subject=section.heading,
            title=title if isinstance(title, str) and title else member.stem,
            meta=_meta(known),
        )


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


def _when(known: dict[str, Any], member: Member, options: Options) -> _When:
    for name, value in known.items():
        if str(name).lower() in _DATES:
            when = _said(value, options)
            if when.sent_at:
                return when
    day = day_in(member.stem)
    return _When(noon(day), member.stem, "none", "day") if day else _When()


def _said(value: Any, options: Options) -> _When:
    """YAML has made a time of what looks like one; the rest are texts in any form."""
    if isinstance(value, str):
        if moment := parse_iso(value):
            return _When(moment, value, "explicit")
        day = day_in(value) if len(value) <= 10 else None
        value = day or parse_local(value)
    if isinstance(value, datetime):
        written = value.isoformat(" ")
        if value.tzinfo is not None:
            return _When(parse_iso(value.isoformat()), written, "explicit")
        try:
            sent_at = utc(value, options.zone or options.local_zone)
        except ValueError:
            return _When()
        return _When(sent_at, written, "asked" if options.zone else "guessed")
    if isinstance(value, date):
        return _When(noon(value), value.isoformat(), "none", "day")
    return _When()


def _meta(known: dict[str, Any]) -> str:
    tags = known.get("tags") or known.get("tag") or ()
    listed = tags.replace(",", " ").split() if isinstance(tags, str) else tags
    if not isinstance(listed, list):
        return ""
    names = [tag for tag in listed if isinstance(tag, str)][:_MOST_TAGS]
    return json.dumps({"tags": names}, ensure_ascii=False) if names else ""
