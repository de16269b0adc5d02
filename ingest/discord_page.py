"""Discord as DiscordChatExporter writes it, as a page: its default.

    <div class="chatlog__message-group"> <div data-message-id="110…" class="chatlog__message-…">
      <span class="chatlog__author" title="nora" data-user-id="7…">Nora</span>
      <div class="chatlog__content"><span class="chatlog__markdown-preserve">at six</span></div>

The ids are those of all other exports, and say when a message was sent; the channel's stands in
the name of the file. Newer pages leave out the quotes around attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest import Item, Member, Options, importer
from ingest.chat_people import owner, who_is_owner
from ingest.discord_records import account, channel_in, file_name, sent, shown_title
from ingest.markup import node_text, shallow
from ingest.pieces import pieces
from ingest.record_meta import meta_of
from secondme.record import Record

_GROUP = re.compile(r'<div class="?chatlog__message-group\b')
_AUTHOR = re.compile(
    r'<span class="?chatlog__(?:author|system-notification-author)(?:-name)?"?[ >]'
)
_USER = re.compile(r'data-user-id="?(\d{1,20})[^>]{0,400}>([^<]{1,200})<')
_ENTRY = re.compile(
    r'<div class="?(?:preamble__entry|info__(?:guild|channel)-name)"?>([^<]{1,400})<'
)
_SCROLL = re.compile(r"scrollToMessage\(event,\s?'(\d{1,20})'\)")
_FILE = re.compile(r"(?:Image|Video|Audio): (.+) \([^()]*\)")
_TEXT = (".chatlog__markdown-preserve", ".preserve-whitespace", ".markdown", ".chatlog__markdown")
_BODY = (".chatlog__content", ".chatlog__forwarded-content")
_MACHINE = ".chatlog__author-tag, .chatlog__bot-label, .chatlog__bot-tag"


class _Channel(NamedTuple):
    id: str
    title: str
    mine: frozenset[str]
    """Ids, and names where a page has no ids."""


def _looks_like_page(member: Member) -> bool:
    return b"chatlog" in member.head and "chatlog__message" in member.start


@importer("discord", recognises=_looks_like_page)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of the page in their order."""
    channel, speakers, known = _survey(member, options)
    asked = False
    with member.open() as stream:
        for number, piece in enumerate(pieces(stream, _GROUP)):
            for record in parse(piece, channel) if number else ():
                if not asked:
                    yield from who_is_owner(frozenset() if known else None, speakers)
                    asked = True
                yield record


def _survey(member: Member, options: Options) -> tuple[_Channel, set[str], bool]:
    entries: list[str] = []
    people: dict[str, str] = {}
    with member.open() as stream:
        for number, piece in enumerate(pieces(stream, _GROUP)):
            if not number:
                entries = [unescape(entry).strip() for entry in _ENTRY.findall(piece)]
            for match in _AUTHOR.finditer(piece):
                if user := _USER.search(piece, match.end() - 1, match.end() + 1000):
                    people[user[1]] = unescape(user[2]).strip()
    guild, place = (*entries, "", "")[:2]
    name = place.rpartition(" / ")[2]
    id_ = channel_in(member.stem)
    title = shown_title(guild, name) or member.stem
    me = {said.casefold() for said in options.me}
    mine = {account(member.export).id} - {""}
    mine |= {user for user, who in people.items() if me & {user, who.casefold()}}
    if not mine and guild == "Direct Messages":
        alone = owner(people.values(), name, ()) or frozenset()
        mine = {user for user, who in people.items() if who in alone}
    channel = _Channel(id_ or title, title, frozenset(mine))
    return channel, set(people.values()), bool(mine or options.me)


