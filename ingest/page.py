"""A saved web page: File → Save page, or what a read-it-later program keeps.

    <title>…</title> <link rel="canonical" href="…"> <article> <h1>…</h1> <p>…</p> </article>

Somebody else wrote it, and nothing in it becomes a fact. Pages that are exports of a program are
recognised before by what marks them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ingest import Item, Member, Options, importer
from ingest.pages import Document, html_text, page, records, utc_or_none
from secondme.errors import UnreadableExport
from secondme.record import Unread

_LARGEST = 64 * 1024 * 1024
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--[^>]{0,2000}-->\s*)?<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE,
)
_SUFFIXES = frozenset({".html", ".htm", ".xhtml", ".shtml"})


def _looks_like_a_page(member: Member) -> bool:
    if b"<" not in member.head[:4096]:
        return False
    if member.suffix in _SUFFIXES:
        return bool(member.start)
    return bool(_PAGE.match(member.start)) and "NETSCAPE-Bookmark" not in member.start[:200]


@importer("page", recognises=_looks_like_a_page)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the words of the page section by section."""
    if member.size > _LARGEST:
        raise UnreadableExport(f"{member.name} is too large for a page.", "Leave it out.")
    found = page(html_text(member.read()))
    if not found.sections:
        yield Unread(member.name, "The page shows no words.")
        return
    meta = json.dumps({"url": found.url}, ensure_ascii=False) if found.url else ""
    at = utc_or_none(found.published)
    yield from records(
        member, Document("page", found.title, at, found.published, meta), found.sections
    )
