"""Where the work of requests is done: threads that each own a memory, beside the event loop.

Searches run side by side, as many as there are cores; the chat model speaks in a thread of its own,
so that nobody's search waits for an answer being written. Models are shared by all.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import TypeVar

from models.spoken import Reply
from secondme.memory import Memory
from secondme.serve.refusals import Refusal

T = TypeVar("T")
WAITING = 16
"""Answers that may wait for the model; more are told to come back."""
_PATIENCE = 3.0
"""Seconds given to the model at the end: the reading of a long prompt cannot be broken off."""


class Workers:
    """Made and closed by the event loop's thread."""

    def __init__(self, memory: Memory, searchers: int | None = None) -> None:
        count = searchers or max(2, min(4, os.cpu_count() or 2))
        self._memory = memory
        self._own = threading.local()
        self._opened: list[Memory] = []
        self._searchers = ThreadPoolExecutor(count, "search")
        self._speaker = ThreadPoolExecutor(1, "speak")
        self._talks: set[Future[None]] = set()
        self._ending = threading.Event()

    async def do(self, verb: Callable[[Memory], T]) -> T:
        """Run a verb in one of the searchers."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._searchers, self._with_memory, verb)

    def admit(self) -> None:
        """Raises 429 when so many wait for the model that one more would wait in vain."""
        if len(self._talks) > WAITING:
            raise Refusal(
                429, "Too many answers are waiting.", "busy", headers={"retry-after": "5"}
            )

    async def speak(self, start: Callable[[Memory], Reply]) -> AsyncGenerator[str, None]:
        """The pieces of an answer as they are spoken. Dropping the iteration stops the speaker."""
        self.admit()
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | Exception | None] = asyncio.Queue()
        dropped = threading.Event()

        def hand(piece: str | Exception | None) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        def run() -> None:
            try:
                if not dropped.is_set() and not self._ending.is_set():
                    for piece in self._with_memory(start):
                        hand(piece)
                        if dropped.is_set() or self._ending.is_set():
                            break
                hand(None)
            except Exception as error:
                hand(error)

        talk = self._speaker.submit(run)
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)
        try:
            while (piece := await pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            dropped.set()
            talk.cancel()  # one that has not begun gives its place away

    def close(self) -> bool:
        """Finish what runs, then close every memory. False when the model could not be stopped."""
        self._ending.set()
        self._searchers.shutdown(cancel_futures=True)
        self._speaker.shutdown(wait=False, cancel_futures=True)
        if wait(self._talks, _PATIENCE).not_done:
            return False
        for memory in self._opened:
            memory.close()
        return True

    def _with_memory(self, verb: Callable[[Memory], T]) -> T:
        memory: Memory | None = getattr(self._own, "memory", None)
        if memory is None:
            memory = self._own.memory = self._memory.another()
            self._opened.append(memory)
        return verb(memory)
