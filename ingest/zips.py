"""Zips, and zips inside zips: what they list, guarded against bombs, and streams of their entries.

Nothing is ever written to disk, names that climb out of the archive are only ever names, and sizes
are checked before anything is unpacked.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple

from secondme.errors import UnreadableExport

MAX_MEMBERS = 100_000
MAX_DEPTH = 2
MAX_RATIO = 200
"""A text member that unpacks to more than this many times its size is a bomb: DEFLATE reaches
1,032, real chats stay under 30."""
RATIO_FROM = 10 * 1024 * 1024
"""Small members may compress well; the ratio is judged only above this unpacked size."""
MAX_MEMBER = 64 * 1024**3
MAX_DOCUMENT = 1024**3
_BUFFER = 64 * 1024
_DOCUMENTS = (".docx", ".xlsx", ".pptx", ".epub", ".odt", ".ods", ".odp", ".pages", ".numbers")


ARCHIVES = (".zip", ".textpack", ".bear2bk", ".bearbk")
"""What apps call their zips, where they lie among other files."""


class Entry(NamedTuple):
    name: str
    """Its path inside the outermost zip, without roots, drives or `..`: shown, never opened."""
    size: int
    path: tuple[str, ...]
    """How to get at it: the zips inside the outermost one, and its name in the last."""


def is_zip(path: Path) -> bool:
    """By signature, because exports are often renamed. A truncated zip still counts as one."""
    with path.open("rb") as stream:
        return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def is_document(path: Path) -> bool:
    """Whether a zip is one document: its parts are no notes, whatever they look like one by one.

    EPUB and OpenDocument begin with a `mimetype`; Word, Excel and their like list their types.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return path.suffix.lower() in _DOCUMENTS
    names = {entry.filename for entry in entries[:1000]}
    first = entries[0].filename if entries else ""
    return first == "mimetype" or bool(names & {"[Content_Types].xml", "META-INF/container.xml"})


def entries(outer: Path, inside: tuple[str, ...] = ()) -> Iterator[Entry]:
    """Every file of the zip and of the zips in it. Raises `UnreadableExport` for a bomb or damage.

    A zip that lies too deep is listed like any file, so that it is reported and not passed over.
    """
    with _open(outer, inside) as archive:
        listed = archive.infolist()
        if len(listed) > MAX_MEMBERS:
            raise _bomb(outer, "it lists too many files")
        for entry in listed:
            if not entry.filename or entry.is_dir():
                continue
            _refuse_bomb(outer, entry)
            within = (*inside, entry.filename)
            if entry.filename.lower().endswith(ARCHIVES) and len(within) < MAX_DEPTH:
                yield from entries(outer, within)
            else:
                name = "/".join((*inside, _safe_name(entry.filename)))
                yield Entry(name, entry.file_size, within)


def stream(outer: Path, path: tuple[str, ...], name: str) -> BinaryIO:
    """A fresh stream over one entry. Raises `UnreadableExport`, also while it is read."""
    return io.BufferedReader(_Guarded(_open_nested(outer, path), name), _BUFFER)


def opened(data: bytes, name: str) -> zipfile.ZipFile:
    """A document that is a zip, in memory. Raises `UnreadableExport` for damage or a bomb."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise UnreadableExport(f"{name} is damaged.", "Save or download it again.") from error
    for entry in archive.infolist():
        _refuse_bomb(Path(name), entry)
    if sum(entry.file_size for entry in archive.infolist()) > MAX_DOCUMENT:
        raise _bomb(Path(name), "it unpacks to more than a document has")
    return archive


def part(archive: zipfile.ZipFile, name: str) -> bytes:
    """One file of a document. Raises `ValueError` where it is missing or damaged."""
    try:
        return archive.read(name)
    except Exception as error:  # zlib, lzma and zipfile errors have no common parent
        raise ValueError(f"{name} is missing or damaged") from error


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


def _safe_name(name: str) -> str:
    parts = [p for p in name.replace("\\", "/").split("/") if p not in ("", ".", "..")]
    return "/".join(parts)


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


def _open(outer: Path, inside: tuple[str, ...]) -> zipfile.ZipFile:
    try:
        if not inside:
            return zipfile.ZipFile(outer)
        return zipfile.ZipFile(_open_nested(outer, inside))
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise UnreadableExport(
            f"{outer.name} is not a readable zip.", "It may be incomplete: export it again."
        ) from error


def _open_nested(outer: Path, path: tuple[str, ...]) -> IO[bytes]:
    archive = _open(outer, path[:-1])
    try:
        return archive.open(path[-1])
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        encrypted = "encrypted" in str(error) or "password" in str(error)
        raise UnreadableExport(
            f"{outer.name} {'is protected by a password' if encrypted else 'is damaged inside'}.",
            "Unpack it first." if encrypted else "Export or download it again.",
        ) from error


__all__ = ["ARCHIVES", "Entry", "entries", "is_document", "is_zip", "opened", "part", "stream"]
