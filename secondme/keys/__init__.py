"""The keys: a small header that holds the random database key, wrapped once by each way in.

    {"version": 1, "vault": "<random id>", "check": "…",
     "ways": {"keychain": {…}, "passphrase": {…}, "file": {…}, "recovery": {…}}}

The database is encrypted with 32 random bytes that nobody types. Each way in wraps those bytes
with AES-256-GCM under a key of its own, so ways come and go without re-encrypting the vault. A
way that was removed still opens older copies of the header; only another database key ends that.
While that is being made, `next` holds its `check` and `ways`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Literal

from secondme import keychain, recovery_code
from secondme.errors import CannotCreate, Missing, NotFound, Refused, UsageError, WrongKey
from secondme.keys import key_file as _key_file
from secondme.keys.header import HEADER, Header, Way, check, read, save
from secondme.keys.key_file import KEY_FILE
from secondme.keys.wrapping import name as _name
from secondme.keys.wrapping import passphrase_secret, unwrap, wrap

Kind = Literal["keychain", "passphrase", "file"]
Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Created:
    """A new vault's key. `recovery_code` exists only here: show it once and let it go."""

    key: bytes = field(repr=False)
    recovery_code: str = field(repr=False)
    kind: Kind


@dataclass(frozen=True, slots=True)
class Renewed:
    """The next key of a vault; None for a vault that has no recovery code."""

    key: bytes = field(repr=False)
    recovery_code: str | None = field(repr=False)


def default_kind() -> Literal["keychain", "passphrase"]:
    """`keychain` where this machine has one that deserves the name, else `passphrase`."""
    return "keychain" if keychain.usable() else "passphrase"


