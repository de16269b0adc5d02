"""Lists that an export writes newest first, the other way round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

_HELD = 20_000
"""As many are held at a time. Longer lists come in blocks: every block oldest first, and the later
one first. What is told apart by its time does not mind."""

T = TypeVar("T")


def oldest_first(found: Iterable[T], at: Callable[[T], Any]) -> Iterator[T]:
    """The items of a list that is written newest first, unless its times say that it is not.

    `at` tells the time of an item, of whatever kind they all are. Equal times are turned round too.
    """
    items = iter(found)
    while block := list(islice(items, _HELD)):
        newest_first = at(block[0]) >= at(block[-1])
        yield from reversed(block) if newest_first else block


__all__ = ["oldest_first"]
