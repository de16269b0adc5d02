"""Sources: one module per kind of export, each a pure parser behind a small registry.

An importer is a generator over one member (file) of an export. It yields `Record` for what it
understood, `Unread` for what it did not, `Question` for what only the owner can answer, `Dialect`
for what it took the member for, and raises `UnreadableExport` only when the whole member is beyond
reading. A member that belongs to a source but holds nothing anybody said (a list of members, an
index) is recognised and yields nothing. It never sorts, never looks at the clock, never opens a
socket, and never writes.

Other packages add importers by the entry point group `secondme.importers`: docs/importers.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from ingest.export import Export, Member
from secondme.record import Corrected, Dialect, Kept, Question, Record, Unread

Item = Record | Kept | Corrected | Unread | Question | Dialect


@dataclass(frozen=True, slots=True)
class Options:
    """What the owner said about the export: the import decisions that are part of the build."""

    me: tuple[str, ...] = ()
    """Names, addresses or ids under which the owner appears."""
    zone: str | None = None
    """IANA zone for sources that write local times; None means `local_zone`, marked guessed."""
    date_order: str | None = None
    """dmy | mdy | ymd for sources that leave it open."""
    local_zone: str = "UTC"
    """This machine's zone, passed in so that parsing needs no clock and no environment."""


Reader = Callable[[Member, Options], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Importer:
    name: str
    recognises: Callable[[Member], bool]
    """True when `member.head` (the first 64 KB) and its siblings show this format."""
    read: Reader


_registry: dict[str, Importer] = {}

# Asked in this order; the first that recognises a member reads it. The narrow formats come
# first, and anything that is merely text comes last.
_MODULES = (
    "own",
    "pdf",
    "office",
    "epub",
    "rtf",
    "whatsapp",
    "telegram",
    "chatgpt",
    "claude",
    "jsonl",
    "mail",
    "markdown",
    "page",
    "text",
)


def importer(name: str, *, recognises: Callable[[Member], bool]) -> Callable[[Reader], Reader]:
    """Register the decorated generator as the importer called `name`."""

    def register(read: Reader) -> Reader:
        _registry[name] = Importer(name, recognises, read)
        return read

    return register


@cache
def importers() -> tuple[Importer, ...]:
    """Every importer, in the order in which they are asked."""
    for module in _MODULES:
        import_module(f"ingest.{module}")
    # By module and not by registration: a module that was imported early must not be asked first.
    asked = {f"ingest.{module}": rank for rank, module in enumerate(_MODULES)}
    return tuple(sorted(_registry.values(), key=lambda i: asked[i.read.__module__]))


def detect(member: Member) -> Importer | None:
    """The first importer that recognises the member by its content."""
    return next((i for i in importers() if i.recognises(member)), None)


__all__ = ["Export", "Importer", "Item", "Member", "Options", "detect", "importer", "importers"]
