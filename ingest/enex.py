"""Evernote: a notebook's `.enex`, from its menu → Export.

    <en-export export-date="20240109T223036Z" application="Evernote" version="10.68.3">
      <note><title>Plans</title><created>20240108T223014Z</created><tag>garden</tag>
        <content><![CDATA[…<en-note><div>Words</div></en-note>]]></content>
        <resource><data encoding="base64">…</data><mime>image/png</mime>…</resource></note>

A note has no id, and the file does not say how its notebook is called. Attachments lie inside, as
gigabytes of base64: they are passed over as they stream by.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from ingest import Item, Member, Options, importer
from ingest.note import Note, degrees, explicit, records
from ingest.owner import OWNER
from ingest.rich import LONGEST, markdown_of
from secondme.errors import UnreadableExport
from secondme.record import Unread

_CHUNK = 256 * 1024
_DECLARED = re.compile(r"""<\?xml[^>]{0,200}?encoding=["']([\w-]{1,40})["']""")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ROOT, _END = "<en-export", "</en-export"
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WANTED = frozenset(
    """title content created updated tag note-attributes/author note-attributes/source
    note-attributes/source-url note-attributes/place-name note-attributes/latitude
    note-attributes/longitude note-attributes/reminder-time note-attributes/reminder-done-time
    resource/resource-attributes/file-name task/title task/taskStatus""".split()
)
_META = (
    ("author", "note-attributes/author"),
    ("source", "note-attributes/source"),
    ("url", "note-attributes/source-url"),
    ("place", "note-attributes/place-name"),
    ("latitude", "note-attributes/latitude"),
    ("longitude", "note-attributes/longitude"),
    ("reminder", "note-attributes/reminder-time"),
    ("reminder_done", "note-attributes/reminder-done-time"),
)
_CLIPPED = re.compile(r"(?:web\.clip|mail\.|.*clipper)", re.IGNORECASE)
"""Web pages and mails that were put into the notebook as they were."""
_LONGEST = 64 * 1024 * 1024

Fields = dict[str, list[str]]


def _looks_like_enex(member: Member) -> bool:
    return b"<" in member.head[:8] and _ROOT in member.start[:4096]


@importer("evernote", recognises=_looks_like_enex)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the notes in file order, streaming; a damaged one is reported, and the rest is read."""
    count = 0
    damaged = False
    with member.open() as stream:
        for found in notes(_texts(stream, member.head)):
            if isinstance(found, Unread):
                damaged = True
                yield found
            else:
                count += 1
                yield from _note(found, count)
    if damaged and not count:
        raise UnreadableExport(f"Not one note in {member.name} is whole.", "Export it again.")


def notes(texts: Iterator[str]) -> Iterator[Fields | Unread]:
    """Pure. What is known of every note, by the path of its elements, and what breaks off."""
    from lxml import etree

    found = _Notes()
    parser = etree.XMLParser(
        target=found, recover=True, huge_tree=True, no_network=True, load_dtd=False
    )
    tail = ""
    try:
        for text in texts:
            parser.feed(_NO_XML.sub("", text))
            tail = tail[-100:] + text[-100:]
            yield from found.taken()
        if _END in tail:
            parser.close()
        else:
            found.broken("The file is damaged or incomplete here.")
    except (etree.XMLSyntaxError, etree.LxmlError, ValueError):
        found.broken("The file is damaged here.")
    yield from found.taken()


class _Notes:
    """What the parser tells, element by element."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._inside = ""
        """Path of the element at hand below its note."""
        self._pieces: list[str] = []
        self._size = 0
        self._note: Fields | None = None
        self._count = 0
        self._ready: list[Fields | Unread] = []

    def taken(self) -> list[Fields | Unread]:
        ready, self._ready = self._ready, []
        return ready

    def broken(self, reason: str) -> None:
        self._ready.append(Unread(f"after note {self._count}", reason))

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "note":
            if self._note is not None:
                self.broken("A note breaks off here.")
            self._note, self._path = {}, []
        elif self._note is not None:
            self._path.append(tag)
        self._inside = "/".join(self._path[:4])
        self._pieces, self._size = [], 0
        if tag == "content" and self._note is not None and attributes.get("encoding"):
            self._note["encrypted"] = [attributes["encoding"]]

    def data(self, text: str) -> None:
        if self._note is not None and self._inside in _WANTED and self._size < _LONGEST:
            self._pieces.append(text)
            self._size += len(text)

    def end(self, tag: str) -> None:
        if self._note is None:
            return
        if tag == "note":
            self._count += 1
            self._ready.append(self._note)
            self._note, self._path = None, []
            return
        if self._inside in _WANTED:
            self._note.setdefault(self._inside, []).append("".join(self._pieces).strip())
        if self._path:
            self._path.pop()
        self._inside, self._pieces = "", []

    def comment(self, text: str) -> None:
        """Of no interest."""

    def close(self) -> None:
        """Nothing is left to do."""


def _note(fields: Fields, number: int) -> Iterator[Item]:
    def first(path: str) -> str:
        return next(iter(fields.get(path, ())), "")

    title = " ".join(first("title").split())
    if "encrypted" in fields:
        yield Unread(f"note {number}", f"“{title}” is encrypted.")
        return
    content = first("content")
    if len(content) > LONGEST:
        yield Unread(f"note {number}", f"“{title}” is too long: only its beginning was read.")
    created = first("created") or first("updated")
    clipped = bool(_CLIPPED.match(first("note-attributes/source")))
    meta: dict[str, Any] = {name: first(path) for name, path in _META}
    for name in ("latitude", "longitude"):
        meta[name] = degrees(meta[name])
    meta["tags"] = fields.get("tag", [])
    meta["encrypted"] = "<en-crypt" in content
    yield from records(
        Note(
            "evernote",
            f"{title} {created}".strip() or f"note {number}",
            "\n".join(filter(None, (markdown_of(content[_body(content) :]), *_tasks(fields)))),
            title=title,
            above=title,
            when=explicit(created),
            meta=meta,
            attachments=tuple(
                filter(None, fields.get("resource/resource-attributes/file-name", ()))
            ),
            author="" if clipped else OWNER,
        )
    )


def _body(content: str) -> int:
    """Where the words begin, behind the declarations of a document of its own."""
    return max(content.find("<en-note"), 0)


def _tasks(fields: Fields) -> Iterator[str]:
    """Tasks stand beside the text since 2021."""
    states = fields.get("task/taskStatus", [])
    for position, title in enumerate(fields.get("task/title", [])):
        done = position < len(states) and states[position] == "completed"
        yield f"- [{'x' if done else ' '}] {title}"


def _texts(stream: BinaryIO, head: bytes) -> Iterator[str]:
    """The document from its root on, so that no entity can ever have been declared."""
    encoding = next((name for mark, name in _BOMS if head.startswith(mark)), "")
    if not encoding:
        declared = _DECLARED.search(head[:300].decode("latin-1"))
        encoding = declared[1] if declared else "utf-8"
    try:
        reader = codecs.getreader(encoding)(stream, "replace")
        first = reader.read(_CHUNK)
    except (LookupError, UnicodeError) as error:
        raise UnreadableExport(
            "This notebook is in an encoding that is not known.", "Export it again."
        ) from error
    start = first.find(_ROOT)
    while first:
        yield first[max(start, 0) :]
        first, start = reader.read(_CHUNK), 0


__all__ = ["notes", "read"]
