"""The owner's word on watched files that are gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from secondme.errors import NotFound
from secondme.memory import Memory
from secondme.vault.watched import Watch, WatchedFile
from secondme.watch.listing import listing

CHOICES = ("keep", "take-back", "forget")


def answer(memory: Memory, path: Path, choice: str) -> dict[str, Any]:
    """Settle what becomes of the words of `path`, a file or everything below a folder, that is not
    there any more or cannot be read: `{files, removed, forgotten}`.
    """
    done = {"files": 0, "removed": 0, "forgotten": 0}
    for watch in memory.watches():
        if Path(watch.path) != path and Path(watch.path) not in path.parents:
            continue
        gone = _gone(memory, watch, path)
        for name, count in memory.answer(watch, gone, choice).items():
            done[name] += count
        done["files"] += len(gone)
    if not done["files"]:
        raise NotFound(
            f"Nothing that was read from {path} is known to be gone.",
            "`secondme watch run --once` looks; `secondme watch list` names what is missing.",
        )
    return done


def _gone(memory: Memory, watch: Watch, path: Path) -> list[WatchedFile]:
    root = Path(watch.path)
    listed = listing(root, memory.not_to_watch())
    here = memory.name_macs(watch, listed.files)
    named = set(memory.name_macs(watch, [path.relative_to(root).as_posix()]))
    known = memory.watched_files(watch)
    strange = {listed.files[name] for mac, name in here.items() if mac not in known}
    return [
        file
        for file in known.values()
        if file.batch is not None
        and (file.mac not in here or file.state == "unreadable")
        and (path == root or file.mac in named or _below(root / file.name, path))
        # What no look has missed yet may only have been moved, or lie in a closed folder.
        and (file.state != "read" or (listed.whole and (file.size, file.mtime_ns) not in strange))
    ]


def _below(path: Path, folder: Path) -> bool:
    return folder in path.parents
