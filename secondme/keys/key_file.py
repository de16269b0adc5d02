"""The key file: a secret on a disk of the owner's choice, for their eyes only."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from collections.abc import Callable
from pathlib import Path

from secondme.durable import write_whole
from secondme.errors import NotFound, Refused
from secondme.keys.header import unwritten

KEY_FILE = "vault.keyfile"
_LONGEST = 4096


def secret(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # a header that somebody altered may name a device or a pipe
            raise Refused(
                f"{path} is not a key file.", "Choose the file that `secondme init` made."
            )
        with path.open("rb") as file:
            text = file.read(_LONGEST)
    except FileNotFoundError as error:
        raise NotFound(f"There is no key file {path}.", "Is its drive connected?") from error
    except OSError as error:
        raise Refused(f"The key file {path} cannot be read: {error.strerror}.") from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refused(f"Others can read the key file {path}.", f"chmod 600 {path}")
    try:
        found = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        found = b""
    if len(found) != 32:
        raise Refused(f"{path} is not a key file.", "Choose the file that `secondme init` made.")
    return found


def make(path: Path, random: Callable[[int], bytes]) -> bytes:
    made = random(32)
    try:
        write_whole(path, base64.b64encode(made) + b"\n")
    except OSError as error:
        raise unwritten(path, error) from error
    return made
