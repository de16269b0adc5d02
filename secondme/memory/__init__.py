"""The verbs: everything a door may do with a memory, and the only way for it to do so.

The screen, the command line and the endpoint call these and nothing below them. Each verb takes
plain values and returns plain values; time is passed in. One group of verbs a file.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from secondme import show as _show
from secondme.memory.bringing import Bringing
from secondme.memory.clients import Telling
from secondme.memory.copying import Copying
from secondme.memory.correcting import Correcting
from secondme.memory.equipping import Equipping
from secondme.memory.keeping import Keeping
from secondme.memory.opening import clock
from secondme.memory.recalling import Recalling
from secondme.memory.speaking import Speaking
from secondme.memory.watching import Watching
from secondme.recall.ranking import WEIGHTS
from secondme.record import Fact, Hit
from secondme.vault.connection import translated


class Memory(
    Bringing, Recalling, Correcting, Watching, Keeping, Copying, Equipping, Telling, Speaking
):
    """One open memory. Use it in one thread; open another for another thread."""


def as_dict(thing: Hit | Fact) -> dict[str, Any]:
    """A hit or fact as `--json` prints it."""
    return _show.fact_dict(thing) if isinstance(thing, Fact) else asdict(thing)


__all__ = ["WEIGHTS", "Memory", "as_dict", "clock", "translated"]
