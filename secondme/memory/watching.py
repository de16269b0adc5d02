"""What the watcher does with a memory: which files it knows, reading them anew, letting go."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ingest import Options
from secondme import importing, refreshing
from secondme.errors import NotFound, UsageError
from secondme.forget import Request
from secondme.memory.forgetting import Forgetting
from secondme.refreshing import Found, Refreshed
from secondme.vault.watched import Watch, WatchedFile

_FEW = 256
"""Small files that come in within one transaction."""


class Watching(Forgetting):
    """Watched folders and files. Looking at the disk is `secondme.watch`'s."""

    @property
    def folder(self) -> Path:
        """Where the vault lies."""
        return self._vault.folder

    def watch(self, path: Path, options: Options, *, source: str | None = None) -> None:
        """Watch a folder or one export from now on. Watched already, all of it is read anew with
        these decisions. Raises `UsageError` for a part of what is watched, which would be read
        twice, and the other way round.
        """
        importing.named(source)
        self._refuse_twice(path)
        decided = {
            "me": list(options.me), "zone": options.zone, "local_zone": options.local_zone,
            "date_order": options.date_order, "source": source, "file": path.is_file(),
        }  # fmt: skip
        with self._vault.write():
            self._vault.watched.add(str(path), decided)

    def _refuse_twice(self, path: Path) -> None:
        if importing.spelt(str(path)) != str(path):
            raise UsageError("This path holds bytes that are no text.", "Give it another name.")
        for watched in (Path(watch.path) for watch in self.watches()):
            if watched in path.parents or path in watched.parents:
                raise UsageError(
                    f"{path} overlaps {watched}, which is watched already.",
                    f"`secondme watch remove {watched}` first, or leave it at that.",
                )

    def unwatch(self, path: Path) -> None:
        """Stop watching; what was read stays."""
        with self._vault.write():
            if not self._vault.watched.remove(str(path)):
                raise NotFound(f"{path} is not watched.", "`secondme watch list` lists what is.")

    def watches(self) -> list[Watch]:
        return self._vault.watched.all()

    def watched(self) -> list[dict[str, Any]]:
        """Everything watched as `watch list --json` prints it; names of files below each path.

        A file of which something was forgotten has no name here any more.
        """
        return [
            {
                "path": watch.path,
                "files": sum(file.state == "read" for file in files),
                "missing": [file.name for file in files if file.state == "missing"],
                "unreadable": [file.name for file in files if file.state == "unreadable"],
                "last": self._vault.watched.last_read(watch.id),
            }
            for watch in self.watches()
            for files in [self._vault.watched.files(watch.id)]
        ]

    # -- the watcher's steps ------------------------------------------------------------------

    def not_to_watch(self) -> set[Path]:
        """Where the vault's own files lie, and what was written out of it."""
        ours = (Path(output.path) for output in self._vault.outputs.every())
        return {self._vault.folder.resolve(), *ours}

    def watched_files(self, watch: Watch) -> dict[str, WatchedFile]:
        """The files known, by the hash of their names."""
        return {file.mac: file for file in self._vault.watched.files(watch.id)}

    def name_macs(self, watch: Watch, names: Iterable[str]) -> dict[str, str]:
        """Each name's hash to the name."""
        return {refreshing.name_mac(self._vault, watch, name): name for name in names}

    def digest(self, path: Path) -> str:
        """A hash of the file's bytes that says nothing without this vault. Raises OSError."""
        with path.open("rb") as stream:
            return self._vault.keyed(hashlib.file_digest(stream, "blake2b").digest())

    def refresh(self, watch: Watch, found: Iterable[Found]) -> Iterator[Refreshed]:
        """Read files that are new or changed. Raises `Busy` when another process writes."""
        for group in _groups(found):
            with self._vault.write() if len(group) > 1 else contextlib.nullcontext():
                done = [refreshing.refresh(self._vault, watch, f, at=self._now()) for f in group]
            yield from done

    def begin_looking(self) -> None:
        """Take back what a look that was stopped had read of a file."""
        if cut_short := self._vault.watched.cut_short():
            with self._vault.write():
                self._vault.watched.withdraw(cut_short)

    def note_files(
        self, watch: Watch, known: Sequence[WatchedFile], fresh: Sequence[WatchedFile] = ()
    ) -> None:
        """Note how files lie there that are not read now: known ones, and ones seen first."""
        if known or fresh:
            with self._vault.write():
                self._vault.watched.note(watch.id, known)
                named = [file._replace(name=importing.spelt(file.name)) for file in fresh]
                self._vault.watched.put(watch.id, named)

    def elsewhere(self, file: WatchedFile) -> list[tuple[int, WatchedFile]]:
        """Other files with the same bytes that were there when last looked at, with their watch."""
        like = self._vault.watched.like(file.digest, file.mac) if file.digest else []
        return [(watch, twin) for watch, twin in like if twin.state == "read"]

    def let_go(self, watch: Watch, files: Sequence[WatchedFile]) -> int:
        """Take back what these files said when they were last read: others say it now, or nobody
        knows them. Returns the records removed.
        """
        with self._vault.write():
            self._vault.watched.drop(watch.id, [file.mac for file in files])
            gone = [
                refreshing.Gone(file.batch, file.mac, now.mac if now else file.mac,
                                now.batch if now else None)
                for file in files if file.batch is not None
                for now in [next((twin for _, twin in self.elsewhere(file)), None)]
            ]  # fmt: skip
            return refreshing.withdraw(self._vault, gone, self._now())

    def answer(self, watch: Watch, files: Sequence[WatchedFile], choice: str) -> dict[str, int]:
        """The owner's word on files that are gone: `keep` what they said, `take-back`, `forget`."""
        batches = [batch for file in files for batch in self._vault.watched.batches(file.mac)]
        done = {"removed": 0, "forgotten": 0}
        if choice == "forget":
            rows = {row for batch in batches for row in self._vault.watched.rows(batch)}
            keys = [stored.key for stored in self._vault.records.get(sorted(rows)).values()]
            if keys:
                done["forgotten"] = self.forget(Request(ids=tuple(keys)))["plan"]["records"]
        with self._vault.write():
            self._vault.watched.drop(watch.id, [file.mac for file in files])
        if choice == "take-back":
            done["removed"] = sum(self._vault.undo(batch)[0] for batch in batches)
        return done


def _groups(found: Iterable[Found]) -> Iterator[list[Found]]:
    """Small files together, so that a thousand notes are not a thousand waits for the disk."""
    group: list[Found] = []
    size = 0
    for one in found:
        if group and (len(group) == _FEW or size + one.size > refreshing.SMALL):
            yield group
            group, size = [], 0
        group.append(one)
        size += one.size
    if group:
        yield group
