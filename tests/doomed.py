"""A process that runs one verb on a vault and may kill itself, as a power cut would, on the way.

    python doomed.py VAULT VERB EXPORT [STEP | WORDS]

STEP counts hundreds of instructions of the database's machine, so that it ends in the midst of
statements; WORDS end it when a statement with these words begins. Without either it lives, and
prints how many steps it took.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import cast

from stubs import KEY, NOW, StubLibrary

from ingest import Options
from secondme import importing
from secondme.brains import Library
from secondme.forget import Request
from secondme.memory import Memory
from secondme.vault import Vault

importing.CHUNK = 16  # several commits for a small export


def act(memory: Memory, verb: str, export: Path) -> None:
    if verb == "import":
        memory.import_([export], Options(me=("Owner",)))
    elif verb == "distil":
        memory.distil()
    elif verb == "forget":
        memory.forget(Request(query="lamp"))
        memory.finish_purge()


def arm(vault: Vault, when: str) -> list[int]:
    """Kill this process at `when`; returns the counter of steps."""
    steps = [0]

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def step() -> int:
        steps[0] += 1
        if when.isdigit() and steps[0] >= int(when):
            die()
        return 0

    def statement(sql: str) -> None:
        if when and not when.isdigit() and when in sql.lower():
            die()

    conn = vault._db.conn
    conn.set_progress_handler(step, 100)
    conn.set_trace_callback(statement)
    return steps


if __name__ == "__main__":
    folder, verb, export, *when = sys.argv[1:]
    with Vault(Path(folder), KEY) as opened:
        counted = arm(opened, when[0] if when else "")
        act(Memory(opened, cast(Library, StubLibrary()), lambda: NOW), verb, Path(export))
        print(counted[0])
