"""Hearing from the system that something happened below a watched path.

What was heard only wakes the watcher: it then looks for itself.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

from secondme.vault.watched import Watch
from secondme.watch.listing import passing

_READING = frozenset({"opened", "closed_no_write"})
"""What looking itself causes."""


class Ears(FileSystemEventHandler):
    """Sets `heard` from threads of its own."""

    def __init__(self, deaf: Callable[[str], None]) -> None:
        """`deaf` is told a sentence about each path that the system cannot be asked to report."""
        self.heard = threading.Event()
        self._deaf = deaf
        self._observer = Observer()
        self._observer.start()
        self._open: dict[str, tuple[tuple[int, int], ObservedWatch | None]] = {}
        self._ours: Collection[Path] = ()

    def listen(self, watches: Collection[Watch], ours: Collection[Path]) -> bool:
        """Listen at these paths and no others, but for `ours`. True when that changed anything: a
        path is new, or lies on another drive now.
        """
        self._ours = ours
        roots = {watch.path: _ear(watch) for watch in watches}
        there = {path: _identity(root) for path, root in roots.items()}
        stale = [path for path, (which, _) in self._open.items() if there.get(path) != which]
        for path in stale:
            _, watch = self._open.pop(path)
            if watch is not None:
                with suppress(KeyError, OSError):
                    self._observer.unschedule(watch)
        fresh = {path: which for path, which in there.items() if which and path not in self._open}
        for path, which in fresh.items():
            whole = roots[path] == Path(path)
            self._open[path] = (which, self._schedule(roots[path], recursive=whole))
        return bool(stale or fresh)

    def _schedule(self, root: Path, *, recursive: bool) -> ObservedWatch | None:
        try:
            return self._observer.schedule(self, str(root), recursive=recursive)
        except OSError:
            self._deaf(f"The system cannot report every change in {root}: looking now and then.")
            return None

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in _READING:
            return
        if any(self._matters(os.fsdecode(path)) for path in (event.src_path, event.dest_path)):
            self.heard.set()

    def _matters(self, name: str) -> bool:
        path = Path(name)
        if not name or passing(path.name):
            return False
        return not any(folder in path.parents for folder in self._ours)

    def close(self) -> None:
        self._observer.stop()
        self._observer.join()


def _ear(watch: Watch) -> Path:
    """Where to listen: of one file, in its folder, because editors put a new file in its place."""
    path = Path(watch.path)
    return path.parent if watch.options["file"] else path


def _identity(root: Path) -> tuple[int, int] | None:
    """Which folder this is."""
    try:
        stat = root.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
