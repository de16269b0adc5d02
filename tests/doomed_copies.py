"""A process that replaces a vault's file and may kill itself, as a power cut would, on the way.

    python doomed_copies.py VAULT restore|rotate BACKUP [STEP]

STEP counts statements of the database and changes of the disk. Without it the process lives, and
prints how many steps it took. VAULT has a key file.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlite

from secondme.memory import Memory

CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir")


def arm(when: int) -> list[int]:
    """Kill this process at step `when`; returns the counter."""
    steps = [0]
    connect = sqlite.connect

    def step(*_: object) -> None:
        steps[0] += 1
        if steps[0] == when:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(*arguments: Any, **options: Any) -> Any:
        conn = connect(*arguments, **options)
        conn.set_trace_callback(step)
        return conn

    sqlite.connect = watched

    def changed(event: str, arguments: tuple[Any, ...]) -> None:
        # What is only read (a module, for one) is no step: steps are to be the same every time.
        if event in CHANGES or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            step()

    sys.addaudithook(changed)
    return steps


if __name__ == "__main__":
    folder, verb, backup, *at = sys.argv[1:]
    counted = arm(int(at[0]) if at else 0)
    if verb == "restore":
        Memory.restore(Path(folder), Path(folder), Path(backup), agree=lambda what: None)
    else:
        with Memory.open(Path(folder), Path(folder)) as memory:
            memory.rotate(lambda code: print(code, flush=True))
    print(counted[0])
