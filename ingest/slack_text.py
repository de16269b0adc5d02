"""What people read of a message in Slack: its marks, its blocks, its cards.

hello <@U0BMM2FEH>, see <https://example.org|the tide> in <#C0JGLMMNX|harbour> &amp; come
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ingest.values import fields, listed, scalar

Named = Callable[[str], str]
_MARK = re.compile(r"<([^<>]+)>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_DEEPEST = 12
_LINES = frozenset({"rich_text_section", "rich_text_preformatted", "rich_text_quote"})


class Names(NamedTuple):
    """Who and what ids stand for; an id that nobody knows stands for itself."""

    user: Named
    channel: Named


def plain(text: str, names: Names) -> str:
    if "<" in text:
        text = _MARK.sub(lambda match: _shown(match[1], names), text)
    for entity, letter in _ENTITIES if "&" in text else ():
        text = text.replace(entity, letter)
    return text


def _shown(mark: str, names: Names) -> str:
    target, _, label = mark.partition("|")
    if target.startswith("@"):
        return f"@{label or names.user(target[1:])}"
    if target.startswith("#"):
        return f"#{label or names.channel(target[1:])}"
    if target.startswith("!"):
        kind, _, _ = target[1:].partition("^")
        return label or ("@group" if kind == "subteam" else f"@{kind}")
    return label or target.removeprefix("mailto:").removeprefix("tel:")


def links(text: str) -> Iterator[str]:
    """Where words lead that do not say it themselves."""
    for mark in _MARK.findall(text) if "<http" in text else ():
        target, bar, label = mark.partition("|")
        if bar and target.startswith("http") and label not in target:
            yield target.replace("&amp;", "&")


def blocks_text(blocks: Any, names: Names) -> str:
    """The words of rich text, where the plain copy of a message is empty."""
    return "\n".join(filter(None, _blocks(blocks, names, 0))).strip("\n")


def _blocks(blocks: Any, names: Names, depth: int) -> Iterator[str]:
    for block in listed(blocks) if depth < _DEEPEST else ():
        kind = scalar(block.get("type"))
        if kind in _LINES:
            yield "".join(_pieces(block.get("elements"), names))
        elif kind == "rich_text_list":
            for item in listed(block.get("elements")):
                yield f"- {''.join(_pieces(item.get('elements'), names))}"
        elif kind in ("rich_text", "context"):
            yield from _blocks(block.get("elements"), names, depth + 1)
        elif kind in ("mrkdwn", "plain_text"):
            yield plain(scalar(block.get("text")), names)
        else:
            for part in (block.get("text"), *listed(block.get("fields"))):
                yield plain(scalar(fields(part).get("text")), names)


def _pieces(elements: Any, names: Names) -> Iterator[str]:
    for each in listed(elements):
        kind, text = scalar(each.get("type")), scalar(each.get("text"))
        if kind == "user":
            yield f"@{names.user(scalar(each.get('user_id')))}"
        elif kind == "channel":
            yield f"#{names.channel(scalar(each.get('channel_id')))}"
        elif kind == "emoji":
            yield f":{scalar(each.get('name'))}:"
        elif kind == "broadcast":
            yield f"@{scalar(each.get('range'))}"
        else:
            yield text or scalar(each.get("url"))


def card_text(attachments: list[dict[str, Any]], names: Names) -> str:
    """What machines put under or instead of words, and messages that are passed on."""
    lines: list[str] = []
    for card in attachments:
        said = [scalar(card.get(key)) for key in ("pretext", "title", "text")]
        said += [blocks_text(card.get("blocks"), names)]
        for part in listed(card.get("fields")):
            said += [scalar(part.get("title")), scalar(part.get("value"))]
        lines += said if any(said) else [scalar(card.get("fallback"))]
    return "\n".join(plain(line, names) for line in lines if line)


__all__ = ["Names", "blocks_text", "card_text", "links", "plain"]
