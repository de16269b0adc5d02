"""An export as it lies on disk: a file, a folder or a zip, seen as a list of members.

Bytes of an export are hostile. Members of a zip are never written to disk, names that climb out of
the archive are only ever names, and sizes are checked before anything is unpacked.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from ingest.companions import without_companions
from secondme.errors import NotFound, UnreadableExport

HEAD = 64 * 1024
MAX_MEMBERS = 100_000
MAX_DEPTH = 2
MAX_RATIO = 200
"""A text member that unpacks to more than this many times its size is a bomb: DEFLATE reaches
1,032, real chats stay under 30."""
RATIO_FROM = 10 * 1024 * 1024
"""Small members may compress well; the ratio is judged only above this unpacked size."""
MAX_MEMBER = 64 * 1024**3
_MEDIA = frozenset(
    ".jpg .jpeg .png .gif .webp .heic .mp4 .mov .m4v .webm .opus .ogg .mp3 .m4a .aac .amr .caf .wav"
    " .pdf .vcf .thumb .tgs .avi .mkv .3gp".split()
)
_JUNK = frozenset({"__MACOSX", ".obsidian", ".trash", ".git", "node_modules"})


@dataclass(frozen=True, eq=False)
class Member:
    """One file of an export. `name` is its path inside the export, with `/` between parts."""

    name: str
    size: int
    export: Export = field(repr=False)
    _source: Path | tuple[Path, tuple[str, ...]] = field(repr=False)

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lower()

    @property
    def path(self) -> Path:
        """The file on disk that holds it: itself, or a zip."""
        return self._source if isinstance(self._source, Path) else self._source[0]

    @cached_property
    def head(self) -> bytes:
        """The first 64 KB, read once."""
        with self.open() as stream:
            return stream.read(HEAD)

    def open(self) -> BinaryIO:
        """A fresh binary stream over the member, read lazily. Raises `UnreadableExport`."""
        if isinstance(self._source, Path):
            try:
                return self._source.open("rb")
            except OSError as error:
                raise UnreadableExport(
                    f"{self.name} cannot be opened.", "Check that you may read it."
                ) from error
        outer, path = self._source
        return io.BufferedReader(_Guarded(_open_nested(outer, path), self.name), HEAD)

    def read(self) -> bytes:
        """The whole member. For formats that cannot be streamed."""
        with self.open() as stream:
            return stream.read()


class _Guarded(io.RawIOBase):
    """A zip member's stream that turns damage into `UnreadableExport` instead of zlib's words."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream = stream
        self._name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        try:
            data = self._stream.read(len(buffer))
        except Exception as error:  # zlib, lzma and zipfile errors have no common parent
            raise UnreadableExport(
                f"{self._name} is damaged inside its zip.", "Export or download it again."
            ) from error
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


