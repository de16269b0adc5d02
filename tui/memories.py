"""Open memories for the screen's threads: one for each lane of work, for one thread at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from secondme.memory import Memory, translated

ROOMY = "search"
"""The lane that keeps what it has read decrypted: a dozen of those would be most of a gigabyte."""

WRITING = {"import", "distil", "forget", "correct"}
"""The lanes in which something is written. What takes long in them looks by itself whether it is
still wanted."""


class Memories:
    """A lane is a kind of work that takes turns (`search`, `import`): lanes do not wait for each
    other, and what one memory keeps warm for its lane stays warm.
    """

    def __init__(self, first: Memory) -> None:
        self._first = first
        self._open: dict[str, Memory] = {}
        self._turns: dict[str, Lock] = defaultdict(Lock)
        self._opening = Lock()

    @contextmanager
    def lane(self, name: str) -> Iterator[Memory]:
        """The lane's memory, for this thread alone. Whatever the database says is said in our
        words.
        """
        with self._opening:
            turn = self._turns[name]
        with turn, translated():
            with self._opening:
                if name not in self._open:
                    self._open[name] = self._first.another()
                    if name != ROOMY:
                        self._open[name].hold_less()
                memory = self._open[name]
            yield memory

    def close(self) -> None:
        """Once every lane is idle. Nobody waits for what is only read: that ends now."""
        for name in list(self._open):
            turn = self._turns[name]
            while not turn.acquire(timeout=0.1):
                if name not in WRITING:
                    self._open[name].interrupt()
            self._open.pop(name).close()
            turn.release()
        self._first.close()
