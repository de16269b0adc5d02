"""Google's My Activity, of Google Takeout: what was searched, watched and opened, as JSON or as a
page; YouTube's watch and search history are written alike.

    [{"header": "Search", "title": "Searched for scones", "titleUrl": "https://…",
      "time": "2023-11-15T10:00:00.000Z", "products": ["Search"]}]

    <div class="outer-cell …"><div class="header-cell …"><p>Search<br></p></div>
      <div class="content-cell …">Searched for <a href="…">scones</a><br>Nov 15, 2023, 10:00:00 AM
      CET<br></div></div>

Newest first, in the language of the account. Talks with Gemini are written alike too: alone or
among the rest, they become what was said in them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest import Item, Member, Options, importer
from ingest.backwards import oldest_first
from ingest.calendar_words import language_of
from ingest.decode import fold_newlines
from ingest.gemini_activity import Entry, is_gemini, records
from ingest.gemini_activity import entry as talk_entry
from ingest.gemini_page import card_entry, headers
from ingest.jsonstream import JsonError, broken_off, walk
from ingest.markup import node_text, sound
from ingest.pieces import pieces
from ingest.times import parse_iso
from ingest.values import entries_in, text_in
from ingest.zoned_dates import order_of, stamp
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_CELL = re.compile(r'<div class="outer-cell\b')
_LOOKED_AT = 60
"""So many entries tell the language of a page, and which number of a date is the day."""
_HEADERS = re.compile(r'"header"\s*:\s*"([^"\\]{0,80})"')
_TITLES = re.compile(r"header-cell[^>]*>\s*<p[^>]*>([^<]{0,80})")


def _looks_like_activity(member: Member) -> bool:
    if member.shape.kind == "array":
        shape = member.shape
        told = shape.has(0, "header", "title", "time")
        listed = {"products", "titleUrl", "activityControls", "subtitles"} & shape.keys[0]
        return told and bool(listed) and not _is_talk(_HEADERS.findall(member.start))
    start = member.start
    if "outer-cell" not in start or "content-cell" not in start:
        return False
    return bool(_CELL.search(start)) and not _is_talk(_TITLES.findall(start))


def _is_talk(headers: list[str]) -> bool:
    return bool(headers) and all(map(is_gemini, headers))


@importer("my-activity", recognises=_looks_like_activity)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield what was done, oldest first. Titles are nobody's own words."""
    yield from activities(member, options)


def activities(member: Member, options: Options) -> Iterator[Item]:
    """What was done, and behind it what was said to Gemini, each oldest first."""
    if member.shape.kind == "array":
        yield from _read_json(member)
    else:
        yield from _read_page(member, options)


def _read_json(member: Member) -> Iterator[Item]:
    broken: list[JsonError] = []
    talks: list[Entry] = []
    made = 0
    for number, value in oldest_first(_entries(member, broken, talks), lambda e: _when(e[1])):
        made += 1
        yield entry(value, number)
    yield from records(talks)
    made += len(talks)
    if broken and not made:
        raise UnreadableExport(
            f"{member.name} is not a complete Takeout of My Activity.", "Take it out again."
        ) from broken[0]
    if broken:
        yield broken_off(broken[0], made, "entry")


def _entries(
    member: Member, broken: list[JsonError], talks: list[Entry]
) -> Iterator[tuple[int, Any]]:
    """Every value with its number; those of talks go into `talks` instead."""
    number = 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, frozenset({""})):
                if path == "item":
                    number += 1
                    if is_gemini(text_in(_get(value, "header"))):
                        talks.append(talk_entry(value))
                    else:
                        yield number, value
    except JsonError as error:
        broken.append(error)


def _when(value: Any) -> str:
    return text_in(value.get("time")) if isinstance(value, dict) else ""


def entry(value: Any, number: int) -> Record | Unread:
    """One entry of the JSON."""
    if not isinstance(value, dict):
        return Unread(f"entry {number}", "It is no activity.")
    products = [p for p in entries_in(value.get("products")) if isinstance(p, str)]
    header = text_in(value.get("header")) or (products[0] if products else "My Activity")
    told = [text_in(_get(one, "name")) for one in entries_in(value.get("subtitles"))]
    text = "\n".join(
        filter(None, (text_in(value.get("title")), text_in(value.get("description")), *told))
    )
    meta: dict[str, Any] = {}
    url = _target(text_in(value.get("titleUrl")))
    if url:
        meta["url"] = url
    places = [text_in(_get(one, "name")) for one in entries_in(value.get("locationInfos"))]
    if any(places):
        meta["place"] = ", ".join(filter(None, places))
    details = [text_in(_get(one, "name")) for one in entries_in(value.get("details"))]
    if any(details):
        meta["details"] = list(filter(None, details))
    written = text_in(value.get("time"))
    return _record(header, text, parse_iso(written), written, "explicit", "s", meta)


