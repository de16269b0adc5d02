"""Brains without weights: deterministic, quick, and able to fail when a test asks them to."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Collection, Sequence

import numpy as np

from secondme.distil import Brains
from secondme.vault.vectors import Vector

KEY = bytes(range(32))
"""The key of every vault in the tests; raw, because stretching a passphrase takes 0.1 s."""
NOW = "2024-06-01T12:00:00Z"
DIMS = 16
_WORD = re.compile(r"\w+")
_SAID = (
    (re.compile(r"I live in \w+"), "place", "home"),
    (re.compile(r"I work at \w+"), "work", "employer"),
    (re.compile(r"I (?:like|love) \w+"), "preference", ""),
    (re.compile(r"my name is \w+"), "identity", ""),
)


class StubError(Exception):
    """What a stub raises instead of answering, once for every `True` in its queue."""


class StubEmbedder:
    """Texts that share words are near each other; the direction of a word is its hash."""

    def __init__(self, identity: str = "stub-embedder", failures: Sequence[bool] = ()) -> None:
        self.identity = identity
        self.dims = DIMS
        self.failures = deque(failures)
        self.asked: list[str] = []

    def embed(self, text: str) -> Vector:
        self.asked.append(text)
        if self.failures and self.failures.popleft():
            raise StubError
        vector = np.zeros(DIMS, np.float32)
        for word in _WORD.findall(text.lower()):
            digest = hashlib.sha256(f"{self.identity} {word}".encode()).digest()
            vector += np.frombuffer(digest[:DIMS], np.uint8).astype(np.float32) - 127.5
        length = float(np.sqrt(vector @ vector)) or 1.0
        return vector / np.float32(length)


class StubReader:
    """Knows four sentences in which people speak of themselves."""

    def __init__(self, identity: str = "stub-reader", failures: Sequence[bool] = ()) -> None:
        self.identity = identity
        self.failures = deque(failures)

    def read(self, text: str) -> Sequence[tuple[int, int, str, str, float]]:
        if self.failures and self.failures.popleft():
            raise StubError
        return [
            (found.start(), found.end(), category, slot, 0.9)
            for pattern, category, slot in _SAID
            for found in pattern.finditer(text)
        ]


class StubWriter:
    """A model that composes: it counts the lines it was shown."""

    identity = "stub-writer"

    def __init__(self) -> None:
        self.asked = 0

    def summarise(self, lines: Sequence[str]) -> str:
        self.asked += 1
        return f"{len(lines)} lines, from {lines[0]!r} on."


class StubLibrary:
    """Stands where `secondme.brains.Library` does, over stubs instead of files."""

    def __init__(self, brains: Brains | None = None) -> None:
        self._brains = brains or Brains(StubEmbedder(), StubReader())
        self.embedder = self._brains.embedder
        self.composer = None

    def brains(self, ready: Collection[str] = ()) -> Brains:
        return self._brains
