"""What cannot be in a sound vault: every contradiction inside the store, in words."""

from __future__ import annotations

from collections.abc import Iterator

from sqlite_utils import Database

from secondme.vault.connection import translated
from secondme.vault.edits import Corrections
from secondme.vault.records import Records
from secondme.vault.vectors import Vectors
from secondme.vault.words import Words


def contradictions(
    db: Database, records: Records, vectors: Vectors, words: Words, corrections: Corrections
) -> Iterator[str]:
    """By SQLite's own check, and by ours across the tables; none for a sound vault."""
    checks = _CROSS_CHECKS if vectors.identity is None else (*_CROSS_CHECKS, *_VECTOR_CHECKS)
    with translated():
        for query, complaint in checks:
            found = db.conn.execute(query).fetchone()[0]
            if found:
                yield f"{complaint}: {found}"
        for (line,) in db.conn.execute("pragma integrity_check"):
            if line != "ok":
                yield f"SQLite's integrity check: {line}"
    if dead := vectors.dead():
        yield f"vectors nobody owns: {dead}"
    yield from words.dead_terms()
    yield from _live_but_forgotten(db, records, corrections)


def _live_but_forgotten(db: Database, records: Records, corrections: Corrections) -> Iterator[str]:
    dead = {mac for (mac,) in db.conn.execute("select mac from tombstones")}
    if not dead:
        return
    alive = db.conn.execute("select key from records")
    if risen := sum(records.tombstone(key) in dead for (key,) in alive):
        yield f"records that were forgotten and are here: {risen}"
    about = [{records.tombstone(t) for t in edit.targets} for edit in corrections.every()]
    if left := sum(not dead.isdisjoint(macs) for macs in about):
        yield f"corrections of what was forgotten: {left}"


_CROSS_CHECKS = (
    (
        "select count(*) from evidence where record not in (select id from records)",
        "evidence without its record",
    ),
    (
        "select count(*) from evidence e join records r on r.id = e.record"
        " where e.stop > characters(cast(r.text as blob)) or e.start >= e.stop or e.start < 0",
        "evidence outside its record's text",
    ),
    (
        "select count(*) from facts where key not in (select of from evidence)",
        "facts without evidence",
    ),
    (
        "select count(*) from episodes where key not in (select of from evidence)",
        "episodes without evidence",
    ),
    (
        "select count(*) from episode_records where record not in (select id from records)",
        "episodes of dead records",
    ),
    (
        "select count(*) from sightings where record not in (select id from records)",
        "sightings of dead records",
    ),
    (
        "select count(*) from jobs where kind != 'episodes'"
        " and unit not in (select id from records)",
        "jobs of dead records",
    ),
    (
        "select count(*) from authors where id not in"
        " (select author from records where author is not null)",
        "names nobody bears",
    ),
    (
        "select count(*) from conversations where id not in (select conversation from records)",
        "conversations without records",
    ),
)
_VECTOR_CHECKS = (
    (
        "select count(*) from record_vectors_rowids where rowid not in (select id from records)",
        "vectors of dead records",
    ),
)
