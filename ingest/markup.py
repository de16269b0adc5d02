"""Text of HTML pages as somebody who looked at them would read it; nothing is fetched or run."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

LONGEST = 2 * 1024 * 1024
_DEEPEST = 4000
_BLOCKS = frozenset(
    "p div tr table li ul ol h1 h2 h3 h4 h5 h6 blockquote section article header footer hr"
    " center pre dl dt dd address".split()
)
_UNSEEN = ["script", "style", "head", "title", "template", "noscript"]
_SPACES = re.compile(r"[ \t\r\n\f]+")
_SPACES_AGAIN = re.compile(r"[ \t]+")
_LINE_ENDS = re.compile(r"[ \u00a0]*\n[ ]*")
_TAG = re.compile(r"<[^<>]*>")
_OPENING_OR_CLOSING = re.compile(
    r"</?(?!(?:br|hr|img|input|link|meta|col|area|wbr|source)\b)[a-z]", re.IGNORECASE
)
_GAPS = re.compile(r"\n{3,}")


def page_text(html: str) -> str:
    """What a reader of the page would see, with its blocks on lines of their own.

    Of a page of more than two million characters, the beginning.
    """
    tree = LexborHTMLParser(sound(html))
    tree.strip_tags(_UNSEEN)
    drop_hidden(tree)
    return node_text(tree.body) if tree.body else ""


def drop_hidden(tree: LexborHTMLParser) -> None:
    """Take out what the page itself hides: words for machines and for spam filters."""
    for node in tree.css("[style*='display:none'], [style*='display: none'], [hidden]"):
        node.decompose()


def sound(html: str) -> str:
    """The page as it may be parsed: not too long, and without its tags where they nest too deeply,
    for parsing takes quadratic time in that."""
    return shallow(_SPACES.sub(" ", html[:LONGEST]))


def shallow(html: str) -> str:
    """The same without its tags where they nest too deeply, and its white space kept."""
    if html.count("<") > _DEEPEST and _depth(html) > _DEEPEST:
        return _TAG.sub(" ", html)
    return html


def node_text(root: LexborNode) -> str:
    """The same of a part of a page that is parsed already."""
    pieces: list[str] = []
    for node in root.traverse(include_text=True):
        before = node.prev
        if node.tag in _BLOCKS or (before is not None and before.tag in _BLOCKS):
            pieces.append("\n")
        if node.tag == "-text":
            pieces.append(node.text_content or "")
        elif node.tag == "br":
            pieces.append("\n")
        elif node.tag in ("td", "th"):
            pieces.append(" ")
    text = _SPACES_AGAIN.sub(" ", "".join(pieces))
    return _GAPS.sub("\n\n", _LINE_ENDS.sub("\n", text)).strip()


def _depth(html: str) -> int:
    """How deeply elements are nested."""
    depth = deepest = 0
    for match in _OPENING_OR_CLOSING.finditer(html):
        depth += -1 if match[0][1] == "/" else 1
        deepest = max(deepest, depth)
    return deepest


__all__ = ["LONGEST", "drop_hidden", "node_text", "page_text", "shallow", "sound"]
