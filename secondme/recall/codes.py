"""Meaning at a glance: the sign bits of every vector, held in memory and compared in one sweep.

One bit a dimension keeps the order well enough for a shortlist (recall 1.0 of the exact top ten
within the best 500 of 100,000), at 48 bytes a record.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from secondme.vault.vectors import Codes, Vector, signs


class SignCodes:
    """A snapshot of all sign bits. Row order is immaterial; ties are broken by the caller."""

    def __init__(self, rows: NDArray[np.int64], packed: NDArray[np.uint8]) -> None:
        self._rows = rows
        # One line a word and not a record: numpy adds up whole lines far faster than short ones.
        self._words = np.ascontiguousarray(_as_words(packed).T)
        self._index = {int(row): i for i, row in enumerate(rows)}
        bits = packed.shape[1] * 8 if packed.size else 1
        self._cosines = np.cos(np.arange(bits + 1) * (np.pi / bits)).astype(np.float32)

    def __len__(self) -> int:
        return len(self._rows)

    def similarity(self, query: Vector) -> NDArray[np.float32]:
        """Estimated cosine of every row: the share of differing signs is the angle over pi."""
        asked = _as_words(signs(_codes(query))[None, :])[0]
        differing = np.zeros(len(self._rows), np.uint16)
        for line, word in zip(self._words, asked, strict=True):
            differing += np.bitwise_count(line ^ word)
        return self._cosines[differing]

    def nearest(
        self, similar: NDArray[np.float32], count: int, allowed: set[int] | None
    ) -> list[int]:
        """Rows of the `count` most similar, all that tie with the last one included."""
        if not len(self._rows):
            return []
        if allowed is not None:
            mask = np.fromiter((int(r) in allowed for r in self._rows), bool, len(self._rows))
            similar = np.where(mask, similar, np.float32(-2))
        if len(similar) > count:
            bound = np.partition(similar, len(similar) - count)[len(similar) - count]
            chosen = np.flatnonzero(similar >= bound)
        else:
            chosen = np.arange(len(similar))
        return [int(r) for r in self._rows[chosen[similar[chosen] > -2]]]

    def of(self, similar: NDArray[np.float32], row: int) -> float | None:
        at = self._index.get(row)
        return None if at is None else float(similar[at])


def cosine(query: Vector, code: Codes) -> float:
    """Cosine of a unit query with eight-bit numbers, to six decimals."""
    numbers = code.astype(np.float64)
    length = float(np.sqrt(numbers @ numbers)) or 1.0
    return round(float(query.astype(np.float64) @ numbers) / length, 6)


def _codes(vector: Vector) -> Codes:
    return np.where(vector > 0, 1, -1).astype(np.int8)


def _as_words(packed: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Eight bytes at a time: padded with zero bits, which never differ."""
    spare = -packed.shape[1] % 8
    padded = np.pad(packed, ((0, 0), (0, spare))) if spare else packed
    return np.ascontiguousarray(padded).view(np.uint64)
