"""Notion: Settings → Export all workspace content, as Markdown & CSV or as HTML: a zip in a zip.

    Garden 1590080aa5a3802488c2e857dea7aa7d.md           # Garden            <- the page
                                                         Created: May 1, 2024 9:41 AM
    Garden 1590080aa5a3802488c2e857dea7aa7d/Beds ….md                        <- pages in it
    Plants 15f0080aa5a380c6b16cfed449a03a8b.csv, …_all.csv                   <- a database

The 32 digits are the page's id: they stay when it is renamed or moved, and both formats have them.
A database is read from its table only where its pages did not come along.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest import Export, Item, Member, Options, importer
from ingest.export import as_one
from ingest.note import Note, When, in_words, order_question, records, zone_question
from ingest.notes import text_of
from ingest.rich import node_markdown, parsed
from secondme.record import Unread

_NAMED = re.compile(r"(?:(.*) )?([0-9a-f]{32})(_all)?")
_ID = re.compile(r"\s*\b[0-9a-f]{32}$")
_PAGE = re.compile(r'<article id="([0-9a-f-]{32,36})" class="page\b')
_INDEX = re.compile(r'<ul id="id::[0-9a-f-]{36}"|Workspace identifier: [0-9a-f-]{36}')
_PROPERTY = re.compile(r"([^:\n]{1,80}): (.+)")
_INSIDE = re.compile(r"(?<!!)\[([^\]\n]{0,500})\]\((?![a-z]+:)([^)\n]{1,1000})\)")
_CALLOUT = re.compile(r"^</?aside>\n?", re.MULTILINE)
_MADE = re.compile(
    r"created(?: (?:time|at|on|date))?|(?:creation )?date|date (?:created|added)|added|datum"
    r"|erstellt(?: am| um)?|erstellungs(?:zeit|datum)|creado(?: el| en)?|fecha(?: de creación)?"
    r"|créé(?:e)? le|créé|date de création|criado(?: em)?|data(?: de criação)?|creato(?: il)?"
    r"|aangemaakt(?: op)?|создано|дата(?: создания)?|作成日時?|日付|생성 ?일시|날짜"
    r"|创建时间|日期|建立時間|建立日期",
    re.IGNORECASE,
)
_TAGGED = frozenset("tags tag labels schlagwörter etiquetas étiquettes タグ 태그 标签 標籤".split())
_PAGES = frozenset({".md", ".html", ".csv", ""})
_LONGEST_CELL = 64 * 1024 * 1024


def _is_notion(member: Member) -> bool:
    if member.suffix == ".html":
        start = member.start
        return bool(_PAGE.search(start)) or (
            member.name.endswith("index.html") and bool(_INDEX.search(start))
        )
    if member.suffix not in (".md", ".csv") or not _NAMED.fullmatch(member.stem):
        return False
    return member.suffix == ".csv" or member.start.lstrip("\ufeff\n ").startswith("# ")


@importer("notion", recognises=_is_notion)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the page in its sections; of a database without pages, a record a row."""
    notes: list[Note] = []
    if member.suffix == ".csv":
        try:
            notes += _rows(member, options)
        except csv.Error:
            yield Unread(member.name, "The table is damaged: the rest of it was not read.")
    elif member.suffix == ".md":
        notes = [_markdown(member, options)]
    else:
        page = _html(member, options)
        notes = [page] if page else []
    for note in notes:
        yield from records(note)
    if any(note.when.zone == "guessed" for note in notes):
        yield zone_question("Notion", options)
    yield from order_question("Notion", (note.when for note in notes), options)


def _markdown(member: Member, options: Options) -> Note:
    text = text_of(member).lstrip("\n")
    first, _, body = text.partition("\n")
    title = first.removeprefix("#").strip()
    properties = dict(_stated(body))
    files: list[str] = []
    text = _INSIDE.sub(lambda link: _words(link, files), _CALLOUT.sub("", text))
    return _note(member, _id_of(member), title, text, properties, files, options)


def _stated(body: str) -> Iterator[tuple[str, str]]:
    """The lines of a database's page that come right below its title."""
    for line in body.lstrip("\n").split("\n"):
        found = _PROPERTY.fullmatch(line)
        if not found:
            return
        yield found[1], found[2]


def _words(link: re.Match[str], files: list[str]) -> str:
    """Of a link to a page or a file of the export, its words."""
    target = unquote(link[2])
    if PurePosixPath(target).suffix not in _PAGES:
        files.append(target)
    return link[1]


