"""Org mode: Emacs' `.org` files, org-roam's and org-journal's among them, and Logseq's.

#+TITLE: Garden
* TODO Beds :spring:            <- one record a heading that has anything under it
:PROPERTIES:
:CREATED: [2024-05-01 Wed 10:00]
:END:
Seeds from [[https://example.org][the shop]].
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from ingest import Item, Member, Options, importer
from ingest.calendar_words import weekday
from ingest.decode import looks_binary
from ingest.note import Note, When, at, records, zone_question
from ingest.notes import day_in, noon, path_of, text_of
from ingest.written_dates import written
from secondme.errors import UnreadableExport

_KEYWORD = re.compile(r"#\+(\w+):[ \t]*(.*)", re.IGNORECASE)
_HEADING = re.compile(r"(\*{1,50})[ \t]+(\S.*)")
_TAGS = re.compile(r"[ \t]+:([\w@#%:]{1,200}):[ \t]*$")
_DRAWER = re.compile(r"[ \t]*:(PROPERTIES|LOGBOOK|CLOCK|RESULTS):[ \t]*$", re.IGNORECASE)
_PROPERTY = re.compile(r"[ \t]*:([\w-]+):[ \t]*(.*)")
_LOGGED = re.compile(r"\s|-[ \t]|CLOCK:|$", re.IGNORECASE)
_END = re.compile(r"[ \t]*:END:[ \t]*$", re.IGNORECASE)
_BEGIN_BLOCK = re.compile(r"([ \t]*)#\+begin_(\w+)[ \t]*(\S*).*", re.IGNORECASE)
_END_BLOCK = re.compile(r"[ \t]*#\+end_(\w+).*", re.IGNORECASE)
_LINK = re.compile(r"\[\[([^\[\]\n]{1,2000})\](?:\[([^\[\]\n]{1,2000})\])?\]")
_STAMP = re.compile(r"[<\[](\d{4}-\d\d-\d\d)(?:[ \t]+[^\d\s\]>]{1,12})?(?:[ \t]+(\d{1,2}:\d\d))?")
_MADE = ("created", "date", "creation_date", "export_date")
_WEEKDAY = re.compile(r"([^\W\d]{2,20}),? (\d{1,4}[./-]\d{1,2}[./-]\d{1,4})")
_FILE_STAMP = re.compile(r"(\d{14})\D")
_CODE = frozenset({"src", "example", "export"})


class Org(NamedTuple):
    text: str
    """As Markdown."""
    keywords: dict[str, str]
    """What the file and its first drawer say of it, in lower case."""


@importer("orgmode", recognises=lambda m: m.suffix == ".org" and bool(m.start))
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the sections in order. In a journal each has the day of the heading above it."""
    if looks_binary(member.head):
        raise UnreadableExport(f"{member.name} is not a text file.", "Leave it out.")
    org = parse(text_of(member))
    when = _when(org, member.stem, options)
    title = org.keywords.get("title", "")
    note = Note(
        "orgmode",
        path_of(member),
        org.text,
        title=title or member.stem,
        above=title,
        when=when,
        meta={"tags": _listed(org.keywords.get("filetags", ""))},
    )
    for record in records(note):
        above = reversed(record.subject.split(" › "))
        day = next(filter(None, (_day_of(heading, options) for heading in above)), None)
        if day is not None:
            record = record._replace(
                sent_at=noon(day), sent_local=day.isoformat(), zone="none", precision="day"
            )
        yield record
    if when.zone == "guessed":
        yield zone_question("Org", options)


def parse(text: str) -> Org:
    """Pure. The file as Markdown, without its drawers, comments and settings."""
    keywords: dict[str, str] = {}
    lines = list(_lines(text.split("\n"), keywords))
    return Org(_LINK.sub(_link, "\n".join(_with_leaves(lines))).strip("\n"), keywords)


