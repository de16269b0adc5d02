"""Simplenote: File → Export Notes, a zip with `simplenote.json` (older: `source/notes.json`).

    {"activeNotes": [{"id": "2065…", "content": "Shopping\\r\\nMilk", "tags": ["home"],
                      "creationDate": "2024-03-14T09:12:00.000Z", "lastModified": "…"}],
     "trashedNotes": []}

The same notes lie beside it as text files without their ids; those are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ingest import Export, Item, Member, Options, importer
from ingest.note import Note, explicit, first_line, records, texts
from ingest.note_lists import listed
from secondme.record import Unread

_ACTIVE, _TRASHED = "activeNotes", "trashedNotes"
_COPIES = (".txt", ".md")
_NAMES = ("simplenote.json", "notes.json", "source/simplenote.json", "source/notes.json")


def _is_simplenote(member: Member) -> bool:
    if member.suffix in _COPIES:
        return _has_list(member.export, member.folder)
    return _is_list(member)


def _is_list(member: Member) -> bool:
    shape = member.shape
    if shape.kind != "object" or not shape.has(0, _ACTIVE):
        return False
    return shape.has(1, "content") or shape.has(0, _TRASHED)


@lru_cache(maxsize=16)
def _has_list(export: Export, folder: str) -> bool:
    """Whether the texts in this folder, or in its folder of the trash, lie beside a list."""
    above = folder.rpartition("/")[0]
    for base in (folder, above):
        for name in _NAMES:
            found = export.member(f"{base}/{name}".lstrip("/"))
            if found is not None and _is_list(found):
                return True
    return False


@importer("simplenote", recognises=_is_simplenote)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the notes in file order, those in the trash marked; nothing for the copies."""
    if member.suffix in _COPIES:
        return
    for found in listed(member, _ACTIVE, _TRASHED):
        if isinstance(found, Unread):
            yield found
        else:
            where, number, value = found
            yield from records(_note(value, number, trashed=where == _TRASHED))


def _note(value: dict[str, Any], number: int, *, trashed: bool) -> Note:
    content = value.get("content")
    text = content if isinstance(content, str) else ""
    return Note(
        "simplenote",
        str(value.get("id") or value.get("creationDate") or f"note {number}"),
        text,
        title=first_line(text),
        when=explicit(value.get("creationDate")),
        meta={
            "tags": texts(value.get("tags")),
            "modified": value.get("lastModified"),
            "pinned": value.get("pinned") is True,
            "shared_with": texts(value.get("collaboratorEmails")),
            "url": value.get("publicURL"),
            "trashed": trashed,
        },
        plain=value.get("markdown") is not True,
    )
