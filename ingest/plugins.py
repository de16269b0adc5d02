"""Importers of other packages, by the entry point group `secondme.importers`.

An entry point names a module that registers its importers when it is imported. They are asked after
ours and before the notes and texts that nobody else recognises. A plug-in can be wrong in any way:
it is named once, what it yields is checked, and nothing that it raises ends an import.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from importlib.metadata import EntryPoint, entry_points

from ingest import Importer, Item, Member, Options, registered
from ingest.contract import fault
from secondme.errors import UnreadableExport
from secondme.record import Unread

GROUP = "secondme.importers"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
_WRONG = 20
"""Items against the contract that are named one by one; then the rest of the file is left."""

_faults: dict[str, str] = {}


def faults() -> list[dict[str, str]]:
    """The first thing that went wrong with each plug-in since the program began."""
    return [{"plugin": name, "fault": what} for name, what in sorted(_faults.items())]


def load(taken: Collection[str]) -> tuple[Importer, ...]:
    """The importers of every plug-in, guarded; `taken` are the names that are ours."""
    _faults.clear()
    names, found = set(taken), list[Importer]()
    for point in _entry_points():
        plugin = _called(point)
        for importer in _importers(point, plugin):
            if not _NAME.fullmatch(importer.name):
                _blame(plugin, f"“{importer.name}” is no name for an importer")
            elif importer.name in names:
                _blame(plugin, f"there is an importer {importer.name} already")
            else:
                names.add(importer.name)
                found.append(_guarded(importer, plugin))
    return tuple(found)


def _entry_points() -> list[EntryPoint]:
    try:
        points = list(entry_points(group=GROUP))
    except Exception as error:  # metadata is whatever somebody put there
        _blame("plug-ins", f"what is installed cannot be read: {_named(error)}")
        return []
    return sorted(points, key=lambda point: (_called(point), point.name, point.value))


def _called(point: EntryPoint) -> str:
    """The package and its version, as it is installed by them."""
    dist = point.dist
    try:
        return f"{dist.name} {dist.version}" if dist else point.name
    except Exception:
        return point.name


def _importers(point: EntryPoint, plugin: str) -> list[Importer]:
    try:
        point.load()
    except (Exception, SystemExit) as error:
        _blame(plugin, f"it cannot be loaded: {_named(error)}")
        return []
    package = point.module.partition(".")[0]
    found = [i for i in registered() if i.read.__module__.partition(".")[0] == package]
    if not found:
        _blame(plugin, "it registers no importer")
    return found


def _guarded(importer: Importer, plugin: str) -> Importer:
    def recognises(member: Member) -> bool:
        try:
            return bool(importer.recognises(member))
        except Exception as error:
            _blame(
                plugin, f"its {importer.name} cannot tell what {member.name} is: {_named(error)}"
            )
            return False

    def read(member: Member, options: Options) -> Iterator[Item]:
        try:
            yield from _checked(importer, member, options, plugin)
        except UnreadableExport:
            raise
        except Exception as error:
            _blame(plugin, f"its {importer.name} broke at {member.name}: {_named(error)}")
            raise UnreadableExport(
                f"The plug-in {plugin} broke at {member.name}: {_named(error)}.",
                "What it had read is kept; whoever made it will want to know.",
            ) from error

    return Importer(importer.name, recognises, read)


def _checked(importer: Importer, member: Member, options: Options, plugin: str) -> Iterator[Item]:
    wrong = 0
    for number, item in enumerate(importer.read(member, options), 1):
        reason = fault(item, importer.name)
        if not reason:
            yield item
            continue
        _blame(plugin, f"its {importer.name} gives what is no record: {reason}")
        yield Unread(f"item {number}", f"is not as the plug-in must give it: {reason}")
        wrong += 1
        if wrong == _WRONG:
            yield Unread(f"item {number}", "and so on: the rest of the file is left")
            return


def _blame(plugin: str, what: str) -> None:
    _faults.setdefault(plugin, what)


def _named(error: BaseException) -> str:
    """Never its words: they may hold what somebody wrote."""
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return f"{type(error).__name__} ({missing})" if missing else type(error).__name__


__all__ = ["GROUP", "faults", "load"]
