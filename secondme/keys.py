"""The keys: a small header that holds the random database key, wrapped once by each way in.

    {"version": 1, "vault": "<random id>", "check": "…",
     "ways": {"keychain": {…}, "passphrase": {…}, "file": {…}, "recovery": {…}}}

The database is encrypted with 32 random bytes that nobody types. Each way in wraps those bytes
with AES-256-GCM under a key of its own, so ways come and go without re-encrypting the vault. A
way that was removed still opens older copies of the header; only another database key ends that.
"""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import hmac
import json
import os
import stat
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from secondme import keychain, recovery_code
from secondme.errors import (
    CannotCreate,
    DiskFull,
    NotFound,
    Refused,
    UsageError,
    VaultError,
    WrongKey,
)

Kind = Literal["keychain", "passphrase", "file"]
Random = Callable[[int], bytes]
Way = dict[str, Any]

HEADER = "vault.key"
KEY_FILE = "vault.keyfile"
_VERSION = 1
_LONGEST_HEADER = 65536

# A tenth of a second and 32 MB on a laptop (RFC 7914 names the parameters). The ceiling keeps a
# header that somebody altered from asking for all memory.
_SCRYPT = {"n": 2**15, "r": 8, "p": 1}
_SCRYPT_CEILING = {"n": 2**20, "r": 32, "p": 16}

_NAMES = {"file": "key file", "recovery": "recovery code"}


@dataclass(frozen=True, slots=True)
class Created:
    """A new vault's key. `recovery_code` exists only here: show it once and let it go."""

    key: bytes = field(repr=False)
    recovery_code: str = field(repr=False)
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Header:
    vault: str
    check: str
    ways: dict[str, Way] = field(repr=False)


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
    header = _Header(vault, _check(key, vault), {})
    try:
        secret, hints = _secret_for(header, folder, kind, passphrase, key_file, random)
        header.ways[kind] = _wrap(header, kind, secret, key, random) | hints
        header.ways["recovery"] = _wrap(header, "recovery", recovery_code.secret(code), key, random)
        _save(folder, header)
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
) -> bytes:
    """The database key.

    What is given must fit: a wrong passphrase is never quietly covered by the keychain. What is
    given for a way that this vault lacks is ignored. With nothing given, the key file that the
    header remembers, the keychain and `ask` are tried in that order. The recovery code is taken
    wherever a passphrase is. Raises WrongKey, NotFound (no header) or VaultError (damaged).
    """
    header = _read(folder)
    notes: list[str] = []
    given = _given(header, passphrase, key_file, recovery)
    first = next(given, None)
    kept = _kept(header, folder, ask, notes)
    for kind, secret in kept if first is None else chain([first], given):
        key = _unwrap(header, kind, secret)
        if key is not None:
            return key
        notes.append(f"this {_name(kind)} does not fit")
    what = "; ".join(notes) or "nothing was given to open it with"
    raise WrongKey(f"The vault stays locked: {what}.", _ways_hint(header))


def ways(folder: Path) -> tuple[str, ...]:
    """The ways in that the header offers, sorted: file, keychain, passphrase, recovery."""
    return tuple(sorted(_read(folder).ways))


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
    header.ways[kind] = _wrap(header, kind, secret, key, random) | hints
    _save(folder, header)


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
    _save(folder, header)
    if kind == "keychain":
        keychain.forget(header.vault)


def new_recovery(folder: Path, key: bytes, *, random: Random = os.urandom) -> str:
    """A new recovery code, shown once; the one before it opens this header no more."""
    header = _read_with(folder, key)
    code = recovery_code.new(random)
    header.ways["recovery"] = _wrap(header, "recovery", recovery_code.secret(code), key, random)
    _save(folder, header)
    return code


# --- offers: what might open the header ----------------------------------------------------------


def _given(
    header: _Header, passphrase: str | None, key_file: Path | None, recovery: str | None
) -> Iterator[tuple[str, bytes]]:
    if recovery is not None and "recovery" in header.ways:
        yield "recovery", recovery_code.secret(recovery)
    if passphrase is not None:
        yield from _from_words(header, passphrase)
    if key_file is not None and "file" in header.ways:
        yield "file", _read_key_file(key_file)


def _kept(
    header: _Header, folder: Path, ask: Callable[[], str] | None, notes: list[str]
) -> Iterator[tuple[str, bytes]]:
    if "file" in header.ways:
        path = folder / str(header.ways["file"].get("path", KEY_FILE))
        if path.exists():
            yield "file", _read_key_file(path)
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


def _from_words(header: _Header, words: str) -> Iterator[tuple[str, bytes]]:
    if "recovery" in header.ways:
        with suppress(WrongKey):  # not a code at all: a passphrase
            yield "recovery", recovery_code.secret(words)
    if "passphrase" in header.ways:
        yield "passphrase", _passphrase_secret(words)


