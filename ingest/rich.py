"""HTML of notes as Markdown: what its writer saw, with headings, lists, boxes to tick and links.

Bold and slanted type is dropped; what is struck through stays marked, for it no longer holds.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.markup import drop_hidden, shallow

LONGEST = 8 * 1024 * 1024
"""Of a longer page, the beginning is read."""
_INLINE_DATA = re.compile(r"""=\s*(?:"data:[^"]*"|'data:[^']*')""")
_CLOSED = re.compile(r"<([a-z][\w:-]*)([^<>]*)/>", re.IGNORECASE)
_VOID = frozenset("br hr img input link meta col area wbr source".split())
_UNSEEN = "script style head title template noscript svg nav iframe".split()
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PARAGRAPHS = _HEADINGS | frozenset("p ul ol table blockquote pre figure details dl hr".split())
_LINES = frozenset(
    "div li tr summary section article header footer aside main figcaption dt dd center address"
    " en-note caption".split()
)
_BLOCKS = _PARAGRAPHS | _LINES
_MARKS = {"s": "~~", "del": "~~", "strike": "~~", "code": "`"}
_SPACES = re.compile(r"\s+")
_CODE_BLOCK = re.compile(r"-en-codeblock\s*:\s*true", re.IGNORECASE)
_TICKED = re.compile(r"--?en-checked\s*:\s*true", re.IGNORECASE)
_TICKABLE = re.compile(r"--?en-todo\s*:\s*true", re.IGNORECASE)
_NOTHING = frozenset({"", "~~~~", "``"})
_LINK = re.compile(r"(?:https?|mailto|tel|ftp):", re.IGNORECASE)
_ITEM = re.compile(r" *(?:> )*(?:- |\d+\. )")
_DEEPEST_LIST = 20


def markdown_of(html: str) -> str:
    """The page as Markdown. Linear in its length; nothing is fetched or run."""
    tree = parsed(html)
    return node_markdown(tree.body) if tree.body else ""


def parsed(html: str) -> LexborHTMLParser:
    """The page without what nobody sees. Also of XHTML, where any tag may close itself."""
    html = _INLINE_DATA.sub('=""', html[:LONGEST])
    tree = LexborHTMLParser(shallow(_CLOSED.sub(_opened, html)))
    tree.strip_tags(_UNSEEN)
    if "hidden" in html or "display" in html:
        drop_hidden(tree)
        for node in tree.css("[aria-hidden=true]"):
            node.decompose()
    for formula in tree.css("math") if "<math" in html else ():
        source = formula.css_first("annotation")
        formula.replace_with(f"${source.text().strip()}$" if source else formula.text())
    return tree


def node_markdown(root: LexborNode) -> str:
    """The same of a part of a page that is parsed already."""
    page = _Page()
    node: LexborNode | None = root.child
    depth = 1
    while node is not None:
        page.enter(node)
        if node.child is not None and not page.passed_over(node):
            node, depth = node.child, depth + 1
            continue
        page.leave(node)
        while node is not None and node.next is None:
            node, depth = node.parent, depth - 1
            if node is None or depth == 0:
                return page.text()
            page.leave(node)
        node = node.next if node is not None else None
    return page.text()


def _opened(tag: re.Match[str]) -> str:
    return tag[0] if tag[1].lower() in _VOID else f"<{tag[1]}{tag[2]}></{tag[1]}>"


