"""How a memory shows itself: one thing with what it rests on, lists, sizes, and what is wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from models.store import Store
from secondme import keys
from secondme.errors import NotFound
from secondme.record import Fact, Hit
from secondme.vault import Vault
from secondme.vault.built import EpisodeRow, Span
from secondme.vault.people import Person
from secondme.vault.reading import Stored

AROUND = 3


def show(vault: Vault, key: str, facts: Callable[[], list[Fact]]) -> dict[str, Any]:
    """One record, episode or fact by its id, or by the unique beginning of a record's id."""
    stored = _stored(vault, key)
    if stored is not None:
        return _record(vault, stored, facts)
    episode = next((e for e in vault.built.episodes() if e.key == key), None)
    if episode is not None:
        return {"kind": "episode", **_episode(vault, episode)}
    fact = next((f for f in facts() if f.id == key), None)
    if fact is not None:
        return {"kind": "fact", **fact_dict(fact)}
    raise _nothing(key)


def _nothing(key: str) -> NotFound:
    return NotFound(f"There is nothing with the id {key}.", "Take ids from `secondme search`.")


def _stored(vault: Vault, key: str) -> Stored | None:
    """The record with this id, or with the only id that begins so."""
    found = vault.records.by_key(key)
    if found is None and key.startswith("r") and len(key) >= 4:
        keys_found = vault.records.by_prefix(key)
        found = vault.records.by_key(keys_found[0]) if len(keys_found) == 1 else None
    return found


def _around(vault: Vault, stored: Stored, before: int, after: int) -> tuple[Sequence[Stored], int]:
    """A record among its neighbours, and its place in the list."""
    lines = vault.records.stretch(stored.row, before, after)
    at = next((i for i, one in enumerate(lines) if one.row == stored.row), None)
    if at is None:  # forgotten by another process since it was found
        raise _nothing(stored.key)
    return lines, at


def conversation(vault: Vault, key: str, before: int, after: int) -> dict[str, Any]:
    """A stretch of the conversation around a record; `earlier` and `later` say whether it goes on
    beyond.
    """
    stored = _stored(vault, key)
    if stored is None:
        raise _nothing(key)
    # One more on each side, to know whether there is one.
    lines, at = _around(vault, stored, before + 1, after + 1)
    shown = lines[max(0, at - before) : at + after + 1]
    r = stored.record
    return {
        "id": stored.key,
        "source": r.source,
        "conversation": r.title or r.conversation,
        "records": [
            {**line(one), "mine": one.record.mine, "subject": one.record.subject} for one in shown
        ],
        "earlier": at > before,
        "later": len(lines) - at - 1 > after,
    }


def resting(vault: Vault, key: str, facts: Callable[[], list[Fact]]) -> dict[str, Any]:
    """The episodes that hold a record, and the facts with a quote of it."""
    stored = _stored(vault, key)
    if stored is None:
        raise _nothing(key)
    return {
        "episodes": [_episode(vault, e) for e in vault.built.episodes([stored.row])],
        "facts": [fact_dict(f) for f in _facts_on(vault, stored, facts)],
    }


def _facts_on(vault: Vault, stored: Stored, facts: Callable[[], list[Fact]]) -> list[Fact]:
    """The facts that rest on a record and are not rejected. All must be known to say so: only where
    there is one.
    """
    if not vault.built.facts_of(stored.row) and not vault.corrections.about(stored.key):
        return []
    resting = (f for f in facts() if any(e.id == stored.key for e in f.evidence))
    return [f for f in resting if f.status != "rejected"]


def _record(vault: Vault, stored: Stored, facts: Callable[[], list[Fact]]) -> dict[str, Any]:
    lines, at = _around(vault, stored, AROUND, AROUND)
    derived = vault.built.episodes([stored.row])
    r = stored.record._asdict()
    return {
        **r,
        "kind": "record",
        "record_kind": r["kind"],
        "id": stored.key,
        "before": [line(one) for one in lines[:at]],
        "after": [line(one) for one in lines[at + 1 :]],
        "episodes": [e.key for e in derived],
        "facts": [f.id for f in _facts_on(vault, stored, facts)],
    }


def line(stored: Stored) -> dict[str, Any]:
    r = stored.record
    return {"id": stored.key, "author": r.author, "at": r.sent_at, "text": r.text}


def fact_dict(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "subject": fact.subject,
        "category": fact.category,
        "statement": fact.statement,
        "status": fact.status,
        "valid_from": fact.valid_from,
        "valid_to": fact.valid_to,
        "superseded_by": fact.superseded_by,
        "confidence": fact.confidence,
        "mine": fact.mine,
        "edited": fact.edited,
        "pinned": fact.pinned,
        "evidence": [e._asdict() for e in fact.evidence],
    }


def episodes(vault: Vault) -> list[dict[str, Any]]:
    """All episodes by time."""
    return [_episode(vault, e) for e in vault.built.episodes()]


