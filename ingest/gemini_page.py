"""My Activity as a page: a card for each thing done, which says when in the account's language.

<div class="outer-cell …"><div class="header-cell …"><p …>Gemini Apps<br></p></div>
<div class="content-cell …">Prompted&nbsp;do bees sleep?<br>Nov 13, 2025, 9:50:57 AM CDT<br>
<p>They do.</p></div><div class="content-cell … text-right"></div>…</div>
"""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

from ingest import Member, Options
from ingest.gemini_activity import Entry, is_gemini
from ingest.markup import page_text
from ingest.talks import Moment
from ingest.zoned_dates import stamp

_CARD = '<div class="outer-cell'
_SPACE = 64
"""Characters of white space that a page may begin with."""
_HEADER = re.compile(r'<div class="header-cell[^"]*">\s*<p[^>]*>([^<]*)')
_CELL = re.compile(r'<div class="content-cell[^"]*">')
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_LINK = re.compile(r'href="(https://(?:gemini|bard)\.google\.com/[^"]+)"')
_FILE = re.compile(r'<a href="(?!https?:)([^"]+)"[^<>]*>([^<]*)</a>')
_DATE = 80
"""Characters that the line with the time has at most."""


def looks_like_cards(member: Member) -> bool:
    return member.start[:_SPACE].lstrip()[:1] == "<" and _CARD in member.start


def headers(start: str) -> list[str]:
    """Which products the cards in the beginning of a page are about."""
    return [html.unescape(found).strip() for found in _HEADER.findall(start)]


def card_entry(card: str, options: Options) -> Entry | None:
    """What a card about Gemini says, by its source; None for any other."""
    header = next(iter(headers(card)), "")
    cells = list(_CELL.finditer(card))
    if not cells or not is_gemini(header):
        return None
    end = cells[1].start() if len(cells) > 1 else len(card)
    lines = _BREAK.split(card[cells[0].end() : end])
    at, place = Moment(), len(lines)
    for number, line in enumerate(lines[1:], 1):
        if moment := _moment(line, options):
            at, place = moment, number
            break
    asked = "\n".join(lines[:place])
    files = _FILE.findall(asked)
    link = _LINK.search(card, end)
    return Entry(
        _words(lines[:place]),
        page_text("<br>".join(lines[place + 1 :])).strip(),
        at,
        html.unescape(link[1]) if link else "",
        tuple(html.unescape(name).strip() or unquote(target) for target, name in files),
        header,
    )


def _words(lines: list[str]) -> str:
    """What was typed: the names of files come below it, and above them how many there are."""
    first = next((n for n, line in enumerate(lines) if _FILE.search(line)), None)
    typed = lines if first is None else lines[: max(first - 1, 1)]
    return "\n".join(html.unescape(re.sub(r"<[^<>]*>", "", line)).strip() for line in typed).strip()


def _moment(line: str, options: Options) -> Moment | None:
    text = html.unescape(line).strip()
    if not text or len(text) > _DATE or "<" in line or not any(c.isdecimal() for c in text):
        return None
    found = stamp(text, options)
    return Moment(found.sent_at, text, found.zone) if found and found.precision == "s" else None


__all__ = ["card_entry", "headers", "looks_like_cards"]
