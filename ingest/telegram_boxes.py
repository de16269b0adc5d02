"""One message on a page of Telegram's: what stands in its box."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.markup import node_text, shallow

_VIA = re.compile(r"\s+via @(\w+)$")
_REPLY = re.compile(r"#go_to_message(-?\d+)")
_NUMBER = re.compile(r"message(-?\d+)")
_COORDINATES = re.compile(r"(-?\d+(?:\.\d+)?),\s?(-?\d+(?:\.\d+)?)")
_VOTES = re.compile(r"(\d+) votes?")
_WRAPPED = {
    "photo_wrap": "",
    "video_file_wrap": "video_file",
    "animated_wrap": "animation",
    "sticker_wrap": "sticker",
    "media_voice_message": "voice_message",
    "media_audio_file": "audio_file",
}
_TITLED = {
    "Video message": "video_message",
    "Video file": "video_file",
    "Animation": "animation",
    "Sticker": "sticker",
}
_THEIRS = ("media_contact", "media_venue", "media_game", "media_invoice")


class Shown(NamedTuple):
    """What a message has besides its words."""

    text: str = ""
    """Instead of words."""
    theirs: bool = False
    """`text` is nothing that the author wrote."""
    call: bool = False
    files: tuple[str, ...] = ()
    meta: dict[str, Any] = {}  # noqa: RUF012  never changed


class Box(NamedTuple):
    number: str
    notice: bool
    joined: bool
    """By the author of the message above."""
    author: str
    """Empty where it is not repeated."""
    written: str
    """When, as in `01.05.2024 09:54:20 UTC+02:00`."""
    text: str
    forwarded: str | None
    """From whom; empty where it is not repeated, None for the author's own words."""
    reply_to: str
    shown: Shown


def box(html: str) -> Box | None:
    """None for what is no message."""
    tree = LexborHTMLParser(shallow(html))
    root = tree.css_first("div.message")
    body = root.css_first("div.body") if root else None
    number = _NUMBER.fullmatch(_attribute(root, "id"))
    if root is None or body is None or number is None:
        return None
    classes = _classes(root)
    if "service" in classes:
        return Box(number[1], True, False, "", "", node_text(body), None, "", Shown())
    passed_on = next((n for n in body.iter() if {"forwarded", "body"} <= _classes(n)), None)
    inside = passed_on or body
    link = next((a for a in inside.css("div.reply_to a")), None)
    reply = _REPLY.search(_attribute(link, "href"))
    author, via = _name(body)
    forwarded, via_too = _name(passed_on) if passed_on else ("", "")
    words = next((n for n in inside.iter() if "text" in _classes(n)), None)
    shown = _shown(inside)
    meta: dict[str, Any] = {"via_bot": via or via_too, "signed": _said(inside, "div.signature")}
    meta["reactions"] = list(_reactions(body))
    meta["links"] = list(_links(words)) if words else []
    return Box(
        number[1],
        False,
        "joined" in classes,
        author,
        _attribute(body.css_first("div.date"), "title"),
        node_text(words) if words else "",
        forwarded if passed_on else None,
        reply[1] if reply else "",
        shown._replace(meta=shown.meta | meta),
    )


def _name(body: LexborNode) -> tuple[str, str]:
    """The name over a message, and the bot through which it came."""
    for node in body.iter():
        if "from_name" in _classes(node):
            for date in node.css("span"):
                date.decompose()
            name = node_text(node)
            via = _VIA.search(name)
            return (name[: via.start()], f"@{via[1]}") if via else (name, "")
    return "", ""


def _shown(body: LexborNode) -> Shown:
    wrap = body.css_first("div.media_wrap")
    if wrap is None:
        return Shown()
    if (poll := wrap.css_first("div.media_poll")) is not None:
        return _poll(poll)
    media = next((n for n in wrap.iter() if n.tag in ("a", "div")), None)
    if media is None:
        return Shown()
    classes = _classes(media)
    title, about = _said(media, "div.title"), _said(media, "div.description")
    status = _said(media, "div.status")
    if "media_call" in classes:
        return Shown(f"phone call: {status}" if status else "phone call", call=True)
    place = _COORDINATES.search(status) or _COORDINATES.search(_attribute(media, "href"))
    meta: dict[str, Any] = {}
    if place and classes & {"media_location", "media_live_location", "media_venue"}:
        meta["place"] = {"latitude": float(place[1]), "longitude": float(place[2])}
    if "media_contact" in classes:
        about = status.removesuffix(" - vCard")
    if not classes.isdisjoint(_THEIRS):
        return Shown("\n".join(filter(None, (title, about))), True, False, _files(media), meta)
    kind = next((name for key, name in _WRAPPED.items() if key in classes), None)
    meta["media_type"] = _TITLED.get(title, "") if kind is None else kind
    if meta["media_type"] == "sticker":
        meta["sticker_emoji"] = status.partition(", ")[0]
    named = (title,) if "media_file" in classes and title not in ("", "File") else ()
    return Shown(files=_files(media) or named, meta=meta)


def _files(media: LexborNode) -> tuple[str, ...]:
    """As they are called from the top of the export."""
    href = _attribute(media, "href")
    while href.startswith("../"):
        href = href[3:]
    return () if not href or href.startswith(("#", "http://", "https://")) else (href,)


def _poll(poll: LexborNode) -> Shown:
    lines, answers = [_said(poll, "div.question")], []
    for node in poll.css("div.answer"):
        votes = _VOTES.match(_said(node, "span.details"))
        for details in node.css("span.details"):
            details.decompose()
        lines.append(node_text(node))
        text = lines[-1].removeprefix("- ")
        answers.append({"text": text, "votes": int(votes[1][:9]) if votes else 0})
    closed = _said(poll, "div.details") == "Final results"
    meta = {"poll": {"answers": answers, "closed": closed}}
    return Shown("\n".join(lines), meta=meta)


def _reactions(body: LexborNode) -> Iterator[dict[str, Any]]:
    for node in body.css("span.reaction"):
        emoji = _said(node, "span.emoji")
        people = [_attribute(n, "title") for n in node.css("span.userpics .userpic[title]")]
        for by in people:
            yield {"by": by, "reaction": emoji}
        count = _said(node, "span.count")
        rest = int(count[:9]) if count.isdecimal() else 0
        rest = rest or len(node.css("span.userpics div.userpic"))
        if rest > len(people):
            yield {"count": rest - len(people), "reaction": emoji}


def _links(words: LexborNode) -> Iterator[str]:
    """Where words lead that do not say it themselves."""
    for node in words.css("a"):
        href = _attribute(node, "href")
        said = (node.text() or "").strip()
        mention = "://t.me/" in href and said.startswith("@")
        if href.startswith(("http://", "https://")) and said != href and not mention:
            yield href


def _said(node: LexborNode, where: str) -> str:
    found = node.css_first(where)
    return node_text(found) if found else ""


def _classes(node: LexborNode) -> set[str]:
    return set(_attribute(node, "class").split())


def _attribute(node: LexborNode | None, name: str) -> str:
    return (node.attributes.get(name) or "") if node is not None else ""


__all__ = ["Box", "Shown", "box"]
