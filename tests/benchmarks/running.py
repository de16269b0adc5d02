"""The program as a person runs it: a process of its own, and what it costs."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Mapping


def run(environment: Mapping[str, str], *arguments: str, give: str = "", script: str = "") -> str:
    """What `secondme` with these arguments, or else a script, prints."""
    command = [sys.executable, "-c", script] if script else [sys.executable, "-m", "secondme"]
    done = subprocess.run(
        [*command, *([] if script else arguments)],
        env=dict(environment), input=give, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}: {done.stderr}")
    return done.stdout


def cpu(act: Callable[[], object]) -> float:
    """CPU seconds that the children started by `act` used."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    act()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
