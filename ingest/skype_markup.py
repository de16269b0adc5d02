"""What Skype puts into the content of a message: a little XML, read as people saw it.

<b raw_pre="*" raw_post="*">waves</b>   <ss type="smile">:)</ss>   <at id="8:bea">Bea</at>
<quote authorname="Ada" timestamp="1600000000"><legacyquote>[…] Ada: </legacyquote>Tea?
  <legacyquote>&lt;&lt;&lt; </legacyquote></quote>Yes   <e_m ts="1600000001" …/>
<URIObject type="Picture.1"><OriginalName v="cat.jpg"/></URIObject>
<partlist type="ended"><part identity="ada"><name>Ada</name><duration>61</duration></part>…
"""

from __future__ import annotations

import base64
import json
import re
from html import unescape
from typing import Any, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.markup import node_text, sound

_EMPTY = re.compile(
    r"<(e_m|originalname|filesize|swift|c_i|title|description|c)\b([^<>]*?)\s*/>", re.IGNORECASE
)
"""To a parser of HTML they would hold all that follows."""
_EDITED = "Edited previous message: "
_TAGGED = re.compile(
    r"</?(?:a|b|i|s|u|p|div|span|br|pre|ss|at|quote|legacyquote|e_m|c_i|uriobject|contacts|location"
    r"|emoji|attachment|blockquote|strong|em|ul|ol|li|table|img|code|codeblock)\b[^<>]{0,4000}>",
    re.IGNORECASE,
)
_FIRST = re.compile(r'<e_m\b[^<>]{0,300}?\bts_ms="(\d{1,17})"')
_LONGEST = 1024 * 1024


class Said(NamedTuple):
    """The content of one message."""

    text: str
    files: tuple[str, ...] = ()
    quote: dict[str, str] | None = None
    """Whom it quotes and what, and the id of that message where it is known."""
    edited: bool = False


def said(content: str) -> Said:
    """Of the kinds that people write: `Text`, `RichText`, files and pictures."""
    if not _TAGGED.search(content):
        return Said(unescape(content).strip())
    tree = _tree(content)
    if tree.body is None:
        return Said("")
    quote = _quote(tree)
    files, told = _objects(tree)
    edited = tree.css_first("e_m") is not None
    text = "\n".join(filter(None, (node_text(tree.body), *told)))
    return Said(text.removeprefix(_EDITED) if edited else text, files, quote, edited)


def _tree(content: str) -> LexborHTMLParser:
    """As HTML, whose text keeps its lines: Skype writes them as they are."""
    content = _EMPTY.sub(r"<\1\2></\1>", content[:_LONGEST])
    return LexborHTMLParser(sound(content.replace("\n", "<br>")))


def _quote(tree: LexborHTMLParser) -> dict[str, str] | None:
    """The first quote, taken out of the text; the marks for programs of old, too."""
    found: dict[str, str] | None = None
    for node in tree.css("legacyquote"):
        node.decompose()
    for node in tree.css("quote"):
        told = node.attributes
        who = str(told.get("authorname") or told.get("author") or "")
        one = {"by": who, "text": node_text(node)}
        if told.get("messageid"):
            one["id"] = str(told["messageid"])
        found = found or one
        node.decompose()
    return found


def _objects(tree: LexborHTMLParser) -> tuple[tuple[str, ...], list[str]]:
    """Names of files; of cards, what they say. Their own words are for programs that show none."""
    files: list[str] = []
    told: list[str] = []
    for node in tree.css("uriobject"):
        name = node.css_first("originalname")
        meta = node.css_first("meta[originalname]")
        file = (name.attributes.get("v") if name is not None else None) or (
            meta.attributes.get("originalname") if meta is not None else None
        )
        card = node.css_first("swift")
        if card is not None:
            told.append(_card(str(card.attributes.get("b64") or "")))
        elif file:
            files.append(str(file))
        elif node.attributes.get("type"):
            files.append(str(node.attributes.get("uri") or node.attributes["type"]))
        node.decompose()
    people = (node.attributes for node in tree.css("contacts c"))
    told += [str(one.get("f") or one.get("s") or "") for one in people]
    for node in tree.css("location"):
        told.append(str(node.attributes.get("address") or ""))
        node.decompose()
    return tuple(files), [words for words in told if words]


def _card(packed: str) -> str:
    try:
        card = json.loads(base64.b64decode(packed))
    except (ValueError, RecursionError):
        return ""
    return "\n".join(dict.fromkeys(_words(card)))


def _words(value: Any) -> list[str]:
    found: list[str] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found += [one[k] for k in ("title", "subtitle", "text") if isinstance(one.get(k), str)]
            waiting += reversed([v for v in one.values() if isinstance(v, dict | list)])
        elif isinstance(one, list):
            waiting += reversed(one)
    return [words for words in found if words.strip()]


def original(content: str) -> int | None:
    """When the message was first written, in milliseconds, of one that was edited."""
    found = _FIRST.search(content) if "<e_m" in content else None
    return int(found[1]) if found else None


def call(content: str) -> tuple[str, dict[str, Any]]:
    """`call ended: 61 s`, and the same in numbers."""
    tree = LexborHTMLParser(sound(content[:_LONGEST]))
    top = tree.css_first("partlist")
    kind = str(top.attributes.get("type") or "") if top is not None else ""
    lasted = [_number(node) for node in tree.css("duration")]
    seconds = max(lasted, default=0)
    told = f"call {kind}".strip()
    meta: dict[str, Any] = {"seconds": seconds} if seconds else {}
    if kind == "missed":
        meta["missed"] = True
    return (f"{told}: {seconds} s" if seconds else told), meta


def act(content: str, kind: str, names: dict[str, str]) -> str:
    """`add member: Bea`, of a notice about the talk itself."""
    what = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.rpartition("/")[2]).lower()
    tree = LexborHTMLParser(sound(content[:_LONGEST]))
    told = [_text(node) for node in tree.css("target, value, id")]
    words = [word.removeprefix("8:") for word in told if word]
    shown = dict.fromkeys(names.get(word, word) for word in words)
    return f"{what}: {', '.join(shown)}" if shown else what


def poll(content: str) -> str:
    """The question and its answers, of a poll in XML or JSON."""
    try:
        return "\n".join(dict.fromkeys(_words(json.loads(content))))
    except (ValueError, RecursionError):
        pass
    tree = LexborHTMLParser(sound(content[:_LONGEST]))
    asked = [str(n.attributes.get("title") or "") for n in tree.css("[title]")]
    return "\n".join(filter(None, asked)) or said(content).text


def _number(node: LexborNode) -> int:
    try:
        return int(float(_text(node)))
    except (ValueError, OverflowError):
        return 0


def _text(node: LexborNode) -> str:
    return " ".join((node.text() or "").split())


__all__ = ["Said", "act", "call", "original", "poll", "said"]
