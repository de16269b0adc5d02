"""The whole built memory as ordered JSON lines: equal memories give equal bytes.

Only content-derived names appear, never a row number or a build time. This is what the law of
forgetting is checked with: a vault that forgot must dump like one that never knew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from secondme.distil.profile import profile
from secondme.distil.standing import known_facts
from secondme.vault import Vault


def dump(vault: Vault, now: date | None) -> Iterator[str]:
    """Lines without their newline: records, people, edits, episodes, facts as they were read and
    as they stand, profile, words, vectors.
    """
    for line in _lines(vault, now):
        yield json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _lines(vault: Vault, now: date | None) -> Iterator[dict[str, Any]]:
    keys: dict[int, str] = {}
    for stored in vault.records.every():
        keys[stored.row] = stored.key
        yield {"type": "record", "id": stored.key, **stored.record._asdict()}
    yield from _derived(vault, keys, now)
    for term, places in vault.words.dump():
        held = sorted([keys.get(row, "?"), column, offset] for row, column, offset in places)
        yield {"type": "word", "term": term, "places": held}
    if vault.vectors.identity is not None and keys:
        made_by = {"identity": vault.vectors.identity, "dims": vault.vectors.dims}
        yield {"type": "vectors", **made_by}
    vectors = sorted((keys.get(row, "?"), code.hex()) for row, code in vault.vectors.every())
    for key, code in vectors:
        yield {"type": "vector", "id": key, "code": code}


def _derived(vault: Vault, keys: dict[int, str], now: date | None) -> Iterator[dict[str, Any]]:
    people = vault.people()
    for person in sorted(people, key=lambda p: p.id):
        yield {
            "type": "person",
            "id": person.id,
            "name": person.name,
            "me": person.me,
            "identities": [list(i) for i in person.identities],
        }
    for edit in vault.edits():
        yield {"type": "edit", **edit._asdict()}
    for episode in vault.built.episodes():
        yield {
            "type": "episode",
            "id": episode.key,
            "title": episode.title,
            "summary": episode.summary,
            "keywords": list(episode.keywords),
            "built_by": episode.built_by,
            "conversation": list(vault.records.name_of(episode.conversation)),
            "first_at": episode.first_at,
            "records": [keys[row] for row in episode.records],
            "evidence": [[keys[s.record], s.start, s.stop] for s in episode.evidence],
        }
    for row in vault.built.facts():
        yield {
            "type": "reading",
            "id": row.key,
            "record": keys[row.record],
            "built_by": row.built_by,
            "category": row.category,
            "slot": row.slot,
            "statement": row.statement,
            "confidence": row.confidence,
            "evidence": [[keys[s.record], s.start, s.stop] for s in row.evidence],
        }
    facts = known_facts(vault)
    for fact in facts:
        yield {
            "type": "fact",
            "id": fact.id,
            "subject": fact.subject,
            "category": fact.category,
            "statement": fact.statement,
            "valid_from": fact.valid_from,
            "valid_to": fact.valid_to,
            "status": fact.status,
            "superseded_by": fact.superseded_by,
            "confidence": fact.confidence,
            "edited": fact.edited,
            "pinned": fact.pinned,
            "evidence": [list(e) for e in fact.evidence],
        }
    if facts:
        yield {"type": "profile", **profile(known_facts(vault, until=now), now)}
