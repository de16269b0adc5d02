"""An export as it lies on disk: a file, a folder, a zip or a tar, seen as a list of members.

Bytes of an export are hostile. Members of an archive are never written to disk, and names that
climb out of it are only ever names.
"""

from __future__ import annotations

import posixpath
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ingest import tars, zips
from ingest.companions import attached, without_companions
from ingest.decode import decode, fold_newlines, looks_binary
from ingest.shape import Shape, shape
from ingest.zips import is_zip
from secondme.errors import NotFound, UnreadableExport

HEAD = 64 * 1024
_MEDIA = frozenset(
    ".jpg .jpeg .png .gif .webp .heic .heif .tif .tiff .mp4 .mov .m4v .webm .opus .ogg .oga .mp3"
    " .m4a .aac .amr .caf .wav .thumb .tgs .avi .mkv .3gp".split()
)
_DIGITS = re.compile(r"\d+")
_ARCHIVES = (*zips.ARCHIVES, ".tgz", ".tar.gz", ".tar")
_JUNK = frozenset({"__MACOSX", ".obsidian", ".trash", ".git", "node_modules"})
_JUNK_FILES = frozenset({".DS_Store", "Thumbs.db"})


@dataclass(frozen=True, eq=False)
class Member:
    """One file of an export. `name` is its path inside the export, with `/` between parts."""

    name: str
    size: int
    export: Export = field(repr=False)
    _source: Path = field(repr=False)
    """The file on disk that holds it: itself, or an archive."""
    _opener: Callable[[], BinaryIO] | None = field(default=None, repr=False)
    """How to open it inside an archive."""

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lower()

    @property
    def path(self) -> Path:
        """The file on disk that holds it: itself, or an archive."""
        return self._source

    @property
    def folder(self) -> str:
        """The part of its name before the last `/`; empty at the top."""
        return self.name.rpartition("/")[0]

    @property
    def archived(self) -> bool:
        return self._opener is not None

    @cached_property
    def head(self) -> bytes:
        """The first 64 KB, read once."""
        with self.open() as stream:
            return stream.read(HEAD)

    @cached_property
    def start(self) -> str:
        """The head as text with `\\n` line ends; empty for what is no text."""
        return "" if looks_binary(self.head) else fold_newlines(decode(self.head).text)

    @cached_property
    def shape(self) -> Shape:
        """Which keys stand where, if it is JSON."""
        return shape(self.start)

    @cached_property
    def tables(self) -> frozenset[str]:
        """Which tables it has, if it is a SQLite database."""
        if not self.head.startswith(b"SQLite format 3\0"):
            return frozenset()
        from ingest.sqlite_schema import tables_of

        return tables_of(self)

    def open(self) -> BinaryIO:
        """A fresh binary stream over the member, read lazily. Raises `UnreadableExport`."""
        if self._opener is not None:
            return self._opener()
        try:
            return self._source.open("rb")
        except OSError as error:
            raise UnreadableExport(
                f"{self.name} cannot be opened.", "Check that you may read it."
            ) from error

    def read(self) -> bytes:
        """The whole member. For formats that cannot be streamed."""
        with self.open() as stream:
            return stream.read()

    def beside(self, name: str) -> Member | None:
        """The member at `name` as seen from this one's folder: `users.json`, `../index.json`."""
        return self.export.member(posixpath.normpath(posixpath.join(self.folder, name)))


class Export:
    """What the owner pointed at.

    Raises `NotFound` when it is not there, `UnreadableExport` for a broken or dangerous zip. Of a
    folder, `listed` are the names below it to be looked at, where somebody has walked it already.
    """

    def __init__(self, path: Path, *, listed: Iterable[str] | None = None) -> None:
        if not path.exists():
            raise NotFound(f"There is no {path}.", "Check the path.")
        self.path = path
        self.others: Sequence[Export] = ()
        """What is imported together with it: big downloads come as several archives."""
        self.name = path.stem if path.is_file() else path.name
        self._listed = listed

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """Everything to be read, in the order of names.

        Pictures, sound and other attachments of a chat are not; where there is nothing else, they
        are what the owner meant.
        """
        said = [m for m in self.everything if not is_media(m.name)]
        return tuple(without_companions(attached(said))) if said else self.everything

    @cached_property
    def everything(self) -> tuple[Member, ...]:
        """The members and what only lies beside them, but no junk and no settings."""
        return tuple(sorted(self._members(), key=lambda m: m.name))

    @cached_property
    def _by_name(self) -> dict[str, Member]:
        return {member.name: member for member in self.everything}

    @cached_property
    def _by_part(self) -> dict[str, Member]:
        named = ((as_one(member.name), member) for member in self.everything)
        return {one: member for one, member in named if one != member.name}

    def member(self, name: str) -> Member | None:
        """By its exact name, here, in another export of the same import, or in another part of an
        archive that came in parts."""
        exports = (self, *self.others)
        found = next((e._by_name[name] for e in exports if name in e._by_name), None)
        if found is not None or (one := as_one(name)) == name:
            return found
        return next((e._by_part[one] for e in exports if one in e._by_part), None)

    def _members(self) -> Iterator[Member]:
        if self._listed is not None:
            for name in self._listed:
                # Between the walk and now a file may have gone again.
                with suppress(OSError):
                    yield from self._file_in_folder(self.path / name, name)
        elif self.path.is_dir():
            for path in self.path.rglob("*"):
                name = path.relative_to(self.path).as_posix()
                if kept(name) and stat.S_ISREG(path.lstat().st_mode):
                    yield from self._file_in_folder(path, name)
        elif is_zip(self.path) and not zips.is_document(self.path):
            yield from self._in_zip(self.path, "")
        elif tars.is_tar(self.path):
            yield from self._in_tar(self.path, "")
        else:
            yield Member(self.path.name, self.path.stat().st_size, self, self.path)

    def _file_in_folder(self, path: Path, name: str) -> Iterator[Member]:
        """A file, or what an archive holds under its name; a broken one is a member that says so
        when it is read."""
        try:
            if name.lower().endswith(zips.ARCHIVES) and is_zip(path) and not zips.is_document(path):
                yield from self._in_zip(path, f"{name}/")
                return
            if tars.is_tar(path):
                yield from self._in_tar(path, f"{name}/")
                return
        except UnreadableExport:
            pass
        yield Member(name, path.stat().st_size, self, path)

    def _in_zip(self, path: Path, prefix: str) -> Iterator[Member]:
        for name, size, inside in zips.entries(path):
            if kept(name):
                opener = partial(zips.stream, path, inside, name)
                yield Member(prefix + name, size, self, path, opener)

    def _in_tar(self, path: Path, prefix: str) -> Iterator[Member]:
        for name, size, offset in tars.entries(path):
            if kept(name):
                opener = partial(tars.stream, path, offset, size)
                yield Member(prefix + name, size, self, path, opener)


def as_one(name: str) -> str:
    """The name, the same in every part of a download that came in numbered archives."""
    low = name.lower()
    if not any(f"{ending}/" in low for ending in _ARCHIVES):
        return name
    *folders, last = name.split("/")
    named = (_DIGITS.sub("#", f) if f.lower().endswith(_ARCHIVES) else f for f in folders)
    return "/".join((*named, last))


def kept(name: str) -> bool:
    """Not a program's own file, by the name inside the export."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not _JUNK.intersection(parts) and parts[-1] not in _JUNK_FILES


def is_media(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _MEDIA


def wanted(name: str) -> bool:
    """Neither media nor a program's own files."""
    return kept(name) and not is_media(name)


__all__ = ["Export", "Member", "as_one", "is_media", "is_zip", "wanted"]
