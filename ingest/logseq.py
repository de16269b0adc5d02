"""Logseq: the folder of a graph, with `journals/`, `pages/` and `logseq/config.edn`.

    type:: [[Book]]                       <- of the page
    tags:: reading, history

    - ## Notes                            <- a heading block begins a section
      id:: 60a77d61-fc7d-46e7-b34f-c8eb4f54dce2
    \t- TODO see ((60a77d61-…))           <- shown as the words it refers to

`journals/2024_01_31.md` is a day, `pages/a___b.md` (older: `a%2Fb.md`) the page a/b. Databases of
the new Logseq: export the graph as Markdown. A page exported as JSON is read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from ingest import Export, Item, Member, Options, importer
from ingest.decode import decode, fold_newlines, looks_binary
from ingest.note import Note, When, epoch, in_words, records
from ingest.note_lists import listed
from ingest.notes import day_in, noon, text_of
from ingest.orgmode import parse as parse_org
from ingest.outline import Block, sections
from ingest.roam import resolved
from secondme.errors import UnreadableExport
from secondme.record import Unread

_CONFIG = "logseq/config.edn"
_SUFFIXES = frozenset({".md", ".org", ".edn", ".css", ".js"})
_FOLDERS = ("journals", "pages")
_BULLET = re.compile(r"([ \t]*)[-*](?:[ \t]+(.*))?")
_PROPERTY = re.compile(r"[ \t]*([\w./?!-]{1,60})::(?:[ \t]+(.*))?")
_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_ID = re.compile(r"^[ \t]*(?:id::|:id:)[ \t]+([0-9a-f-]{36})", re.MULTILINE)
_REFERENCE = re.compile(r"\(\(([0-9a-f]{8}-[0-9a-f-]{27})\)\)")
_TELLING = re.compile(r"^[ \t]+(?:id:: [0-9a-f-]{36}|collapsed:: (?:true|false))$", re.MULTILINE)
_DRAWER = re.compile(r"[ \t]*:(?:LOGBOOK|PROPERTIES):[ \t]*")
_HIDDEN = re.compile(
    r"id|collapsed|title|created-at|updated-at|heading|background-color|public|filters|icon|exclude-.*"
    r"|logseq\..*|card-.*|ls-type|hl-.*|file(?:-path)?|query-.*",
)
_DATABASE = frozenset({"kvs"})
_TAB = 2


def _is_logseq(member: Member) -> bool:
    if member.suffix == ".sqlite":
        return member.tables == _DATABASE
    if member.suffix == ".json":
        shape = member.shape
        return shape.has(0, "blocks") and shape.has(1, "block/page-name", "block/children")
    if member.suffix not in _SUFFIXES:
        return False
    graph = _graph(member.export, member.folder)
    if graph is not None:
        within = member.name.removeprefix(graph)
        return member.suffix in (".md", ".org") or within.startswith("logseq/")
    return member.suffix == ".md" and _is_outline(member)


@lru_cache(maxsize=16)
def _graph(export: Export, folder: str) -> str | None:
    """Where the graph that this folder lies in begins: empty, or a folder with its `/`."""
    parts = folder.split("/") if folder else []
    for depth in range(len(parts), -1, -1):
        above = "".join(f"{part}/" for part in parts[:depth])
        if export.member(above + _CONFIG) is not None:
            return above
    return None


def _is_outline(member: Member) -> bool:
    """A page that came without its graph: properties at its top, and bullets with ids or under them
    nothing but bullets."""
    if looks_binary(member.head):
        return False
    start = member.start
    first = start.lstrip()[:200].partition("\n")[0]
    if not (_PROPERTY.fullmatch(first) or first.startswith("- ")):
        return False
    if _TELLING.search(start):
        return True
    among = member.folder.rpartition("/")[2] in _FOLDERS
    if not (among or _PROPERTY.fullmatch(first)):
        return False
    return all(line[0] in " \t-" or _PROPERTY.fullmatch(line) for line in start.split("\n") if line)


@importer("logseq", recognises=_is_logseq)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the sections of a page in order; nothing for backups and the program's own files."""
    if member.suffix == ".sqlite":
        raise UnreadableExport(
            f"{member.name} is a Logseq graph that is a database.",
            "In Logseq, choose Export graph → as Markdown, and import that.",
        )
    if member.suffix == ".json":
        yield from _json(member)
        return
    within = member.name.removeprefix(_graph(member.export, member.folder) or "")
    if within.startswith("logseq/"):
        return
    if looks_binary(member.head):
        raise UnreadableExport(f"{member.name} is not a text file.", "Leave it out.")
    text = text_of(member)
    said = _said(member.export) if _REFERENCE.search(text) else {}
    if member.suffix == ".org":
        org = parse_org(text)
        note = _note(within, org.keywords, options)._replace(text=resolved(org.text, said))
    else:
        page = parse(text)
        blocks = (Block(b.depth, resolved(b.text, said), b.heading) for b in page.blocks)
        note = _note(within, page.known, options)
        note = note._replace(cut=list(sections(blocks, resolved(page.above, said))))
    if note.cut or note.text.strip():
        yield from records(note)