def parse(html: str, channel: _Channel) -> Iterator[Record]:
    """The messages of one group: their author stands over the first."""
    tree = LexborHTMLParser(shallow(html))
    group = tree.css_first("div.chatlog__message-group")
    if group is None:
        return
    author = group.css_first(".chatlog__author, .chatlog__author-name")
    machine = group.css_first(_MACHINE) is not None
    seen: set[str] = set()
    for node in group.css("[data-message-id]"):
        id_ = _attribute(node, "data-message-id")
        if id_ and id_ not in seen:
            seen.add(id_)
            yield _record(node, id_, author, machine, channel)


def _record(
    node: LexborNode, id_: str, author: LexborNode | None, machine: bool, channel: _Channel
) -> Record:
    notice = node.css_first(".chatlog__system-notification-content")
    if notice is not None:
        author = node.css_first(".chatlog__system-notification-author") or author
        machine = False
    user, name = _attribute(author, "data-user-id"), _said(author)
    text = _said(notice) if notice is not None else _words(node)
    passed_on = node.css_first(".chatlog__forwarded") is not None
    embedded = "" if text else "\n".join(filter(None, map(_said, node.css(".chatlog__embed-text"))))
    stamp = node.css_first(
        ".chatlog__timestamp, .chatlog__short-timestamp, .chatlog__system-notification-timestamp"
    )
    sent_at = sent(id_)
    reply = _SCROLL.search(_attribute(node.css_first("[onclick^='scrollToMessage']"), "onclick"))
    theirs = passed_on or bool(embedded)
    return Record(
        "discord",
        channel.id,
        text or embedded,
        name or user,
        user,
        sent_at,
        _attribute(stamp, "title") or _said(stamp),
        "unix" if sent_at else "none",
        kind="event" if notice is not None else "message",
        mine=(user or name) in channel.mine,
        role="system" if machine else "forwarded" if theirs else "person",
        native_id=id_,
        reply_to=reply[1] if reply else None,
        title=channel.title,
        attachments=tuple(dict.fromkeys(filter(None, _files(node)))),
        meta=meta_of(_kept(node, passed_on)),
    )


def _words(node: LexborNode) -> str:
    for edited in node.css(".chatlog__edited-timestamp"):
        if not _attribute(edited, "title"):
            edited.decompose()
    lines: list[str] = []
    for where in _BODY:
        for body in node.css(where):
            for img in body.css("img.chatlog__emoji, img.emoji"):
                alt = _attribute(img, "alt")
                img.replace_with(alt if not alt.isascii() else f":{alt.strip(':')}:")
            inner = next((found for css in _TEXT if (found := body.css_first(css))), body)
            lines.append(_said(inner))
    return "\n".join(line for line in lines if line and line != "(edited)")


def _files(node: LexborNode) -> Iterator[str]:
    for box in node.css(".chatlog__attachment, .chatlog__forwarded-attachment"):
        media = box.css_first("img[title], source[title]")
        link = box.css_first("a[href], source[src], img[src]")
        url = _attribute(link, "href") or _attribute(link, "src")
        named = _FILE.fullmatch(_attribute(media, "title"))
        generic = box.css_first(".chatlog__attachment-generic-name")
        if url and "://" not in url:
            yield file_name(url)
        else:
            yield named[1] if named else _said(generic) or file_name(url)


def _kept(node: LexborNode, passed_on: bool) -> dict[str, Any]:
    reactions: list[dict[str, Any]] = []
    for each in node.css(".chatlog__reaction"):
        emoji = _attribute(each.css_first("img"), "alt") or _attribute(each, "title")
        count = _said(each.css_first(".chatlog__reaction-count"))
        reactions.append({"count": int(count[:7]) if count.isdecimal() else 1, "reaction": emoji})
    return {
        "edited": _attribute(node.css_first(".chatlog__edited-timestamp"), "title"),
        "pinned": "chatlog__message-container--pinned" in _attribute(node, "class"),
        "reactions": reactions,
        "forwarded": passed_on,
    }


def _said(node: LexborNode | None) -> str:
    return node_text(node) if node is not None else ""


def _attribute(node: LexborNode | None, name: str) -> str:
    return (node.attributes.get(name) or "") if node is not None else ""