def _html(member: Member, options: Options) -> Note | None:
    """None for the list of all pages."""
    tree = parsed(text_of(member))
    article = tree.css_first("article[id]")
    if article is None:
        return None
    title = _shown(tree.css_first("h1.page-title")) or _shown(tree.css_first("h1"))
    properties = dict(_tabled(tree))
    body = tree.css_first(".page-body")
    stated = "\n".join(f"{name}: {value}" for name, value in properties.items())
    words = node_markdown(body) if body else node_markdown(article)
    text = "\n\n".join(filter(None, (f"# {title}" if title else "", stated, words)))
    id_ = str(article.attributes.get("id") or "").replace("-", "")
    files = list(_targets(body))
    return _note(member, id_, title, text, properties, files, options)


def _tabled(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    for row in tree.css("table.properties tr"):
        name, cell = _shown(row.css_first("th")), row.css_first("td")
        if cell is None:
            continue
        box = cell.css_first(".checkbox")
        chosen = cell.css(".selected-value")
        if box is not None:
            value = "Yes" if "checkbox-on" in str(box.attributes.get("class")) else "No"
        elif chosen:
            value = ", ".join(_shown(one) for one in chosen)
        else:
            value = _shown(cell)
        if name and value:
            yield name, value


def _targets(body: LexborNode | None) -> Iterator[str]:
    for link in body.css("a[href]") if body is not None else ():
        target = unquote(str(link.attributes.get("href") or ""))
        if link.css_first("img") is not None:
            continue
        local = target and not re.match(r"[a-z]+:|[#/]", target)
        if local and PurePosixPath(target).suffix not in _PAGES:
            yield target


def _note(
    member: Member,
    id_: str,
    title: str,
    text: str,
    properties: dict[str, str],
    files: list[str],
    options: Options,
) -> Note:
    tagged = (value for name, value in properties.items() if name.casefold() in _TAGGED)
    return Note(
        "notion",
        id_,
        text,
        title=title or "Untitled",
        when=made(properties, options),
        meta={
            "path": _path(member),
            "tags": [tag.strip() for value in tagged for tag in value.split(",") if tag.strip()],
        },
        attachments=tuple(dict.fromkeys(files)),
    )


def made(properties: dict[str, str], options: Options) -> When:
    """When the page was made, where one of its properties says so in a language that we know."""
    for name, value in properties.items():
        if _MADE.fullmatch(name.strip()):
            when = in_words(value.lstrip("@").partition("→")[0], options)
            if when.sent_at:
                return when
    return When()


def _path(member: Member) -> str:
    """The pages above it: folders, without the ids that they were called with."""
    parts = [_ID.sub("", part) for part in member.folder.split("/")]
    inside = [part for part in parts if part and not part.startswith("Export-")]
    return " › ".join(part for part in inside if not part.endswith(".zip"))


def _id_of(member: Member) -> str:
    found = _NAMED.fullmatch(member.stem)
    return found[2] if found else member.stem


def table(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Pure. The title of every row, from the first column, and its other cells by name."""
    csv.field_size_limit(_LONGEST_CELL)
    names: list[str] = []
    for row in csv.reader(io.StringIO(text)):
        if not names:
            names = [name.strip() for name in row]
        elif any(cell.strip() for cell in row):
            cells = zip(names[1:], row[1:], strict=False)
            yield row[0].strip(), {name: cell.strip() for name, cell in cells if cell.strip()}


def _rows(member: Member, options: Options) -> Iterator[Note]:
    if not member.stem.endswith("_all") and member.beside(f"{member.stem}_all.csv"):
        return
    id_ = _id_of(member)
    stem = member.stem.removesuffix("_all")
    folders = {stem, _ID.sub("", stem)}
    within = f"{member.folder}/" if member.folder else ""
    if any(as_one(f"{within}{folder}/") in _folders(member.export) for folder in folders):
        return
    for number, (title, properties) in enumerate(table(text_of(member)), 1):
        text = "\n".join(f"{name}: {value}" for name, value in properties.items())
        note = _note(member, f"{id_}/{title or number}", title, text, properties, [], options)
        yield note._replace(above=title)


@lru_cache(maxsize=1)
def _folders(export: Export) -> frozenset[str]:
    """Folders that hold pages, in whichever part of the export."""
    pages = (m for e in (export, *export.others) for m in e.members if m.suffix in (".md", ".html"))
    return frozenset(as_one(f"{m.folder}/") for m in pages)


def _shown(node: LexborNode | None) -> str:
    return " ".join((node.text() or "").split()) if node else ""


__all__ = ["made", "read", "table"]
