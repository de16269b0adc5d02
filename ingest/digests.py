"""Which words an id stood for, over millions of ids, in sixteen bytes and some air for each.

A dictionary of Python's takes ten times as much, and a mailbox of ten years has a million mails.
"""

from __future__ import annotations

import hashlib
from array import array

_FIRST = 1 << 12
_FULL = 0.6
"""Above this share of taken places, probing begins to cost."""


class Digests:
    """The first digest of everything that was noted, by its name. Open addressing, linear probing.

    Names are kept as 64 bits of a hash: among a million, two agree with a chance of 3e-8.
    """

    def __init__(self) -> None:
        self._names = array("Q", bytes(8 * _FIRST))
        self._values = array("Q", bytes(8 * _FIRST))
        self._taken = 0

    def first(self, name: str, digest: int) -> int:
        """What the name stood for when it was first noted: `digest`, if that is now."""
        if self._taken >= _FULL * len(self._names):
            self._grow()
        hashed = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        key = int.from_bytes(hashed, "big") or 1  # zero marks a free place
        place = self._place(key)
        if not self._names[place]:
            self._names[place], self._values[place] = key, digest
            self._taken += 1
        return self._values[place]

    def _place(self, key: int) -> int:
        """Where the key is, or would be."""
        last = len(self._names) - 1
        place = key & last
        while self._names[place] not in (0, key):
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        names, values = self._names, self._values
        self._names = array("Q", bytes(16 * len(names)))
        self._values = array("Q", bytes(16 * len(names)))
        for name, value in zip(names, values, strict=True):
            if name:
                place = self._place(name)
                self._names[place], self._values[place] = name, value


__all__ = ["Digests"]
