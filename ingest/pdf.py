"""PDF documents, page by page.

Somebody may have written or only received one: nobody is named as the author, and nothing in it
becomes a fact. A scan has pictures of words and no words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ingest import Item, Member, Options, importer
from ingest.decode import fold_newlines
from ingest.notes import Section
from ingest.pages import Document, records
from secondme.errors import UnreadableExport
from secondme.record import Unread

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_LARGEST = 512 * 1024 * 1024
_MOST_PAGES = 20_000
_HYPHEN = re.compile("[\x02\ufffe\u00ad]\n?")
"""What PDFium writes for a hyphen that only breaks a line."""
_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl",
     "\ufb05": "st", "\ufb06": "st", "\0": ""}
)  # fmt: skip
_MADE = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:(Z)|([+-]\d\d)'?(\d\d)?)")


@importer("pdf", recognises=lambda member: member.head[:1024].lstrip().startswith(b"%PDF-"))
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the words of each page; pages of pictures are counted."""
    from pypdfium2 import PdfiumError

    document = _opened(member)
    try:
        about = _about(document)
        empty = 0
        pages = min(len(document), _MOST_PAGES)
        for number in range(pages):
            try:
                text = words(_text(document, number))
            except PdfiumError:
                yield Unread(f"page {number + 1}", "The page is damaged.")
                continue
            empty += not text
            yield from records(member, about, (Section(f"page {number + 1}", text),))
        if len(document) > pages:
            yield Unread(f"after page {pages}", "The document is too long to be read whole.")
        if empty == pages:
            yield Unread(member.name, _SCAN)
        elif empty:
            yield Unread(member.name, f"{empty} of its {pages} pages hold no words.")
    finally:
        document.close()


_SCAN = (
    "Its pages are pictures without words. Make it searchable with a program for scans"
    " (ocrmypdf) and import that."
)


def words(text: str) -> str:
    """The words of a page as PDFium gives them, with broken words joined."""
    return _HYPHEN.sub("", fold_newlines(text).translate(_LIGATURES)).strip()


def _text(document: PdfDocument, number: int) -> str:
    page = document[number]
    try:
        found = page.get_textpage()
        try:
            return str(found.get_text_bounded())
        finally:
            found.close()
    finally:
        page.close()


def _opened(member: Member) -> PdfDocument:
    from pypdfium2 import PdfDocument, PdfiumError

    if member.size > _LARGEST:
        raise UnreadableExport(f"{member.name} is too large for a document.", "Split it.")
    try:
        return PdfDocument(member.read())
    except PdfiumError as error:
        if "assword" in str(error):
            raise UnreadableExport(
                f"{member.name} is protected by a password.",
                "Save it without one, and import that.",
            ) from error
        raise UnreadableExport(
            f"{member.name} is a damaged PDF.", "Open it in another program and save it again."
        ) from error


def _about(document: PdfDocument) -> Document:
    known: dict[str, Any] = document.get_metadata_dict()
    meta = {"author": known["Author"]} if known.get("Author") else {}
    made = str(known.get("CreationDate") or "")
    return Document(
        "pdf",
        str(known.get("Title") or "").strip(),
        made_at(made),
        made,
        json.dumps(meta, ensure_ascii=False) if meta else "",
    )


def made_at(made: str) -> str | None:
    """`D:20231005000756+02'00'` in UTC (ISO 32000-1, 7.9.4); None without a zone."""
    from ingest.times import parse_iso

    match = _MADE.match(made)
    if match is None:
        return None
    year, month, day, hour, minute, second, utc, hours, minutes = match.groups()
    zone = "+00:00" if utc else f"{hours}:{minutes or '00'}"
    return parse_iso(f"{year}-{month}-{day}T{hour}:{minute}:{second}{zone}")
