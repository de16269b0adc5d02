"""What lies in a watched folder: the files somebody may have written words into.

Not listed are links, hidden files, what editors and downloads leave while they work, media, and
everything of our own: the vault, backups, exports.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ingest.companions import MARK
from ingest.export import wanted

_UNFINISHED = (
    "~", ".swp", ".swo", ".swx", ".tmp", ".temp", ".part", ".partial", ".crdownload", ".download",
)  # fmt: skip
_VIM_TRIES = "4913"
"""Vim makes a file of this name to see whether it may write."""
_LATEST = 2**63 - 1


@dataclass(slots=True)
class Listing:
    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Size and time (ns) by the path below the root, with `/` between parts."""
    whole: bool = True
    """False when a folder could not be opened: what is not listed need not be gone."""


def listing(root: Path, ours: Collection[Path]) -> Listing:
    """Everything below `root`, or `root` itself when it is a file."""
    found = Listing()
    if _is_file(root):
        with suppress(FileNotFoundError):
            found.files[root.name] = _looks(root.stat())
    elif not _is_ours(root, ours):
        for entry, name in _walk(root, ours, found):
            try:
                found.files[name] = _looks(entry.stat(follow_symlinks=False))
            except FileNotFoundError:
                continue  # gone since
            except OSError:
                found.whole = False
    return found


def _looks(stat: os.stat_result) -> tuple[int, int]:
    """A time far in the future is one that the vault can hold."""
    return stat.st_size, min(stat.st_mtime_ns, _LATEST)


def passing(name: str) -> bool:
    """By its name, a file that is not to be read: hidden, or about to become another one."""
    return (
        name.startswith((".", "~$", "#"))
        or name.lower().endswith(_UNFINISHED)
        or name == _VIM_TRIES
    )


def _walk(
    root: Path, ours: Collection[Path], found: Listing
) -> Iterator[tuple[os.DirEntry[str], str]]:
    folders = [(root, "")]
    while folders:
        folder, above = folders.pop()
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError:
            found.whole = found.whole and not _exists(folder)
            continue
        for entry in entries:
            name = above + entry.name
            if passing(entry.name) or not wanted(name):
                continue
            if entry.is_dir(follow_symlinks=False):
                if not _is_ours(Path(entry.path), ours):
                    folders.append((Path(entry.path), f"{name}/"))
            elif entry.is_file(follow_symlinks=False) and Path(entry.path) not in ours:
                yield entry, name


def _is_ours(folder: Path, ours: Collection[Path]) -> bool:
    return folder in ours or folder.resolve() in ours or _exists(folder / MARK)


# Where a folder above is closed to us, pathlib raises.


def _exists(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113
