"""Standard Notes: Preferences → Backups → Decrypted, a JSON file called `….txt`.

    {"version": "004", "items": [
      {"uuid": "…", "content_type": "Note", "created_at": "2024-05-01T09:30:00.000Z",
       "content": {"title": "Plans", "text": "Words", "noteType": "plain-text", "appData": {…}}},
      {"uuid": "…", "content_type": "Tag",
       "content": {"title": "home", "references": [{"uuid": "…", "content_type": "Note"}]}}]}

An encrypted backup has `"content": "004:…"` and says nothing. A note of the type `super` is JSON
inside its text.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.note import Note, explicit, first_line, records
from ingest.note_lists import listed
from secondme.errors import UnreadableExport
from secondme.record import Unread

_NAMES = tuple(f"Standard Notes Backup and Import File{end}" for end in (".txt", " txt.txt"))
_APP = "org.standardnotes.sn"
_ITEMS = ("- ", "1. ")
_BULLETS = {"number": "1. ", "bullet": "- "}


def _is_backup(member: Member) -> bool:
    return _is_copy(member) or _is_list(member)


def _is_copy(member: Member) -> bool:
    """Whether it is one of the notes, each in a file without its times, below the whole backup."""
    top, items, _ = f"/{member.folder}/".partition("/Items/")
    if not items:
        return False
    names = (f"{top}/{name}".lstrip("/") for name in _NAMES)
    return any(member.export.member(name) is not None for name in names)


def _is_list(member: Member) -> bool:
    shape = member.shape
    return shape.kind == "object" and shape.has(0, "items") and shape.has(1, "content_type", "uuid")


@importer("standardnotes", recognises=_is_backup)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the notes in file order. The file is read twice, for tags name their notes."""
    if _is_copy(member):
        return
    tags = _tags(member)
    read_any = locked = 0
    for found in listed(member, "items"):
        if isinstance(found, Unread):
            yield found
            continue
        value = found[2]
        if value.get("content_type") != "Note" or value.get("deleted"):
            continue
        if isinstance(content := value.get("content"), dict):
            read_any += 1
            yield from records(_note(value, content, tags))
        else:
            locked += 1
    if locked and not read_any:
        raise UnreadableExport(
            f"{member.name} is encrypted.", "In Standard Notes, choose the decrypted backup."
        )
    if locked:
        yield Unread(member.name, f"Encrypted notes in it: {locked}.")


def _tags(member: Member) -> dict[str, list[str]]:
    """By note."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for item in listed(member, "items"):
        if isinstance(item, Unread) or item[2].get("content_type") != "Tag":
            continue
        content = item[2].get("content")
        if isinstance(content, dict) and isinstance(content.get("references"), list):
            for reference in content["references"]:
                if isinstance(reference, dict):
                    found[str(reference.get("uuid"))].append(str(content.get("title") or ""))
    return found


def _note(value: dict[str, Any], content: dict[str, Any], tags: dict[str, list[str]]) -> Note:
    uuid, title = str(value.get("uuid") or ""), str(content.get("title") or "")
    text = content.get("text")
    text = text if isinstance(text, str) else ""
    kind = content.get("noteType")
    data = content.get("appData")
    app = data.get(_APP) if isinstance(data, dict) else None
    text = _super(text) if kind == "super" else text
    return Note(
        "standardnotes",
        uuid or title or "note",
        text,
        title=title or first_line(text),
        above=title,
        when=explicit(value.get("created_at")),
        meta={
            "tags": tags.get(uuid, []),
            "modified": value.get("updated_at"),
            "trashed": content.get("trashed") is True,
            "starred": content.get("starred") is True,
            "archived": isinstance(app, dict) and app.get("archived") is True,
        },
        plain=kind not in ("super", "markdown"),
    )


def _super(text: str) -> str:
    """The document of the block editor as Markdown; the text itself where it is none."""
    try:
        root = json.loads(text)["root"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return text
    text = ""
    for line in filter(None, _lines(root)):
        listed_ = line.startswith(_ITEMS) and text.rpartition("\n")[2].startswith(_ITEMS)
        text += line if not text else f"\n{line}" if listed_ else f"\n\n{line}"
    return text


def _lines(root: Any) -> Iterator[str]:
    """Block by block; what is inside lists and boxes comes in their turn."""
    waiting = [(root, "")]
    while waiting:
        node, bullet = waiting.pop()
        children = _children(node)
        kind = node.get("type") if isinstance(node, dict) else None
        if any(
            child.get("type") in ("text", "linebreak", "link", "autolink") for child in children
        ):
            yield _marked(node, bullet) + _inline(children)
            children = [child for child in children if child.get("type") == "list"]
        kind_of_list = str(node.get("listType")) if kind == "list" else ""
        waiting += [(child, kind_of_list or bullet) for child in reversed(children)]


def _marked(node: dict[str, Any], bullet: str) -> str:
    kind, tag = node.get("type"), str(node.get("tag") or "")
    if kind == "heading" and tag[1:].isdecimal():
        return "#" * min(int(tag[1:]), 6) + " "
    if kind == "quote":
        return "> "
    if kind != "listitem":
        return ""
    box = "[x] " if node.get("checked") is True else "[ ] "
    return f"- {box}" if bullet == "check" else _BULLETS.get(bullet, "- ")


def _inline(children: list[dict[str, Any]]) -> str:
    pieces = []
    for child in children:
        kind = child.get("type")
        if kind == "linebreak":
            pieces.append("\n")
        elif kind in ("link", "autolink"):
            pieces.append("".join(str(one.get("text") or "") for one in _children(child)))
        elif kind != "list":
            pieces.append(str(child.get("text") or ""))
    return "".join(pieces)


def _children(node: Any) -> list[dict[str, Any]]:
    children = node.get("children") if isinstance(node, dict) else None
    return (
        [child for child in children if isinstance(child, dict)]
        if isinstance(children, list)
        else []
    )
