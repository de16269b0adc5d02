"""Three ways to the same memory, lived through with the real models; each prints its dump.

python real_histories.py HISTORY VAULT MODELS
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from stubs import KEY, NOW

from ingest import Options
from secondme.brains import Library
from secondme.forget import Request
from secondme.memory import Memory
from secondme.vault import make

KEPT = (
    ("Owner", "I live in Porto with my sister Clara"),
    ("Ben", "how is the new job at the harbour office?"),
    ("Owner", "I work for the harbour office since March, it is calm"),
    ("Ben", "ok"),
    ("Ben", "I am allergic to walnuts, remember?"),
    ("Owner", "my favourite tea is the smoky one from the corner shop"),
    ("Ben", "then let us meet there on Saturday and walk along the river"),
    ("Owner", "yes, let us do that"),
)
GONE = (
    ("Owner", "I live in Lisbon now, the flat in Porto was too small"),
    ("Ben", "my doctor says I must stop drinking coffee"),
    ("Owner", "I play the violin in a small orchestra"),
    ("Ben", "ok"),
)


def export(folder: Path, name: str, *parts: tuple[tuple[str, str], ...]) -> Path:
    """What was said in each part, one message a minute; a part keeps its day in every export."""
    path = folder / f"{name}.jsonl"
    lines = [
        {
            "id": f"{day}.{minute}", "conversation": "Ben", "author": author, "text": text,
            "at": f"2024-05-{day:02}T10:{minute:02}:00Z",
        }
        for part in parts
        for day in [1 + (KEPT[:4], KEPT[4:], GONE).index(part)]
        for minute, (author, text) in enumerate(part)
    ]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def never_knew(memory: Memory, folder: Path) -> None:
    memory.import_([export(folder, "all", KEPT[:4], KEPT[4:])], ME)
    memory.distil()


def knew_and_forgot(memory: Memory, folder: Path) -> None:
    everything = export(folder, "all", KEPT[:4], KEPT[4:], GONE)
    memory.import_([everything], ME)
    memory.distil()
    forget_gone(memory)
    memory.distil()
    assert memory.import_([everything], ME)["tombstoned"] == len(GONE)
    memory.distil()


def bit_by_bit(memory: Memory, folder: Path) -> None:
    """Later parts first, each kind by itself, one part taken back and one forgotten."""
    memory.import_([export(folder, "late", GONE, KEPT[4:])], ME)
    memory.distil(only=["episodes"])
    memory.distil(only=["facts"])
    again = memory.import_([export(folder, "early", KEPT[:4], KEPT[4:])], ME)
    memory.distil(only=["vectors"])
    memory.undo(again["batch"])
    memory.distil()
    forget_gone(memory)
    memory.import_([export(folder, "once more", KEPT[:4])], ME)
    memory.distil()


def forget_gone(memory: Memory) -> None:
    day = memory.search("violin")[0]
    assert day.at is not None
    keys = tuple(
        s.key for s in memory._vault.records.every() if s.record.sent_at[:10] == day.at[:10]
    )
    assert len(keys) == len(GONE)
    assert memory.forget(Request(ids=keys))["state"] == "done"


ME = Options(me=("Owner",))
HISTORIES: dict[str, Callable[[Memory, Path], None]] = {
    history.__name__: history for history in (never_knew, knew_and_forgot, bit_by_bit)
}

if __name__ == "__main__":
    chosen, vault, models = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    with Memory(make(vault, KEY), Library(models), lambda: NOW) as opened:
        HISTORIES[chosen](opened, vault.parent)
        assert opened.distilled()["coverage"] == 100.0
        assert opened.verify()["found"] == []
        print(*opened.dump(date(2024, 6, 1)), sep="\n")
