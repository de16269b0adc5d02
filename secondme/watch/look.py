"""One look at everything that is watched: what is new, changed, moved or gone, and what to do.

A look can be stopped anywhere and done again: what is known of a file is written together with
what it said.
"""

from __future__ import annotations

import stat
from collections.abc import Collection
from pathlib import Path

from secondme.memory import Memory
from secondme.vault.watched import Watch
from secondme.watch.changes import Changes
from secondme.watch.listing import Listing, listing
from secondme.watch.outcome import Outcome
from secondme.watch.settling import SECONDS, Settling


class Look:
    """Looks again and again, and remembers in between only what is not at rest yet."""

    def __init__(self, memory: Memory, *, settle: float = SECONDS) -> None:
        self._memory = memory
        self._settling = Settling(settle)
        self._away: dict[str, str] = {}
        self._devices: dict[str, int] = {}
        self._chats: dict[str, frozenset[str]] = {}

    def look(self, now: float) -> Outcome:
        """`now` in seconds, of the clock that files are dated by. Raises `Busy`. One watcher at a
        time: see `lock`.
        """
        outcome = Outcome()
        self._memory.begin_looking()
        ours = self._memory.not_to_watch()
        for watch in self._memory.watches():
            self._at(watch, listing(Path(watch.path), ours), now, outcome)
        return outcome

    def _at(self, watch: Watch, here: Listing, now: float, outcome: Outcome) -> None:
        known = self._memory.watched_files(watch)
        names = self._memory.name_macs(watch, here.files)
        why = self._why_away(watch, {f.mac for f in known.values() if f.batch}, names.keys())
        if not self._settling.settled(watch.path, why, now) and why:
            outcome.waiting += 1  # an editor may be putting the only file in its place
            return
        if why and self._away.get(watch.path) != why:
            outcome.away.append(why)
        self._away[watch.path] = why
        if why:
            return
        changes = Changes(self._memory, self._settling, watch, here, names, known)
        before = self._chats.get(watch.path)
        self._chats[watch.path] = changes.take_in(now, before, outcome)
        changes.miss(now, outcome)

    def _why_away(self, watch: Watch, held: Collection[str], here: Collection[str]) -> str:
        """A drive that is not mounted looks like everything deleted: then nothing is touched."""
        root = Path(watch.path)
        if watch.options["file"]:
            # Of one file, the folder around it tells.
            return "" if here or _lists(root.parent) else f"{root} is out of reach."
        try:
            if not stat.S_ISDIR((found := root.stat()).st_mode):
                raise NotADirectoryError
        except OSError:
            return f"{root} is not there. What was read stays; nothing was changed."
        device = found.st_dev
        strange = self._devices.get(watch.path, device) != device
        if held and (not here or (strange and not any(mac in here for mac in held))):
            what = "on another drive than before" if here else "empty"
            return (
                f"{root} is {what}. What was read stays; nothing was changed."
                f" If that is meant: `secondme watch answer {root}`."
            )
        self._devices[watch.path] = device
        return ""


def _lists(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except OSError:
        return False