def create(
    folder: Path,
    kind: Kind,
    *,
    passphrase: str | None = None,
    key_file: Path | None = None,
    random: Random = os.urandom,
) -> Created:
    """Make a key and its header in `folder`. Raises CannotCreate where a header stands already."""
    if os.path.lexists(folder / HEADER):
        raise CannotCreate(f"There is a vault in {folder} already.", "Choose another folder.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotCreate(f"Cannot make {folder}: {error.strerror}.", "Choose another.") from error
    if not os.access(folder, os.W_OK):
        raise CannotCreate(f"Nothing may be written in {folder}.", "Choose another folder.")
    key, vault = random(32), random(16).hex()
    code = recovery_code.new(random)
    header = Header(vault, check(key, vault), {})
    try:
        secret, hints = _secret_for(header, folder, kind, passphrase, key_file, random)
        header.ways[kind] = wrap(header, kind, secret, key, random) | hints
        header.ways["recovery"] = wrap(header, "recovery", recovery_code.secret(code), key, random)
        save(folder, header)
    except BaseException:
        if kind == "keychain":
            keychain.forget(vault)
        raise
    return Created(key, code, kind)


def unlock(
    folder: Path,
    *,
    passphrase: str | None = None,
    key_file: Path | None = None,
    recovery: str | None = None,
    ask: Callable[[], str] | None = None,
    home: Path | None = None,
    opens: Callable[[bytes], bool] = lambda key: True,
) -> bytes:
    """The database key.

    What is given must fit: a wrong passphrase is never quietly covered by the keychain. What is
    given for a way that this vault lacks is ignored. With nothing given, the key file that the
    header remembers, the keychain and `ask` are tried in that order. The recovery code is taken
    wherever a passphrase is. `home` is the vault's folder where the header lies elsewhere; `opens`
    tells the two keys of a broken-off rotation apart. Raises WrongKey, NotFound (no header) or
    VaultError (damaged).
    """
    header = read(folder)
    notes: list[str] = []
    given = _given(header, passphrase, key_file, recovery)
    first = next(given, None)
    kept = _kept(header, home or folder, ask, notes)
    for kind, secret in kept if first is None else chain([first], given):
        for half in (header, header.next):
            key = unwrap(half, kind, secret) if half and kind in half.ways else None
            if key is not None and (header.next is None or opens(key)):
                return key
        notes.append(f"this {_name(kind)} does not fit")
    what = "; ".join(notes) or "nothing was given to open it with"
    raise WrongKey(f"The vault stays locked: {what}.", _ways_hint(header))


def ways(folder: Path) -> tuple[str, ...]:
    """The ways in that the header offers, sorted: file, keychain, passphrase, recovery."""
    return tuple(sorted(read(folder).ways))


def add_way(
    folder: Path,
    key: bytes,
    kind: Kind,
    *,
    passphrase: str | None = None,
    key_file: Path | None = None,
    random: Random = os.urandom,
) -> None:
    """Let `kind` open the vault too; a way of the same kind is replaced (a new passphrase)."""
    header = _read_with(folder, key)
    secret, hints = _secret_for(header, folder, kind, passphrase, key_file, random)
    header.ways[kind] = wrap(header, kind, secret, key, random) | hints
    save(folder, header)


def remove_way(folder: Path, key: bytes, kind: str) -> None:
    """Close one way in; the last one is refused. A key file stays where it lies, opening nothing.

    NotFound when the header has no such way.
    """
    header = _read_with(folder, key)
    if kind not in header.ways:
        raise NotFound(f"This vault has no {_name(kind)}.", _ways_hint(header))
    if len(header.ways) == 1:
        raise Refused(f"The {_name(kind)} is the only way in.", "Add another way first.")
    del header.ways[kind]
    save(folder, header)
    if kind == "keychain":
        keychain.forget(header.vault)


def new_recovery(folder: Path, key: bytes, *, random: Random = os.urandom) -> str:
    """A new recovery code, shown once; the one before it opens this header no more."""
    header = _read_with(folder, key)
    code = recovery_code.new(random)
    header.ways["recovery"] = wrap(header, "recovery", recovery_code.secret(code), key, random)
    save(folder, header)
    return code


def renew(
    folder: Path,
    key: bytes,
    *,
    passphrase: str | None = None,
    key_file: Path | None = None,
    random: Random = os.urandom,
) -> Renewed:
    """Another database key, wrapped by every way in, beside the present one in the header.

    Both open the header until `settle` says which one the file was written with. The recovery code
    is another one, for the old one's secret is not known here. Raises UsageError without a
    passphrase that is needed, and WrongKey, NotFound or Missing for a way that cannot be had.
    """
    header = replace(_read_with(folder, key), next=None)
    new = random(32)
    coming = Header(header.vault, check(new, header.vault), {})
    code = recovery_code.new(random) if "recovery" in header.ways else None
    for kind, way in header.ways.items():
        if kind == "recovery":
            secret = recovery_code.secret(code or "")
        else:
            secret = _present_secret(header, folder, kind, passphrase, key_file)
            if unwrap(header, kind, secret) != key:
                raise WrongKey(f"This {_name(kind)} does not fit.", "Nothing was changed.")
        hints = {"path": way["path"]} if "path" in way else {}
        coming.ways[kind] = wrap(coming, kind, secret, new, random) | hints
    save(folder, replace(header, next=coming))
    return Renewed(new, code)


def settle(folder: Path, key: bytes) -> None:
    """Keep of a header with two keys the one that opens the file: the rotation is done, or undone.

    To be called only while the file is held open with `key`.
    """
    header = read(folder)
    if header.next is not None:
        kept = header.next if header.next.belongs(key) else replace(header, next=None)
        save(folder, kept)


def belongs(folder: Path, key: bytes) -> bool:
    """Whether the header, as it now stands, is about this key."""
    header = read(folder)
    return any(half.belongs(key) for half in (header, header.next) if half)


# --- offers: what might open the header ----------------------------------------------------------


def _given(
    header: Header, passphrase: str | None, key_file: Path | None, recovery: str | None
) -> Iterator[tuple[str, bytes]]:
    if recovery is not None and "recovery" in header.ways:
        yield "recovery", recovery_code.secret(recovery)
    if passphrase is not None:
        yield from _from_words(header, passphrase)
    if key_file is not None and "file" in header.ways:
        yield "file", _key_file.secret(key_file)


def _kept(
    header: Header, folder: Path, ask: Callable[[], str] | None, notes: list[str]
) -> Iterator[tuple[str, bytes]]:
    if "file" in header.ways:
        path = _remembered(header, folder)
        if path.exists():
            yield "file", _key_file.secret(path)
        else:
            notes.append(f"the key file {path} is not there")
    if "keychain" in header.ways:
        secret = keychain.secret(header.vault)
        if secret is not None:
            yield "keychain", secret
        else:
            notes.append("the keychain holds no key for it")
    if ask is not None and {"passphrase", "recovery"} & set(header.ways):
        words = ask()
        found = list(_from_words(header, words))
        # Without a passphrase only a code can be meant, so say what is wrong with it.
        yield from found or [("recovery", recovery_code.secret(words))]


def _from_words(header: Header, words: str) -> Iterator[tuple[str, bytes]]:
    if "recovery" in header.ways:
        with suppress(WrongKey):  # not a code at all: a passphrase
            yield "recovery", recovery_code.secret(words)
    if "passphrase" in header.ways:
        yield "passphrase", passphrase_secret(words)


def _remembered(header: Header, folder: Path) -> Path:
    return folder / str(header.ways["file"].get("path", KEY_FILE))


def _present_secret(
    header: Header, folder: Path, kind: str, passphrase: str | None, key_file: Path | None
) -> bytes:
    """The secret of a way in that the header has, as its owner gives or keeps it."""
    if kind == "passphrase":
        if passphrase is None:
            raise UsageError("The passphrase is needed once more.", "Set SECONDME_PASSPHRASE.")
        return passphrase_secret(passphrase)
    if kind == "file":
        return _key_file.secret(key_file or _remembered(header, folder))
    secret = keychain.secret(header.vault)
    if secret is None:
        raise Missing(
            "The keychain holds no key for this vault.", "`secondme key remove keychain` first."
        )
    return secret


def _secret_for(
    header: Header,
    folder: Path,
    kind: str,
    passphrase: str | None,
    key_file: Path | None,
    random: Random,
) -> tuple[bytes, Way]:
    """The secret behind a way in, made where needed, and what the header remembers of it."""
    if kind == "passphrase":
        if not passphrase:
            raise UsageError("An empty passphrase protects nothing.", "Give a passphrase.")
        return passphrase_secret(passphrase), {}
    if kind == "file":
        path = (key_file or folder / KEY_FILE).expanduser().absolute()
        inside = path.parent == folder.absolute()
        secret = _key_file.secret(path) if path.exists() else _key_file.make(path, random)
        # Relative inside the vault's folder, so that the folder can be moved as a whole.
        return secret, {"path": path.name if inside else str(path)}
    if kind == "keychain":
        # An entry that exists is kept: replacing it before the header is saved could lose both.
        return keychain.secret(header.vault) or keychain.make(header.vault, random), {}
    raise UsageError(f"There is no way in called {kind!r}.", "keychain, passphrase or file.")


def _ways_hint(header: Header) -> str:
    names = ", ".join(_name(kind) for kind in sorted(header.ways))
    hints = [f"Ways in: {names}."]
    if "passphrase" in header.ways:
        hints.append("SECONDME_PASSPHRASE holds the passphrase.")
    if "file" in header.ways:
        hints.append("SECONDME_KEY_FILE names the key file.")
    if "recovery" in header.ways:
        hints.append("The recovery code that was printed last works as a passphrase.")
    return " ".join(hints)


def _read_with(folder: Path, key: bytes) -> Header:
    """The header, once `key` has shown that it is this vault's."""
    header = read(folder)
    if not header.belongs(key):
        raise WrongKey("This key is not the vault's.", _ways_hint(header))
    return header


__all__ = [
    "HEADER",
    "KEY_FILE",
    "Created",
    "Kind",
    "Renewed",
    "add_way",
    "belongs",
    "create",
    "default_kind",
    "new_recovery",
    "remove_way",
    "renew",
    "settle",
    "unlock",
    "ways",
]
