"""Import and search, in CPU time and as ratios to raw SQLite in the same run."""

from __future__ import annotations

import json
import sqlite3
import statistics
import time
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.chat import queries
from tests.benchmarks.running import cpu, run

Figures = dict[str, float | str]


def imported(environment: Mapping[str, str], export: Path, raw: float) -> Figures:
    """Import the chat into a new vault. `raw` are the CPU seconds that SQLite alone takes."""
    messages = export.read_bytes().count(b"\n")
    run(environment, "init", "--key", "file")
    spent = cpu(lambda: run(environment, "import", str(export), "--no-distil", "--me", "P0"))
    return {
        "import, CPU s (whole command)": round(spent, 2),
        "import, messages a CPU second": round(messages / spent),
        "raw SQLite + FTS5, CPU s": round(raw, 2),
        "import / raw": round(spent / raw, 2),
    }


def searched(environment: Mapping[str, str], raw: float) -> Figures:
    """Warm searches in one process. `raw` are the CPU milliseconds of a bare FTS5 query."""
    found = json.loads(run(environment, give="\n".join(queries()), script=_TIMED))
    return {
        "first search of a process, CPU ms": found["first"],
        "search p50, CPU ms": found["p50"],
        "search p95, CPU ms": found["p95"],
        "raw FTS5 OR query p50, CPU ms": raw,
        "search p50 / raw": round(found["p50"] / raw, 2),
        "search after ten new messages, CPU ms": found["after"],
        "search: RSS, MB": found["rss"],
    }


def searched_with_vectors(environment: Mapping[str, str]) -> Figures:
    """Gives each message a vector first."""
    run(environment, script=_VECTORS)
    found = json.loads(run(environment, give="\n".join(queries()), script=_STAND + _TIMED))
    return {
        "with a vector each: first search, CPU ms": found["first"],
        "with a vector each: search p50, CPU ms": found["p50"],
        "with a vector each: search p95, CPU ms": found["p95"],
        "with a vector each: after ten new messages, CPU ms": found["after"],
        "with a vector each: RSS, MB": found["rss"],
    }


def baseline(path: Path, export: Path) -> tuple[float, float]:
    """The floor: split lines, one table, one FTS5 insert, no encryption, no dedupe, no undo.
    CPU seconds to fill it, and milliseconds a query.
    """
    conn = sqlite3.connect(path)
    conn.execute("create table m (id integer primary key, text text)")
    conn.execute("create virtual table f using fts5(text, content='m', content_rowid='id')")
    start = time.process_time()
    lines = export.read_text(encoding="utf-8").splitlines()
    rows = [(i, line.partition(": ")[2]) for i, line in enumerate(lines)]
    with conn:
        conn.executemany("insert into m values (?, ?)", rows)
        conn.executemany("insert into f (rowid, text) values (?, ?)", rows)
    filled = time.process_time() - start
    spent = []
    for query in queries():
        match = " OR ".join(f'"{word}"' for word in query.split())
        start = time.process_time()
        conn.execute(_RAW, (match,)).fetchall()
        spent.append(1000 * (time.process_time() - start))
    conn.close()
    return filled, round(statistics.median(spent), 1)


def helped(environment: Mapping[str, str]) -> Figures:
    spent = [cpu(lambda: run(environment, "--help")) for _ in range(5)]
    return {"help, CPU ms": round(1000 * statistics.median(spent), 1)}


_RAW = "select rowid from f where f match ? order by rank limit 10"

# No question is asked twice, so that none finds its words looked up already by itself.
_TIMED = """
import json, resource, statistics, sys, time
from secondme.memory import Memory
from secondme import paths
from secondme.content_keys import Keys
from secondme.record import Record
memory = Memory.open(paths.vault_folder(), paths.models_folder())
if "Stand" in globals():
    memory._library.__dict__["embedder"] = Stand()
queries = sys.stdin.read().split(chr(10))
def spent(act, *given):
    start = time.process_time()
    act(*given)
    return 1000 * (time.process_time() - start)
first = spent(memory.search, "nothing")
each = sorted(spent(memory.search, query) for query in queries)
after = []
for n in range(9):
    keys, vault = Keys(), memory._vault
    batch = vault.new_batch("2024-06-01T12:00:00Z", f"bench {n}", {})
    new = [Record("bench", "new", f"message {n} {i}", f"P{i % 8}") for i in range(10)]
    vault.records.add(batch, [keys.sight(record) for record in new])
    vault.end_batch(batch, {})
    after.append(spent(memory.search, queries[n]))
rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({
    "first": round(first), "p50": round(statistics.median(each), 1),
    "p95": round(each[int(.95 * len(each))], 1), "after": round(statistics.median(after), 1),
    "rss": round(rss)}))
"""

# Random vectors cost a search what real ones do; embedding 100,000 messages is left out, and here
# embedding a question, too (MiniLM: about 10 ms).
_STAND = """
import numpy as np
from secondme import keys, paths
from secondme.brains import Library
from secondme.vault import Vault
rng = np.random.default_rng(7)
def unit(text=""):
    vector = rng.normal(size=384).astype(np.float32)
    return vector / np.linalg.norm(vector)
real = Library(paths.models_folder()).embedder
class Stand:
    identity = real.identity if real else "stand-in"
    dims, embed = 384, staticmethod(unit)
"""
_VECTORS = (
    _STAND
    + """
from secondme.vault.vectors import encode
with Vault(paths.vault_folder(), keys.unlock(paths.vault_folder())) as vault:
    vault.vectors.begin(Stand.identity, Stand.dims)
    last = vault.records.count()
    for start in range(1, last + 1, 5000):
        with vault.write():
            rows = range(start, min(start + 5000, last + 1))
            vault.vectors.add([(row, encode(unit())) for row in rows])
"""
)
