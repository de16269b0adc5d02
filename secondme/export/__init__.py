"""Everything written out for its owner, unencrypted: Markdown to read, JSON lines to take along.

What is imported from it and distilled by the same models is the same memory again: records go with
their ids and positions, the owner's corrections with them. What was built is only in the pages.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

from ingest.own import EDITS, FORMAT, MARK, RECORDS
from secondme.backup import leaving, output, refuse_place, unwritten
from secondme.content_keys import first_key, nth_key
from secondme.distil.profile import profile
from secondme.distil.standing import known_facts
from secondme.errors import CannotCreate
from secondme.export import pages
from secondme.export.markup import file_name
from secondme.record import Record
from secondme.show import episodes
from secondme.vault import Vault
from secondme.vault.placed import Placed, placed
from secondme.vault.reading import Stored

_EMPTY = Record("", "", "")
"""Fields that are as in this one are not written."""


def write(vault: Vault, folder: Path, at: str, today: date) -> dict[str, int]:
    """Fill `folder`, which must be new or empty; returns how much of what there is.

    When it fails, nothing of it stays. Raises CannotCreate or DiskFull.
    """
    new = _prepared(folder, vault.folder)
    try:
        with leaving(vault, output(folder, "export", at)), vault.reading():
            return _Export(vault, folder).write(at, today)
    except BaseException as error:
        for left in folder.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        if new:
            folder.rmdir()
        if isinstance(error, OSError):
            raise unwritten(folder, error) from error
        raise


def _prepared(folder: Path, vault: Path) -> bool:
    """Whether the folder had to be made."""
    refuse_place(folder, vault)
    new = not os.path.lexists(folder)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise unwritten(folder, error) from error
    if any(folder.iterdir()):
        raise CannotCreate(f"{folder} is not empty.", "Give a new folder.")
    folder.chmod(0o700)
    return new


class _Export:
    """One export in the making."""

    def __init__(self, vault: Vault, folder: Path) -> None:
        self._vault = vault
        self._folder = folder
        self._pages: dict[str, str] = {}
        """Which page shows a record."""
        self._titles: list[tuple[str, str]] = []
        self._names: set[str] = set()

    def write(self, at: str, today: date) -> dict[str, int]:
        self._mark(at, complete=False)
        found = known_facts(self._vault)
        told = episodes(self._vault)
        edits = self._vault.edits()
        counts = {
            "records": self._records(),
            "edits": len(edits),
            "episodes": len(told),
            "facts": sum(fact.status != "rejected" for fact in found),
        }
        self._lines(EDITS, (edit._asdict() for edit in edits))
        self._page("episodes.md", pages.episodes(told, self._pages))
        self._page("facts.md", pages.facts(found, self._pages))
        until = known_facts(self._vault, until=today)
        self._page("profile.md", pages.profile(profile(until, today), self._pages))
        own = [(name, f"{name.lower()}.md") for name in ("Profile", "Facts", "Episodes")]
        self._page("index.md", pages.contents(counts, [*own, *self._titles]))
        self._mark(at, complete=True)
        return counts

    def _mark(self, at: str, *, complete: bool) -> None:
        """First and last: what lies here is known for ours, and for whole."""
        told = {"secondme-export": FORMAT, "made_at": at, "complete": complete}
        with self._file(MARK) as file:
            file.write(json.dumps(told) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _file(self, name: str) -> TextIO:
        """A file for its owner's eyes, to be written from its beginning."""
        for above in reversed(Path(name).parents):
            (self._folder / above).mkdir(mode=0o700, exist_ok=True)
        handle = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        return os.fdopen(handle, "w", encoding="utf-8", newline="\n")

    def _records(self) -> int:
        """Records as lines, and their conversations as pages."""
        ordinals = _Ordinals()
        written = 0
        with self._file(RECORDS) as file:
            for _, lines in groupby(placed(self._vault), key=_conversation):
                said = list(lines)
                for one in said:
                    file.write(_json(_line(one, ordinals.of(one.stored))) + "\n")
                self._conversation([one.stored for one in said])
                written += len(said)
        return written

    def _conversation(self, said: list[Stored]) -> None:
        record = said[0].record
        title = next((s.record.title for s in reversed(said) if s.record.title), "")
        title = title or record.conversation
        day = next((s.record.sent_at[:10] for s in said if s.record.sent_at), "")
        name = self._unused(f"conversations/{file_name(record.source)}/{day} {file_name(title)}")
        self._pages |= dict.fromkeys((s.key for s in said), name)
        self._titles.append((f"{record.source}: {title}", name))
        self._page(name, pages.conversation(title, said))

    def _unused(self, wanted: str) -> str:
        """Names are unlike each other also where systems do not tell capitals apart."""
        wanted = wanted.replace("/ ", "/")
        name, others = f"{wanted}.md", 1
        while name.casefold() in self._names:
            others += 1
            name = f"{wanted} ({others}).md"
        self._names.add(name.casefold())
        return name

    def _page(self, name: str, lines: Iterable[str]) -> None:
        with self._file(name) as file:
            file.writelines(f"{line}\n" for line in lines)

    def _lines(self, name: str, found: Iterable[dict[str, Any]]) -> None:
        with self._file(name) as file:
            file.writelines(_json(line) + "\n" for line in found)


def _conversation(placed: Placed) -> int:
    return placed.stored.conversation


def _line(placed: Placed, nth: int) -> dict[str, Any]:
    r = placed.stored.record
    told = {
        name: value
        for name, value, empty in zip(Record._fields, r, _EMPTY, strict=True)
        if value != empty or name in ("source", "conversation", "text")
    }
    where = {"order_at": placed.order_at, "place": placed.place}
    return {"id": placed.stored.key, **({"nth": nth} if nth else {}), **told, **where}


class _Ordinals:
    """Which of several equal records one is: its key tells, but only to who tries them all."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, int]] = {}

    def of(self, stored: Stored) -> int:
        first = first_key(stored.record)
        if stored.key == first or stored.record.native_id is not None:
            return 0
        known = self._known.setdefault(first, {})
        while stored.key not in known:
            nth = len(known) + 1
            known[nth_key(first, nth)] = nth
        return known[stored.key]


_json = json.JSONEncoder(ensure_ascii=False).encode
