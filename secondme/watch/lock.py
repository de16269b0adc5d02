"""One watcher a vault: two would read every file twice."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from secondme.errors import Busy

FILE = "watch.lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the vault's watch lock. Raises `Busy` when another process does.

    The system lets go of it when this process ends, however it ends.
    """
    handle = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(handle)
        except OSError as error:
            raise Busy(
                "This vault is being watched by another process.", "One `watch run` is enough."
            ) from error
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
