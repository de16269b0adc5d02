"""Forgetting: choose, show the plan, remove, destroy the bytes, and prove it.

What a person can name is a `Request`; it becomes rows of records and nothing else, because all that
was derived goes with the records it rests on. The proof in `check` uses a reader of the file format
that shares no code with the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from secondme.distil.standing import known_facts
from secondme.errors import NotFound, UsageError
from secondme.vault import Vault, pages
from secondme.vault.filters import EVERYTHING, Filter
from secondme.vault.people import Person, reach
from secondme.vault.reading import Stored
from secondme.vault.words import quoted

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Request:
    """What to forget: the ids named, and whatever fits all of the other fields."""

    ids: tuple[str, ...] = ()
    query: str | None = None
    """Records that hold all of these words."""
    person: str | None = None
    """Records that this person wrote."""
    mentions: bool = False
    """With `person`: also records of others that name them."""
    within: Filter = EVERYTHING


def choose(vault: Vault, request: Request) -> list[int]:
    """Rows to forget, ascending. Raises when nothing was named."""
    _refuse_blank(request)
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


def _refuse_blank(request: Request) -> None:
    """An empty name is a script's unset variable, and must not mean everybody."""
    within = request.within
    named = (*request.ids, request.query, request.person, within.source, within.conversation)
    if any(value is not None and not value.strip() for value in named):
        raise UsageError("An empty name says nothing about what to forget.", "Give a name.")


def _narrowed(vault: Vault, request: Request) -> set[int]:
    rows = vault.records.matching(request.within)
    if request.query is not None:
        rows &= _holding_all(vault, request.query)
    if request.person is not None:
        rows &= _of_person(vault, request.person, request.mentions)
    return rows


def _of_person(vault: Vault, name: str, mentions: bool) -> set[int]:
    """What they wrote and, if wanted, what names them: somebody may be only ever spoken of."""
    try:
        person = anyone(vault, name)
    except NotFound:
        hidden = vault.unshown_by({name})
        spoken_of = naming(vault, {name}) if mentions else set()
        if not hidden | spoken_of:
            raise
        return hidden | spoken_of
    names = {name for i in person.identities for name in (i.name, i.handle) if name.strip()}
    theirs = vault.records.matching(Filter(authors=person.authors)) | vault.unshown_by(names)
    return theirs | mentioning(vault, person) if mentions else theirs


def anyone(vault: Vault, name: str) -> Person:
    """As `find_person` does, also among those of whom there is only an address card."""
    try:
        return find_person(vault.everyone(), name)
    except UsageError:  # part of a name may stand on many cards: they who wrote come first
        return find_person(vault.people(), name)


def find_person(people: Sequence[Person], name: str) -> Person:
    """By id, by a full name or handle, or by a part of a name that only one name has.

    Everybody of exactly that name counts as one here: who forgets or looks for Rosa means her in
    every source, and the plan shows what that takes. Ids tell namesakes apart.
    """
    if not name.strip():
        raise UsageError("An empty name is nobody's.", "`secondme people` lists everyone.")
    wanted = name.casefold()
    by_id = [p for p in people if p.id == name]
    exact = by_id or [
        p
        for p in people
        if any(wanted in (i.name.casefold(), i.handle.casefold()) for i in p.identities)
    ]
    found = exact or [
        p for p in people if any(wanted in i.name.casefold().split() for i in p.identities)
    ]
    if not found:
        raise NotFound(f"Nobody here is called {name}.", "`secondme people` lists everyone.")
    if not exact and len({p.name.casefold() for p in found}) > 1:
        choices = ", ".join(f"{p.name} ({p.id})" for p in found[:4])
        raise UsageError(f"Several people are called {name}.", f"Name one: {choices}.")
    return replace(
        found[0],
        identities=tuple(i for p in found for i in p.identities),
        records=sum(p.records for p in found),
        authors=tuple(sorted(a for p in found for a in p.authors)),
    )


def mentioning(vault: Vault, person: Person) -> set[int]:
    """Rows that hold one of the person's names, whole or the first name alone, or their address or
    number: in their words, or in what else an export says of them (titles, files, participants).
    """
    names = {i.name for i in person.identities if i.name.strip()}
    names |= {name.split()[0] for name in names if len(name.split()[0]) >= 3}
    names |= {i.handle for i in person.identities if reach(i.handle)}
    return naming(vault, names)


