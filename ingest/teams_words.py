"""What people read of a message in Microsoft Teams: its HTML, its cards, its notices.

<p><at id="0">Bea</at>&nbsp;<at id="1">Poe</at> hello<emoji id="like" alt="👍"></emoji></p>
<attachment id="44"></attachment>
"""

from __future__ import annotations

import json
import re
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from ingest.markup import node_text, sound

_EMPTY = re.compile(
    r"<(emoji|customemoji|attachment|systemEventMessage|at)\b([^<>]*?)\s*/>", re.IGNORECASE
)
_LONGEST = 1024 * 1024
_TOLD = ("chatDisplayName", "channelDisplayName", "teamDisplayName", "callEventType")
_CARD_TEXTS = ("title", "subtitle", "text", "altText", "summary")


def body_text(content: str, kind: str) -> str:
    """Mentions stand as the names they show, emoji as themselves."""
    if kind.lower() != "html" and not re.search(r"<(?:p|div|at|attachment|br|span)\b", content):
        return content.strip()
    tree = LexborHTMLParser(sound(_EMPTY.sub(r"<\1\2></\1>", content[:_LONGEST])))
    for node in tree.css("emoji, customemoji, img[itemtype*='Emoji']"):
        node.replace_with(str(node.attributes.get("alt") or ""))
    for node in tree.css("attachment"):
        node.decompose()
    return node_text(tree.body).replace("\u00a0", " ").strip() if tree.body is not None else ""


def pictures(content: str) -> list[str]:
    """Addresses of the pictures that were pasted into the text."""
    if "<img" not in content:
        return []
    tree = LexborHTMLParser(sound(content[:_LONGEST]))
    found = [str(node.attributes.get("src") or "") for node in tree.css("img[src]")]
    return [src for src in found if src and "emoji" not in src.lower()]


def card_text(content: Any) -> str:
    """The words of an adaptive card, which is JSON in a text."""
    if isinstance(content, str):
        try:
            content = json.loads(content[:_LONGEST])
        except (ValueError, RecursionError):
            return ""
    found: list[str] = []
    waiting = [content]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            texts = [one.get(key) for key in _CARD_TEXTS]
            found += [text.strip() for text in texts if isinstance(text, str) and text.strip()]
            waiting += reversed([v for v in one.values() if isinstance(v, dict | list)])
        elif isinstance(one, list):
            waiting += reversed(one)
    return "\n".join(dict.fromkeys(found))


def notice(detail: dict[str, Any]) -> str:
    """`members added: Bea`, of an `eventDetail`."""
    kind = str(detail.get("@odata.type") or "")
    kind = kind.rpartition(".")[2].removesuffix("EventMessageDetail")
    what = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower() or "system event"
    told = [detail.get(key) for key in _TOLD]
    members = detail.get("members")
    members = members if isinstance(members, list) else []
    told += [member.get("displayName") for member in members if isinstance(member, dict)]
    named = [name for name in told if isinstance(name, str) and name]
    return f"{what}: {', '.join(named)}" if named else what


__all__ = ["body_text", "card_text", "notice", "pictures"]
