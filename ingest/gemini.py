"""Gemini: Google Takeout → My Activity → Gemini Apps, as JSON or HTML; and AI Studio's files.

    [{"header": "Gemini Apps", "title": "Prompted do bees sleep?", "time": "2026-02-02T07:24:02Z",
      "safeHtmlItem": [{"html": "<p>They do.</p>"}], "products": ["Gemini Apps"],
      "details": [{"name": "…", "url": "https://gemini.google.com/app/1a2b"}]}, …]

It is a log of what was done, newest first, in the language of the account: only the link in
`details`, which older exports lack, says which talk a question belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest import Item, Member, Options, importer
from ingest import gemini_page as page
from ingest import gemini_studio as studio
from ingest.gemini_activity import is_gemini
from ingest.my_activity import activities

_HEADERS = re.compile(r'"header"\s*:\s*"([^"]*)"')


def _looks_like_gemini(member: Member) -> bool:
    if page.looks_like_cards(member):
        headers = page.headers(member.start)
    elif member.shape.has(0, "chunkedPrompt"):
        return True
    elif member.shape.kind == "array" and member.shape.has(0, "header", "title", "time"):
        headers = _HEADERS.findall(member.start)
    else:
        return False
    return bool(headers) and all(map(is_gemini, headers))


@importer("gemini", recognises=_looks_like_gemini)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield every question and its answer, oldest first."""
    if member.shape.has(0, "chunkedPrompt"):
        yield from studio.read(member)
        return
    yield from activities(member, options)
