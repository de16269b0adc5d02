"""Address cards: how the numbers and addresses on one card make several identities one person.

A card says that whoever writes from this address has that number too. Where two cards of different
people bear one number, a family's or an office's, it says nothing.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlite_utils import Database

from secondme.phones import e164

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+\d{7,15}")
_WORD = re.compile(r"[^\W_]+")


class Card(NamedTuple):
    author: int
    """Row of the person on it."""
    name: str
    written: tuple[str, ...]
    """Its numbers and addresses as the record has them."""


def reach(handle: str) -> str | None:
    """The part of a handle that is one person in every source, normalised; else None."""
    bare = re.sub(r"[\s()\-\u00a0\u2010-\u2015\u202a-\u202e\u2066-\u2069]", "", handle).lower()
    if _PHONE.fullmatch(bare) or _MAIL.fullmatch(bare):
        return bare
    return None


def cards(db: Database, which: str = "1") -> list[Card]:
    """Of the records `r` of which a condition holds."""
    lines = db.conn.execute(
        "select r.author, a.name, a.handle, r.meta from records r join authors a on a.id = r.author"
        f" where r.kind = 'contact' and {which} order by a.source, a.name, a.handle, r.key"
    )
    return [
        Card(author, name, tuple(_written(handle, meta))) for author, name, handle, meta in lines
    ]


def _written(handle: str, meta: str) -> Iterator[str]:
    if reach(handle):
        yield handle
    try:
        kept = json.loads(meta) if meta else {}
    except ValueError:
        return
    for name in ("phones", "emails") if isinstance(kept, dict) else ():
        yield from _strings(kept.get(name))


def _strings(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else ():
        if isinstance(one, str):
            yield one


def reached(card: Card, region: str) -> set[str]:
    """Where the person on it is reached, in the spelling of every source. Numbers that name no
    country are those of `region`; without one they reach nobody."""
    found = {reach(one) or e164(one, region) for one in card.written}
    return {one for one in found if one}


def of_one_name(names: Iterable[str]) -> bool:
    """Whether each of the names may be another one's short form: `Bea`, `Bea Quist`."""
    parts = [set(words(name)) for name in names]
    longest = max(parts, key=len, default=set())
    return all(part <= longest for part in parts)


def words(name: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(name)]


def shared(found: Iterable[tuple[Card, set[str]]]) -> set[str]:
    """The numbers and addresses on cards of people with different names."""
    named: dict[str, set[str]] = defaultdict(set)
    for card, handles in found:
        for handle in handles:
            named[handle].add(card.name)
    return {handle for handle, names in named.items() if not of_one_name(names)}


__all__ = ["Card", "cards", "of_one_name", "reach", "reached", "shared", "words"]
