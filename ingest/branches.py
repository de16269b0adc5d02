"""Talks that are trees: a question asked anew, an answer made again, start another branch.

What the app shows is the path from the root to its last message; everything else was said too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Parents = Mapping[str, str | None]
"""The key of each message, in the order of the export, with that of the message above it."""


def reading_order(parents: Parents, last: str) -> list[tuple[str, bool]]:
    """Every key, and whether it is shown: the path down to `last`, then the others in order.

    Safe against cycles and messages that are not there.
    """
    path: list[str] = []
    seen: set[str] = set()
    current: str | None = last
    while current is not None and current in parents and current not in seen:
        seen.add(current)
        path.append(current)
        current = parents[current]
    shown = [(key, True) for key in reversed(path)]
    return shown + [(key, False) for key in parents if key not in seen]


def newest_leaf(parents: Parents, when: Callable[[str], float | str]) -> str:
    """The message that nothing follows and that was written last; of equal ones the later."""
    inner = set(parents.values())
    leaves = [key for key in parents if key not in inner] or list(parents)
    # `max` takes the first of equal ones.
    return max(reversed(leaves), key=when)


def nearest_above(key: str, parents: Parents, ids: Mapping[str, str | None]) -> str | None:
    """The id of the closest message above `key` that has one in `ids`: tools and thoughts, which
    have none, lie between."""
    seen: set[str] = set()
    current: str | None = key
    while current is not None and current in parents and current not in seen:
        seen.add(current)
        current = parents[current]
        if current is not None and current in ids:
            return ids[current]
    return None


__all__ = ["Parents", "nearest_above", "newest_leaf", "reading_order"]