class Page(NamedTuple):
    above: str
    """What stands above its first bullet."""
    blocks: list[Block]
    known: dict[str, str]
    """The properties at its top."""


def parse(text: str) -> Page:
    """Pure. A page without what the program keeps in it for itself."""
    above, known = "", {}
    blocks: list[Block] = []
    for depth, lines in _raw_blocks(text.split("\n")):
        kept, own = _words(lines)
        words = "\n".join(
            kept + [f"{name}:: {value}" for name, value in own.items() if _shown(name)]
        ).strip("\n")
        if depth < 0:
            above, known = words, own
        elif heading := _HEADING.match(words):
            blocks.append(Block(depth, words[heading.start(2) :], len(heading[1])))
        else:
            blocks.append(Block(depth, words))
    return Page(above, blocks, known)


def _raw_blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """(depth, lines) of every bullet; first, with the depth -1, what stands above them."""
    open_: list[int] = []
    depth, block, fenced = -1, [], False
    for line in lines:
        bullet = None if fenced else _BULLET.fullmatch(line)
        if bullet is None:
            block.append(line)
            fenced ^= line.lstrip().startswith("```")
            continue
        if block or depth >= 0:
            yield depth, block
        width = len(bullet[1].expandtabs(_TAB))
        while open_ and open_[-1] >= width:
            open_.pop()
        depth, block = len(open_), [bullet[2] or ""]
        open_.append(width)
        fenced = (bullet[2] or "").startswith("```")
    yield depth, block


def _words(lines: list[str]) -> tuple[list[str], dict[str, str]]:
    """The lines of one block without its properties and clocks, and the properties."""
    own: dict[str, str] = {}
    kept: list[str] = []
    drawer = fenced = False
    closed = any(line.strip() == ":END:" for line in lines)
    for line in lines:
        fenced ^= line.lstrip().startswith("```")
        found = None if fenced else _PROPERTY.fullmatch(line)
        if drawer:
            drawer = line.strip() != ":END:"
        elif not fenced and closed and _DRAWER.fullmatch(line):
            drawer = True
        elif found:
            own.setdefault(found[1], (found[2] or "").strip())
        else:
            kept.append(line)
    return _dedented(kept), own


def _dedented(lines: list[str]) -> list[str]:
    """Lines below the first are indented as far as their block."""
    below = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    common = min(below, default=0)
    return [line if not number else line[common:] for number, line in enumerate(lines)]


def _shown(name: str) -> bool:
    return not _HIDDEN.fullmatch(name.replace("_", "-"))


def _note(within: str, known: Mapping[str, str], options: Options) -> Note:
    folder, _, file = within.rpartition("/")
    stem = file.rpartition(".")[0]
    journal = folder.rpartition("/")[2] == "journals"
    day = day_in(stem) if journal or not folder else None
    if journal and day is None:  # the owner may have chosen another way to write it
        named = in_words(stem.replace("_", "-"), options)
        day = date.fromisoformat(named.sent_at[:10]) if named.sent_at else None
    page = day.isoformat() if day else unquote(stem).replace("___", "/")
    title = known.get("title") or page
    created = known.get("created-at", "")
    when = epoch(int(created)) if created.isdecimal() else When()
    return Note(
        "logseq",
        page,
        "",
        title=title,
        above="" if day else title,
        when=When(noon(day), stem, "none", "day") if day else when,
        meta={
            "tags": _names(known.get("tags") or known.get("filetags") or ""),
            "aliases": _names(known.get("alias", "")),
        },
    )


def _names(listed_: str) -> list[str]:
    names = (
        name.strip().strip("#").removeprefix("[[").removesuffix("]]") for name in listed_.split(",")
    )
    return [name for name in names if name][:50]


@lru_cache(maxsize=1)
def _said(export: Export) -> dict[str, str]:
    """The words of every block of the graph that has an id."""
    found: dict[str, str] = {}
    for member in export.members:
        if member.suffix == ".md" and "id:: " in member.start:
            text = fold_newlines(decode(member.read()).text)
            for _, lines in _raw_blocks(text.split("\n")):
                if id_ := _ID.search("\n".join(lines)):
                    found[id_[1]] = "\n".join(_words(lines)[0]).strip("\n# ")
    return found


def _json(member: Member) -> Iterator[Item]:
    for found in listed(member, "blocks", what="page"):
        if isinstance(found, Unread):
            yield found
            continue
        page = found[2]
        blocks = [
            Block(depth, "\n".join(_words(content.split("\n"))[0]))
            for depth, content in _contents(page)
        ]
        name = str(page.get("block/page-name") or found[1])
        yield from records(Note("logseq", name, "", title=name, cut=list(sections(blocks))))


def _contents(page: dict[str, Any]) -> Iterator[tuple[int, str]]:
    waiting = [(0, child) for child in reversed(_children(page))]
    while waiting:
        depth, block = waiting.pop()
        if isinstance(block, dict):
            content = block.get("block/content") or block.get("block/title")
            yield depth, content if isinstance(content, str) else ""
            waiting += [(depth + 1, child) for child in reversed(_children(block))]


def _children(block: dict[str, Any]) -> list[Any]:
    children = block.get("block/children")
    return children if isinstance(children, list) else []