class Export:
    """What the owner pointed at.

    Raises `NotFound` when it is not there, `UnreadableExport` for a broken or dangerous zip. Of a
    folder, `listed` are the names below it to be looked at, where somebody has walked it already.
    """

    def __init__(self, path: Path, *, listed: Iterable[str] | None = None) -> None:
        if not path.exists():
            raise NotFound(f"There is no {path}.", "Check the path.")
        self.path = path
        self.name = path.stem if path.is_file() else path.name
        self._listed = listed

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """Every member but media, junk and settings, in the order of their names."""
        return tuple(without_companions(self.everything))

    @cached_property
    def everything(self) -> tuple[Member, ...]:
        """The members and what only lies beside them."""
        return tuple(sorted(self._members(), key=lambda m: m.name))

    def member(self, name: str) -> Member | None:
        return next((m for m in self.members if m.name == name), None)

    def _members(self) -> Iterator[Member]:
        if self._listed is not None:
            for name in self._listed:
                # Between the walk and now a file may have gone again.
                with suppress(OSError):
                    yield from self._file_in_folder(self.path / name, name)
        elif self.path.is_dir():
            for path in self.path.rglob("*"):
                name = path.relative_to(self.path).as_posix()
                if wanted(name) and stat.S_ISREG(path.lstat().st_mode):
                    yield from self._file_in_folder(path, name)
        elif is_zip(self.path):
            yield from self._zip_members(self.path, (), 1)
        else:
            yield Member(self.path.name, self.path.stat().st_size, self, self.path)

    def _file_in_folder(self, path: Path, name: str) -> Iterator[Member]:
        if name.lower().endswith(".zip") and is_zip(path):
            yield from self._zip_in_folder(path, name)
        else:
            yield Member(name, path.stat().st_size, self, path)

    def _zip_in_folder(self, path: Path, name: str) -> Iterator[Member]:
        """The zip's members under its name; a broken one is a member that says so when read."""
        try:
            for member in self._zip_members(path, (), 1):
                yield Member(f"{name}/{member.name}", member.size, self, member._source)
        except UnreadableExport:
            yield Member(name, path.stat().st_size, self, path)

    def _zip_members(self, outer: Path, inside: tuple[str, ...], depth: int) -> Iterator[Member]:
        with _open_zip(outer, inside) as archive:
            entries = archive.infolist()
            _refuse_document(outer, entries)
            if len(entries) > MAX_MEMBERS:
                raise _bomb(outer, "it lists too many files")
            for entry in entries:
                if entry.is_dir() or not wanted(entry.filename):
                    continue
                _refuse_bomb(outer, entry)
                if entry.filename.lower().endswith(".zip"):
                    if depth < MAX_DEPTH:
                        yield from self._zip_members(outer, (*inside, entry.filename), depth + 1)
                    continue
                name = "/".join((*inside, _safe_name(entry.filename)))
                yield Member(name, entry.file_size, self, (outer, (*inside, entry.filename)))


def is_zip(path: Path) -> bool:
    """By signature, because exports are often renamed. A truncated zip still counts as one."""
    with path.open("rb") as stream:
        return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def wanted(name: str) -> bool:
    """Neither media nor a program's own files, by the name inside the export."""
    parts = PurePosixPath(name).parts
    if any(part in _JUNK for part in parts) or parts[-1] in (".DS_Store", "Thumbs.db"):
        return False
    return PurePosixPath(name).suffix.lower() not in _MEDIA


def _safe_name(name: str) -> str:
    """The entry's name without roots, drives or `..`: it is shown and matched, never opened."""
    parts = [p for p in name.replace("\\", "/").split("/") if p not in ("", ".", "..")]
    return "/".join(parts)


def _refuse_document(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """EPUB and OpenDocument begin with a `mimetype`; Word, Excel and their like list their types.

    Their parts are no notes, whatever they look like one by one.
    """
    first = entries[0].filename if entries else ""
    if first == "mimetype" or any(entry.filename == "[Content_Types].xml" for entry in entries):
        raise UnreadableExport(
            f"{path.name} is a book or an office document, not an export.",
            "Save its words as text, and import that.",
        )


def _refuse_bomb(path: Path, entry: zipfile.ZipInfo) -> None:
    if entry.file_size > MAX_MEMBER:
        raise _bomb(path, "one of its files is too large")
    if entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise _bomb(path, "one of its files unpacks to more than 200 times its size")


def _bomb(path: Path, why: str) -> UnreadableExport:
    return UnreadableExport(
        f"{path.name} looks like a zip bomb: {why}.",
        "If you trust it, unpack it yourself and import the folder.",
    )


def _open_zip(outer: Path, inside: tuple[str, ...]) -> zipfile.ZipFile:
    try:
        if not inside:
            return zipfile.ZipFile(outer)
        return zipfile.ZipFile(_open_nested(outer, inside))
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise UnreadableExport(
            f"{outer.name} is not a readable zip.", "It may be incomplete: export it again."
        ) from error


def _open_nested(outer: Path, path: tuple[str, ...]) -> IO[bytes]:
    archive = _open_zip(outer, path[:-1])
    try:
        return archive.open(path[-1])
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        encrypted = "encrypted" in str(error) or "password" in str(error)
        raise UnreadableExport(
            f"{outer.name} {'is protected by a password' if encrypted else 'is damaged inside'}.",
            "Unpack it first." if encrypted else "Export or download it again.",
        ) from error


__all__ = ["Export", "Member", "is_zip", "wanted"]
