"""What was saved to read, and what was marked while reading: tables of read-it-later services.

Pocket      title, url, time_added, tags, status; until 2025 a page of links, `ril_export.html`
Instapaper  URL, Title, Selection, Folder, Timestamp, Tags
Raindrop    id, title, note, excerpt, url, folder, tags, created, …
Readwise    Highlight, Book Title, Book Author, …, Note, …, Highlighted at
Goodreads   Book Id, Title, Author, …, Date Read, Date Added, …, My Review
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ingest import Item, Member, Options, importer
from ingest.bookmarks import Bookmark, moment, netscape, record
from ingest.markup import page_text
from ingest.notes import day_in, noon, text_of
from ingest.owner import OWNER
from ingest.sheets import Row, has_columns, rows
from ingest.times import parse_iso
from secondme.record import Record


class Service(NamedTuple):
    name: str
    columns: tuple[str, ...]
    """That tell its table from all others, in lower case."""
    record: Callable[[Row], Record]


def _pocket(row: Row) -> Record:
    added = row["time_added"]
    tags = tuple(filter(None, row["tags"].split("|")))
    return record(
        "pocket", Bookmark(row["url"], row["title"], "Pocket", added, tags), moment(added)
    )


def _instapaper(row: Row) -> Record:
    added = row["timestamp"]
    found = Bookmark(
        row["url"], row["title"], row["folder"] or "Instapaper", added, note=row["selection"]
    )
    return record("instapaper", found, moment(added))


def _raindrop(row: Row) -> Record:
    tags = tuple(filter(None, (tag.strip() for tag in row["tags"].split(","))))
    found = Bookmark(
        row["url"], row["title"], row["folder"] or "Raindrop", row["created"], tags, row["note"]
    )
    return record("raindrop", found, parse_iso(row["created"]))


def _readwise(row: Row) -> Record:
    at = row["highlighted at"]
    meta = {"author": row["book author"], "note": row["note"], "tags": row["tags"]}
    note = f"\n\n{row['note']}" if row["note"] else ""
    return Record(
        "readwise",
        row["book title"] or "Readwise",
        row["highlight"] + note,
        sent_at=parse_iso(at),
        sent_local=at,
        zone="explicit",
        kind="highlight",
        mine=True,
        role="system",
        subject=f"location {row['location']}" if row["location"] else "",
        meta=_meta(meta),
    )


def _goodreads(row: Row) -> Record:
    written = row["date read"] or row["date added"]
    day = day_in(written.replace("/", "-"))
    review = page_text(row["my review"])
    rating = row["my rating"] if row["my rating"] not in ("", "0") else ""
    lines = [f"{row['title']} by {row['author']}", f"{rating} of 5 stars" if rating else "", review]
    return Record(
        "goodreads",
        row["exclusive shelf"] or "Books",
        "\n".join(filter(None, lines)),
        author=OWNER if review else "",
        sent_at=noon(day) if day else None,
        sent_local=written,
        precision="day",
        kind="post" if review else "bookmark",
        mine=True,
        role="person" if review else "system",
        native_id=row["book id"] or None,
        subject=row["title"],
        meta=_meta({"author": row["author"], "rating": rating, "tags": row["bookshelves"]}),
    )


def _meta(known: dict[str, str]) -> str:
    kept = {name: value for name, value in known.items() if value}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else ""


SERVICES = (
    Service("pocket", ("title", "url", "time_added", "status"), _pocket),
    Service("instapaper", ("url", "title", "selection", "folder", "timestamp"), _instapaper),
    Service("raindrop", ("title", "note", "excerpt", "url", "folder", "created"), _raindrop),
    Service("readwise", ("highlight", "book title", "book author", "highlighted at"), _readwise),
    Service("goodreads", ("book id", "title", "author", "my rating", "date added"), _goodreads),
)


_POCKET_PAGE = b"<title>Pocket Export</title>"


def _is_page(member: Member) -> bool:
    return _POCKET_PAGE in member.head[:1024]


def _recognises(service: Service) -> Callable[[Member], bool]:
    page = _is_page if service.name == "pocket" else lambda _: False
    return lambda member: has_columns(member, *service.columns) or page(member)


def _register(service: Service) -> None:
    @importer(service.name, recognises=_recognises(service))
    def read(member: Member, options: Options) -> Iterator[Item]:
        if _is_page(member):
            for found in netscape(text_of(member)):
                yield record("pocket", found._replace(folder="Pocket"), moment(found.added))
            return
        for _, row in rows(member, *service.columns):
            yield service.record(row)


for _service in SERVICES:
    _register(_service)
