"""Google Keep: one JSON file and one page a note, from Google Takeout, in the folder `Keep`.

    {"title": "Shopping", "isTrashed": false, "labels": [{"name": "home"}],
     "listContent": [{"text": "Milk", "isChecked": true}], "createdTimestampUsec": 1690372692755000,
     "userEditedTimestampUsec": 1690866308447000, "attachments": [{"filePath": "….png"}]}

The page beside it says the same with less. Where a download holds pages only, they are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest import Item, Member, Options, importer
from ingest.decode import decode
from ingest.note import (
    Note,
    epoch,
    first_line,
    in_words,
    order_question,
    records,
    zone_question,
)
from ingest.note_lists import whole
from ingest.rich import markdown_of, node_markdown, parsed
from ingest.values import text_in
from secondme.errors import UnreadableExport
from secondme.record import Unread

_USEC = 1_000_000
_LABELS = "Labels.txt"
_LARGEST = 64 * 1024 * 1024


def _is_keep(member: Member) -> bool:
    if member.head[:1] in b"<\xef\xff\xfe" and _is_page(member):
        return True
    if PurePosixPath(member.name).name == _LABELS:
        return _beside_notes(member)
    return _is_note(member)


def _is_note(member: Member) -> bool:
    shape = member.shape
    if shape.kind != "object" or not shape.has(0, "isTrashed"):
        return False
    return shape.has(0, "isArchived") or shape.has(0, "isPinned") or shape.has(0, "color")


def _is_page(member: Member) -> bool:
    start = member.start
    return '<div class="note' in start and 'class="heading"' in start


def _beside_notes(member: Member) -> bool:
    """Whether the list of all labels lies among notes: by itself it would pass for a text."""
    folder = member.folder
    others = (m for m in member.export.everything if m.folder == folder and m.suffix == ".json")
    first = next(others, None)
    return first is not None and _is_note(first)


@importer("keep", recognises=_is_keep)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the note; nothing for a page whose JSON lies beside it, and for the list of labels."""
    if PurePosixPath(member.name).name == _LABELS:
        return
    if _is_note(member):
        note = _note(whole(member), member)
    else:
        twin = member.beside(f"{member.stem}.json")
        if twin is not None and _is_note(twin):
            return
        if member.size > _LARGEST:
            raise UnreadableExport(f"{member.name} is too large for a note.", "Leave it out.")
        note = page(decode(member.read()).text, member.stem, options)
    found = list(records(note))
    if not found:
        yield Unread(member.name, "The note is empty.")
    yield from found
    if note.when.zone == "guessed":
        yield zone_question("Keep", options)
        yield from order_question("Keep", [note.when], options)


def _note(value: dict[str, Any], member: Member) -> Note:
    created = epoch(value.get("createdTimestampUsec"), _USEC)
    when = created if created.sent_at else epoch(value.get("userEditedTimestampUsec"), _USEC)
    title = text_in(value.get("title"))
    text = "\n".join(filter(None, (_body(value), *_items(value.get("listContent")))))
    return Note(
        "keep",
        when.written or member.stem,
        text,
        title=" ".join(title.split()) or first_line(text) or member.stem,
        above=title,
        when=when,
        meta={
            "tags": [text_in(label.get("name")) for label in _objects(value.get("labels"))],
            "links": [text_in(link.get("url")) for link in _objects(value.get("annotations"))],
            "shared_with": [text_in(one.get("email")) for one in _objects(value.get("sharees"))],
            "pinned": value.get("isPinned") is True,
            "archived": value.get("isArchived") is True,
            "trashed": value.get("isTrashed") is True,
        },
        attachments=tuple(
            text_in(one.get("filePath"))
            for one in _objects(value.get("attachments"))
            if one.get("filePath")
        ),
        plain=True,
    )


def _body(value: dict[str, Any]) -> str:
    text = text_in(value.get("textContent"))
    return text or markdown_of(text_in(value.get("textContentHtml")))


def _items(value: Any) -> Iterator[str]:
    for item in _objects(value):
        yield f"- [{'x' if item.get('isChecked') is True else ' '}] {text_in(item.get('text'))}"


def page(html: str, name: str, options: Options) -> Note:
    """Pure. The note as its page shows it; its time is that of the last edit."""
    tree = parsed(html)
    heading = tree.css_first(".heading")
    when = in_words(_shown(heading), options)
    title = _shown(tree.css_first(".title"))
    content = tree.css_first(".content")
    return Note(
        "keep",
        name,
        _list(content) or (node_markdown(content) if content else ""),
        title=title or name,
        above=title,
        when=when,
        meta={
            "tags": [_shown(label) for label in tree.css(".label-name")],
            "shared_with": [_shown(one) for one in tree.css(".sharee")],
            "pinned": bool(tree.css(".meta-icons .pinned")),
            "archived": bool(tree.css(".meta-icons .archived")),
            "trashed": bool(tree.css(".meta-icons .trashed")),
        },
        attachments=tuple(_files(tree)),
        plain=True,
    )


def _list(content: LexborNode | None) -> str:
    if content is None:
        return ""
    lines = []
    for item in content.css(".listitem"):
        ticked = "checked" in str(item.attributes.get("class") or "").split()
        lines.append(f"- [{'x' if ticked else ' '}] {_shown(item.css_first('.text'))}")
    return "\n".join(lines)


def _files(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css(".attachments img, .attachments a"):
        name = str(node.attributes.get("src") or node.attributes.get("href") or "")
        if name and ":" not in name:
            yield name


def _shown(node: LexborNode | None) -> str:
    return " ".join((node.text() or "").split()) if node else ""


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
