"""iMessage as `imessage-exporter --format html` writes it: a page a chat, called after it.

    <div class="message"><div class="sent iMessage"><p><span class="timestamp">
      <a href="sms://open?message-guid=…">May 17, 2022  5:29:42 PM</a></span>
      <span class="sender">Me</span></p>
      <hr><div class="message_part"><span class="bubble">Hello</span></div></div></div>

Pages carry the ids of the database, so both of them are one chat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest import Item, Member, Options, importer
from ingest.decode import decode
from ingest.imessage_said import WHEN, Said, items
from ingest.invisible import shown
from ingest.markup import node_text, shallow
from secondme.errors import UnreadableExport

_LARGEST = 64 * 1024 * 1024
_WHEN = re.compile(WHEN)
_GUID = "message-guid="
_HIDDEN = "div.replies, div.tapbacks, div.reactions, span.expressive, span.reply_context, style"


def _looks_like_page(member: Member) -> bool:
    head = member.head
    if b'class="message' not in head or b'class="timestamp' not in head:
        return False
    return b"message-guid=" in head or b'class="message_part' in head or b"announcement" in head


@importer("imessage", recognises=_looks_like_page)
def read(member: Member, options: Options) -> Iterator[Item]:
    """One record a message, in the order of the page."""
    if member.size > _LARGEST:
        raise UnreadableExport(
            f"{member.name} is too large for a page.",
            "Run imessage-exporter with --format txt, or import chat.db itself.",
        )
    tree = LexborHTMLParser(shallow(decode(member.read()).text))
    yield from items(_said(tree), member.stem, options)


def _said(tree: LexborHTMLParser) -> Iterator[Said]:
    told: set[str] = set()
    answers = _answers(tree)
    for node in tree.css("div.message, div.announcement"):
        if _inside_replies(node):
            continue
        if "announcement" in (node.attributes.get("class") or ""):
            yield _notice(node)
            continue
        said = _message(node, answers)
        if said and not (said.id and said.id in told):
            told.add(said.id or "")
            yield said


def _answers(tree: LexborHTMLParser) -> dict[str, str]:
    """The ids of messages that stand below another: to that other's."""
    found: dict[str, str] = {}
    for node in tree.css("div.replies div.message"):
        above = node.parent
        while above is not None and not _is_top(above):
            above = above.parent
        if above is not None:
            found[_guid(node)] = _guid(above)
    return found


def _is_top(node: LexborNode) -> bool:
    return "message" in (node.attributes.get("class") or "").split() and not _inside_replies(node)


def _inside_replies(node: LexborNode) -> bool:
    above = node.parent
    while above is not None:
        if "replies" in (above.attributes.get("class") or "").split():
            return True
        above = above.parent
    return False


def _notice(node: LexborNode) -> Said:
    when = _text_of(node, "span.timestamp")
    return Said("", when, (_WHEN.sub("", node_text(node)).strip(),))


def _message(node: LexborNode, answers: dict[str, str]) -> Said | None:
    bubble = next((child for child in node.iter() if child.tag == "div"), None)
    if bubble is None:
        return None
    own = "sent" in (bubble.attributes.get("class") or "").split()
    guid = _guid(node)
    when = _text_of(node, "span.timestamp a") or _text_of(node, "span.timestamp")
    sender = shown(_text_of(node, "span.sender"))
    reactions = tuple(
        shown(node_text(one))
        for one in node.css("span.tapback, span.reaction")
        if _owned(one, node)
    )
    replied = any(_owned(one, node) for one in node.css("span.reply_context"))
    files = tuple(dict.fromkeys(_files(node)))
    lines = tuple(_lines(node))
    if replied and guid not in answers:
        lines = (*lines, "This message responded to an earlier message.")
    return Said(
        sender, when, lines, guid or None, answers.get(guid), own, files, reactions=reactions
    )


def _owned(one: LexborNode, node: LexborNode) -> bool:
    """It belongs to the message itself, not to an answer that stands below it."""
    above = one.parent
    while above is not None and above.mem_id != node.mem_id:
        if "replies" in (above.attributes.get("class") or "").split():
            return False
        above = above.parent
    return True


def _lines(node: LexborNode) -> Iterator[str]:
    for part in node.css(
        "div.message_part, span.subject, span.deleted, span.shareplay, span.shared_location"
    ):
        if not _owned(part, node):
            continue
        for away in part.css(_HIDDEN):
            if _owned(away, node):
                away.decompose(recursive=True)
        rows = part.css("tr")
        if rows:
            texts = [node_text(row.css("td")[-1]) for row in rows if row.css("td")]
            yield from texts[:1]
            yield from (f"Edited some time later: {text}" for text in texts[1:])
        else:
            yield from node_text(part).split("\n")


def _files(node: LexborNode) -> Iterator[str]:
    for one in node.css(
        "img[src], video source[src], video[src], audio[src], audio source[src], a[href]"
    ):
        name = one.attributes.get("src") or one.attributes.get("href") or ""
        link = one.tag == "a" and not one.attributes.get("download") and "/" not in name
        outside = name.startswith(("http", "sms:", "data:", "#", "mailto:", "tel:"))
        if name and not link and not outside and _owned(one, node):
            yield unquote(name)


def _guid(node: LexborNode) -> str:
    link = node.css_first(f"span.timestamp a[href*='{_GUID}']")
    href = (link.attributes.get("href") or "") if link else ""
    return href.partition(_GUID)[2]


def _text_of(node: LexborNode, selector: str) -> str:
    found = node.css_first(selector)
    return (found.text() or "").strip() if found else ""


__all__ = ["read"]
