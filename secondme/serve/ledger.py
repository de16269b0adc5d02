"""What was told to whom, gathered and written down about once a second.

One short transaction holds what many requests disclosed. A clean end writes the rest; a crash can
lose the last second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from secondme.errors import SecondMeError
from secondme.memory import Memory, clock
from secondme.vault.clients import Disclosure

EVERY = 0.8
"""Seconds between two writings."""


class Ledger:
    """Used in the event loop's thread; writes in a thread of its own, with a memory of its own."""

    def __init__(self, memory: Memory, now: Callable[[], str] = clock) -> None:
        self._memory = memory.another()
        self._now = now
        self._unwritten: list[Disclosure] = []
        self._scribe = ThreadPoolExecutor(1, "ledger")
        self._ending = asyncio.Event()
        self._keeping = asyncio.create_task(self._keep())

    def note(self, client: str, act: str, ids: Iterable[str]) -> None:
        """These records went to this client."""
        keys = tuple(dict.fromkeys(ids))
        if keys:
            self._unwritten.append(Disclosure(self._now(), client, act, keys))

    async def close(self) -> None:
        """Write the rest. Raises Busy when another process does not let the vault go."""
        self._ending.set()
        try:
            await self._keeping
            await self._write()
        finally:
            self._scribe.shutdown()
            self._memory.close()

    async def _keep(self) -> None:
        while not self._ending.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._ending.wait()
            # Somebody else may be writing for long: what is not written now is written later.
            with suppress(SecondMeError):
                await self._write()

    async def _write(self) -> None:
        taken = self._unwritten[:]
        if taken:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._scribe, self._memory.tell, taken)
            del self._unwritten[: len(taken)]