def _lines(source: list[str], keywords: dict[str, str]) -> Iterator[str]:
    block = drawer = ""
    for line in source:
        if drawer and (_END.match(line) or _over(drawer, line)):
            drawer = ""
            if _END.match(line):
                continue
        if block:
            ended = _END_BLOCK.fullmatch(line)
            if ended and ended[1].lower() == block:
                block = ""
                line = "```" if ended[1].lower() in _CODE else ""
            yield line
        elif drawer:
            if found := _PROPERTY.match(line):
                keywords.setdefault(found[1].lower(), found[2].strip())
        elif found := _BEGIN_BLOCK.fullmatch(line):
            block = found[2].lower()
            yield f"```{found[3]}" if block in _CODE else ""
        elif found := _DRAWER.match(line):
            drawer = found[1].lower()
        elif found := _KEYWORD.match(line):
            keywords.setdefault(found[1].lower(), found[2].strip())
        elif not line.startswith("# ") and line != "#":
            yield _heading(line)


def _over(drawer: str, line: str) -> bool:
    """Whether a drawer that nobody closed ends before this line: no words fall into it."""
    inside = {"properties": _PROPERTY, "logbook": _LOGGED, "clock": _LOGGED}.get(drawer)
    return line.startswith("*") or (inside is not None and not inside.match(line))


def _heading(line: str) -> str:
    found = _HEADING.fullmatch(line)
    if not found:
        return line
    title = _TAGS.sub(lambda tags: " #" + " #".join(filter(None, tags[1].split(":"))), found[2])
    return f"{'#' * len(found[1])} {title}"


_MARKDOWN = re.compile(r"(#+) (.*)")


def _with_leaves(lines: list[str]) -> Iterator[str]:
    """Headings of the second level and below that have nothing under them are items of a list, and
    so is what lies too deep for a heading."""
    fenced = False
    for number, line in enumerate(lines):
        fenced ^= line.startswith("```")
        found = None if fenced else _MARKDOWN.fullmatch(line)
        if found is None:
            yield line
            continue
        level = len(found[1])
        if level > 6 or (level > 1 and _is_leaf(lines, number, level)):
            yield f"- {found[2]}"
        else:
            yield line


def _is_leaf(lines: list[str], number: int, level: int) -> bool:
    below = next((line for line in lines[number + 1 : number + 50] if line.strip()), "")
    found = _MARKDOWN.fullmatch(below)
    return not below or (found is not None and len(found[1]) <= level)


def _link(link: re.Match[str]) -> str:
    """`[the shop](https://…)`; of a link inside one's notes, the words as wiki links have them."""
    target, words = link[1], link[2]
    if re.match(r"(?:https?|mailto|ftp):", target):
        return f"[{words}]({target})" if words and words != target else target
    if target.startswith(("file:", "attachment:", "./", "../", "/", "~/")):
        return f"![{words or ''}]({target.partition(':')[2] or target})"
    return words or (link[0] if not target.startswith("id:") else "")


def _when(org: Org, name: str, options: Options) -> When:
    for key in _MADE:
        found = _STAMP.search(org.keywords.get(key, "")) or _STAMP.match(
            f"[{org.keywords.get(key, '')}"
        )
        if found:
            return _stamped(found, options)
    if day := day_in(name):
        return When(noon(day), name, "none", "day")
    roam = _FILE_STAMP.match(f"{name} ")
    if roam:  # 20240501103000-garden.org
        try:
            return at(datetime.strptime(roam[1], "%Y%m%d%H%M%S"), roam[1], options)
        except ValueError:
            pass
    return When()


def _day_of(heading: str, options: Options) -> date | None:
    """Of a heading in a journal: `2024-05-01 Wednesday`, `Wednesday, 01.05.2024`. The weekday says
    which number is the month."""
    if day := day_in(heading):
        return day
    named = _WEEKDAY.fullmatch(heading)
    number = weekday(named[1]) if named else None
    if named is None or number is None:
        return None
    orders = (options.date_order or "dmy", "mdy", "dmy")
    days = [found.at.date() for order in orders if (found := written(named[2], order=order))]
    return next((day for day in days if day.weekday() == number), None)


def _stamped(found: re.Match[str], options: Options) -> When:
    day = day_in(found[1])
    if day is None:
        return When()
    written = " ".join(filter(None, found.groups()))
    if not found[2]:
        return When(noon(day), written, "none", "day")
    hour, minute = map(int, found[2].split(":"))
    try:
        moment = datetime(day.year, day.month, day.day, hour, minute)
    except ValueError:
        return When(noon(day), written, "none", "day")
    return at(moment, written, options, "min")


def _listed(tags: str) -> list[str]:
    return [tag for tag in re.split(r"[:\s]+", tags) if tag]


__all__ = ["Org", "parse", "read"]
