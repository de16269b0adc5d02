"""Pages of HTML cut into sections: what a saved page, a book's chapter and a Word file have in
common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest import Member
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
_PUBLISHED = (
    "meta[property='article:published_time']",
    "meta[itemprop='datePublished']",
    "meta[name='date']",
    "meta[name='dcterms.created']",
)


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
        found = tree.css_first(where)
        if found is not None and len(found.text() or "") >= _ENOUGH:
            return found
    return tree.body


def _text(node: LexborNode | None) -> str:
    return " ".join((node.text() or "").split()) if node else ""


def _content(tree: LexborHTMLParser, where: str) -> str:
    return _attribute(tree, where, "content")


def _attribute(tree: LexborHTMLParser, where: str, name: str) -> str:
    node = tree.css_first(where)
    return str(node.attributes.get(name) or "").strip() if node else ""


__all__ = ["Document", "Page", "page", "records", "sections", "utc_or_none"]