def naming(vault: Vault, names: set[str]) -> set[int]:
    """Rows that hold any of the names, in their words or in what else an export says of them."""
    rows: set[int] = set()
    for name in sorted(names):
        if any(c.isalnum() for c in name):
            rows |= vault.words.holding(name)
    return rows | vault.labelled(names)


def rows_of(vault: Vault, key: str) -> list[int]:
    """The records behind any public id: itself, an episode's members, a fact's evidence."""
    stored = vault.records.by_key(key)
    if stored is not None:
        return [stored.row]
    for episode in vault.built.episodes() if key.startswith("e") else ():
        if episode.key == key:
            return list(episode.records)
    for fact in known_facts(vault) if key.startswith("k") else ():
        if fact.id == key:
            found = [vault.records.by_key(evidence.id) for evidence in fact.evidence]
            return [stored.row for stored in found if stored is not None]
    raise NotFound(f"There is nothing with the id {key}.", "Take ids from `secondme search`.")


def _holding_all(vault: Vault, query: str) -> set[int]:
    words = [w for w in query.split() if any(c.isalnum() for c in w)]
    if not words:
        raise UsageError("The query has no words.", "Give at least one word to look for.")
    match = " AND ".join(quoted(word) for word in words)
    return vault.words.matching(match) | vault.words.corrected(match) | vault.unshown_holding(words)


def plan(vault: Vault, request: Request, rows: list[int]) -> dict[str, Any]:
    """Exact counts, a few examples, and what would stay although it names the person."""
    shown = vault.records.get(rows[:EXAMPLES])
    doomed = set(rows)
    facts = [fact.record for fact in vault.built.facts() if fact.record in doomed]
    mine = {row for row, stored in vault.records.get(facts).items() if stored.record.mine}
    counts: dict[str, Any] = {**vault.plan(rows), "profile": 0}
    counts["profile"] = sum(row in mine for row in facts)
    outside = {*vault.files_of(rows), *(made.path for made in vault.outputs.every())}
    counts["files_outside"] = sorted(path for path in outside if rows and _there(path))
    counts["told"] = vault.clients.told(rows)
    counts["examples"] = [_example(shown[row]) for row in rows[:EXAMPLES] if row in shown]
    if request.person is not None and not request.mentions:
        counts["also_mentioned_in"] = len(_of_person(vault, request.person, True) - doomed)
    return counts


def _there(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:
        return True  # behind a door that is closed to us


def _example(stored: Stored) -> dict[str, Any]:
    r = stored.record
    return {"id": stored.key, "author": r.author, "at": r.sent_at, "text": r.text[:120]}


def check(vault: Vault, receipt: str | None = None) -> dict[str, Any]:
    """Look for anything forgotten that is still somewhere; `{ok, checked, found}`.

    With `receipt`, that one must exist and be done. Gaps in pages are proven empty when nothing was
    written since the last purge; what was written later can only hold what was there later. Others
    wait with their writing meanwhile.
    """
    with vault.still() as settled:
        return _checked(vault, receipt, settled)


def _checked(vault: Vault, receipt: str | None, settled: bool) -> dict[str, Any]:
    """The check itself; `settled` tells whether everything is in the file, and stays there."""
    found = [{"where": "store", "what": line} for line in vault.integrity()]
    found += [{"where": name, "what": what} for name, what in vault.receipts.faults()]
    found += list(_receipt_states(vault, receipt))
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
            "page_gaps": _gaps(found=bool(residue), strict=strict),
        },
        "found": found,
    }


def _gaps(*, found: bool, strict: bool) -> str:
    """What may be said of the gaps between cells: SQLite leaves numbers of its own in them."""
    if not found:
        return "hold no words"
    return "hold something" if strict else "written since the last purge"


_RESIDUE = frozenset({"gap", "fragment", "freeblock", "overflow"})


def _receipt_states(vault: Vault, wanted: str | None) -> Iterator[dict[str, str]]:
    receipts = vault.receipts.all()
    if wanted is not None and wanted not in {r.id for r in receipts}:
        raise NotFound(f"There is no receipt {wanted}.", "`secondme verify` checks all of them.")
    for receipt in receipts:
        if wanted in (None, receipt.id) and receipt.state != "done":
            yield {"where": receipt.id, "what": f"not finished: {receipt.state}"}
