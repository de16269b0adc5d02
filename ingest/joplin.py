"""Joplin: File → Export all → JEX (a tar) or RAW (a folder), one Markdown file an item.

    Shopping

    Milk and ![receipt](:/b3a6a0a907a740c6ad9de7d440713c36)

    id: ac3b44f9b4b54d7cadad8b57a6ce08cb
    parent_id: 41b6510b27e54240bee2cce720f52b4d
    created_time: 2021-06-23T18:52:43.603Z
    …
    type_: 1                     <- 1 note, 2 notebook, 4 attachment, 5 tag, 6 which note has a tag

The Markdown export with front matter is read like any Markdown.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from ingest import Export, Item, Member, Options, importer
from ingest.note import Note, degrees, epoch, explicit, records
from ingest.notes import text_of
from ingest.owner import OWNER
from ingest.rich import markdown_of
from secondme.record import Unread

_NAME = re.compile(r"(?:.*/)?[0-9a-f]{32}\.md")
_FIELD = re.compile(r"([a-z][a-z_]*):(?: (.*))?")
_TYPE = re.compile(r"(?:^|\n)type_: (\d{1,2})\s*$")
_LINK = re.compile(r"(!?)\[([^\]\n]{0,300})\]\(:/([0-9a-f]{32})[^)\n]{0,300}\)")
_NOTE, _NOTEBOOK, _FILE, _TAG, _TAGGED = "1", "2", "4", "5", "6"
_TAIL = 8192
_LARGEST = 64 * 1024 * 1024
_HTML = "2"


@dataclass
class _Library:
    """What the other items say: names by id."""

    notebooks: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Title, and the notebook that it lies in."""
    files: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    tagged: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By note, the ids of its tags."""

    def path(self, notebook: str) -> str:
        names: list[str] = []
        while notebook in self.notebooks and len(names) < 20:
            title, notebook = self.notebooks[notebook]
            names.insert(0, title)
        return " › ".join(names)


def _is_joplin(member: Member) -> bool:
    return bool(_NAME.fullmatch(member.name)) and _kind(member) is not None


def _kind(member: Member) -> str | None:
    """The number of its type, from its last line."""
    if member.size > _LARGEST:
        return None
    text = member.start if member.size <= len(member.head) else text_of(member)
    found = _TYPE.search(text[-_TAIL:])
    return found[1] if found else None


@importer("joplin", recognises=_is_joplin)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the note; nothing for notebooks, tags and descriptions of files."""
    if _kind(member) != _NOTE:
        return
    title, body, known = item(text_of(member))
    if known.get("encryption_applied") == "1":
        yield Unread(member.name, "The note is encrypted: switch encryption off and export again.")
        return
    yield from records(_note(title, body, known, _library(member.export)))


def item(text: str) -> tuple[str, str, dict[str, str]]:
    """Pure. Title, body and what stands below them: the last block of lines with a name each."""
    lines = text.rstrip("\n").split("\n")
    known: dict[str, str] = {}
    while lines and (found := _FIELD.fullmatch(lines[-1])):
        known.setdefault(found[1], found[2] or "")
        lines.pop()
    words = "\n".join(lines).rstrip("\n")
    title, _, body = words.partition("\n")
    return title.strip(), body.strip("\n"), known


def _note(title: str, body: str, known: dict[str, str], library: _Library) -> Note:
    created = known.get("user_created_time") or known.get("created_time")
    if known.get("markup_language") == _HTML:
        body = markdown_of(body)
    files: list[str] = []
    due, done = known.get("todo_due", ""), known.get("todo_completed", "")
    todo = known.get("is_todo") == "1"
    return Note(
        "joplin",
        known.get("id") or title,
        _LINK.sub(lambda link: _shown(link, library, files), body),
        title=title,
        above=title,
        when=explicit(created),
        meta={
            "tags": [library.tags[tag] for tag in _tags(known, library) if tag in library.tags],
            "notebook": library.path(known.get("parent_id", "")),
            "author": known.get("author"),
            "url": known.get("source_url"),
            "todo": todo and ("done" if done not in ("", "0") else "open"),
            "due": _moment(due),
            **_place(known),
            "trashed": known.get("deleted_time", "0") not in ("", "0"),
        },
        attachments=tuple(dict.fromkeys(files)),
        author="" if known.get("source_url") else OWNER,
    )


def _shown(link: re.Match[str], library: _Library, files: list[str]) -> str:
    """A link to another item: a file by its name, a note by the words that were linked."""
    mark, words, id_ = link.groups()
    name = library.files.get(id_, "")
    if mark:
        return f"![{words}]({quote(name or words or id_)})"
    if name:
        files.append(name)
    return str(words)


def _tags(known: dict[str, str], library: _Library) -> list[str]:
    return library.tagged.get(known.get("id", ""), [])


def _moment(milliseconds: str) -> str | None:
    return epoch(int(milliseconds)).sent_at if milliseconds.isdecimal() else None


def _place(known: dict[str, str]) -> dict[str, Any]:
    """Not known is written as zero."""
    latitude, longitude = (degrees(known.get(name)) for name in ("latitude", "longitude"))
    return {"latitude": latitude, "longitude": longitude} if latitude or longitude else {}


@lru_cache(maxsize=1)
def _library(export: Export) -> _Library:
    """Every item but the notes: they are small, and each is read once."""
    library = _Library()
    for member in export.members:
        if _NAME.fullmatch(member.name) and (kind := _kind(member)) not in (None, _NOTE):
            title, _, known = item(member.start)
            id_ = known.get("id", "")
            if kind == _NOTEBOOK:
                library.notebooks[id_] = title, known.get("parent_id", "")
            elif kind == _FILE:
                library.files[id_] = title or known.get("filename", "")
            elif kind == _TAG:
                library.tags[id_] = title
            elif kind == _TAGGED:
                library.tagged[known.get("note_id", "")].append(known.get("tag_id", ""))
    return library
