"""Who is who: the names and handles found in records, joined into people.

A person is a connected set of identities. Links come from equal handles that mean one human being
anywhere (an e-mail address, a phone number with its country code) and from the owner's edits; equal
names only suggest. Nothing is stored but the edits, so a forgotten person leaves no entry behind.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sqlite_utils import Database

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+\d{7,15}")


class Edit(NamedTuple):
    """A correction by the owner: a source like any record, and what it is about."""

    key: str
    target: str
    act: str
    """link | unlink | replace | reject | pin"""
    content: str
    """JSON; a link's has the other identity under `with`."""

    @property
    def targets(self) -> set[str]:
        return {self.target, json.loads(self.content).get("with", self.target)}


class Identity(NamedTuple):
    source: str
    name: str
    handle: str


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    """The name most records carry; ties go to the first in the alphabet."""
    me: bool
    identities: tuple[Identity, ...]
    records: int
    authors: tuple[int, ...]
    """Rows of the authors table; inside one process only."""


def reach(handle: str) -> str | None:
    """The part of a handle that is one person in every source, normalised; else None."""
    bare = re.sub(r"[\s()\-\u00a0\u2010-\u2015\u202a-\u202e\u2066-\u2069]", "", handle).lower()
    if _PHONE.fullmatch(bare) or _MAIL.fullmatch(bare):
        return bare
    return None


def people(db: Database) -> list[Person]:
    """Everyone who wrote something, by falling number of records, then by name and id."""
    rows = db.conn.execute(
        "select a.id, a.source, a.name, a.handle, count(*), max(r.mine) from authors a"
        " join records r on r.author = a.id group by a.id order by a.source, a.name, a.handle"
    ).fetchall()
    parent = {row[0]: row[0] for row in rows}
    _join(parent, _same_human(rows))
    _join(parent, _linked(db, rows))
    groups: dict[int, list[tuple[int, str, str, str, int, int]]] = defaultdict(list)
    for row in rows:
        groups[_root(parent, row[0])].append(row)
    found = [_person(members) for members in groups.values()]
    return sorted(found, key=lambda p: (-p.records, p.name, p.id))


def edits(db: Database) -> list[Edit]:
    lines = db.conn.execute("select key, target, act, content from edits order by key")
    return [Edit(*line) for line in lines]


def identity_key(identity: Identity) -> str:
    """Content-derived name of an identity: the target of the owner's link edits."""
    text = "\0".join(identity)
    return "i" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _same_human(
    rows: Iterable[tuple[int, str, str, str, int, int]],
) -> Iterable[tuple[int, int]]:
    first: dict[str, int] = {}
    for row, source, name, handle, _, mine in rows:
        keys = [k for k in (reach(handle), reach(name)) if k]
        if handle:
            keys.append(f"{source}\0{handle}")
        if mine:
            keys.append("me")
        for key in keys:
            yield first.setdefault(key, row), row


def _linked(
    db: Database, rows: Iterable[tuple[int, str, str, str, int, int]]
) -> Iterable[tuple[int, int]]:
    by_key = {identity_key(Identity(s, n, h)): row for row, s, n, h, _, _ in rows}
    for edit in edits(db):
        alive = [by_key[key] for key in sorted(edit.targets) if key in by_key]
        if edit.act == "link" and len(alive) == 2:
            yield alive[0], alive[1]


def _root(parent: dict[int, int], row: int) -> int:
    while parent[row] != row:
        row = parent[row]
    return row


def _join(parent: dict[int, int], links: Iterable[tuple[int, int]]) -> None:
    for a, b in links:
        parent[_root(parent, a)] = _root(parent, b)


def _person(members: list[tuple[int, str, str, str, int, int]]) -> Person:
    identities = tuple(sorted(Identity(s, n, h) for _, s, n, h, _, _ in members))
    by_name: dict[str, int] = defaultdict(int)
    for _, _, name, handle, records, _ in members:
        by_name[name or handle] += records
    name = min(by_name, key=lambda n: (-by_name[n], n))
    return Person(
        id="p" + identity_key(identities[0])[1:],
        name=name,
        me=any(mine for *_, mine in members),
        identities=identities,
        records=sum(m[4] for m in members),
        authors=tuple(sorted(m[0] for m in members)),
    )
