"""The pages for people: conversations, episodes, facts and profile, each line with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from ingest.companions import PAGE
from secondme.export.markup import line, link, shown
from secondme.record import Fact
from secondme.vault.reading import Stored

Pages = Mapping[str, str]
"""The page that shows each record, by its id, from the root of the export."""


def conversation(title: str, records: Sequence[Stored]) -> Iterator[str]:
    """A conversation in its order, day by day."""
    first = records[0].record
    yield from _head(title)
    yield f"{first.source} · {len(records)} records · times are UTC\n"
    for day, said in groupby(records, key=lambda s: (s.record.sent_at or "")[:10]):
        yield f"## {day or 'without a date'}\n"
        for stored in said:
            yield from _record(stored)


def _record(stored: Stored) -> Iterator[str]:
    r = stored.record
    time = r.sent_at[11:16] if r.sent_at and r.precision != "day" else ""
    who = f"**{line(r.author)}**" if r.author else ""
    about = f"*{line(r.subject)}*" if r.subject else ""
    yield f'<a id="{stored.key}"></a>'
    if who or time or about:
        yield " · ".join(part for part in (who, time, about) if part) + "\n"
    yield shown(r.text) + "\n"
    if r.attachments:
        yield f"({', '.join(line(name) for name in r.attachments)})\n"


def episodes(found: Iterable[Mapping[str, Any]], pages: Pages) -> Iterator[str]:
    yield from _head("Episodes")
    for e in found:
        yield f"## {(e['first'] or '')[:10]} {line(e['title'])}\n"
        yield f"{line(e['conversation'])}: {', '.join(map(line, e['participants']))}\n"
        for quote in e["evidence"]:
            yield f"- {_quoted(quote['quote'], quote['id'], pages)}"
        yield ""


def facts(found: Iterable[Fact], pages: Pages) -> Iterator[str]:
    """Facts that stand or stood; what the owner rejected is left out."""
    yield from _head("Facts")
    standing = [fact for fact in found if fact.status != "rejected"]
    for subject, theirs in groupby(standing, key=lambda f: f.subject):
        yield f"## {line(subject)}\n"
        for fact in theirs:
            yield _stated(fact.category, fact.statement, _held(fact))
            for evidence in fact.evidence:
                yield f"  - {_quoted(evidence.quote, evidence.id, pages)}"
        yield ""


def _held(fact: Fact) -> str:
    since = (fact.valid_from or "")[:10]
    until = (fact.valid_to or "")[:10]
    marks = ["your words"] if fact.edited else []
    if fact.status == "superseded":
        return ", ".join([f"{since or '?'} to {until or '?'}", *marks])
    return ", ".join([f"since {since}", *marks] if since else marks)


def profile(found: Mapping[str, Any], pages: Pages) -> Iterator[str]:
    yield from _head("Profile")
    for part, title in (("status", "Lately"), ("bio", "What stands")):
        if found[part]:
            yield f"## {title}\n"
        for said in found[part]:
            since = f"since {said['since'][:10]}" if said["since"] else ""
            yield _stated(said["category"], said["statement"], since)
            for evidence in said["evidence"]:
                yield f"  - {_quoted(evidence['quote'], evidence['id'], pages)}"
        yield ""


def contents(counts: Mapping[str, int], pages: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The first page: (title, page) of every other."""
    yield from _head("A memory")
    yield ", ".join(f"{number} {name}" for name, number in counts.items()) + ".\n"
    yield "Nothing here is encrypted. `secondme import` of this folder gives the memory back.\n"
    for title, page in pages:
        yield f"- {link(title, page)}"


def _head(title: str) -> Iterator[str]:
    yield PAGE
    yield f"# {line(title)}\n"


def _stated(category: str, statement: str, held: str) -> str:
    return f"- **{line(category)}** {line(statement)}" + (f" ({held})" if held else "")


def _quoted(quote: str, record: str, pages: Pages) -> str:
    page = pages.get(record)
    return link(f"“{quote}”", page, record) if page else f"“{line(quote)}”"
