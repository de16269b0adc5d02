"""Pages of HTML cut into sections: what a saved page, a book's chapter and a Word file have in
common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest import Member
from ingest.decode import decode
from ingest.mailparts import charset_text
from ingest.markup import drop_hidden, node_text, sound
from ingest.notes import Section, blocks, path_of
from ingest.times import parse_iso
from secondme.record import Record

_HEADINGS = "h1, h2, h3, h4, h5, h6"
_MARK = "\ue000"
"""Stands before a heading as often as its level; it is nobody's letter, and is taken out before."""
_MARKED = re.compile(rf"^({_MARK}{{1,6}})\n*(.*)$", re.MULTILINE)
_MAIN = ("article", "main", "[role=main]", "#content")
_ENOUGH = 200
"""An article shorter than this is a teaser, and the page's words stand elsewhere."""
_REMARKS = 50
"""So many articles tell whether all lie in the first."""
_PUBLISHED = (
    "meta[property='article:published_time']",
    "meta[itemprop='datePublished']",
    "meta[name='date']",
    "meta[name='dcterms.created']",
)


_CHARSET = re.compile(
    rb"<(?:meta\b[^<>]{0,200}?\bcharset|\?xml\b[^<>]{0,200}?\bencoding)\s*=\s*[\"']?([\w.:-]{1,40})",
    re.IGNORECASE,
)
_DECLARED = 4096
"""Bytes in which a page says how its letters are written, and that it is XHTML."""
_XHTML = "http://www.w3.org/1999/xhtml"
_EMPTY = re.compile(
    r"<(title|script|style|iframe|textarea|noscript|noembed|xmp)\b([^<>]*)/>", re.IGNORECASE
)
"""In HTML these have no end then, and everything behind them is theirs."""


class Page(NamedTuple):
    title: str
    url: str
    """Its address as it says itself; empty where it does not."""
    published: str
    """As written in its head; empty where it does not say."""
    sections: tuple[Section, ...]


class Document(NamedTuple):
    """What is known about all sections of one document."""

    source: str
    title: str
    at: str | None = None
    """UTC, of its making."""
    written: str = ""
    meta: str = ""


def html_text(data: bytes) -> str:
    """The source of a page as HTML: in UTF-8 if it can be, else as it says itself."""
    said = _CHARSET.search(data[:_DECLARED])
    try:
        text = decode(data).text if said is None else data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = charset_text(data, said[1].decode("ascii", "replace")) if said else ""
    return _EMPTY.sub(r"<\1\2></\1>", text) if _XHTML in text[:_DECLARED] else text


def page(html: str) -> Page:
    """The page without its menus, scripts and what it hides."""
    tree = LexborHTMLParser(sound(html).replace(_MARK, ""))
    title = _text(tree.css_first("title")) or _content(tree, "meta[property='og:title']")
    url = _attribute(tree, "link[rel=canonical]", "href") or _content(
        tree, "meta[property='og:url']"
    )
    published = next(filter(None, (_content(tree, where) for where in _PUBLISHED)), "")
    if not published:
        published = _attribute(tree, "article time[datetime]", "datetime")
    tree.strip_tags(["script", "style", "head", "template", "noscript", "nav", "svg", "iframe"])
    drop_hidden(tree)
    root = _main(tree)
    return Page(title, url, published, tuple(sections(root)) if root else ())


def sections(root: LexborNode) -> Iterator[Section]:
    """Cut before every heading, under the names of all headings above."""
    for heading in root.css(_HEADINGS):
        heading.insert_before(_MARK * int((heading.tag or "h1")[1]))
    text = node_text(root)
    above: list[tuple[int, str]] = []
    start = 0
    for found in _MARKED.finditer(text):
        yield from _section(above, text[start : found.start()])
        level, title = len(found[1]), " ".join(found[2].split())
        above = [(depth, name) for depth, name in above if depth < level] + [(level, title)]
        start = found.start(2)
    yield from _section(above, text[start:])


def records(
    member: Member, document: Document, found: Iterator[Section] | tuple[Section, ...]
) -> Iterator[Record]:
    """Sections as records of at most a screenful. Nobody says whose words they are."""
    for section in found:
        for block in blocks(section.text):
            yield Record(
                document.source,
                path_of(member),
                block,
                sent_at=document.at,
                sent_local=document.written if document.at else "",
                zone="explicit" if document.at else "none",
                kind="section",
                subject=section.heading,
                title=document.title or member.stem,
                meta=document.meta,
            )


def utc_or_none(written: str) -> str | None:
    """A time with its zone, in UTC; None for anything else."""
    return parse_iso(written) if written else None


def _section(above: list[tuple[int, str]], text: str) -> Iterator[Section]:
    text = text.replace(_MARK, "").strip()
    if text:
        yield Section(" › ".join(name for _, name in above if name), text)


def _main(tree: LexborHTMLParser) -> LexborNode | None:
    for where in _MAIN:
        found = [node for node in tree.css(where) if len(node.text() or "") >= _ENOUGH]
        # Several articles are a list, and what is around them all is the page; those within another
        # are remarks on it.
        if found and all(_lies_in(node, found[0]) for node in found[1:_REMARKS]):
            return found[0]
    return tree.body


def _lies_in(node: LexborNode, other: LexborNode) -> bool:
    above = node.parent
    while above is not None and above.mem_id != other.mem_id:
        above = above.parent
    return above is not None


def _text(node: LexborNode | None) -> str:
    return " ".join((node.text() or "").split()) if node else ""


def _content(tree: LexborHTMLParser, where: str) -> str:
    return _attribute(tree, where, "content")


def _attribute(tree: LexborHTMLParser, where: str, name: str) -> str:
    node = tree.css_first(where)
    return str(node.attributes.get(name) or "").strip() if node else ""


__all__ = ["Document", "Page", "html_text", "page", "records", "sections", "utc_or_none"]