def _episode(vault: Vault, e: EpisodeRow) -> dict[str, Any]:
    stored = vault.records.get(e.records)
    members = [stored[row] for row in e.records if row in stored]
    times = sorted(m.record.sent_at for m in members if m.record.sent_at)
    quotes = [_quote(stored[s.record], s) for s in e.evidence if s.record in stored]
    first = members[0].record
    return {
        "id": e.key,
        "conversation": first.title or first.conversation,
        "source": first.source,
        "title": e.title,
        "summary": e.summary or " … ".join(q["quote"] for q in quotes),
        "keywords": list(e.keywords),
        "first": times[0] if times else None,
        "last": times[-1] if times else None,
        "participants": sorted({m.record.author for m in members if m.record.author}),
        "records": [m.key for m in members],
        "evidence": quotes,
    }


def _quote(stored: Stored, span: Span) -> dict[str, Any]:
    return {
        "id": stored.key,
        "start": span.start,
        "end": span.stop,
        "quote": stored.record.text[span.start : span.stop],
    }


def episodes_of(vault: Vault, hits: Sequence[Hit]) -> list[Hit]:
    """The episodes that hold the hits, in the order of their best hit."""
    found: dict[str, Hit] = {}
    for hit in hits:
        stored = vault.records.by_key(hit.id)
        for row in vault.built.episodes([stored.row]) if stored else ():
            if row.key not in found:
                e = _episode(vault, row)
                found[row.key] = Hit(
                    row.key,
                    "episode",
                    hit.score,
                    e["summary"],
                    ", ".join(e["participants"]),
                    e["first"],
                    hit.source,
                    hit.conversation,
                    None,
                    (e["title"],),
                    {**hit.why, "through": hit.id},
                )
    return list(found.values())


def facts_of(facts: Sequence[Fact], hits: Sequence[Hit]) -> list[Hit]:
    """The facts that rest on the hits, in the order of the hits."""
    resting: dict[str, list[Fact]] = {}
    for fact in facts:
        for evidence in fact.evidence:
            resting.setdefault(evidence.id, []).append(fact)
    found: dict[str, Hit] = {}
    for hit in hits:
        for fact in resting.get(hit.id, ()):
            found.setdefault(
                fact.id,
                Hit(
                    fact.id,
                    "fact",
                    hit.score,
                    fact.statement,
                    fact.subject,
                    fact.valid_from,
                    hit.source,
                    hit.conversation,
                    None,
                    (fact.status,),
                    {**hit.why, "through": hit.id},
                ),
            )
    return list(found.values())


def people(vault: Vault) -> list[dict[str, Any]]:
    return [person(p) for p in vault.people()]


def person(found: Person) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "me": found.me,
        "records": found.records,
        "identities": [i._asdict() for i in found.identities],
    }


def stats(vault: Vault) -> dict[str, Any]:
    """Sizes and coverage."""
    return {
        "vault": str(vault.folder),
        "bytes": vault.path.stat().st_size,
        "records": vault.records.count(),
        "by_source": vault.records.by_source(),
        "conversations": len(vault.records.conversations()),
        "people": len(vault.people()),
        "vectors": vault.vectors.count(),
        **vault.built.counts(),
        "batches": len(vault.batches()),
        "forgettings": len(vault.receipts.all()),
    }


def doctor(vault: Vault, store: Store) -> dict[str, Any]:
    """`{ok, checks: [{check, ok, hint}]}`: what is wrong, and the command that mends it."""
    complaints = vault.integrity()
    checks = [
        {
            "check": "the vault is consistent",
            "ok": not complaints,
            "hint": "; ".join(complaints) or "",
        },
        {
            "check": "the recovery code can open the vault",
            "ok": "recovery" in keys.ways(vault.folder),
            "hint": "secondme key recovery",
        },
        {
            "check": "only you can read the vault's folder",
            "ok": os.name != "posix" or not vault.path.stat().st_mode & 0o077,
            "hint": f"chmod -R go-rwx {vault.folder}",
        },
        {
            "check": "nothing removed waits to be purged",
            "ok": not vault.receipts.unfinished(),
            "hint": "secondme verify",
        },
    ]
    for role, name in (("embed", "minilm-l6"), ("chat", "smollm2-135m")):
        present = store.current(role) is not None
        checks.append(
            {
                "check": f"a model to {role} with is here",
                "ok": present,
                "hint": f"secondme models pull {name}",
            }
        )
    checks += _broken_plugins()
    failures = vault.built.failures()
    checks.append(
        {"check": "no job failed", "ok": not failures, "hint": "secondme distil --retry-failed"}
    )
    for check in checks:
        if check["ok"]:
            check["hint"] = ""
    return {"ok": all(c["ok"] for c in checks), "checks": checks}


def _broken_plugins() -> list[dict[str, Any]]:
    from ingest import importers, plugins

    importers()  # loads them
    return [
        {
            "check": f"the plug-in {plugin['plugin']} can be used",
            "ok": False,
            "hint": f"{plugin['fault']}; take it out, or ask whoever made it",
        }
        for plugin in plugins.faults()
    ]
