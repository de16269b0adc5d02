"""VK: the archive from vk.com/data_protection; the folders of `messages/`, pages of fifty.

    <div class="message" data-id="12"><div class="message__header">
      <a href="https://vk.com/id100">Ada Example</a>, 12 May 2020 at 15:04:05</div>
      <div>words<div class="kludges"><div class="attachment">…</div></div></div></div>

The owner is "You" in the language of the site and has no link; nor have those who are gone. Pages
are in Windows-1251 and the newest message stands first. They do not say in which zone their times
are. What happened in a talk stands in its own words among the attachments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest import Item, Member, Options, importer
from ingest.decode import decode
from ingest.markup import node_text, sound
from ingest.times import utc
from ingest.written_dates import written
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_LARGEST = 32 * 1024 * 1024
_NUMBERED = re.compile(r"messages\d+\.html")
_YOU = frozenset("вы ви сіз сез siz you sie vous usted você ty jūs".split())
_DELETED = frozenset({"Сообщение удалено", "Повідомлення видалено", "Message deleted"})
_HOME = re.compile(r"vk\.com/([\w.]{2,64})")


def _looks_like_vk(member: Member) -> bool:
    head = member.head
    if b"message__header" in head and b"data-id=" in head:
        return True
    return b"vk.com" in head and b"index-messages.html" in head


@importer("vk", recognises=_looks_like_vk)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of one page, oldest first. Lists of conversations hold none."""
    if b"message__header" not in member.head:
        return
    if member.size > _LARGEST:
        raise UnreadableExport(f"{member.name} is too large for a page.", "Download it again.")
    data = member.read()
    # Which encoding it is need not be guessed from a handful of letters.
    told = b"windows-1251" in data[:2048].lower()
    text = data.decode("cp1251", "replace") if told else decode(data).text
    tree = LexborHTMLParser(sound(text))
    peer = PurePosixPath(member.folder).name or member.export.name
    title = _title(tree) or peer
    asked = False
    for node in reversed(tree.css("div.message")):
        item = _message(node, peer, title, options)
        if isinstance(item, Record) and item.sent_at and options.zone is None and not asked:
            asked = True
            yield Question(
                "tz", "In which time zone is this VK archive?", options.local_zone, "--tz"
            )
        yield item


def _message(node: LexborNode, peer: str, title: str, options: Options) -> Record | Unread:
    header = node.css_first("div.message__header")
    id_ = str(node.attributes.get("data-id") or "")
    if header is None:
        return Unread(f"message {id_ or '?'}", "It does not say who wrote it and when.")
    link = header.css_first("a")
    home = _HOME.search(str(link.attributes.get("href") or "")) if link else None
    edited = header.css_first("span.message-edited")
    if edited is not None:
        edited.decompose()
    said = header.text().strip()
    name, _, when = said.rpartition(",")
    author = link.text().strip() if link else name.strip()
    attached = list(filter(None, map(_attachment, node.css("div.attachment"))))
    happened = _happened(node)
    header.decompose()
    words = node_text(node)
    if not words and any(file in _DELETED for file in attached):
        attached, happened = [], "This message was deleted."
    at, zone = _at(when, options)
    event = bool(happened) or (not author and not home)
    told = {name.casefold() for name in options.me}
    return Record(
        "vk",
        peer,
        "\n".join(filter(None, (words, happened))),
        author=author,
        author_id=home[1] if home else "",
        sent_at=at,
        sent_local=when.strip(),
        zone=zone,
        kind="event" if event else "message",
        mine=link is None and (author.casefold() in _YOU or author.casefold() in told),
        native_id=id_ or None,
        title=title,
        attachments=tuple(attached),
        meta=json.dumps({"edited": True}) if edited is not None else "",
    )


def _happened(node: LexborNode) -> str:
    """Who was invited, what the talk is called now; taken out of the message with all that was
    attached to it."""
    told: list[str] = []
    while (part := node.css_first("div.kludges")) is not None and part != node:
        while (attachment := part.css_first("div.attachment")) is not None and attachment != part:
            attachment.decompose()
        told.append(" ".join(node_text(part).split()))
        part.decompose()
    return "\n".join(filter(None, told))


def _attachment(part: LexborNode) -> str:
    """`Photo https://…`: what it is, and where it was."""
    pieces = [node.text().strip() for node in part.css(".attachment__description")]
    links: list[Any] = [node.attributes.get("href") for node in part.css("a.attachment__link")]
    return " ".join(filter(None, [*pieces, *map(str, filter(None, links))]))


def _title(tree: LexborHTMLParser) -> str:
    crumbs = tree.css(".ui_crumb")
    return crumbs[-1].text().strip() if crumbs else ""


def _at(when: str, options: Options) -> tuple[str | None, str]:
    found = written(when)
    if found is None:
        return None, "none"
    try:
        return utc(found.at, options.zone or options.local_zone), (
            "asked" if options.zone else "guessed"
        )
    except ValueError:
        return None, "none"
