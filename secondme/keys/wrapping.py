"""Wrapping the database key: AES-256-GCM under a key of each way's own."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from secondme.keys.header import VERSION, Header, Way, damaged

# A tenth of a second and 32 MB on a laptop (RFC 7914 names the parameters). The ceiling keeps a
# header that somebody altered from asking for all memory.
SCRYPT = {"n": 2**15, "r": 8, "p": 1}
_SCRYPT_CEILING = {"n": 2**20, "r": 32, "p": 16}

_NAMES = {"file": "key file", "recovery": "recovery code"}


def wrap(
    header: Header, kind: str, secret: bytes, key: bytes, random: Callable[[int], bytes]
) -> Way:
    way: Way = {"salt": b64(random(16)), "nonce": b64(random(12))}
    if kind == "passphrase":
        way |= {"kdf": "scrypt", **SCRYPT}
    wrapping = _wrapping_key(header, kind, secret, way)
    sealed = AESGCM(wrapping).encrypt(_bytes(way["nonce"]), key, _bound(header, kind))
    return way | {"wrapped": b64(sealed)}


def unwrap(header: Header, kind: str, secret: bytes) -> bytes | None:
    """The key, or None when the secret does not fit. VaultError when the header makes no sense."""
    try:
        way = header.ways[kind]
        wrapping = _wrapping_key(header, kind, secret, way)
        nonce, wrapped = _bytes(way["nonce"]), _bytes(way["wrapped"])
        key = AESGCM(wrapping).decrypt(nonce, wrapped, _bound(header, kind))
    except InvalidTag:
        return None
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise damaged(f"its entry for the {name(kind)} cannot be read") from error
    if not header.belongs(key):
        raise damaged(f"the {name(kind)} holds another vault's key")
    return key


def name(kind: str) -> str:
    """A way in, as people call it."""
    return _NAMES.get(kind, kind)


def passphrase_secret(passphrase: str) -> bytes:
    # Keyboards disagree on how to spell é; NFC makes them agree (RFC 8265).
    return unicodedata.normalize("NFC", passphrase).encode()


def _wrapping_key(header: Header, kind: str, secret: bytes, way: Way) -> bytes:
    if kind == "passphrase":
        cost = {part: int(way[part]) for part in SCRYPT}
        if any(cost[part] > ceiling for part, ceiling in _SCRYPT_CEILING.items()):
            raise ValueError("scrypt parameters beyond reason")
        return Scrypt(salt=_bytes(way["salt"]), length=32, **cost).derive(secret)
    # Random secrets of 175 bits and more cannot be guessed, so nothing slower is needed.
    salt = _bytes(way["salt"])
    return HKDF(SHA256(), 32, salt=salt, info=_bound(header, kind)).derive(secret)


def _bound(header: Header, kind: str) -> bytes:
    """Authenticated with each wrap: an entry means nothing under another kind or vault."""
    return f"secondme key header {VERSION} {header.vault} {kind}".encode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
