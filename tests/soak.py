"""Two processes at one vault, importing, distilling, searching, editing and forgetting at random:
nothing fails, `verify` is clean, and what is left is what a new vault would make of it.

    python -m tests.soak MINUTES [SEED]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stubs import KEY, StubLibrary

import ingest
from ingest import Export, Options
from secondme.brains import Library
from secondme.content_keys import Keys
from secondme.errors import NotFound
from secondme.forget import Request
from secondme.memory import Memory
from secondme.record import Record
from secondme.vault import Vault, make
from secondme.vault.filters import Filter
from secondme.vault.records import Sighted

AT = "2024-06-01T12:00:00Z"
NOW = date(2024, 6, 1)
ME = Options(me=("Owner",), zone="UTC")
PROCESSES = 2
MANY = 2_000
"""Records from which on more is taken away than brought: a soak is about hours, not about size."""
PEOPLE = ("Owner", "Ada", "Ben", "Cy")
PLACES = ("Porto", "Lisbon", "Leer", "Turku")
SAYINGS = (
    "ok", "I live in {}", "I work at {}", "I love {}", "my name is {}", "is there tea in {}?",
    "the blue lamp from {} broke again", "see you in {} then",
)  # fmt: skip
ORDER = (
    "record",
    "person",
    "edit",
    "episode",
    "reading",
    "fact",
    "profile",
    "word",
    "vectors",
    "vector",
)
"""Of the lines of a dump."""
PURGE_PENDING = frozenset({"wal"})
"""What a check may find while the other process reads: old pages that it still holds."""


# -- the exports ----------------------------------------------------------------------------------


def export(chance: Random, folder: Path, name: str) -> Path:
    """A stretch of one chat as a file: with ids, or as lines with none. Overlaps are the rule."""
    chat = chance.randrange(10_000) // 250 if chance.random() < 0.8 else chance.randrange(40)
    lines = list(said(Random(chat)))
    start = chance.randrange(len(lines) // 2)
    lines = lines[start : start + chance.randint(5, 60)]
    if chat % 2:
        path = folder / f"{name}.txt"
        path.write_text(
            "".join(f"{at:%d/%m/%Y, %H:%M} - {who}: {what}\n" for at, who, what in lines)
        )
        return path
    path = folder / f"{name}.jsonl"
    with path.open("w") as out:
        for number, (at, who, what) in enumerate(lines, start):
            line = {
                "id": str(number), "conversation": f"chat {chat}", "author": who, "text": what,
                "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "me": who == "Owner",
            }  # fmt: skip
            out.write(json.dumps(line) + "\n")
    return path


def said(chance: Random) -> Iterator[tuple[datetime, str, str]]:
    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=chance.randrange(100))
    for _ in range(120):
        at += timedelta(minutes=chance.choice((0, 0, 1, 5, 600)))
        yield at, chance.choice(PEOPLE), chance.choice(SAYINGS).format(chance.choice(PLACES))


def parsed(path: Path) -> list[Sighted]:
    keys = Keys()
    (member,) = Export(path).members
    importer = ingest.detect(member)
    assert importer is not None
    return [keys.sight(r) for r in importer.read(member, ME) if isinstance(r, Record)]


# -- one process ----------------------------------------------------------------------------------


class Person:
    """Somebody who does things at random and keeps a journal of what came in."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.chance = Random(seed)
        self.name = f"p{seed}"
        self.done: Counter[str] = Counter()
        self.slowest: dict[str, float] = {}
        self.memory = opened(folder)
        self.journal = (folder / f"{self.name}.journal").open("a")
        self.acts: dict[Callable[[], None], int] = {
            self.brings: 8, self.undoes: 1, self.distils: 4, self.searches: 8, self.asks: 3,
            self.reads: 3, self.corrects: 6, self.forgets: 3, self.forgets_a_chat: 1,
            self.verifies: 1, self.dumps: 1, self.reopens: 1,
        }  # fmt: skip

    def lives(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            act = self.chance.choices([*self.acts], [*self.acts.values()])[0]
            if act == self.brings and self.memory.stats()["records"] > MANY:
                act = self.forgets_a_chat
            begun = time.monotonic()
            # Between a look and an act, the other process may have forgotten what was seen.
            with suppress(NotFound):
                act()
            name = act.__name__
            self.done[name] += 1
            self.slowest[name] = max(self.slowest.get(name, 0.0), time.monotonic() - begun)
        told = {"acts": self.done, "slowest": {k: round(v, 2) for k, v in self.slowest.items()}}
        print(json.dumps(told))

    def brings(self) -> None:
        path = export(self.chance, self.folder / "exports", f"{self.name}-{self.done['brings']}")
        batch = self.memory.import_([path], ME)["batch"]
        self.journal.write(json.dumps([batch, path.name]) + "\n")
        self.journal.flush()

    def undoes(self) -> None:
        finished = [b["batch"] for b in self.memory.batches() if b["state"] == "done"]
        if finished:
            self.memory.undo(self.chance.choice(finished))

    def distils(self) -> None:
        self.memory.distil()

    def searches(self) -> None:
        kind = self.chance.choice(("record", "episode", "fact"))
        self.memory.search(f"tea {self.chance.choice(PLACES)}", kind=kind, now=NOW)

    def asks(self) -> None:
        self.memory.ask(f"Where does {self.chance.choice(PEOPLE)} live?", now=NOW)

    def reads(self) -> None:
        self.memory.profile(NOW)
        self.memory.episodes()
        for hit in self.memory.search("lamp", k=2):
            self.memory.show(hit.id)

    def corrects(self) -> None:
        facts = self.memory.facts()
        if not facts:
            return
        fact = self.chance.choice(facts).id
        match self.chance.randrange(5):
            case 0:
                self.memory.edit(fact, f"I moved to {self.chance.choice(PLACES)}")
            case 1:
                self.memory.reject(fact)
            case 2:
                self.memory.pin(fact)
            case 3:
                self.memory.unedit(fact)
            case _:
                for doubt in self.memory.review()[:3]:
                    if doubt["other"] is not None:
                        keep = self.chance.choice(("newer", "older", "both"))
                        self.memory.resolve(doubt["id"], doubt["other"], keep)

    def forgets(self) -> None:
        hits = self.memory.search(self.chance.choice(PLACES), k=20, now=NOW)
        ids = tuple(hit.id for hit in hits[:: self.chance.randint(2, 9)])
        if ids:
            self.forget(Request(ids=ids))

    def forgets_a_chat(self) -> None:
        hits = self.memory.search("ok tea lamp", k=20, now=NOW)
        if hits:
            chosen = self.chance.choice(hits).conversation
            self.forget(Request(within=Filter(conversation=chosen)))

    def forget(self, request: Request) -> None:
        state = self.memory.forget(request)["state"]
        assert state in ("purging", "done"), state

    def verifies(self) -> None:
        found = [f for f in self.memory.verify()["found"] if f["where"] not in PURGE_PENDING]
        unfinished = [f for f in found if f["what"].startswith("not finished: ")]
        assert found == unfinished, found

    def dumps(self) -> None:
        kinds = [json.loads(line)["type"] for line in self.memory.dump(NOW)]
        assert kinds == sorted(kinds, key=ORDER.index)

    def reopens(self) -> None:
        self.memory.close()
        self.memory = opened(self.folder)


def opened(folder: Path) -> Memory:
    return Memory(Vault(folder, KEY), cast(Library, StubLibrary()), lambda: AT)


# -- the whole ------------------------------------------------------------------------------------


def soak(folder: Path, seconds: float, seed: int = 0) -> dict[str, Any]:
    """Run it in `folder`; returns what was done. Raises when anything failed or does not hold."""
    (folder / "exports").mkdir(parents=True)
    make(folder, KEY).close()
    command = [sys.executable, __file__, "person", str(folder), str(seconds)]
    processes = [
        subprocess.Popen([*command, str(seed + n)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for n in range(PROCESSES)
    ]
    told = []
    for process in processes:
        out, err = process.communicate(timeout=seconds + 300)
        assert process.returncode == 0, err.decode()
        assert err == b"", err.decode()
        told.append(json.loads(out))
    return {"processes": told, **settled(folder)}


def settled(folder: Path) -> dict[str, Any]:
    """The law at the end, against a new vault with what is left of all that came in."""
    memory = opened(folder)
    with memory, tempfile.TemporaryDirectory() as other:
        memory.distil(retry=True)
        assert memory.finish_purge()
        found = memory.verify()["found"]
        assert found == [], found
        vault = memory._vault
        fresh = make(Path(other) / "vault", KEY)
        for batch, path in sorted(_finished(folder, memory)):
            left = [s for s in parsed(folder / "exports" / path) if not forgotten(vault, s.key)]
            fresh.records.add(fresh.new_batch(AT, str(batch), {}), left)
        for edit in vault.corrections.every():
            fresh.corrections.keep(edit, AT)
        anew = Memory(fresh, cast(Library, StubLibrary()), lambda: AT)
        with anew:
            anew.distil(retry=True)
            lines = list(memory.dump(NOW))
            assert lines == list(anew.dump(NOW)), "the law does not hold"
        return {"records": memory.stats()["records"], "lines": len(lines)}


def _finished(folder: Path, memory: Memory) -> Iterator[tuple[int, str]]:
    """(batch, file) of every import that was not taken back. One batch may have had its file read
    twice, when two processes brought the same.
    """
    kept = {b["batch"] for b in memory.batches() if b["state"] == "done"}
    for journal in folder.glob("*.journal"):
        for line in journal.read_text().splitlines():
            batch, path = json.loads(line)
            if batch in kept:
                yield batch, path


def forgotten(vault: Vault, key: str) -> bool:
    mac = vault.records.tombstone(key)
    found = vault._db.conn.execute("select 1 from tombstones where mac = ?", (mac,)).fetchone()
    return found is not None


def main() -> None:
    if sys.argv[1] == "person":
        Person(Path(sys.argv[2]), int(sys.argv[4])).lives(float(sys.argv[3]))
        return
    with tempfile.TemporaryDirectory() as folder:
        seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
        result = soak(Path(folder) / "vault", 60 * float(sys.argv[1]), seed)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
