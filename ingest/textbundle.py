"""TextBundle: Markdown with its pictures, as Bear, Ulysses, iA Writer and Craft write it.

    Plans.textbundle/text.md      # Plans …        also in a .textpack or a .bear2bk, which are zips
                     info.json    {"version": 2, "type": "net.daringfireball.markdown",
                                   "net.shinyfrog.bear": {"uniqueIdentifier": "…", "trashed": 0,
                                                          "creationDate": "2023-10-11T08:07:06Z"}}
                     assets/

Bear: File → Back up notes. Its notes have ids, and keep them when they are renamed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.decode import looks_binary
from ingest.note import Note, explicit, first_line, records, texts
from ingest.note_lists import whole
from ingest.notes import text_of
from ingest.rich import markdown_of
from secondme.errors import UnreadableExport
from secondme.record import Unread

_BUNDLE = ".textbundle"
_BEAR = "net.shinyfrog.bear"
_INFO, _TAGS = "info.json", "tags.json"
_TEXTS = ("text.md", "text.markdown", "text.txt", "text.html")
_PLAIN = frozenset({"public.plain-text", "public.utf8-plain-text"})


def _of_a_bundle(member: Member) -> bool:
    name = PurePosixPath(member.name).name
    if name == _INFO:
        return _is_info(member)
    if name == _TAGS:
        return _among_bundles(member)
    if not name.startswith("text."):
        return False
    if PurePosixPath(member.folder).suffix == _BUNDLE:
        return True
    info = member.beside(_INFO)
    return info is not None and _is_info(info)


def _is_info(member: Member) -> bool:
    shape = member.shape
    return shape.has(0, "version") and any(
        shape.has(0, key) for key in ("creatorIdentifier", "transient", "type")
    )


def _among_bundles(member: Member) -> bool:
    """The list of Bear's tags lies beside the bundles of a backup."""
    inside = f"{member.folder}/" if member.folder else ""
    return any(m.name.startswith(inside) and f"{_BUNDLE}/" in m.name for m in member.export.members)


@importer("textbundle", recognises=_of_a_bundle)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the note in its sections; nothing for what only describes one."""
    name = PurePosixPath(member.name).name
    if name == _TAGS:
        return
    if name == _INFO:
        if not any(member.beside(text) for text in _TEXTS):
            yield Unread(member.name, "This only describes a note: import its whole bundle.")
        return
    if looks_binary(member.head):
        raise UnreadableExport(f"{member.name} is not a text file.", "Export the note again.")
    info = _info(member)
    found = info.get(_BEAR)
    bear = found if isinstance(found, dict) else {}
    if bear.get("encrypted"):
        yield Unread(member.name, "The note is encrypted: unlock it in Bear and export again.")
        return
    yield from records(_note(member, str(info.get("type") or ""), bear))


def _note(member: Member, kind: str, bear: dict[str, Any]) -> Note:
    text = text_of(member)
    if kind == "public.html" or member.suffix in (".html", ".htm"):
        text = markdown_of(text)
    bundle = PurePosixPath(member.folder or member.export.path.name)
    called = bundle.stem if bundle.suffix == _BUNDLE else bundle.name
    title = bear.get("title")
    return Note(
        "textbundle",
        str(bear.get("uniqueIdentifier") or "") or str(bundle.with_name(called)),
        text,
        title=(title if isinstance(title, str) else "") or first_line(text) or called,
        when=explicit(bear.get("creationDate")),
        meta={
            "tags": texts(bear.get("tags")),
            "modified": bear.get("modificationDate"),
            "pinned": bool(bear.get("pinned")),
            "archived": bool(bear.get("archived")),
            "trashed": bool(bear.get("trashed")),
        },
        plain=kind in _PLAIN,
    )


def _info(member: Member) -> dict[str, Any]:
    """Nothing where it is missing or damaged: the text is there all the same."""
    described = member.beside(_INFO)
    try:
        return whole(described) if described is not None else {}
    except UnreadableExport:
        return {}