def _record(
    header: str,
    text: str,
    at: str | None,
    written: str,
    zone: str,
    precision: str,
    meta: dict[str, Any],
) -> Record:
    return Record(
        "my-activity",
        header,
        fold_newlines(text),
        sent_at=at,
        sent_local=written,
        zone=zone if at else "none",
        precision=precision,
        kind="visit",
        role="system",
        meta=json.dumps(meta, ensure_ascii=False, sort_keys=True) if meta else "",
    )


def _target(url: str) -> str:
    """Where a link leads that goes through Google's own counting page."""
    if "/url?" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.path == "/url" and "google." in parts.netloc:
        asked = parse_qs(parts.query)
        return next(iter(asked.get("q", []) + asked.get("url", [])), url)
    return url


def _read_page(member: Member, options: Options) -> Iterator[Item]:
    first = [cell for cell, _ in zip(_cells(member, options), range(_LOOKED_AT), strict=False)]
    words = " ".join(cell[2] for cell in first)
    language = language_of(re.findall(r"[^\W\d_]{3,}", words))
    order, question = order_of((cell[2] for cell in first), options)
    yield from filter(None, [question])
    talks: list[Entry] = []
    asked = False
    made = 0

    def at(cell: tuple[str, str, str, dict[str, Any]]) -> str:
        found = stamp(cell[2], options, order=order, language=language)
        return found.sent_at if found else ""

    for header, text, written, meta in oldest_first(_cells(member, options, talks), at):
        found = stamp(written, options, order=order, language=language)
        made += 1
        if found and found.zone == "guessed" and not asked:
            asked = True
            yield _zone_question(options)
        if found:
            yield _record(header, text, found.sent_at, written, found.zone, found.precision, meta)
        else:
            yield _record(header, text, None, written, "none", "s", meta)
    if not asked and any(talk.at.zone == "guessed" for talk in talks):
        yield _zone_question(options)
    yield from records(talks)
    if not made and not talks:
        raise UnreadableExport(
            f"{member.name} holds no activity that could be read.",
            "Take it out again, and choose JSON for My Activity.",
        )


def _zone_question(options: Options) -> Question:
    about = "In which time zone was this Takeout made?"
    return Question("tz", about, options.local_zone, "--tz")


def _cells(
    member: Member, options: Options, talks: list[Entry] | None = None
) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Every entry of the page; those of talks go into `talks` instead, if it is given."""
    with member.open() as stream:
        for piece in pieces(stream, _CELL):
            if _is_talk(headers(piece)):
                talk = card_entry(piece, options) if talks is not None else None
                if talk and talks is not None:
                    talks.append(talk)
            elif cell := page_entry(piece):
                yield cell


def page_entry(html: str) -> tuple[str, str, str, dict[str, Any]] | None:
    """Product, words, time as written, and the rest; None for what is no entry."""
    if not _CELL.match(html):
        return None
    tree = LexborHTMLParser(sound(html))
    # Selecting is what costs: a history has a hundred thousand entries.
    found = tree.css("div.header-cell, div.content-cell")
    titles = [node for node in found if "header-cell" in (node.attributes.get("class") or "")]
    cells = [node for node in found if "content-cell" in (node.attributes.get("class") or "")]
    if not cells:
        return None
    header = _link_text(titles[0]) if titles else ""
    words = node_text(cells[0]).replace("\u00a0", " ")
    lines = [line.strip() for line in words.split("\n") if line.strip()]
    if not lines:
        return None
    when = next((i for i in range(len(lines) - 1, -1, -1) if _has_time(lines[i])), -1)
    written = lines.pop(when) if when >= 0 else ""
    meta: dict[str, Any] = {}
    link = cells[0].css_first("a[href]")
    if link is not None:
        meta["url"] = _target(str(link.attributes.get("href") or ""))
    places = [_link_text(a) for a in cells[-1].css("a[href*='maps']")] if len(cells) > 1 else []
    if any(places):
        meta["place"] = ", ".join(filter(None, places))
    return header or "My Activity", "\n".join(lines), written, meta


def _has_time(line: str) -> bool:
    """A year and a clock: the last line that has both tells when."""
    return bool(
        re.search(r"\d{4}|[٠-٩۰-۹]{4}", line) and re.search(r"\d[:.]\d\d|[٠-٩۰-۹][:.]", line)
    )


def _link_text(node: LexborNode) -> str:
    return " ".join((node.text() or "").split())


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


__all__ = ["activities", "entry", "page_entry", "read"]
