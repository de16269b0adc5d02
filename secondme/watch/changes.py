"""What has changed below one watched path since its files were last read, and what follows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ingest import Export, Member, detect
from ingest.text import chat_folders
from secondme.errors import UnreadableExport
from secondme.memory import Memory
from secondme.refreshing import Found
from secondme.vault.watched import Watch, WatchedFile
from secondme.watch.listing import Listing
from secondme.watch.outcome import Outcome
from secondme.watch.settling import Settling

LARGE = 16 * 1024 * 1024
"""Files beyond this that are of no kind we read are not even hashed: databases, disk images."""
_UNHASHED = "-"

Members = Mapping[Path, list[Member | UnreadableExport]]


class Changes:
    """One watched path as it lies there (`here`, each file's `names` by its hash) beside what is
    known of it. Made anew for every look.
    """

    def __init__(
        self,
        memory: Memory,
        settling: Settling,
        watch: Watch,
        here: Listing,
        names: Mapping[str, str],
        known: Mapping[str, WatchedFile],
    ) -> None:
        self._memory = memory
        self._settling = settling
        self._watch = watch
        self._here = here
        self._names = names
        self._known = known
        self._noted: list[WatchedFile] = []
        self._fresh: list[WatchedFile] = []

    def take_in(self, now: float, chats: frozenset[str] | None, outcome: Outcome) -> frozenset[str]:
        """Read what is new or changed. `chats` are the folders in which a chat lay at the last
        look, None at the first one; returns those of this look.
        """
        changed = {mac for mac in self._names if self._changed(mac)}
        ready = [mac for mac in self._names if mac in changed and self._at_rest(mac, now)]
        outcome.waiting += len(changed) - len(ready)
        if not self._names:
            return frozenset()
        if chats is not None and not ready and self._known.keys() <= self._names.keys():
            return chats
        export = self._export(ready)
        found = _chats(export)
        again = [
            mac
            for mac, file in self._known.items()
            if mac in self._names and mac not in changed and self._judged_anew(file, chats, found)
        ]
        self._read(self._found(ready, again, _by_path(export)), outcome)
        for mac in ready:
            self._settling.done(mac)
        return found

    def miss(self, now: float, outcome: Outcome) -> None:
        """Note what is gone. Moved files are known by their bytes; others are asked about."""
        moved: list[WatchedFile] = []
        missing: list[WatchedFile] = []
        for mac, file in self._known.items():
            if mac in self._names or not self._here.whole:
                continue
            if file.batch is None or self._moved(file):
                moved.append(file)
            elif file.state != "missing" and self._settling.settled(mac, "gone", now):
                missing.append(file._replace(state="missing"))
                self._settling.done(mac)
            elif file.state != "missing":
                outcome.waiting += 1
        if moved:
            outcome.removed += self._memory.let_go(self._watch, moved)
        self._memory.note_files(self._watch, missing)
        outcome.missing += len(missing)

    def _changed(self, mac: str) -> bool:
        """Its size or time are not what they were; or it came back, or could not be opened."""
        file = self._known.get(mac)
        if file is None or (file.size, file.mtime_ns) != self._stat(mac):
            return True
        locked = file.state == "unreadable" and not file.digest
        return file.state == "missing" or (locked and os.access(self._path(mac), os.R_OK))

    def _at_rest(self, mac: str, now: float) -> bool:
        stat = self._stat(mac)
        return self._settling.old(stat[1], now) or self._settling.settled(mac, stat, now)

    def _judged_anew(
        self, file: WatchedFile, before: frozenset[str] | None, now: frozenset[str]
    ) -> bool:
        """A text beside a chat was sent in it, and is no note: chats that come or go decide."""
        folder = self._names[file.mac].rpartition("/")[0]
        if file.state == "unreadable":
            return before is None or folder in before ^ now
        decided = self._watch.options["source"] is not None
        return file.source == "text" and folder in now and not decided

    def _moved(self, file: WatchedFile) -> bool:
        """The same bytes lie somewhere else."""
        return any(
            watch != self._watch.id or twin.mac in self._names
            for watch, twin in self._memory.elsewhere(file)
        )

    # -- reading ------------------------------------------------------------------------------

    def _read(self, found: Iterable[Found], outcome: Outcome) -> None:
        for done in self._memory.refresh(self._watch, found):
            outcome.read += done.state == "read"
            outcome.imported += done.imported
            outcome.removed += done.removed
            outcome.doubtful += done.doubts > 0
            outcome.unreadable += done.state == "unreadable"
        outcome.unreadable += sum(f.state == "unreadable" for f in [*self._noted, *self._fresh])
        self._memory.note_files(self._watch, self._noted, self._fresh)

    def _found(
        self, ready: Iterable[str], again: Iterable[str], members: Members
    ) -> Iterator[Found]:
        """The files to be read: `ready` ones whose bytes are new, and those to be judged `again`.
        Of the others, it is noted how they lie there now.
        """
        for mac in [*ready, *again]:
            path, file = self._path(mac), self._known.get(mac)
            try:
                digest = self._digest(mac, members.get(path, ()))
            except FileNotFoundError:
                continue
            except OSError:
                digest = ""
            size, mtime_ns = self._stat(mac)
            if digest in ("", _UNHASHED):
                self._note(mac, digest, "unreadable")
            elif file is not None and file.digest == digest and mac not in again:
                self._note(mac, digest, "read" if file.state == "missing" else file.state)
            elif path in members:
                yield Found(self._names[mac], size, mtime_ns, digest, members[path])

    def _digest(self, mac: str, members: Iterable[Member | UnreadableExport]) -> str:
        """Raises OSError when the file cannot be opened."""
        chosen = self._watch.options["source"] is not None
        if self._stat(mac)[0] > LARGE and not chosen and not any(map(_known_kind, members)):
            return _UNHASHED
        return self._memory.digest(self._path(mac))

    def _note(self, mac: str, digest: str, state: str) -> None:
        before = self._known.get(mac)
        size, mtime_ns = self._stat(mac)
        if before is None:
            name = self._names[mac]
            self._fresh.append(WatchedFile(mac, name, size, mtime_ns, digest, "", None, state))
        else:
            now = before._replace(size=size, mtime_ns=mtime_ns, digest=digest, state=state)
            self._noted += [now] if now != before else []

    def _export(self, ready: Iterable[str]) -> Export:
        """The folder as an import would see it, but for zips that need not be opened."""
        if self._watch.options["file"]:
            return Export(Path(self._watch.path))
        opened = {self._names[mac] for mac in ready}
        opened |= {
            self._names[mac]
            for mac, file in self._known.items()
            if mac in self._names and file.state == "unreadable"
        }
        listed = (n for n in self._here.files if n in opened or not n.lower().endswith(".zip"))
        return Export(Path(self._watch.path), listed=tuple(listed))

    def _path(self, mac: str) -> Path:
        root = Path(self._watch.path)
        return root if self._watch.options["file"] else root / self._names[mac]

    def _stat(self, mac: str) -> tuple[int, int]:
        return self._here.files[self._names[mac]]


def _known_kind(member: Member | UnreadableExport) -> bool:
    try:
        return isinstance(member, Member) and detect(member) is not None
    except UnreadableExport:
        return False


def _by_path(export: Export) -> Members:
    """What the export holds, by the file on disk that holds it. Files that went away meanwhile are
    not in it; those that hold nothing to read are.
    """
    try:
        found: dict[Path, list[Member | UnreadableExport]]
        found = {member.path: [] for member in export.everything}
        for member in export.members:
            found[member.path].append(member)
    except UnreadableExport as error:
        return {export.path: [error]}
    return found


def _chats(export: Export) -> frozenset[str]:
    try:
        return chat_folders(export)
    except UnreadableExport:
        return frozenset()
