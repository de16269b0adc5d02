"""Tar archives, plain or compressed: what they list and streams of their files, in memory only.

A compressed tar cannot be read from the middle, so that it is unpacked into memory once; one too
large for that has to be unpacked by its owner.
"""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from secondme.errors import UnreadableExport

MAX_MEMBERS = 100_000
MAX_UNPACKED = 512 * 1024 * 1024
_PLAIN = (".tar", ".jex")
_SUFFIXES = (*_PLAIN, ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_DAMAGE = (tarfile.TarError, OSError, EOFError, ValueError, zlib.error)


class Entry(NamedTuple):
    name: str
    """Its path in the archive, without roots or `..`: shown, never opened."""
    size: int
    offset: int
    """Where its bytes begin in the unpacked archive."""


def is_tar(path: Path) -> bool:
    """By name and by content: a tar's own signature is weak, and gzip holds many other things."""
    if not path.name.lower().endswith(_SUFFIXES):
        return False
    try:
        return tarfile.is_tarfile(path)
    except _DAMAGE:
        return False


def entries(path: Path) -> Iterator[Entry]:
    """Every regular file in it. Raises `UnreadableExport` for damage, a bomb or one too large."""
    try:
        with _unpacked(path) as file, tarfile.open(fileobj=file, mode="r:") as archive:
            for number, entry in enumerate(archive):
                if number >= MAX_MEMBERS:
                    raise _too_large(path, "lists too many files")
                if entry.isreg() and not entry.issparse():
                    yield Entry(_safe_name(entry.name), entry.size, entry.offset_data)
    except _DAMAGE as error:
        raise UnreadableExport(
            f"{path.name} is not a readable tar.", "It may be incomplete: export it again."
        ) from error


def stream(path: Path, offset: int, size: int) -> BinaryIO:
    """A fresh stream over one file."""
    return io.BufferedReader(_Slice(_unpacked(path), offset, size))


class _Slice(io.RawIOBase):
    """The part of the unpacked archive that is one file."""

    def __init__(self, whole: BinaryIO, offset: int, size: int) -> None:
        self._whole = whole
        self._left = size
        whole.seek(offset)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        data = self._whole.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        self._whole.close()
        super().close()


def _unpacked(path: Path) -> BinaryIO:
    if path.suffix.lower() in _PLAIN:
        return path.open("rb")
    status = path.stat()
    return io.BytesIO(_in_memory(path, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=1)
def _in_memory(path: Path, changed: int, size: int) -> bytes:
    """The unpacked bytes of the compressed tar as it is now."""
    import bz2
    import gzip
    import lzma

    suffix = path.suffix.lower()
    files: dict[str, Any] = {".bz2": bz2.BZ2File, ".tbz2": bz2.BZ2File}
    files |= {".xz": lzma.LZMAFile, ".txz": lzma.LZMAFile}
    try:
        with files.get(suffix, gzip.GzipFile)(path) as packed:
            data = packed.read(MAX_UNPACKED + 1)
    except (*_DAMAGE, lzma.LZMAError) as error:
        raise UnreadableExport(
            f"{path.name} is damaged.", "Export or download it again."
        ) from error
    if len(data) > MAX_UNPACKED:
        raise _too_large(path, "is too large to be unpacked in memory")
    return bytes(data)


def _too_large(path: Path, why: str) -> UnreadableExport:
    return UnreadableExport(f"{path.name} {why}.", "Unpack it yourself and import the folder.")


def _safe_name(name: str) -> str:
    return "/".join(p for p in name.replace("\\", "/").split("/") if p not in ("", ".", ".."))


__all__ = ["Entry", "entries", "is_tar", "stream"]