def _secret_for(
    header: _Header,
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
        return _passphrase_secret(passphrase), {}
    if kind == "file":
        path = (key_file or folder / KEY_FILE).expanduser().absolute()
        inside = path.parent == folder.absolute()
        secret = _read_key_file(path) if path.exists() else _make_key_file(path, random)
        # Relative inside the vault's folder, so that the folder can be moved as a whole.
        return secret, {"path": path.name if inside else str(path)}
    if kind == "keychain":
        # An entry that exists is kept: replacing it before the header is saved could lose both.
        return keychain.secret(header.vault) or keychain.make(header.vault, random), {}
    raise UsageError(f"There is no way in called {kind!r}.", "keychain, passphrase or file.")


def _ways_hint(header: _Header) -> str:
    names = ", ".join(_name(kind) for kind in sorted(header.ways))
    hints = [f"Ways in: {names}."]
    if "passphrase" in header.ways:
        hints.append("SECONDME_PASSPHRASE holds the passphrase.")
    if "file" in header.ways:
        hints.append("SECONDME_KEY_FILE names the key file.")
    if "recovery" in header.ways:
        hints.append("The recovery code from the day the vault was made works as a passphrase.")
    return " ".join(hints)


def _name(kind: str) -> str:
    return _NAMES.get(kind, kind)


# --- wrapping ------------------------------------------------------------------------------------


def _wrap(header: _Header, kind: str, secret: bytes, key: bytes, random: Random) -> Way:
    way: Way = {"salt": _b64(random(16)), "nonce": _b64(random(12))}
    if kind == "passphrase":
        way |= {"kdf": "scrypt", **_SCRYPT}
    wrapping = _wrapping_key(header, kind, secret, way)
    sealed = AESGCM(wrapping).encrypt(_bytes(way["nonce"]), key, _bound(header, kind))
    return way | {"wrapped": _b64(sealed)}


def _unwrap(header: _Header, kind: str, secret: bytes) -> bytes | None:
    """The key, or None when the secret does not fit. VaultError when the header makes no sense."""
    try:
        way = header.ways[kind]
        wrapping = _wrapping_key(header, kind, secret, way)
        nonce, wrapped = _bytes(way["nonce"]), _bytes(way["wrapped"])
        key = AESGCM(wrapping).decrypt(nonce, wrapped, _bound(header, kind))
    except InvalidTag:
        return None
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(f"its entry for the {_name(kind)} cannot be read") from error
    if not hmac.compare_digest(_check(key, header.vault), header.check):
        raise _damaged(f"the {_name(kind)} holds another vault's key")
    return key


def _wrapping_key(header: _Header, kind: str, secret: bytes, way: Way) -> bytes:
    if kind == "passphrase":
        cost = {name: int(way[name]) for name in _SCRYPT}
        if any(cost[name] > ceiling for name, ceiling in _SCRYPT_CEILING.items()):
            raise ValueError("scrypt parameters beyond reason")
        return Scrypt(salt=_bytes(way["salt"]), length=32, **cost).derive(secret)
    # Random secrets of 175 bits and more cannot be guessed, so nothing slower is needed.
    salt = _bytes(way["salt"])
    return HKDF(SHA256(), 32, salt=salt, info=_bound(header, kind)).derive(secret)


def _bound(header: _Header, kind: str) -> bytes:
    """Authenticated with each wrap: an entry means nothing under another kind or vault."""
    return f"secondme key header {_VERSION} {header.vault} {kind}".encode()


def _check(key: bytes, vault: str) -> str:
    """Tells whether a key is this vault's. The key is random, so this gives nothing away."""
    return hmac.new(key, f"secondme vault {vault}".encode(), hashlib.sha256).hexdigest()


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _passphrase_secret(passphrase: str) -> bytes:
    # Keyboards disagree on how to spell é; NFC makes them agree (RFC 8265).
    return unicodedata.normalize("NFC", passphrase).encode()


# --- the key file --------------------------------------------------------------------------------


def _read_key_file(path: Path) -> bytes:
    try:
        mode, text = path.stat().st_mode, path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"There is no key file {path}.", "Is its drive connected?") from error
    except OSError as error:
        raise Refused(f"The key file {path} cannot be read: {error.strerror}.") from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refused(f"Others can read the key file {path}.", f"chmod 600 {path}")
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != 32:
        raise Refused(f"{path} is not a key file.", "Choose the file that `secondme init` made.")
    return secret


def _make_key_file(path: Path, random: Random) -> bytes:
    secret = random(32)
    try:
        _write(path, _b64(secret).encode() + b"\n")
    except OSError as error:
        raise _failed(path, error) from error
    return secret


# --- the header on disk --------------------------------------------------------------------------


def _read(folder: Path) -> _Header:
    path = folder / HEADER
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"There is no vault in {folder}.", "`secondme init` makes one.") from error
    except OSError as error:
        raise VaultError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        tree: Any = json.loads(raw[: _LONGEST_HEADER + 1])
        version, vault, check, found = (tree[x] for x in ("version", "vault", "check", "ways"))
        texts = isinstance(vault, str) and isinstance(check, str)
        entries = isinstance(found, dict) and all(isinstance(w, dict) for w in found.values())
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(f"{path} is not what was written") from error
    if version != _VERSION:
        raise VaultError(f"{path} was made by another version of secondme.", "Update secondme.")
    if not (texts and entries):
        raise _damaged(f"{path} is not what was written")
    return _Header(vault, check, found)


def _read_with(folder: Path, key: bytes) -> _Header:
    """The header, once `key` has shown that it is this vault's."""
    header = _read(folder)
    if not hmac.compare_digest(_check(key, header.vault), header.check):
        raise WrongKey("This key is not the vault's.", _ways_hint(header))
    return header


def _save(folder: Path, header: _Header) -> None:
    tree = {
        "version": _VERSION,
        "vault": header.vault,
        "check": header.check,
        "ways": dict(sorted(header.ways.items())),
    }
    path = folder / HEADER
    try:
        _write(path, json.dumps(tree, indent=1).encode() + b"\n")
    except OSError as error:
        raise _failed(path, error) from error


def _write(path: Path, data: bytes) -> None:
    """All of `data` or nothing at `path`, mode 0600, on the disk when this returns."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _failed(path: Path, error: OSError) -> VaultError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"No room to write {path}.", "Free some space; nothing was changed.")
    return VaultError(f"{path} cannot be written: {error.strerror}.", "Nothing was changed.")


def _damaged(how: str) -> VaultError:
    hint = "Put back a copy of vault.key from a backup. Nothing was changed."
    return VaultError(f"The key header is damaged: {how}.", hint)
