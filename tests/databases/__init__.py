"""The databases under `golden/`, as SQL: what apps write, with people who do not exist.

`python -m tests.databases.written` writes them anew. They are small: pages of 512 bytes, and of the
tables only what matters.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

Rows = dict[str, Iterable[tuple[object, ...]]]


def write(path: Path, schema: str, rows: Rows) -> None:
    """A database of that schema, with the rows of each table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.executescript("pragma page_size = 512;" + schema)
        for table, held in rows.items():
            for row in held:
                marks = ", ".join("?" * len(row))
                database.execute(f"insert into {table} values ({marks})", row)
        database.commit()
