"""Google Voice, of Google Takeout: `Voice/Calls/<name> - Text - <time>.html`, one page a stretch of
texts, one a call or a voicemail.

    <div class="message"><abbr class="dt" title="2023-09-01T19:29:20.270-07:00">…</abbr>:
      <cite class="sender vcard"><a class="tel" href="tel:+18885550143"><span class="fn">Ada</span>
      </a></cite>: <q>Tea?</q></div>
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest import Export, Item, Member, Options, importer
from ingest.chat_people import after_people
from ingest.decode import decode
from ingest.markup import LONGEST, node_text, sound
from ingest.times import parse_iso
from secondme.errors import UnreadableExport
from secondme.record import Record

_OTHER = re.compile(r'href="tel:([^"]{1,40})"[^>]{0,100}>\s*<span class="fn">([^<]{1,200})</span>')
_LOOKED_AT = 20
"""So many pages of somebody are looked at for their number."""
_LASTED = re.compile(r"PT(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?")


def _looks_like_voice(member: Member) -> bool:
    start = member.start
    if "hChatLog hfeed" in start or 'class="haudio"' in start:
        return 'class="tel"' in start or "google.com/voice" in start
    return False


@importer("google-voice", recognises=_looks_like_voice)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the texts of one page, or its call, in file order."""
    with member.open() as stream:
        tree = LexborHTMLParser(sound(decode(stream.read(4 * LONGEST)).text))
    made = 0
    for record in parse(tree):
        if record.conversation == record.title:
            record = record._replace(conversation=_number(member, record.title) or record.title)
        made += 1
        yield record
    if not made:
        raise UnreadableExport(
            f"{member.name} holds neither texts nor a call.", "Take Google Voice out again."
        )


def _number(member: Member, name: str) -> str:
    """Of somebody who wrote nothing on this page: their number as another page of theirs has it."""
    for page in _pages(member.export).get((member.folder, member.stem.partition(" - ")[0]), ()):
        try:
            found = (n for n, who in _OTHER.findall(page.start) if unescape(who).strip() == name)
            if number := next(found, ""):
                return str(number)
        except UnreadableExport:
            continue  # reported when it is read
    return ""


@lru_cache(maxsize=4)
def _pages(export: Export) -> dict[tuple[str, str], list[Member]]:
    """The pages by their folder and whom they are called after, in every part of the Takeout."""
    found: defaultdict[tuple[str, str], list[Member]] = defaultdict(list)
    for one in (export, *export.others):
        for member in one.members:
            if member.suffix == ".html" and " - " in member.stem:
                pages = found[member.folder, member.stem.partition(" - ")[0]]
                pages += [member] if len(pages) < _LOOKED_AT else []
    return found


def parse(tree: LexborHTMLParser) -> Iterator[Record]:
    texts = tree.css("div.hChatLog div.message")
    if texts:
        people = _people(tree, texts)
        for node in texts:
            yield _text_message(node, people)
    for node in tree.css("div.haudio"):
        yield _call(node)


def _people(tree: LexborHTMLParser, texts: list[LexborNode]) -> dict[str, str]:
    """Names of the others by their numbers."""
    cites = tree.css("div.participants cite.vcard")
    cites += [c for node in texts if (c := node.css_first("cite.sender")) is not None]
    found = {number: name for number, name, mine in map(_who, cites) if not mine}
    if not found:  # only the owner wrote: the page is called “Me to Ada”
        title = tree.css_first("title")
        name = " ".join((title.text() or "").split()) if title else ""
        found[""] = re.sub(r"^Me to\s+", "", name)
    return found


def _who(cite: LexborNode | None) -> tuple[str, str, bool]:
    """Number, name, and whether it is the owner: the only one whose name is an `abbr`."""
    if cite is None:
        return "", "", False
    link, name = cite.css_first("a.tel"), cite.css_first(".fn")
    number = str(link.attributes.get("href") or "").removeprefix("tel:") if link else ""
    shown = " ".join((name.text() or "").split()) if name is not None else ""
    return number, shown or number, name is not None and name.tag == "abbr"


def _text_message(node: LexborNode, people: dict[str, str]) -> Record:
    number, name, mine = _who(node.css_first("cite"))
    words = node.css_first("q")
    files = [n.attributes.get("src") or n.attributes.get("href") for n in _files(node)]
    return _record(
        people,
        node_text(words) if words is not None else "",
        node.css_first("abbr.dt"),
        author=name,
        author_id=number,
        mine=mine,
        attachments=tuple(str(file) for file in files if file),
    )


def _files(node: LexborNode) -> list[LexborNode]:
    return [*node.css("img[src]"), *node.css("audio[src]"), *node.css("video[src]"),
            *node.css("a.vcard[href]")]  # fmt: skip


def _call(node: LexborNode) -> Record:
    number, name, _ = _who(node.css_first("div.contributor"))
    what = node.css_first("span.fn")
    heard = node.css_first("span.full-text")
    audio = node.css_first("audio[src]")
    lasted = node.css_first("abbr.duration")
    meta: dict[str, Any] = {"call": {"seconds": _seconds(lasted)}} if lasted is not None else {}
    labels = [" ".join((a.text() or "").split()) for a in node.css("div.tags a")]
    if labels:
        meta["labels"] = labels
    told = " ".join((what.text() or "").split()) if what is not None else "call"
    mine = any("#placed" in str(a.attributes.get("href")) for a in node.css("div.tags a"))
    said = " ".join((heard.text() or "").split()) if heard is not None else ""
    return _record(
        {number: name},
        f"{told}\n{said}" if said else told,
        node.css_first("abbr.published"),
        author="Me" if mine else name,
        author_id="" if mine else number,
        mine=mine,
        kind="event",
        attachments=(str(audio.attributes["src"]),) if audio is not None else (),
        meta=json.dumps(meta, ensure_ascii=False, sort_keys=True) if meta else "",
    )


def _seconds(lasted: LexborNode) -> int:
    found = _LASTED.fullmatch(str(lasted.attributes.get("title") or ""))
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return hours * 3600 + minutes * 60 + seconds


def _record(people: dict[str, str], text: str, when: LexborNode | None, **fields: Any) -> Record:
    """A talk is called by the numbers in it: names change, and a page holds but a part of it."""
    written = str(when.attributes.get("title") or "") if when is not None else ""
    at = parse_iso(written)
    title = after_people(filter(None, people.values()), "")
    return Record(
        "google-voice",
        ", ".join(sorted(filter(None, people))) or title or "Google Voice",
        text,
        sent_at=at,
        sent_local=written,
        zone="explicit" if at else "none",
        title=title,
        **fields,
    )


__all__ = ["parse", "read"]
