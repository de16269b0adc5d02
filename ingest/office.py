"""Documents of word processors: Word's .docx and OpenDocument's .odt, and the words on slides.

Each is a zip of XML. Nobody says whose words they are; spreadsheets are tables and stay out.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.notes import Section
from ingest.pages import Document, page, records, utc_or_none
from ingest.xmlstream import parsed
from ingest.zips import opened, part
from secondme.errors import UnreadableExport
from secondme.record import Unread

_DC = "{http://purl.org/dc/elements/1.1/}"
_CREATED = (
    "{http://purl.org/dc/terms/}created",
    "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}creation-date",
)
_DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_ODF = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_UNSAID = (
    f"{_ODF}tracked-changes",
    f"{_ODF}note-citation",
    f"{_OFFICE}annotation",
)
"""What was deleted, the number of a note, and remarks in the margin."""
_SPACES = re.compile(r"[ \t\r\n]+")
_BACK = re.compile(r'<a href="#(?:foot|end)note-ref-[^"]*">[^<]*</a>')
"""The arrow from a note back to its place."""
_SLIDE = re.compile(r"ppt/slides/slide(\d+)\.xml")
_ZIP = b"PK\x03\x04"


def _suffix(*suffixes: str) -> Any:
    return lambda member: member.suffix in suffixes and member.head.startswith(_ZIP)


@importer("docx", recognises=_suffix(".docx", ".docm"))
def docx(member: Member, options: Options) -> Iterator[Item]:
    """Yield the words of a Word document under its headings, footnotes at the end."""
    import mammoth

    data = member.read()
    with opened(data, member.name) as archive:
        about = _about(archive, "docx", "docProps/core.xml")
    try:
        html = mammoth.convert_to_html(io.BytesIO(data), convert_image=_no_picture).value
    except Exception as error:  # whatever its XML, zip and style readers meet
        raise _damaged(member) from error
    yield from _all(member, about, page(f"<body>{_BACK.sub('', html)}</body>").sections)


def _looks_like_odt(member: Member) -> bool:
    if member.suffix == ".fodt":
        return b"opendocument.text" in member.head[:8192]
    return member.suffix == ".odt" and member.head.startswith(_ZIP)


@importer("odt", recognises=_looks_like_odt)
def odt(member: Member, options: Options) -> Iterator[Item]:
    """Yield the words of an OpenDocument text under its headings; a flat one is all one file."""
    if not member.head.startswith(_ZIP):
        try:
            root = parsed(member.read())
        except ValueError as error:
            raise _damaged(member) from error
        about = _told(next(root.iter(f"{_OFFICE}meta"), root), "odt")
        yield from _all(member, about, tuple(_odt_sections(root)))
        return
    with opened(member.read(), member.name) as archive:
        about = _about(archive, "odt", "meta.xml")
        yield from _all(member, about, tuple(_odt_sections(_part(archive, "content.xml", member))))


@importer("pptx", recognises=_suffix(".pptx"))
def pptx(member: Member, options: Options) -> Iterator[Item]:
    """Yield the words of every slide."""
    with opened(member.read(), member.name) as archive:
        about = _about(archive, "pptx", "docProps/core.xml")
        numbers = sorted(int(m[1]) for m in map(_SLIDE.fullmatch, archive.namelist()) if m)
        found = [
            Section(f"slide {n}", _slide(_part(archive, f"ppt/slides/slide{n}.xml", member)))
            for n in numbers
        ]
        yield from _all(member, about, tuple(s for s in found if s.text))


@importer("spreadsheet", recognises=_suffix(".xlsx", ".xlsm", ".ods", ".numbers"))
def spreadsheet(member: Member, options: Options) -> Iterator[Item]:
    """Refuse it: cut into cells, a table would fill the memory with noise."""
    raise UnreadableExport(
        f"{member.name} is a spreadsheet, and tables are not read.",
        "Turn what matters in it into JSON lines: docs/sources.md, secondme-jsonl.",
    )


def _all(member: Member, about: Document, found: tuple[Section, ...]) -> Iterator[Item]:
    if not found:
        yield Unread(member.name, "The document holds no words.")
    yield from records(member, about, found)


def _no_picture(image: Any) -> list[Any]:
    return []


def _odt_sections(root: Any) -> Iterator[Section]:
    above: list[tuple[int, str]] = []
    lines: list[str] = []
    for node in _paragraphs(root):
        text = "".join(_odt_text(node)).strip()
        if node.tag == f"{_ODF}h":
            yield from _joined(above, lines)
            level = str(node.get(f"{_ODF}outline-level") or "1")
            depth = int(level) if level.isdecimal() and len(level) < 3 else 1
            above = [(d, name) for d, name in above if d < depth] + [(depth, text)]
            lines = []
        lines.append(text)
    yield from _joined(above, lines)


def _paragraphs(root: Any) -> Iterator[Any]:
    """Headings and paragraphs; those that lie in another, as notes do, come behind it."""
    from lxml import etree

    walk = etree.iterwalk(root, events=("start",))
    for _, node in walk:
        if node.tag in _UNSAID:
            walk.skip_subtree()
        elif node.tag in (f"{_ODF}h", f"{_ODF}p"):
            yield node


def _odt_text(node: Any) -> Iterator[str]:
    """Spaces, tabs and line ends are elements of their own."""
    from lxml import etree

    walk = etree.iterwalk(node, events=("start", "end"))
    for event, piece in walk:
        if event == "end":
            yield _SPACES.sub(" ", piece.tail or "") if piece is not node else ""
        elif piece is not node and piece.tag in (f"{_ODF}h", f"{_ODF}p", *_UNSAID):
            walk.skip_subtree()
        elif piece.tag in (f"{_ODF}tab", f"{_ODF}s"):
            yield " "
        elif piece.tag == f"{_ODF}line-break":
            yield "\n"
        else:
            yield _SPACES.sub(" ", piece.text or "")


def _joined(above: list[tuple[int, str]], lines: list[str]) -> Iterator[Section]:
    text = "\n\n".join(line for line in lines if line)
    if text:
        yield Section(" › ".join(name for _, name in above if name), text)


def _slide(root: Any) -> str:
    lines = (
        "".join(run.text or "\n" for run in paragraph.iter(f"{_DRAWN}t", f"{_DRAWN}br"))
        for paragraph in root.iter(f"{_DRAWN}p")
    )
    return "\n".join(line for line in lines if line.strip())


def _part(archive: zipfile.ZipFile, name: str, member: Member) -> Any:
    try:
        return parsed(part(archive, name))
    except ValueError as error:
        raise _damaged(member) from error


def _about(archive: zipfile.ZipFile, source: str, name: str) -> Document:
    """Title, maker and day, where the document says; damage here loses nothing."""
    try:
        return _told(parsed(part(archive, name)), source)
    except ValueError:
        return Document(source, "")


def _told(root: Any, source: str) -> Document:
    title = next((node.text or "" for node in root.iter(f"{_DC}title")), "").strip()
    maker = next((node.text or "" for node in root.iter(f"{_DC}creator")), "").strip()
    made = next((node.text or "" for node in root.iter(*_CREATED)), "").strip()
    meta = json.dumps({"author": maker}, ensure_ascii=False) if maker else ""
    return Document(source, title, utc_or_none(made), made, meta)


def _damaged(member: Member) -> UnreadableExport:
    return UnreadableExport(
        f"{member.name} is a damaged document.", "Open it in its program and save it again."
    )
