"""Meaning at a glance: the sign bits of every vector, held in memory and compared in one sweep.

One bit a dimension keeps the order well enough for a shortlist (recall 1.0 of the exact top ten
within the best 500 of 100,000), at 48 bytes a record.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from secondme.vault.outlines import NOBODY, Numbers
from secondme.vault.vectors import Codes, Vector, signs

Distances = NDArray[np.uint16]


class SignCodes:
    """The sign bits of all records, each at its place. Nothing is changed once it is made."""

    def __init__(
        self,
        identity: str,
        bits: int,
        lines: NDArray[np.uint64],
        missing: NDArray[np.bool_],
        chunk: int = 0,
    ) -> None:
        self.identity = identity
        self.chunk = chunk
        """The last of the vault's chunks of vectors that was read."""
        self._bits = bits
        # One line a word and not a record: numpy adds up whole lines far faster than short ones.
        self._lines = lines
        self._missing = missing
        # In single precision, as they have always been scored.
        cosines = np.cos(np.arange(bits + 1) * (np.pi / max(bits, 1))).astype(np.float32)
        self._cosines = np.append(cosines.astype(np.float64), np.nan)
        # One more than the farthest: the distance of a record without a vector.
        self._far = np.uint16(bits + 1)

    @classmethod
    def none(cls, identity: str, dims: int) -> SignCodes:
        """Of no record at all, for vectors of so many dimensions."""
        width = -(-dims // 8)
        return cls(identity, 8 * width, np.zeros((-(-width // 8), 1), np.uint64), np.ones(1, bool))

    def __len__(self) -> int:
        """How many records have a vector."""
        return len(self._missing) - int(np.count_nonzero(self._missing))

    def grown(self, size: int) -> SignCodes:
        """The same with room for so many records, and the slot after the last."""
        more = size + 1 - len(self._missing)
        if not more:
            return self
        lines = np.pad(self._lines[:, :-1], ((0, 0), (0, more + 1)))
        missing = np.pad(self._missing[:-1], (0, more + 1), constant_values=True)
        return SignCodes(self.identity, self._bits, lines, missing, self.chunk)

    def joined(self, places: Numbers, packed: NDArray[np.uint8], chunk: int) -> SignCodes:
        """The same with the vectors of the records at these places."""
        here = places != NOBODY
        lines, missing = self._lines.copy(), self._missing.copy()
        lines[:, places[here]] = _as_words(packed[here]).T
        missing[places[here]] = False
        return SignCodes(self.identity, self._bits, lines, missing, chunk)

    def distances(self, query: Vector) -> Distances:
        """How many signs of each record's vector differ from the query's."""
        asked = _as_words(signs(_codes(query))[None, :])[0]
        differing = np.zeros(len(self._missing), np.uint16)
        for line, word in zip(self._lines, asked, strict=True):
            differing += np.bitwise_count(line ^ word)
        differing[self._missing] = self._far
        return differing

    def nearest(
        self, distances: Distances, count: int, allowed: NDArray[np.bool_] | None
    ) -> Numbers:
        """Places of the `count` most similar, all that tie with the last one included."""
        if allowed is not None:
            distances = np.where(allowed, distances, self._far)
        within = np.cumsum(np.bincount(distances, minlength=self._bits + 2)[:-1])
        if not within[-1]:
            return np.zeros(0, np.int64)
        bound = np.searchsorted(within, min(count, int(within[-1])))
        return np.flatnonzero(distances <= bound)

    def estimated(self, distances: Distances) -> NDArray[np.float64]:
        """Cosines, by the share of differing signs, which is the angle over pi; nan without one."""
        return self._cosines[distances]


def cosine(query: NDArray[np.float64], code: Codes) -> float:
    """Cosine of a unit query with eight-bit numbers, to six decimals."""
    numbers = code.astype(np.float64)
    length = float(np.sqrt(numbers @ numbers)) or 1.0
    return round(float(query @ numbers) / length, 6)


def _codes(vector: Vector) -> Codes:
    return np.where(vector > 0, 1, -1).astype(np.int8)


def _as_words(packed: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Eight bytes at a time: padded with zero bits, which never differ."""
    spare = -packed.shape[1] % 8
    padded = np.pad(packed, ((0, 0), (0, spare))) if spare else packed
    return np.ascontiguousarray(padded).view(np.uint64)
