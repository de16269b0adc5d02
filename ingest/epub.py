"""Books: EPUB files without copy protection, chapter by chapter.

The zip names a package file, which lists the chapters in reading order (EPUB 3.3, 4.2 and 5). The
words are their author's and never become facts about the owner.
"""

from __future__ import annotations

import json
import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from ingest import Item, Member, Options, importer
from ingest.notes import Section
from ingest.pages import Document, html_text, page, records
from ingest.xmlstream import parsed
from ingest.zips import opened, part
from secondme.errors import UnreadableExport
from secondme.record import Unread

_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Disguised fonts are no copy protection."""
_DC = "{http://purl.org/dc/elements/1.1/}"
_OPF = "{http://www.idpf.org/2007/opf}"


def _looks_like_a_book(member: Member) -> bool:
    head = member.head[:200]
    return head.startswith(b"PK\x03\x04") and (
        b"application/epub+zip" in head or member.suffix == ".epub"
    )


@importer("epub", recognises=_looks_like_a_book)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the chapters in the order in which they are read."""
    with opened(member.read(), member.name) as archive:
        _refuse_protected(archive, member)
        where, package = _package(archive, member)
        about = _about(package)
        made = False
        for name in _spine(package, where):
            try:
                found = page(html_text(part(archive, name)))
            except ValueError:
                yield Unread(name, "The chapter is missing or damaged.")
                continue
            sections = tuple(
                Section(section.heading or found.title, section.text) for section in found.sections
            )
            made = made or bool(sections)
            yield from records(member, about, sections)
        if not made:
            yield Unread(member.name, "The book shows no words.")


def _refuse_protected(archive: zipfile.ZipFile, member: Member) -> None:
    names = archive.namelist()
    protected = "META-INF/rights.xml" in names
    if "META-INF/encryption.xml" in names:
        try:
            root = parsed(part(archive, "META-INF/encryption.xml"))
            methods = [str(n.get("Algorithm")) for n in root.iter() if n.get("Algorithm")]
            protected = protected or any(method not in _FONTS for method in methods)
        except ValueError:
            protected = True
    if protected:
        raise UnreadableExport(
            f"{member.name} is copy-protected, and cannot be read.", "Leave it out."
        )


def _package(archive: zipfile.ZipFile, member: Member) -> tuple[str, Any]:
    try:
        container = parsed(part(archive, "META-INF/container.xml"))
        where = next(str(n.get("full-path")) for n in container.iter() if n.get("full-path"))
        return where, parsed(part(archive, where))
    except (ValueError, StopIteration) as error:
        raise UnreadableExport(
            f"{member.name} is no complete book.", "Download it again."
        ) from error


def _spine(package: Any, where: str) -> Iterator[str]:
    files = {
        str(item.get("id")): str(item.get("href"))
        for item in package.iter(f"{_OPF}item")
        if item.get("href") and "html" in str(item.get("media-type"))
    }
    folder = posixpath.dirname(where)
    for reference in package.iter(f"{_OPF}itemref"):
        href = files.get(str(reference.get("idref")))
        if href:
            yield posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))


def _about(package: Any) -> Document:
    title = next((node.text or "" for node in package.iter(f"{_DC}title")), "").strip()
    makers = [node.text.strip() for node in package.iter(f"{_DC}creator") if node.text]
    meta = json.dumps({"author": ", ".join(makers)}, ensure_ascii=False) if makers else ""
    return Document("epub", title, meta=meta)
