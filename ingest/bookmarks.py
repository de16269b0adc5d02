"""Bookmarks: every browser's "export to HTML", and the files in which browsers keep them.

    <DT><H3>Garden</H3><DL><p>
      <DT><A HREF="https://…" ADD_DATE="1456433741" TAGS="bees,water">Bees</A>
      <DD>what I thought of it

The HTML is Netscape's of 1996 and never well-formed. Chrome keeps `Bookmarks` (JSON, microseconds
since 1601) in its profile, Firefox writes `bookmarks-<day>.json`, OneTab a line `address | title`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any, NamedTuple

from ingest import Item, Member, Options, importer
from ingest.decode import decode, fold_newlines
from ingest.times import from_epoch
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_LARGEST = 256 * 1024 * 1024
_TAG = re.compile(r"<(/?)(a|h[1-6]|dl|dd|dt)\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_ANY_TAG = re.compile(r"<[^<>]*>")
_LISTED = re.compile(
    r"<dt>\s{0,200}<(?:a|h3)\s[^<>]{0,2000}\b(?:add_date|last_modified)=", re.IGNORECASE
)
"""A list of links with days: Google's has no first line that says so."""
_ONE_TAB = re.compile(r"(https?://\S+) \| (.+)")
_WEBKIT = 11_644_473_600
"""Seconds from 1601, where Chrome's clock begins, to 1970."""


class Bookmark(NamedTuple):
    url: str
    title: str
    folder: str = ""
    added: str = ""
    """As the file has it."""
    tags: tuple[str, ...] = ()
    note: str = ""


def moment(number: str, *, webkit: bool = False) -> str | None:
    """A time of some browser in UTC: seconds, milliseconds or microseconds, since 1970 or 1601."""
    try:
        value = int(number)
        if value <= 0:
            return None
        while value > 99_999_999_999:
            value //= 1000
        return from_epoch(value - _WEBKIT if webkit or value > _WEBKIT else value)
    except ValueError:
        return None


def record(source: str, found: Bookmark, at: str | None) -> Record:
    """Its title, address and note are what can be searched; somebody else wrote the title."""
    lines = [found.title, found.url, *([""] if found.note else []), found.note]
    meta: dict[str, Any] = {"url": found.url}
    if found.tags:
        meta["tags"] = list(found.tags)
    return Record(
        source,
        found.folder or "Bookmarks",
        "\n".join(lines).strip(),
        sent_at=at,
        sent_local=found.added if at else "",
        zone="unix" if at else "none",
        kind="bookmark",
        mine=True,
        role="system",
        subject=found.title,
        meta=json.dumps(meta, ensure_ascii=False, sort_keys=True),
    )


def _looks_like_bookmarks(member: Member) -> bool:
    head = member.head[:4096]
    if b"NETSCAPE-Bookmark-file" in head or b"N\0E\0T\0S\0C\0A\0P\0E" in head:
        return True
    if b"<" in head and _LISTED.search(member.start):
        return True
    if b'"roots"' in head or b'"typeCode"' in member.head:
        shape = member.shape
        return shape.has(0, "roots") or shape.has(0, "typeCode", "guid", "root", "children")
    if b"://" not in head or b" | " not in head or not head.startswith(b"http"):
        return False
    lines = [line for line in member.start.split("\n")[:50] if line.strip()]
    return all(map(_ONE_TAB.fullmatch, lines[:-1] or lines))


@importer("bookmarks", recognises=_looks_like_bookmarks)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield every bookmark in file order, by folder."""
    if member.size > _LARGEST:
        raise UnreadableExport(f"{member.name} is too large for bookmarks.", "Split it.")
    text = fold_newlines(decode(member.read()).text)
    if member.shape.kind == "object":
        yield from _kept_by_browser(text, member)
    elif text.startswith("http"):
        for line in filter(None, map(str.strip, text.split("\n"))):
            tab = _ONE_TAB.fullmatch(line)
            yield (
                record("bookmarks", Bookmark(tab[1], tab[2], "OneTab"), None)
                if tab
                else Unread(line[:40], "It is not an address and a title.")
            )
    else:
        for found in netscape(text):
            yield record("bookmarks", found, moment(found.added))


def netscape(text: str) -> Iterator[Bookmark]:
    """The links of the page. Pure and linear: an opened tag ends where the next one begins."""
    folders: list[str] = []
    name = ""
    last: Bookmark | None = None
    tags = list(_TAG.finditer(text))
    for number, tag in enumerate(tags):
        closing, kind = bool(tag[1]), tag[2].lower()
        end = tags[number + 1].start() if number + 1 < len(tags) else len(text)
        inside = text[tag.end() : end]
        if kind == "dd" and not closing and last is not None:
            last = last._replace(note=_plain(inside))
            continue
        if last is not None and kind != "dt":
            if kind == "a" and closing:
                continue
            yield last
            last = None
        if kind == "a" and not closing:
            last = _link(tag[3], inside, folders)
        elif kind.startswith("h") and not closing:
            name = "" if kind == "h1" else _plain(inside)
        elif kind == "dl" and closing:
            folders = folders[:-1]
        elif kind == "dl":
            folders, name = [*folders, name], ""
    if last is not None:
        yield last


def _link(attributes: str, title: str, folders: list[str]) -> Bookmark | None:
    known = {
        m[1].lower(): unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(attributes)
    }
    if "href" not in known:
        return None
    tags = [tag.strip() for tag in known.get("tags", "").split(",")]
    return Bookmark(
        known["href"],
        _plain(title),
        " › ".join(filter(None, folders)),
        known.get("add_date") or known.get("time_added", ""),
        tuple(filter(None, tags)),
    )


def _plain(html: str) -> str:
    return unescape(_ANY_TAG.sub("", html)).strip()


def _kept_by_browser(text: str, member: Member) -> Iterator[Item]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableExport(
            f"{member.name} is not complete.", "Export the bookmarks again."
        ) from error
    roots = document.get("roots")
    tops = list(roots.values()) if isinstance(roots, dict) else [document]
    # A stack of our own, so that folders may lie in folders as deep as they like.
    stack = [(top, "") for top in reversed(tops)]
    while stack:
        node, folder = stack.pop()
        if not isinstance(node, dict):
            continue
        name = str(node.get("name") or node.get("title") or "").strip()
        url = node.get("url") or node.get("uri")
        if isinstance(url, str):
            added = str(node.get("date_added") or node.get("dateAdded") or "")
            tags = str(node.get("tags") or "").split(",")
            found = Bookmark(url, name, folder, added, tuple(filter(None, tags)))
            yield record("bookmarks", found, moment(added, webkit="date_added" in node))
        children = node.get("children")
        if isinstance(children, list):
            inside = " › ".join(filter(None, (folder, name)))
            stack += [(child, inside) for child in reversed(children)]


__all__ = ["Bookmark", "moment", "netscape", "record"]
