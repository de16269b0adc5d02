"""Roam Research: ··· → Export All → JSON, a zip with one file for the graph.

    [{"title": "August 9th, 2020", "uid": "08-09-2020", "create-time": 1596987721724, "children": [
       {"string": "{{[[TODO]]}} read ((7StXJTkZf))", "uid": "qHPCBA2tz", "heading": 2,
        "children": […]}]}, …]

A page is a note. References to blocks stand as the words that they refer to. The EDN export holds
the database itself, and is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.note import Note, epoch, in_words, records
from ingest.note_lists import listed
from ingest.outline import Block, sections
from ingest.values import entries_in
from secondme.errors import UnreadableExport
from secondme.record import Unread

_EDN = re.compile(r"\s*(?:#datascript/DB\b|\{:(?:schema|version|datoms|eavt)\b)")
_REFERENCE = re.compile(r"\(\(([\w-]{6,40})\)\)")
_NAMED = re.compile(r"\[([^\]\n]{1,500})\]\(\(\(([\w-]{6,40})\)\)\)")
_EMBED = re.compile(
    r"\{\{(?:\[\[)?(?:embed(?:-path|-children)?)(?:\]\])?:\s*(\(\([\w-]{6,40}\)\)|\[\[[^\]\n]{1,300}\]\])\s*\}\}"
)


def _is_roam(member: Member) -> bool:
    if member.suffix == ".edn" or member.head[:14].lstrip().startswith(b"#datascript/"):
        return bool(_EDN.match(member.start))
    shape = member.shape
    if shape.kind != "array" or not shape.has(1, "string"):
        return False
    return shape.has(0, "title") or shape.has(0, "children")


@importer("roam", recognises=_is_roam)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the pages in file order, each in its sections; pages nobody wrote on are left out."""
    if _EDN.match(member.start):
        raise UnreadableExport(
            f"{member.name} is an EDN export.",
            "Choose JSON where Roam or Logseq asks for a format.",
        )
    said = _referred(member)
    for found in listed(member, "", what="page"):
        if isinstance(found, Unread):
            yield found
        else:
            yield from records(_page(found[2], found[1], said, options))


def _page(value: dict[str, Any], number: int, said: Mapping[str, str], options: Options) -> Note:
    title = value.get("title")
    title = title if isinstance(title, str) else ""
    day = in_words(title, options) if len(title) < 30 else None
    created = epoch(value.get("create-time"))
    blocks = _blocks(value.get("children"))
    cut = list(sections(Block(b.depth, resolved(b.text, said), b.heading) for b in blocks))
    return Note(
        "roam",
        title or str(value.get("uid") or f"page {number}"),
        "",
        title=title,
        above=title if cut else "",
        cut=cut,
        when=day if day and day.precision == "day" else created,
    )


def _blocks(children: Any) -> Iterator[Block]:
    """Depth first, without recursion: outlines can be as deep as their makers like."""
    for depth, block in _walk(children):
        text, heading = block.get("string"), block.get("heading")
        level = heading if isinstance(heading, int) else 0
        yield Block(depth, text if isinstance(text, str) else "", level)


def _walk(children: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    waiting = [(0, child) for child in reversed(entries_in(children))]
    while waiting:
        depth, block = waiting.pop()
        if isinstance(block, dict):
            yield depth, block
            waiting += [(depth + 1, child) for child in reversed(entries_in(block.get("children")))]


def _referred(member: Member) -> dict[str, str]:
    """The words of every block that another one refers to."""
    wanted: set[str] = set()
    for _, block in _all_blocks(member):
        text = block.get("string")
        if isinstance(text, str) and "((" in text:
            wanted.update(_REFERENCE.findall(text))
    found: dict[str, str] = {}
    for _, block in _all_blocks(member) if wanted else ():
        uid, text = block.get("uid"), block.get("string")
        if isinstance(uid, str) and isinstance(text, str) and uid in wanted:
            found[uid] = text
    return found


def _all_blocks(member: Member) -> Iterator[tuple[int, dict[str, Any]]]:
    for page in listed(member, "", what="page"):
        if not isinstance(page, Unread):
            yield from _walk(page[2].get("children"))


def resolved(text: str, said: Mapping[str, str]) -> str:
    """With the words that it refers to in place of the ids of their blocks."""
    if "((" not in text and "{{" not in text:
        return text
    text = _EMBED.sub(r"\1", _NAMED.sub(r"\1", text))
    return _REFERENCE.sub(lambda reference: said.get(reference[1], reference[0]), text)


__all__ = ["read", "resolved"]
