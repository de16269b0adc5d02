"""Who is who: the names and handles found in records, joined into people.

A person is a connected set of identities. Links come from equal handles that mean one human being
anywhere (an e-mail address, a phone number with its country code), from address cards and from the
owner's edits; equal names join nobody. Nothing is stored but the edits, so a forgotten person, or
card, leaves no entry behind.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlite_utils import Database

from secondme.phones import region
from secondme.vault.cards import Card, cards, reach, reached, shared
from secondme.vault.edits import every
from secondme.vault.naming import joined


class Identity(NamedTuple):
    source: str
    name: str
    handle: str
    mine: bool = False
    """The owner under a name alone: somebody else of that name is another identity. A handle is one
    human being's, so that it needs no telling apart."""


class Author(NamedTuple):
    """Who wrote a record."""

    row: int
    """Of the authors table; inside one process only."""
    mine: bool


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    """The name most records carry, a number or an address only for want of one; ties go to the
    first in the alphabet."""
    me: bool
    identities: tuple[Identity, ...]
    records: int
    """What they wrote. An address card is about them: there are people of whom only one is here."""
    authors: tuple[Author, ...]


@dataclass(slots=True)
class _Part:
    """What one identity wrote."""

    records: int = 0
    authors: list[Author] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)

    @property
    def mine(self) -> bool:
        return any(author.mine for author in self.authors)


_Parts = dict[Identity, _Part]


def people(db: Database) -> list[Person]:
    """Everyone who wrote something, by falling number of records, then by name and id."""
    return [person for person in everyone(db) if person.records]


def everyone(db: Database) -> list[Person]:
    """The same, and after them those of whom there is only an address card."""
    parts = _parts(db)
    parent = {identity: identity for identity in parts}
    _join(parent, _same_human(parts))
    _join(parent, _by_cards(parts))
    _join(parent, _linked(db, parts))
    groups: dict[Identity, _Parts] = defaultdict(dict)
    for identity, part in parts.items():
        groups[_root(parent, identity)][identity] = part
    found = [_person(members) for members in groups.values()]
    return sorted(found, key=lambda p: (-p.records, p.name, p.id))


def identity_keys(db: Database, which: str = "1") -> set[str]:
    """Of everyone who wrote any of the records `r` of which a condition holds."""
    return {identity_key(identity) for identity in _parts(db, which)}


def _parts(db: Database, which: str = "1") -> _Parts:
    """Every identity that wrote something, in the order of source, name and handle."""
    parts: _Parts = defaultdict(_Part)
    for row, source, name, handle, mine, records in db.conn.execute(
        "select a.id, a.source, a.name, a.handle, r.mine, count(*) from authors a"
        f" join records r on r.author = a.id where {which} group by a.id, r.mine"
        " order by a.source, a.name, a.handle, r.mine"
    ):
        name_alone = not handle and reach(name) is None
        part = parts[Identity(source, name, handle, bool(mine) and name_alone)]
        part.records += records
        part.authors.append(Author(row, bool(mine)))
    by_author = {a.row: part for part in parts.values() for a in part.authors}
    for card in cards(db, which):
        by_author[card.author].cards.append(card)
        by_author[card.author].records -= 1
    return parts


def identity_key(identity: Identity) -> str:
    """Content-derived name of an identity: the target of the owner's link edits."""
    text = joined(identity[:3]) + ("\0mine" if identity.mine else "")
    return "i" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _same_human(parts: _Parts) -> Iterator[tuple[Identity, Identity]]:
    first: dict[str, Identity] = {}
    for identity, part in parts.items():
        keys: list[str] = []
        if part.records:  # what stands on a card may be a family's: `_by_cards` sees to it
            keys += [k for k in (reach(identity.handle), reach(identity.name)) if k]
        if identity.handle and not any(identity.handle in card.written for card in part.cards):
            keys.append(f"{identity.source}\0{identity.handle}")
        if part.mine:
            keys.append("me")
        for key in keys:
            yield first.setdefault(key, identity), identity


def _by_cards(parts: _Parts) -> Iterator[tuple[Identity, Identity]]:
    """Cards with the cards and the writers whom they reach."""
    if not any(part.cards for part in parts.values()):
        return
    home = region(name for i, part in parts.items() if part.mine for name in (i.handle, i.name))
    found = [
        (identity, card, reached(card, home))
        for identity, part in parts.items()
        for card in part.cards
    ]
    doubtful = shared((card, handles) for _, card, handles in found)
    first: dict[str, Identity] = {}
    for identity, part in parts.items():
        for handle in (reach(identity.handle), reach(identity.name)) if part.records else ():
            if handle and handle not in doubtful:
                yield first.setdefault(handle, identity), identity
    for identity, _, handles in found:
        for handle in sorted(handles - doubtful):
            yield first.setdefault(handle, identity), identity


def _linked(db: Database, parts: _Parts) -> Iterable[tuple[Identity, Identity]]:
    by_key = {identity_key(identity): identity for identity in parts}
    for edit in every(db):
        alive = [by_key[key] for key in sorted(edit.targets) if key in by_key]
        if edit.act == "link" and len(alive) == 2:
            yield alive[0], alive[1]


def _root(parent: dict[Identity, Identity], identity: Identity) -> Identity:
    while parent[identity] != identity:
        identity = parent[identity]
    return identity


def _join(parent: dict[Identity, Identity], links: Iterable[tuple[Identity, Identity]]) -> None:
    for a, b in links:
        parent[_root(parent, a)] = _root(parent, b)


def _person(members: _Parts) -> Person:
    # Those who wrote first, so that a card which comes later changes nobody's id.
    identities = tuple(sorted(members, key=lambda i: (not members[i].records, i)))
    by_name: dict[str, int] = defaultdict(int)
    for identity, part in members.items():
        by_name[identity.name or identity.handle] += part.records
    name = min(by_name, key=lambda n: (reach(n) is not None, -by_name[n], n))
    return Person(
        id="p" + identity_key(identities[0])[1:],
        name=name,
        me=any(part.mine for part in members.values()),
        identities=identities,
        records=sum(part.records for part in members.values()),
        authors=tuple(sorted(a for part in members.values() for a in part.authors)),
    )


__all__ = [
    "Author", "Identity", "Person", "everyone", "identity_key", "identity_keys", "people", "reach",
]  # fmt: skip
