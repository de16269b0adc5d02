"""A watched file into the vault: what it says now takes the place of what it said before.

The new words come in first and the old ones are taken back after, so that what both hold is never
touched. A note is what its file says; a chat or a mailbox only ever grows, because phones cut off
what is old.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ingest import Member, Options
from secondme.distil.corrected import located
from secondme.errors import UnreadableExport
from secondme.importing import OfNoKind, Reading, decisions, named, read_all, spelt
from secondme.record import Record
from secondme.remembered import with_redaction
from secondme.vault import Vault
from secondme.vault.edits import Edit, Place, correction, places, resolution
from secondme.vault.reading import Stored
from secondme.vault.records import Added, Sighted
from secondme.vault.watched import Watch, WatchedFile

DOCUMENTS = frozenset({"markdown", "text"})
"""Sources whose files are whole by themselves: what is gone from the file is gone."""
SMALL = 256 * 1024
"""Files up to this size come in within one transaction: others wait a fraction of a second."""

Said = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A file on disk as the watcher saw it, with what it holds."""

    name: str
    """Its path below the watched folder."""
    size: int
    mtime_ns: int
    digest: str
    members: Sequence[Member | UnreadableExport]


@dataclass(slots=True)
class Refreshed:
    """What became of a file."""

    state: str
    imported: int = 0
    removed: int = 0
    doubts: int = 0
    """Questions to the owner, and pieces that were not understood."""


class Gone(NamedTuple):
    """A batch that goes, because its file says something else now, or lies elsewhere."""

    batch: int
    before: str
    """What the file was known by."""
    now: str
    """What the one is known by that took its place."""
    into: int | None
    """The batch that holds what that says."""


def name_mac(vault: Vault, watch: Watch, name: str) -> str:
    """What a watched file is known by."""
    return vault.keyed(f"{watch.path}\0{name}".encode("utf-8", "surrogatepass"))


def refresh(vault: Vault, watch: Watch, found: Found, *, at: str) -> Refreshed:
    """Read one file. Killed half-way, it is read from the start when it is looked at again, and
    what had come in is taken back (`Watched.cut_short`).
    """
    arrival = _Arrival(vault, watch, found, at)
    with vault.write() if found.size <= SMALL else contextlib.nullcontext():
        members = [(found.name, member) for member in found.members]
        chosen = named(watch.options["source"])
        read = read_all(members, lambda source: arrival.options, arrival.store, chosen=chosen)
        with vault.write():
            return arrival.finish(read)


def withdraw(vault: Vault, gone: Sequence[Gone], at: str) -> int:
    """Take back what files said before; returns the records removed.

    What the owner put right goes over to the same words in what the file says now. Where they are
    not there any more it waits for them, and is forgotten with anything of the file.
    """
    said: dict[str, tuple[Stored, Gone]] = {}
    edits = [edit for edit in vault.corrections.every() if edit.act != "link"]
    for one in gone if edits else ():
        rows = vault.watched.rows(one.batch)
        said |= {stored.key: (stored, one) for stored in vault.records.get(rows).values()}
    removed = vault.watched.withdraw([one.batch for one in gone])
    for before, now in {(one.before, one.now) for one in gone if one.before != one.now}:
        vault.corrections.follow(before, now)
    edits = [edit for edit in edits if edit.targets & said.keys()]
    here = {edit.key for edit in vault.in_effect(edits)}
    for edit in edits:
        if edit.key not in here:
            _hand_on(vault, edit, said, at)
    return removed


def _hand_on(vault: Vault, edit: Edit, said: Mapping[str, tuple[Stored, Gone]], at: str) -> None:
    moved = [_moved(vault, place, said) for place in places(edit)]
    found = [place for place in moved if place is not None]
    if len(found) < len(moved):
        for file in {said[target][1].now for target in edit.targets & said.keys()}:
            vault.corrections.leave(edit, file)
        return
    told = edit.said
    if edit.act == "resolve":
        new = resolution(found[0], found[1], told["keep"])
    else:
        new = correction(found[0], edit.act, told["slot"], told.get("text", ""))
    known = any(other.key == new.key for other in vault.corrections.every())
    vault.corrections.say([] if known else [new], at, instead_of=[edit])


def _moved(vault: Vault, place: Place, said: Mapping[str, tuple[Stored, Gone]]) -> Place | None:
    """Where the words of a place are now: under the same heading rather, and near to where they
    were. None where they are nowhere in what the file says now.
    """
    if vault.records.by_key(place.record) is not None:
        return place
    if place.record not in said:
        return None
    stored, gone = said[place.record]
    span = located(place, {place.record: stored})
    if span is None or gone.into is None:
        return None
    words = stored.record.text[slice(*span)]
    found = [
        (new.record.subject != stored.record.subject, abs(start - span[0]), new.key, start)
        for new in vault.records.get(vault.watched.rows(gone.into)).values()
        for start in _starts(words, new.record.text)
    ]
    if not found:
        return None
    *_, record, start = min(found)
    return place._replace(record=record, start=start, end=start + len(words))


