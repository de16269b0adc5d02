"""Browser history: the database that a browser keeps, or the list that one can take away.

    Chrome, Edge, Brave, Opera, Vivaldi   <profile>/History
    Firefox                               <profile>/places.sqlite
    Safari                                ~/Library/Safari/History.db
    Google Takeout                        Chrome/BrowserHistory.json or Chrome/History.json
    Safari's “Export Browsing Data”       History.json

A visit is nobody's words: the title is the page's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from ingest import Item, Member, Options, importer
from ingest.browser_databases import BROWSERS, Browser
from ingest.browser_lists import Visit, in_table, is_table, listed
from ingest.record_meta import meta_of
from ingest.sqlite import MAGIC, BrokenDatabaseError, opened
from secondme.record import Record, Unread


def _browser_of(member: Member) -> Browser | None:
    return next((b for b in BROWSERS if b.tables <= member.tables), None)


def _holds_visits(member: Member) -> bool:
    if member.head.startswith(MAGIC):
        return _browser_of(member) is not None
    start = member.start
    if '"time_usec"' in start or '"Browser History"' in start:
        shape = member.shape
        return shape.has(1, "time_usec", "url") or shape.has(0, "Browser History")
    if '"lastVisitTime"' in start:
        return member.shape.kind == "array" and member.shape.has(0, "lastVisitTime")
    return is_table(member)


@importer("browser", recognises=_holds_visits)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Every visit, oldest first."""
    browser = _browser_of(member)
    if browser is not None:
        yield from _in_database(member, browser)
        return
    name = "Safari" if '"browser_name"' in member.start else "Chrome"
    found = in_table(member, options) if is_table(member) else listed(member)
    for one in found:
        yield record(name, one) if isinstance(one, Visit) else one


def _in_database(member: Member, browser: Browser) -> Iterator[Item]:
    count = 0
    with opened(member) as database:
        try:
            for visit in browser.visits(database):
                count += 1
                yield record(browser.name, visit)
        except BrokenDatabaseError:
            if not count:
                raise
            yield Unread(f"after visit {count}", "The database is damaged here.")


def record(browser: str, visit: Visit) -> Record:
    same = hashlib.sha256(visit.url.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    title = visit.title.strip()
    how = visit.how if visit.how != "link" else ""
    return Record(
        "browser",
        browser.lower(),
        "\n".join(filter(None, (title, visit.url))),
        sent_at=visit.at,
        sent_local=visit.written,
        zone=visit.zone if visit.at else "none",
        kind="visit",
        role="system",
        native_id=f"{visit.exact} {same}",
        subject=title,
        title=browser,
        meta=meta_of({"url": visit.url, "how": how, "searched": visit.searched}),
    )