class _Page:
    """Lines as they come about, and what the words at hand stand in."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._lists: list[tuple[str, int]] = []
        """Of every open list its kind and how many items it had."""
        self._quotes = self._code = self._cells = 0
        self._marker = ""
        """What the next line begins with: a bullet, a number, the signs of a heading."""
        self._links: list[tuple[int, str]] = []
        """Where on the line an open link began, and where it leads."""

    def text(self) -> str:
        self._end_line()
        return "\n".join(self._lines).strip("\n")

    def passed_over(self, node: LexborNode) -> bool:
        return node.tag == "en-crypt"

    def enter(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag == "-text":
            self._say(node.text_content or "")
            return
        if tag in _BLOCKS:
            self._begin_block(tag, node)
        elif tag == "br":
            self._break()
        elif tag in _MARKS and not self._code:
            self._line.append(_MARKS[tag])
        elif tag == "a":
            self._links.append((len(self._line), str(node.attributes.get("href") or "")))
        elif tag in ("td", "th"):
            self._cells += 1
            self._line.append(" | " if "".join(self._line).strip() else "")
        else:
            self._line.append(_thing(tag, node))

    def leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in _BLOCKS:
            self._end_block(tag, node)
        elif tag in _MARKS and not self._code:
            self._line.append(_MARKS[tag])
        elif tag == "a" and self._links:
            self._close_link(*self._links.pop())
        elif tag in ("td", "th"):
            self._cells -= 1

    def _begin_block(self, tag: str, node: LexborNode) -> None:
        if self._is_box(node):
            self._line.append(_box("checkbox-on" in _classes(node)))
            return
        if self._cells:
            self._line.append(" ")
            return
        self._end_line()
        style = str(node.attributes.get("style") or "")
        if tag in ("ul", "ol"):
            kind = "todo" if _TICKABLE.search(style) else tag
            if not self._lists:
                self._gap_before_list()
            self._lists.append((kind, 0))
        elif tag == "li":
            self._marker = self._bullet(style)
        elif tag == "pre" or _CODE_BLOCK.search(style):
            self._gap()
            self._lines.append(self._prefix() + "```")
            self._code += 1
        elif tag == "hr":
            self._gap()
            self._lines.append("---")
        elif tag in _PARAGRAPHS:
            self._gap()
            self._quotes += tag == "blockquote"
            if tag in _HEADINGS:
                self._marker = "#" * int(tag[1]) + " "

    def _end_block(self, tag: str, node: LexborNode) -> None:
        if self._is_box(node) or self._cells:
            return
        self._end_line()
        style = str(node.attributes.get("style") or "")
        if tag == "li":
            self._marker = ""
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif (tag == "pre" or _CODE_BLOCK.search(style)) and self._code:
            self._code -= 1
            self._lines.append(self._prefix() + "```")
        if tag in _PARAGRAPHS:
            if not self._lists:
                self._gap()
            self._marker = ""
        self._quotes -= tag == "blockquote" and self._quotes > 0

    def _is_box(self, node: LexborNode) -> bool:
        return node.tag == "div" and "checkbox" in _classes(node)

    def _bullet(self, style: str) -> str:
        kind, count = self._lists[-1] if self._lists else ("ul", 0)
        if self._lists:
            self._lists[-1] = (kind, count + 1)
        if kind == "todo":
            return "- " + _box(bool(_TICKED.search(style)))
        return f"{count + 1}. " if kind == "ol" else "- "

    def _close_link(self, start: int, href: str) -> None:
        shown = "".join(self._line[start:])
        words = shown.strip()
        if _LINK.match(href) and words and words not in (href, href.removeprefix("mailto:")):
            self._line[start:] = [f"[{words}]({href})"]

    def _say(self, text: str) -> None:
        if not self._code:
            self._line.append(_SPACES.sub(" ", text))
            return
        first, *more = text.replace("\r\n", "\n").split("\n")
        self._line.append(first)
        for line in more:
            self._end_line(keep=True)
            self._line.append(line)

    def _break(self) -> None:
        if self._cells:
            self._line.append(" ")
        elif self._code or "".join(self._line).strip():
            self._end_line(keep=bool(self._code))
        else:
            self._line.clear()
            self._gap()

    def _end_line(self, *, keep: bool = False) -> None:
        """Links over a line's end stay words."""
        line = "".join(self._line)
        line = line.rstrip() if self._code else " ".join(_words(line))
        self._line.clear()
        self._links = [(0, "") for _ in self._links]
        if keep or line not in _NOTHING:
            self._lines.append(self._prefix() + self._marker + line)
            self._marker = ""

    def _prefix(self) -> str:
        depth = max(0, min(len(self._lists), _DEEPEST_LIST) - 1)
        below = bool(self._lists) and not self._marker
        return "> " * min(self._quotes, 5) + "  " * (depth + below)

    def _gap_before_list(self) -> None:
        """None after another list: some apps write every item as a list of its own."""
        if self._lines[-1:] == [""] and len(self._lines) > 1 and _ITEM.match(self._lines[-2]):
            self._lines.pop()
        else:
            self._gap()

    def _gap(self) -> None:
        if self._lines and self._lines[-1] != "":
            self._lines.append("")


def _words(line: str) -> list[str]:
    return line.replace("\u00a0", " ").split()


def _classes(node: LexborNode) -> str:
    return str(node.attributes.get("class") or "")


def _box(ticked: bool) -> str:
    return "[x] " if ticked else "[ ] "


def _thing(tag: str, node: LexborNode) -> str:
    """What an element says by itself."""
    known = node.attributes
    if tag == "en-todo":
        return _box(known.get("checked") == "true")
    if tag == "input":
        box = known.get("type") == "checkbox"
        return _box("checked" in known) if box else ""
    if tag == "img":
        shown = str(known.get("src") or "")
        return f"![{known.get('alt') or ''}]({shown.replace(' ', '%20')})" if shown else ""
    return "[encrypted]" if tag == "en-crypt" else ""


__all__ = ["LONGEST", "markdown_of", "node_markdown", "parsed"]
