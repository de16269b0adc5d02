"""Looking when something has happened, for as long as the process lives."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from secondme.errors import Busy, ModelMissing, NotFound
from secondme.memory import Memory, translated
from secondme.watch.ears import Ears
from secondme.watch.lock import alone
from secondme.watch.look import Look
from secondme.watch.settling import SECONDS

Tell = Callable[[str], None]

SELDOM = 60.0
"""Seconds after which to look even when nothing was heard: network drives report nothing."""
GLANCE = 2.0
"""Seconds between two glances at the list of what is watched, and whether a drive is back."""
SHARE = 10
"""A look is followed by a rest this many times as long, so that a large tree costs a tenth of one
core at most.
"""


def once(memory: Memory, tell: Tell, *, settle: float = SECONDS, distil: bool = False) -> None:
    """Look at everything once; what is just being written is waited for, once."""
    with alone(memory.folder):
        round_ = _Round(memory, tell, settle)
        if round_.look():
            time.sleep(settle)
            if waiting := round_.look():
                tell(f"{waiting} still changing: a later look will take what is there then.")
        if distil:
            round_.distil(lambda: False)


def run(memory: Memory, tell: Tell, *, settle: float = SECONDS, distil: bool = False) -> None:
    """Look, and look again whenever something happens, until this process is stopped."""
    with alone(memory.folder):
        round_ = _Round(memory, tell, settle)
        ears = Ears(tell)
        try:
            ears.listen(memory.watches(), memory.not_to_watch())
            waiting = round_.look()
            tell("Watching. Ctrl-C stops.")
            while True:
                if distil and not waiting:
                    round_.distil(ears.heard.is_set)
                _rest(memory, ears, settle if waiting else SELDOM)
                ears.heard.clear()
                began = time.process_time()
                waiting = round_.look()
                time.sleep(min(SELDOM, SHARE * (time.process_time() - began)))
        finally:
            ears.close()


class _Round:
    """Looks and distils, and lets nothing stop it that passes by itself."""

    def __init__(self, memory: Memory, tell: Tell, settle: float) -> None:
        self._memory = memory
        self._tell = tell
        self._look = Look(memory, settle=settle)
        self._due = True
        if not memory.watches():
            tell("Nothing is watched yet: `secondme watch add PATH`.")

    def look(self) -> int:
        """How many files are still changing; 1 when another process was in the way."""
        try:
            with translated():
                outcome = self._look.look(time.time())
        except (Busy, NotFound):
            return 1
        for sentence in outcome.sentences():
            self._tell(sentence)
        self._due = self._due or outcome.imported + outcome.removed > 0
        return outcome.waiting

    def distil(self, interrupted: Callable[[], bool]) -> None:
        """Build what is due, until there is something to read."""

        def progress(kind: str, done: int, due: int) -> None:
            if interrupted():
                raise _InterruptedError

        if not self._due:
            return
        with suppress(_InterruptedError, Busy):
            try:
                self._memory.distil(progress=progress)
            except ModelMissing as missing:
                self._tell(f"Not distilled: {missing} → {missing.hint}")
            self._due = False


class _InterruptedError(Exception):
    """Something was heard: what is distilled so far is kept."""


def _rest(memory: Memory, ears: Ears, seconds: float) -> None:
    """Until something is heard, the list of watched paths changes, or so long."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if ears.heard.wait(min(left, GLANCE)):
            return
        if ears.listen(memory.watches(), memory.not_to_watch()):
            return