def _starts(words: str, text: str) -> Iterator[int]:
    start = text.find(words)
    while start >= 0:
        yield start
        start = text.find(words, start + 1)


def options_of(watch: Watch) -> Options:
    said = watch.options
    return Options(tuple(said["me"]), said["zone"], said["date_order"], said["local_zone"])


class _Arrival:
    """One reading of one file. Its batch begins with its first records."""

    def __init__(self, vault: Vault, watch: Watch, found: Found, at: str) -> None:
        self.options = with_redaction(vault, options_of(watch))
        self.batch: int | None = None
        self._vault = vault
        self._watch = watch
        self._found = found
        self._at = at
        self._mac = name_mac(vault, watch, found.name)
        self._spared = self._spared_elsewhere()

    def store(self, chunk: list[Sighted]) -> Added:
        if self.batch is None:
            self.batch = self._begin()
        with self._vault.write():
            gone = [s for s in chunk if not self._is_spared(s.record)]
            self._vault.kept_out.refuse(gone)
            dead = self._vault.kept_out.among(chunk)
            added = self._vault.records.add(self.batch, [s for s in chunk if s.key not in dead])
        added.tombstoned += sum(s.key in dead for s in chunk)
        return added

    def finish(self, read: Reading) -> Refreshed:
        """Put the new batch in the place of those it replaces, and note the file as read. A damaged
        file takes nothing away; one that is another kind of thing now does not say the old words.
        """
        watched, reports, errors = self._vault.watched, read.reports, read.errors
        before = watched.file(self._watch.id, self._mac)
        held = (before.source, before.batch) if before else ("", None)
        unreadable = bool(errors) and self.batch is None
        if unreadable and not all(isinstance(error, OfNoKind) for error in errors):
            self._note("unreadable", *held)
            return Refreshed("unreadable")
        source = next((r.source for r in reports if r.source), held[0])
        added = Counter(
            imported=sum(r.added.imported for r in reports),
            duplicate=sum(r.added.duplicate for r in reports),
            tombstoned=sum(r.added.tombstoned for r in reports),
        )
        if self.batch is not None:
            self._vault.end_batch(self.batch, added)
        whole = (held[0] or source) in DOCUMENTS
        batch = held[1] if self.batch is None and not whole else self.batch
        state = "unreadable" if unreadable else "read"
        unnamed = self.batch is not None and watched.unnamed(self.batch)
        self._note(state, source, batch, nameless=added["tombstoned"] > 0 or unnamed)
        gone = [Gone(older, self._mac, self._mac, self.batch) for older in self._replaced(whole)]
        removed = withdraw(self._vault, gone, self._at)
        doubts = sum(len(r.questions) + r.unread for r in reports) + read.unlisted
        return Refreshed(state, added["imported"], removed, 0 if unreadable else doubts)

    def _begin(self) -> int:
        """The number of a new batch."""
        path = Path(self._watch.path)
        path = path if self._watch.options["file"] else path / self._found.name
        decided = {**decisions(self._vault, self.options), "watched": True}
        return self._vault.new_batch(self._at, self._mac, decided, [spelt(str(path))])

    def _replaced(self, whole: bool) -> list[int]:
        """The file's older batches that are not needed any more."""
        watched = self._vault.watched
        older = [b for b in watched.batches(self._mac) if b != self.batch]
        if whole:
            return older
        return [b for b in older if self.batch is not None and watched.covers(self.batch, b)]

    def _note(self, state: str, source: str, batch: int | None, *, nameless: bool = False) -> None:
        found = self._found
        name = "" if nameless else spelt(found.name)
        file = WatchedFile(
            self._mac, name, found.size, found.mtime_ns, found.digest, source, batch, state
        )
        self._vault.watched.put(self._watch.id, [file])

    def _spared_elsewhere(self) -> Counter[Said] | None:
        """When the same bytes lie, or lay, under another name, and something of them was forgotten
        there: what is left of them. A file does not bring back the forgotten by being moved.
        """
        watched = self._vault.watched
        for _, twin in watched.like(self._found.digest, self._mac):
            if not twin.name and twin.batch in watched.batches(twin.mac):
                left = self._vault.records.get(watched.rows(twin.batch))
                return Counter(_said(stored.record) for stored in left.values())
        return None

    def _is_spared(self, record: Record) -> bool:
        if self._spared is None:
            return True
        said = _said(record)
        self._spared[said] -= 1
        return self._spared[said] >= 0


def _said(record: Record) -> Said:
    """What a record says, without what the name of its file has part in."""
    return record.author, record.author_id, record.subject, record.text
