"""Import, search and memory at 100,000 messages, in CPU time and as ratios to raw SQLite.

Machines differ and are busy: ratios to the baseline of the same run are what can be compared.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

WORDS = 20_000
FROM = 1_600_000_000
_RAW = "select rowid from f where f match ? order by rank limit 10"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="secondme-bench-") as room:
        found = measure(Path(room), arguments.messages)
    if arguments.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:42} {value}")


def measure(room: Path, messages: int) -> dict[str, float | str]:
    """Every figure by name; times are CPU seconds or milliseconds of this process's children."""
    export = room / "WhatsApp Chat with Bench.txt"
    export.write_text("".join(chat(messages)), encoding="utf-8")
    environment = {**os.environ, "SECONDME_VAULT": str(room / "vault"), "TZ": "Europe/Berlin"}
    environment["SECONDME_MODELS"] = str(room / "no-models")
    run(environment, "init", "--key", "file")
    raw, raw_search = baseline(room / "raw.db", export, queries())
    imported = cpu(lambda: run(environment, "import", str(export), "--no-distil", "--me", "P0"))
    warm = run(environment, "search", "-", "--json", give="\n".join(queries()), script=_TIMED)
    figures = json.loads(warm.splitlines()[-1])
    both = run(environment, give="\n".join(queries()), script=_VECTORS + _TIMED)
    meaning = json.loads(both.splitlines()[-1])
    return {
        "load average": f"{os.getloadavg()[0]:.1f}",
        "messages": messages,
        "import, CPU s (whole command)": round(imported, 2),
        "import, messages a CPU second": round(messages / imported),
        "raw SQLite + FTS5, CPU s": round(raw, 2),
        "import / raw": round(imported / raw, 2),
        "search p50, CPU ms": figures["p50"],
        "search p95, CPU ms": figures["p95"],
        "raw FTS5 OR query p50, CPU ms": raw_search,
        "search p50 / raw": round(figures["p50"] / raw_search, 2),
        "with a vector each: search p50, CPU ms": meaning["p50"],
        "with a vector each: search p95, CPU ms": meaning["p95"],
        "with a vector each: RSS, MB": meaning["rss"],
        "help, CPU ms": help_time(environment),
    }


_TIMED = """
import json, resource, statistics, sys, time
from itertools import islice
from pathlib import Path
from secondme.memory import Memory
from secondme import paths
memory = Memory.open(paths.vault_folder(), paths.models_folder())
if "Stand" in globals():
    memory._library.__dict__["embedder"] = Stand()
queries = sys.stdin.read().split(chr(10))
memory.search(queries[0])
spent = []
for query in queries:
    start = time.process_time()
    memory.search(query)
    spent.append(1000 * (time.process_time() - start))
spent.sort()
rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"p50": round(statistics.median(spent), 1),
                  "p95": round(spent[int(.95 * len(spent))], 1), "rss": round(rss)}))
"""


# Random vectors cost a search what real ones do; embedding a question (MiniLM: about 10 ms) and
# embedding 100,000 messages are left out.
_VECTORS = """
import numpy as np
from pathlib import Path
from secondme import keys, paths
from secondme.vault import Vault
from secondme.vault.vectors import encode
rng = np.random.default_rng(7)
def unit(text=""):
    vector = rng.normal(size=384).astype(np.float32)
    return vector / np.linalg.norm(vector)
class Stand:
    identity, dims, embed = "stand-in", 384, staticmethod(unit)
with Vault(paths.vault_folder(), keys.unlock(paths.vault_folder())) as vault:
    vault.vectors.begin(Stand.identity, Stand.dims)
    last = vault.records.count()
    for start in range(1, last + 1, 5000):
        with vault.write():
            rows = range(start, min(start + 5000, last + 1))
            vault.vectors.add([(row, encode(unit())) for row in rows])
"""


def chat(messages: int) -> Iterator[str]:
    """A WhatsApp group of eight whose words follow Zipf's law."""
    rng = random.Random(7)
    vocabulary = [_word(rng) for _ in range(WORDS)]
    weights = [1 / (rank + 10) for rank in range(WORDS)]
    spoken = iter(rng.choices(vocabulary, weights, k=messages * 25))
    at = FROM
    for _ in range(messages):
        at += rng.randrange(5, 900)
        text = " ".join(islice(spoken, rng.randrange(1, 25)))
        stamp = time.strftime("%d/%m/%Y, %H:%M", time.gmtime(at))
        yield f"{stamp} - P{rng.randrange(8)}: {text}\n"


def _word(rng: random.Random) -> str:
    return "".join(
        rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4))
    )


def queries() -> list[str]:
    """200 questions of two to six words, common and rare ones mixed."""
    rng = random.Random(7)
    vocabulary = [_word(rng) for _ in range(WORDS)]
    ask = random.Random(11)
    return [
        " ".join(vocabulary[int(WORDS * ask.random() ** 3)] for _ in range(ask.randint(2, 6)))
        for _ in range(200)
    ]


def baseline(path: Path, export: Path, asked: list[str]) -> tuple[float, float]:
    """The floor: split lines, one table, one FTS5 insert, no encryption, no dedupe, no undo."""
    conn = sqlite3.connect(path)
    conn.execute("create table m (id integer primary key, text text)")
    conn.execute("create virtual table f using fts5(text, content='m', content_rowid='id')")

    def fill() -> None:
        lines = export.read_text(encoding="utf-8").splitlines()
        rows = [(i, line.partition(": ")[2]) for i, line in enumerate(lines)]
        with conn:
            conn.executemany("insert into m values (?, ?)", rows)
            conn.executemany("insert into f (rowid, text) values (?, ?)", rows)

    start = time.process_time()
    fill()
    filled = time.process_time() - start
    spent = []
    for query in asked:
        match = " OR ".join(f'"{word}"' for word in query.split())
        start = time.process_time()
        conn.execute(
            "select rowid from f where f match ? order by rank limit 10", (match,)
        ).fetchall()
        spent.append(1000 * (time.process_time() - start))
    conn.close()
    return filled, round(statistics.median(spent), 1)


def help_time(environment: dict[str, str]) -> float:
    return round(
        1000 * statistics.median(cpu(lambda: run(environment, "--help")) for _ in range(5)), 1
    )


def cpu(act: Callable[[], object]) -> float:
    """CPU seconds that the children started by `act` used."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    act()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(environment: dict[str, str], *arguments: str, give: str = "", script: str = "") -> str:
    command = [sys.executable, "-c", script] if script else [sys.executable, "-m", "secondme"]
    done = subprocess.run(
        [*command, *([] if script else arguments)],
        env=environment, input=give, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}: {done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
