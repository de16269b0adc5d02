"""The recovery code: a key to the vault that a person can print, keep and type."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from secondme.errors import WrongKey

# Crockford's base 32: no I, L, O or U. Seven groups carry 175 random bits, the eighth checks them.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("ILO", "110", "- \t\r\n")
_CODE_LENGTH, _CHECK_LENGTH, _GROUP = 35, 5, 5


def new(random: Callable[[int], bytes]) -> str:
    """A code nobody has seen before."""
    number = int.from_bytes(random(22), "big") >> 1
    data = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_CODE_LENGTH))
    code = data + _checksum(data)
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def secret(code: str) -> bytes:
    """The secret in a code as typed. WrongKey says when it is a typing mistake."""
    plain = code.upper().translate(_LOOKALIKES)
    length = _CODE_LENGTH + _CHECK_LENGTH
    hint = f"Compare with the print: {length // _GROUP} groups of {_GROUP} letters and digits."
    if len(plain) != length:
        short = f"This recovery code has {len(plain)} characters instead of {length}."
        raise WrongKey(short, hint)
    data, check = plain[:_CODE_LENGTH], plain[_CODE_LENGTH:]
    if check != _checksum(data):
        raise WrongKey("This recovery code has a typing mistake.", hint)
    return data.encode()


def _checksum(data: str) -> str:
    digest = hashlib.sha256(b"secondme recovery code " + data.encode()).digest()
    return "".join(_ALPHABET[byte & 31] for byte in digest[:_CHECK_LENGTH])
