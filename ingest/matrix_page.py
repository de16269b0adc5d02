"""Matrix as Element exports a room: Room info → Export chat, as a page or as text.

    <div class="mx_Export_EventWrapper" id="$1"><li class="mx_EventTile">
      <span class="mx_DisambiguatedProfile_displayName">Nora</span>
      <a href="https://matrix.to/#/!r:hs.org/$1?via=hs.org"><span class="mx_MessageTimestamp"
        title="Wed, May 1, 2024, 09:54:20">09:54</span></a>
      <span class="mx_EventTile_body">at six</span>

    5/1/2024, 9:54:20 AM - Nora: at six

Dates are in the language and the zone of the browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest import Item, Member, Options, importer
from ingest.chat_people import owner, who_is_owner
from ingest.decode import decode, fold_newlines
from ingest.local_time import LocalTime
from ingest.markup import node_text, shallow
from ingest.matrix import looks_like_json
from ingest.pieces import pieces
from ingest.record_meta import meta_of
from ingest.sent_files import lies_beside
from ingest.written_dates import written
from ingest.zoned_dates import order_of
from secondme.errors import UnreadableExport
from secondme.record import Record

_WRAPPER = re.compile(r'<(?:div|li) class="mx_Export_EventWrapper"')
_STAMP = re.compile(r'class="mx_MessageTimestamp[^"]*"[^>]*?title="([^"]{4,80})"')
_SENDER = re.compile(
    r'class="[^"]*mx_(?:DisambiguatedProfile|SenderProfile)_displayName[^"]*"[^>]*>([^<]{1,200})<'
)
_NAME = re.compile(r'class="mx_RoomHeader_(?:nametext|info)"\s+title="([^"]{1,300})"')
_HEADING = re.compile(r"<h2>([^<]{1,300})</h2>")
_EXPORTER = re.compile(r'href="https://matrix\.to/#/((?:@|%40)[^"]{1,300})"')
_ROOM = re.compile(r"https://matrix\.to/#/(![^/?]{1,300})/")
_ASSETS = ("css/style.css", "js/script.js")
_LINE = re.compile(
    r"^([^\n]{0,30}?\d{1,4}[^\n]{1,30}?\d{1,2}[:.]\d\d[:.]\d\d[^\n]{0,16}?) - (?=\S)", re.MULTILINE
)
_SAID = re.compile(r"([^:\n]{1,200}): ")
_REPLY = re.compile(r'<([^<>"\n]{1,200}?)(?: "([^\n]{0,40}?)")?> ')
_SENT = re.compile(r"(?:^|/)files/[^/]+$")
_LARGEST = 512 * 1024 * 1024


class _Box(NamedTuple):
    id: str
    author: str
    user: str
    written: str
    text: str
    event: bool
    room: str
    reply_to: str
    files: tuple[str, ...]
    edited: bool
    reactions: tuple[tuple[str, int], ...]


def _looks_like_page(member: Member) -> bool:
    if member.name.endswith(_ASSETS) or _SENT.search(member.name):
        return _lies_beside_a_room(member)
    return _is_page(member) or _is_text(member)


def _lies_beside_a_room(member: Member) -> bool:
    if lies_beside(member, ("../messages.html",), _is_page):
        return True
    return lies_beside(member, ("../export.txt",), _is_text) or lies_beside(
        member, ("../export.json",), looks_like_json
    )


def _is_page(member: Member) -> bool:
    return b"mx_" in member.head[:8192] and 'id="matrixchat"' in member.start


def _is_text(member: Member) -> bool:
    """Phones write chats in much the same way, but no seconds behind a date that ends in a dash."""
    name = member.stem
    if member.suffix != ".txt" or not (name == "export" or name.startswith("matrix - ")):
        return False
    return _LINE.match(member.start.lstrip("\ufeff\n")) is not None


@importer("matrix", recognises=_looks_like_page)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield what was said and what happened in the room, in file order."""
    if member.name.endswith(_ASSETS) or _SENT.search(member.name):
        return
    if member.size > _LARGEST:
        raise UnreadableExport(f"{member.name} is too large for a room.", "Export it in parts.")
    yield from _page(member, options) if _is_page(member) else _text(member, options)


def _page(member: Member, options: Options) -> Iterator[Item]:
    head, stamps, people = "", [], set()
    with member.open() as stream:
        for number, piece in enumerate(pieces(stream, _WRAPPER)):
            head = piece if not number else head
            stamps += [unescape(stamp) for stamp in _STAMP.findall(piece)] if number else []
            people |= {unescape(name).strip() for name in _SENDER.findall(piece)}
    title = _found(_NAME, head) or _found(_HEADING, head) or member.stem
    exporter = unquote(_found(_EXPORTER, head) or _found(_EXPORTER, _first(member)))
    me = {name.casefold() for name in (*options.me, exporter) if name}
    order, unsure = order_of(stamps[:20_000], options)
    if unsure:
        yield unsure
    clock = LocalTime(options)
    author = user = ""
    guessed = asked = False
    with member.open() as stream:
        for number, piece in enumerate(pieces(stream, _WRAPPER)):
            found = _box(piece) if number else None
            if found is None:
                continue
            if not asked:
                asked = True
                yield from who_is_owner(frozenset() if me else None, people)
            if found.author:
                author, user = found.author, found.user
            named = (
                found if found.author or found.event else found._replace(author=author, user=user)
            )
            item = _record(named, title, me, order, clock)
            guessed = guessed or item.zone == "guessed"
            yield item
    if guessed:
        yield from clock.question("the browser that made this export")


