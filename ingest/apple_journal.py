"""Apple Journal: Settings → Apps → Journal → Export All Journal Entries, a page an entry.

    AppleJournalEntries/Entries/2024-11-03_A_walk.html
      <div class="pageHeader">Sunday, 3 November 2024</div>
      <div class="assetGrid"><div class="gridItem assetType_contact">…Mom…</div></div>
      <div class='title'>A walk</div><div class='bodyText'> <p class="p2">Words.</p>

The day is in the name of the file, and in the page in the phone's language. Questions that the app
asked, and what it proposed to write about, are kept beside the words and are not among them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest import Export, Item, Member, Options, importer
from ingest.note import Note, When, in_words, records
from ingest.notes import day_in, noon, text_of
from ingest.rich import node_markdown, parsed
from secondme.record import Unread

_PAGE = re.compile(r"""class=["']pageHeader["']""")
_MARKS = ("pageContainer", "assetGrid", "bodyText", "reflectionPrompt")
_OVERLAYS = (
    ".gridItemOverlayText, .gridItemOverlayHeader, .gridItemOverlayFooter, .activityType,"
    " .activityMetrics, .mediaTitle, .mediaArtist, .mediaCategory"
)
_KINDS = {
    "multiPinMap": "place",
    "genericMap": "place",
    "map": "place",
    "contact": "people",
    "stateOfMind": "mood",
    "thirdPartyMedia": "media",
    "motionActivity": "activity",
    "workoutRoute": "activity",
    "workoutIcon": "activity",
}
_PICTURES = frozenset({"photo", "livePhoto", "video", "audio", "drawing"})


def _is_journal(member: Member) -> bool:
    return _is_beside(member) or _is_entry(member)


def _is_beside(member: Member) -> bool:
    """The list of all entries, and what the phone measured for some of them: it says nothing that
    the entries do not."""
    above, _, folder = member.folder.rpartition("/")
    if member.name.rpartition("/")[2] == "index.html":
        above = member.folder
    elif folder != "Resources" or member.suffix != ".json":
        return False
    return f"{above}/Entries".lstrip("/") in _folders(member.export)


@lru_cache(maxsize=1)
def _folders(export: Export) -> frozenset[str]:
    """Folders that hold entries."""
    pages = (m for m in export.members if m.suffix == ".html" and m.folder.endswith("Entries"))
    return frozenset(m.folder for m in pages if _is_entry(m))


def _is_entry(member: Member) -> bool:
    if b"<" not in member.head[:64]:
        return False
    start = member.start
    return bool(_PAGE.search(start)) and any(mark in start for mark in _MARKS)


@importer("apple-journal", recognises=_is_journal)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the entry in its sections; nothing for what lies beside the entries."""
    if _is_beside(member):
        return
    found = list(records(entry(text_of(member), member.stem, options)))
    if not found:
        yield Unread(member.name, "The entry is empty.")
    yield from found


def entry(html: str, name: str, options: Options) -> Note:
    """Pure. The entry that is called `name`."""
    tree = parsed(html)
    title = _shown(tree.css_first(".title"))
    shown = _shown(tree.css_first(".pageHeader"))
    day = day_in(name)
    when = When(noon(day), shown or name, "none", "day") if day else in_words(shown, options)
    prompt = _shown(tree.css_first(".reflectionPrompt"))
    kept, files = _assets(tree)
    return Note(
        "apple-journal",
        name,
        _words(tree),
        title=title or shown or name,
        above=title,
        when=when,
        meta={"prompt": prompt, **kept},
        attachments=tuple(dict.fromkeys(files)),
        wordless=bool(kept or files),
    )


def _words(tree: LexborHTMLParser) -> str:
    """The page without its head: its tags overlap, so that the words may lie outside their box."""
    for node in tree.css(".pageHeader, .assetGrid, .title, .reflectionPrompt"):
        node.decompose()
    return node_markdown(tree.body) if tree.body else ""


def _assets(tree: LexborHTMLParser) -> tuple[dict[str, Any], list[str]]:
    """What the app put above the words, by kind; and pictures, films and sounds."""
    kept: defaultdict[str, list[str]] = defaultdict(list)
    files: list[str] = []
    for item in tree.css(".gridItem"):
        kind = _kind(item)
        shown = list(dict.fromkeys(filter(None, map(_shown, item.css(_OVERLAYS)))))
        if kind in _PICTURES:
            files += _sources(item)
        elif shown:
            kept[_KINDS.get(kind, "about")].append(" · ".join(shown))
    return dict(kept), files


def _kind(item: LexborNode) -> str:
    """`assetType_multiPinMap`; older exports wrote `assetType_multi_pin_map`."""
    classes = str(item.attributes.get("class") or "").split()
    raw = next((c for c in classes if c.startswith("assetType_")), "").removeprefix("assetType_")
    first, *more = raw.split("_")
    return first + "".join(part.capitalize() for part in more)


def _sources(item: LexborNode) -> Iterator[str]:
    for node in item.css("img[src], video[src], audio[src], source[src], a[href]"):
        path = unquote(str(node.attributes.get("src") or node.attributes.get("href") or ""))
        if path and ":" not in path:
            yield PurePosixPath(path).name


def _shown(node: LexborNode | None) -> str:
    return " ".join((node.text() or "").split()) if node else ""


__all__ = ["entry", "read"]
