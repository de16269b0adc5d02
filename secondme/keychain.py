"""The system's keychain as the keeper of one secret a vault, where there is one to be trusted."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import suppress

from secondme.errors import Missing

SERVICE = "secondme"


def usable() -> bool:
    """keyring calls 1 the least it recommends; below lie plain-text files and the null backends."""
    try:
        import keyring

        return bool(keyring.get_keyring().priority >= 1)
    except Exception:
        return False  # a backend that cannot even be asked is none


def secret(vault: str) -> bytes | None:
    if not usable():
        return None
    import keyring

    try:
        text = keyring.get_password(SERVICE, vault)
        return base64.b64decode(text, validate=True) if text else None
    except Exception:
        return None  # locked, refused by its owner, or gone: the other ways remain


def make(vault: str, random: Callable[[int], bytes]) -> bytes:
    hint = "Use `--key passphrase` or `--key file`."
    if not usable():
        raise Missing("This machine has no keychain to hold the key.", hint)
    import keyring

    made = random(32)
    try:
        keyring.set_password(SERVICE, vault, base64.b64encode(made).decode())
    except Exception as error:
        raise Missing(f"The keychain took no key ({type(error).__name__}).", hint) from error
    if secret(vault) != made:
        raise Missing("The keychain does not give back what it was given.", hint)
    return made


def forget(vault: str) -> None:
    import keyring

    # An entry that cannot be deleted opens nothing any more.
    with suppress(Exception):
        keyring.delete_password(SERVICE, vault)
