"""Forgetting: choose, show the plan, remove, destroy the bytes, and prove it.

What a person can name is a `Request`; it becomes rows of records and nothing else, because all that
was derived goes with the records it rests on. The proof in `check` uses a reader of the file format
that shares no code with the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from secondme.errors import NotFound, UsageError
from secondme.vault import Vault, pages
from secondme.vault.filters import EVERYTHING, Filter
from secondme.vault.people import Person
from secondme.vault.records import Stored
from secondme.vault.words import quoted

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Request:
    """What to forget. Several fields narrow each other; ids stand for themselves."""

    ids: tuple[str, ...] = ()
    query: str | None = None
    """Records that hold all of these words."""
    person: str | None = None
    """Records that this person wrote."""
    mentions: bool = False
    """With `person`: also records of others that name them."""
    within: Filter = EVERYTHING


def choose(vault: Vault, request: Request) -> list[int]:
    """Rows to forget, in reading order of nothing in particular. Raises when nothing was named."""
    rows: set[int] = set()
    for key in request.ids:
        rows.update(rows_of(vault, key))
    narrowed = request.query is not None or request.person is not None or not request.within.open
    if not narrowed and not request.ids:
        raise UsageError(
            "Nothing was named to forget.", "Give ids, or --query, --person, --conversation, …."
        )
    if narrowed:
        rows |= _narrowed(vault, request)
    return sorted(rows)


def _narrowed(vault: Vault, request: Request) -> set[int]:
    rows = vault.records.matching(request.within)
    if request.query is not None:
        rows &= _holding_all(vault, request.query)
    if request.person is not None:
        person = find_person(vault.people(), request.person)
        theirs = vault.records.matching(Filter(authors=person.authors))
        if request.mentions:
            theirs |= mentioning(vault, person)
        rows &= theirs
    return rows


def find_person(people: list[Person], name: str) -> Person:
    """By id, by a name or handle, or by a part of a name that only one person has."""
    wanted = name.casefold()
    exact = [
        p
        for p in people
        if wanted == p.id
        or any(wanted in (i.name.casefold(), i.handle.casefold()) for i in p.identities)
    ]
    parts = exact or [
        p for p in people if any(wanted in i.name.casefold().split() for i in p.identities)
    ]
    if not parts:
        raise NotFound(f"Nobody here is called {name}.", "`secondme people` lists everyone.")
    if len(parts) > 1:
        choices = ", ".join(f"{p.name} ({p.id})" for p in parts[:4])
        raise UsageError(f"Several people are called {name}.", f"Name one by id: {choices}.")
    return parts[0]


def mentioning(vault: Vault, person: Person) -> set[int]:
    """Rows whose words hold one of the person's names: whole, or the first name alone."""
    names = {i.name for i in person.identities if i.name}
    names |= {name.split()[0] for name in names if len(name.split()[0]) >= 3}
    rows: set[int] = set()
    for name in sorted(names):
        if any(c.isalnum() for c in name):
            rows |= vault.words.holding(name)
    return rows


def rows_of(vault: Vault, key: str) -> list[int]:
    """The records behind any public id: itself, an episode's members, a fact's evidence."""
    stored = vault.records.by_key(key)
    if stored is not None:
        return [stored.row]
    for episode in vault.built.episodes() if key.startswith("e") else ():
        if episode.key == key:
            return list(episode.records)
    for fact in vault.built.facts() if key.startswith("k") else ():
        if fact.key == key:
            return [span.record for span in fact.evidence]
    raise NotFound(f"There is nothing with the id {key}.", "Take ids from `secondme search`.")


def _holding_all(vault: Vault, query: str) -> set[int]:
    words = [w for w in query.split() if any(c.isalnum() for c in w)]
    if not words:
        raise UsageError("The query has no words.", "Give at least one word to look for.")
    match = " AND ".join(quoted(word) for word in words)
    return {row for row, _ in vault.words.best(match, 10_000_000)}


def plan(vault: Vault, request: Request, rows: list[int]) -> dict[str, Any]:
    """Exact counts, a few examples, and what would stay although it names the person."""
    shown = vault.records.get(rows[:EXAMPLES])
    counts: dict[str, Any] = {**vault.plan(rows), "profile": 0, "files_outside": []}
    counts["profile"] = sum(
        shown_fact.record in set(rows) and _mine(vault, shown_fact.record)
        for shown_fact in vault.built.facts()
    )
    counts["examples"] = [_example(shown[row]) for row in rows[:EXAMPLES] if row in shown]
    if request.person is not None and not request.mentions:
        person = find_person(vault.people(), request.person)
        counts["also_mentioned_in"] = len(mentioning(vault, person) - set(rows))
    return counts


def _mine(vault: Vault, row: int) -> bool:
    stored = vault.records.get([row]).get(row)
    return stored is not None and stored.record.mine


def _example(stored: Stored) -> dict[str, Any]:
    r = stored.record
    return {"id": stored.key, "author": r.author, "at": r.sent_at, "text": r.text[:120]}


def check(vault: Vault, receipt: str | None = None) -> dict[str, Any]:
    """Look for anything forgotten that is still somewhere; `{ok, checked, found}`.

    With `receipt`, that one must exist and be done. Gaps in pages are proven empty when nothing was
    written since the last purge; what was written later can only hold what was there later.
    """
    found = [{"where": "store", "what": line} for line in vault.integrity()]
    found += [{"where": name, "what": what} for name, what in vault.receipts.faults()]
    found += list(_receipt_states(vault, receipt))
    settled = vault.settle()
    report = pages.audit(vault.path, vault.key)
    strict = vault.untouched_since_purge()
    residue = [f for f in report.found if f.where in _RESIDUE]
    hard = [f for f in report.found if f.where not in _RESIDUE]
    if not settled:
        found.append({"where": "wal", "what": "another reader keeps old pages: try again"})
    for finding in hard + (residue if strict else []):
        if finding.where == "wal" and not settled:
            continue
        found.append(
            {"where": f"page {finding.page}", "what": f"{finding.where}: {finding.bytes_len} bytes"}
        )
    return {
        "ok": not found,
        "checked": {
            "records": vault.records.count(),
            "receipts": len(vault.receipts.all()),
            "pages": report.pages,
            "page_gaps": "empty" if not residue else "written since the last purge",
        },
        "found": found,
    }


_RESIDUE = frozenset({"gap", "fragment", "freeblock", "overflow"})


def _receipt_states(vault: Vault, wanted: str | None) -> Iterator[dict[str, str]]:
    receipts = vault.receipts.all()
    if wanted is not None and wanted not in {r.id for r in receipts}:
        raise NotFound(f"There is no receipt {wanted}.", "`secondme verify` checks all of them.")
    for receipt in receipts:
        if wanted in (None, receipt.id) and receipt.state != "done":
            yield {"where": receipt.id, "what": f"not finished: {receipt.state}"}