def _first(member: Member) -> str:
    """The beginning of the first page: only that says who exported."""
    page = member.beside("messages.html")
    return page.start if page is not None else ""


def _record(found: _Box, title: str, me: set[str], order: str, clock: LocalTime) -> Record:
    date = written(found.written, order=order) if found.written else None
    sent_at = clock.utc(date.at) if date else None
    reactions = [{"count": count, "reaction": emoji} for emoji, count in found.reactions]
    return Record(
        "matrix",
        found.room or title,
        found.text,
        found.author,
        found.user,
        sent_at,
        found.written,
        clock.source if sent_at else "none",
        date.precision if date else "s",
        kind="event" if found.event else "message",
        mine=bool({found.author.casefold(), found.user.casefold()} & me),
        native_id=found.id or None,
        reply_to=found.reply_to or None,
        title=title,
        attachments=found.files,
        meta=meta_of({"edited": found.edited, "reactions": reactions}),
    )


def _box(html: str) -> _Box | None:
    tree = LexborHTMLParser(shallow(html))
    root = tree.css_first(".mx_Export_EventWrapper")
    if root is None:
        return None
    reply = root.css_first(".mx_ReplyChain, .mx_ReplyThread")
    reply_to = ""
    if reply is not None:
        links = [_attribute(a, "href") for a in reply.css("a")]
        reply_to = next(
            (unquote(h.rpartition("/")[2].partition("?")[0]) for h in links if "$" in h), ""
        )
        reply.decompose()
    name = root.css_first(".mx_DisambiguatedProfile_displayName, .mx_SenderProfile_displayName")
    mxid = root.css_first(".mx_DisambiguatedProfile_mxid, .mx_SenderProfile_mxid")
    avatar = root.css_first(".mx_EventTile_avatar [title], img.mx_BaseAvatar[title]")
    user = _said(mxid) or _attribute(avatar, "title")
    stamp = root.css_first(".mx_MessageTimestamp")
    body = root.css_first(".mx_EventTile_body, .mx_MTextBody")
    notice = root.css_first(".mx_TextualEvent, .mx_EventTileBubble, .mx_RedactedBody")
    edited = root.css_first(".mx_EventTile_edited") is not None
    for each in root.css(".mx_EventTile_edited"):
        each.decompose()
    rooms = (_ROOM.search(unquote(_attribute(a, "href"))) for a in root.css("a"))
    event = body is None and notice is not None
    return _Box(
        _attribute(root, "id"),
        _said(name),
        user if user.startswith("@") else "",
        _attribute(stamp, "title") or _said(stamp),
        _said(notice) if event else _said(body),
        event,
        next((found[1] for found in rooms if found), ""),
        reply_to,
        tuple(dict.fromkeys(_files(root))),
        edited,
        tuple(_reactions(root)),
    )


def _reactions(root: LexborNode) -> Iterator[tuple[str, int]]:
    for button in root.css(".mx_ReactionsRowButton"):
        count = _said(button.css_first(".mx_ReactionsRowButton_count"))
        emoji = _said(button.css_first(".mx_ReactionsRowButton_content"))
        yield emoji, int(count[:6]) if count.isdecimal() else 1


def _files(root: LexborNode) -> Iterator[str]:
    for node in root.css("a[href], img[src], video[src], audio[src]"):
        path = _attribute(node, "href") or _attribute(node, "src")
        if path.startswith(("images/", "videos/", "audio/", "files/")):
            yield unquote(path)


def _text(member: Member, options: Options) -> Iterator[Item]:
    text = fold_newlines(decode(member.read()).text)
    title = member.export.name if member.stem == "export" else member.stem
    title = title.removeprefix("matrix - ").partition(" - Chat Export")[0]
    yield from parse(text, title, options)


def parse(text: str, title: str, options: Options) -> Iterator[Item]:
    """What stands in an export as text."""
    heads = list(_LINE.finditer(text))
    order, unsure = order_of((head[1] for head in heads[:20_000]), options)
    if unsure:
        yield unsure
    ends = [*(head.start() for head in heads), len(text)][1:]
    said = [_SAID.match(text, head.end(), end) for head, end in zip(heads, ends, strict=True)]
    people = {match[1] for match in said if match}
    mine = owner(people, title, options.me)
    if people and not options.me:
        yield from who_is_owner(mine, people)
    clock = LocalTime(options)
    guessed = False
    for head, end, match in zip(heads, ends, said, strict=True):
        date = written(head[1], order=order)
        sent_at = clock.utc(date.at) if date else None
        guessed = guessed or (sent_at is not None and clock.source == "guessed")
        body = text[match.end() if match else head.end() : end].rstrip("\n")
        reply = _REPLY.match(body) if match else None
        meta: dict[str, Any] = {"quote": reply[2] if reply else ""}
        yield Record(
            "matrix",
            title,
            body[reply.end() :] if reply else body,
            match[1] if match else "",
            sent_at=sent_at,
            sent_local=head[1],
            zone=clock.source if sent_at else "none",
            precision=date.precision if date else "s",
            kind="message" if match else "event",
            mine=bool(match and mine and match[1] in mine),
            title=title,
            meta=meta_of(meta),
        )
    if guessed:
        yield from clock.question("the browser that made this export")


def _found(pattern: re.Pattern[str], html: str) -> str:
    match = pattern.search(html)
    return unescape(match[1]).strip() if match else ""


def _said(node: LexborNode | None) -> str:
    return node_text(node) if node is not None else ""


def _attribute(node: LexborNode | None, name: str) -> str:
    return (node.attributes.get(name) or "") if node is not None else ""
