"""The comments in the schema are true: every column says what it is, and what is called canonical
can be seen in the dump.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from stubs import StubEmbedder, StubReader, StubWriter

from secondme.content_keys import Keys
from secondme.distil import Brains, distil
from secondme.dump import dump
from secondme.record import Record
from secondme.vault import Vault
from secondme.vault.people import Identity, identity_key

KINDS = ("canonical", "incidental", "log")
NOT_OURS = re.compile(r"sqlite_|_sqlite_migrations|words_|record_vectors_")
"""SQLite's own tables, the list of migrations done, and what lies behind the virtual tables."""

SPECIAL: dict[str, Any] = {
    "records.order_at": "9999",
    "records.place": 999,
    "records.mine": 0,
    "records.attachments": '["map.pdf"]',
    "records.meta": '{"x": 1}',
    "sightings.order_at": "9999",
    "sightings.place": 999,
    "sightings.mine": 0,
    "sightings.version": json.dumps(Record("mail", "letters", "other words", "Ada")),
    "episodes.keywords": '["x"]',
    "edits.content": '{"with": "nobody"}',
}


def ordinary_tables(vault: Vault) -> dict[str, str]:
    return {
        name: sql
        for name, sql in vault._db.conn.execute(
            "select name, sql from sqlite_schema where type = 'table'"
        )
        if not NOT_OURS.match(name) and not sql.lower().startswith("create virtual")
    }


def marks(vault: Vault) -> dict[str, str]:
    """`table.column` to the first word of its comment; '' where there is none."""
    found = {}
    for table, sql in ordinary_tables(vault).items():
        for column in vault._db[table].columns:
            line = re.search(rf"^\s*{column.name}\s.*$", sql, re.MULTILINE)
            comment = re.search(r"--\s*(\w+): \S", line[0]) if line else None
            found[f"{table}.{column.name}"] = comment[1] if comment else ""
    return found


@pytest.fixture
def full(vault: Vault) -> Vault:
    """A vault with something in every canonical column; its first two records share a second."""
    sent = {"sent_at": "2024-05-01T10:00:00Z", "sent_local": "1.5.24 10:00"}
    first = Record(
        "mail", "letters", "I live in Porto", "Ada", "ada@example.org", mine=True, **sent
    )
    second = Record("mail", "letters", "so do I, by the river", "Ben", **sent)
    third = Record("whatsapp", "Boats", "my name is Ada", "Ada L", "+1 555 0100")
    keys = Keys()
    batch = vault.new_batch("now", "here", {})
    vault.records.add(batch, [keys.sight(r) for r in (first, second, third)])
    distil(vault, Brains(StubEmbedder(), StubReader(), StubWriter()))
    ada, other = Identity("mail", "Ada", "ada@example.org"), Identity("whatsapp", "Ada L", "")
    content = json.dumps({"with": identity_key(other._replace(handle="+1 555 0100"))})
    with vault.write():
        vault._db.conn.execute(
            "insert into edits values ('d1', ?, 'link', ?, 'now')", (identity_key(ada), content)
        )
    return vault


def test_every_column_says_what_it_is(vault: Vault) -> None:
    assert len(ordinary_tables(vault)) > 10
    assert {column: mark for column, mark in marks(vault).items() if mark not in KINDS} == {}


def test_every_canonical_column_shows_in_the_dump(full: Vault) -> None:
    """Each is changed in one row; what a batch saw shows once the batches are weighed again."""
    conn = full._db.conn
    before = list(dump(full, None))
    unseen = []
    for column, mark in marks(full).items():
        table, name = column.split(".")
        if mark != "canonical":
            continue
        conn.execute("begin")
        was, by = conn.execute(f"select {name}, {_first(table)} from {table} order by 2").fetchone()
        value = SPECIAL.get(column, was + 1 if isinstance(was, int | float) else f"{was or ''}x")
        conn.execute(f"update {table} set {name} = ? where {_first(table)} = ?", (value, by))
        if table == "sightings":
            full.records.settle([1, 2, 3])
        if list(dump(full, None)) == before:
            unseen.append(column)
        conn.execute("rollback")
    assert unseen == []
    assert list(dump(full, None)) == before


def _first(table: str) -> str:
    """What a row is found by."""
    return {"evidence": "of", "edits": "key", "sightings": "record"}.get(table, "id")
