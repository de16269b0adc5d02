"""The key header on disk: what it holds, how it is read without trust, and written whole."""

from __future__ import annotations

import errno
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from secondme.durable import write_whole
from secondme.errors import DiskFull, NotFound, VaultError

Way = dict[str, Any]

HEADER = "vault.key"
VERSION = 1
_LONGEST = 65536


@dataclass(frozen=True, slots=True)
class Header:
    """The ways in to one database key."""

    vault: str
    check: str
    ways: dict[str, Way] = field(repr=False)
    next: Header | None = None
    """The same vault's next key, while it is being rotated: which of the two opens the file, the
    file alone knows."""

    def belongs(self, key: bytes) -> bool:
        return hmac.compare_digest(check(key, self.vault), self.check)


def check(key: bytes, vault: str) -> str:
    """Tells whether a key is this vault's. The key is random, so this gives nothing away."""
    return hmac.new(key, f"secondme vault {vault}".encode(), hashlib.sha256).hexdigest()


def read(folder: Path) -> Header:
    """Raises NotFound where none stands, VaultError where it is damaged or too new."""
    path = folder / HEADER
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"There is no vault in {folder}.", "`secondme init` makes one.") from error
    except OSError as error:
        raise VaultError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        tree: Any = json.loads(raw[: _LONGEST + 1])
        version, vault = tree["version"], tree["vault"]
        header = _half(vault, tree, _half(vault, tree["next"]) if "next" in tree else None)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(f"{path} is not what was written") from error
    if version != VERSION:
        raise VaultError(f"{path} was made by another version of secondme.", "Update secondme.")
    return header


def _half(vault: Any, tree: Any, other: Header | None = None) -> Header:
    told, ways = tree["check"], tree["ways"]
    texts = isinstance(vault, str) and isinstance(told, str) and told.isascii()
    if not (texts and isinstance(ways, dict) and all(isinstance(w, dict) for w in ways.values())):
        raise ValueError
    return Header(vault, told, ways, other)


def save(folder: Path, header: Header) -> None:
    tree = {"version": VERSION, "vault": header.vault, **_written(header)}
    if header.next is not None:
        tree["next"] = _written(header.next)
    path = folder / HEADER
    try:
        write_whole(path, json.dumps(tree, indent=1).encode() + b"\n")
    except OSError as error:
        raise unwritten(path, error) from error


def _written(header: Header) -> dict[str, Any]:
    return {"check": header.check, "ways": dict(sorted(header.ways.items()))}


def unwritten(path: Path, error: OSError) -> VaultError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"No room to write {path}.", "Free some space; nothing was changed.")
    return VaultError(f"{path} cannot be written: {error.strerror}.", "Nothing was changed.")


def damaged(how: str) -> VaultError:
    hint = "Put back a copy of vault.key from a backup. Nothing was changed."
    return VaultError(f"The key header is damaged: {how}.", hint)
