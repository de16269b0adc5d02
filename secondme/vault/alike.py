"""Who may be one person without anything that proves it: the owner is asked, and nobody is merged.

What speaks for it, likeliest first: a chat was exported twice and one of them has another name in
it; a number is on both their cards, or is the same but for the country; the names are equal, or one
is short for the other; in a chat of two, one name begins where the other ends.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from sqlite_utils import Database

from secondme.vault.cards import cards, of_one_name, reach, words
from secondme.vault.people import Person, everyone

_SAID_TWICE = 3
"""Messages that stand under both names, word for word and at one time: a repost is one."""
_TELLING = 8
"""Shorter ones are said by many people in one minute."""
_SPOKE = 3
"""With fewer messages, that one name begins where another ends says nothing."""
_COMMON = 20
"""A name that more people have tells nobody apart."""
_NATIONAL = 7
"""Digits by which a number can be known without its country."""
_MOST = 200


class Pair(NamedTuple):
    one: Person
    """The one with more records."""
    other: Person
    why: str


def pairs(db: Database) -> list[Pair]:
    """Each pair once, for its best reason."""
    people = everyone(db)
    place_of = {a.row: place for place, person in enumerate(people) for a in person.authors}
    found: dict[tuple[int, int], str] = {}
    for first, second, why in _reasons(db, people, place_of):
        if first != second and not (people[first].me and people[second].me):
            found.setdefault((min(first, second), max(first, second)), why)
    return [Pair(people[a], people[b], why) for (a, b), why in list(found.items())[:_MOST]]


def _reasons(
    db: Database, people: list[Person], place_of: dict[int, int]
) -> Iterator[tuple[int, int, str]]:
    for one, other, times in _said_twice(db):
        yield place_of[one], place_of[other], f"{times} messages stand under both names"
    yield from _numbers(db, people, place_of)
    for one, other, why in _names(people):
        if not _talked(db, people[one], people[other]):
            yield one, other, why
    for one, other in _one_after_the_other(db):
        yield place_of[one], place_of[other], "in a chat of two, one begins where the other ends"


def _said_twice(db: Database) -> list[tuple[int, int, int]]:
    """Of exports without ids, which tell records apart by their author's name. The chat may have
    changed its name with the contact."""
    return list(
        db.conn.execute(
            "select a.author, b.author, count(*) as times from records a"
            " join records b on b.sent_at = a.sent_at and b.text = a.text and b.author > a.author"
            " join authors x on x.id = a.author"
            " join authors y on y.id = b.author and y.source = x.source"
            " where a.native_id is null and b.native_id is null and a.kind = 'message'"
            f" and b.kind = 'message' and length(a.text) >= {_TELLING}"
            f" group by a.author, b.author having times >= {_SAID_TWICE}"
            " order by times desc, a.author, b.author"
        )
    )


def _one_after_the_other(db: Database) -> Iterator[tuple[int, int]]:
    """Names without handles in chats in which only one other person speaks at a time."""
    spoke: dict[int, list[tuple[str, str, int, int]]] = defaultdict(list)
    for conversation, first, last, author, times in db.conn.execute(
        "select r.conversation, min(order_at), max(order_at), r.author, count(*) from records r"
        " join authors a on a.id = r.author where not r.mine and r.kind = 'message'"
        " and a.handle = '' and r.sent_at is not null and r.role = 'person'"
        " group by r.conversation, r.author order by r.conversation, 2, r.author"
    ):
        spoke[conversation].append((first, last, author, times))
    for names in spoke.values():
        if len(names) == 2 and min(times for *_, times in names) >= _SPOKE:
            (_, before, one, _), (after, _, other, _) = names
            if before < after:
                yield one, other


def _numbers(
    db: Database, people: list[Person], place_of: dict[int, int]
) -> Iterator[tuple[int, int, str]]:
    """Numbers on cards that do not say their country, and those on cards of several people."""
    by_end: dict[str, list[tuple[int, str]]] = defaultdict(list)
    bearers: dict[str, set[int]] = defaultdict(set)
    for place, person in enumerate(people):
        for identity in person.identities:
            for handle in (reach(identity.handle), reach(identity.name)):
                if handle and handle.startswith("+"):
                    by_end[handle[-_NATIONAL:]].append((place, handle))
                if handle:
                    bearers[handle].add(place)
    for card in cards(db):
        place = place_of[card.author]
        for written in card.written:
            if handle := reach(written):
                bearers[handle].add(place)
                continue
            digits = re.sub(r"\D", "", written).lstrip("0")
            for other, number in by_end.get(digits[-_NATIONAL:], ()):
                if len(digits) >= _NATIONAL and number.endswith(digits):
                    yield place, other, f"{written} may be {number}"
    for handle, places in sorted(bearers.items()):
        if len(places) > _COMMON:
            continue
        for one, other in combinations(sorted(places), 2):
            yield one, other, f"both are reached at {handle}"


def _names(people: list[Person]) -> Iterator[tuple[int, int, str]]:
    """Equal names before short ones."""
    called: dict[frozenset[str], set[int]] = defaultdict(set)
    having: dict[str, set[frozenset[str]]] = defaultdict(set)
    for place, person in enumerate(people):
        for identity in person.identities:
            if reach(identity.name) is None and (name := frozenset(words(identity.name))):
                called[name].add(place)
                for word in sorted(name):
                    having[word].add(name)
    for places in called.values():
        yield from _each(places, "they have one name")
    for names in having.values():
        if len(names) <= _COMMON:
            for one, other in combinations(sorted(names, key=sorted), 2):
                short, long = sorted((one, other), key=len)
                if _is_short_for(short, long, having):
                    yield from _each(
                        called[short], "one name may be short for the other", called[long]
                    )


def _is_short_for(
    short: frozenset[str], long: frozenset[str], having: dict[str, set[frozenset[str]]]
) -> bool:
    """`Bea` is, of `Bea Quist`, unless there is a `Bea Lamp` too."""
    if not short < long or not of_one_name([" ".join(short), " ".join(long)]):
        return False
    if max(map(len, short)) < 3:
        return False
    longer = set.intersection(*(having[word] for word in short)) - {short}
    return len(longer) == 1


def _talked(db: Database, one: Person, other: Person) -> bool:
    """Two who speak in one chat are two, whatever they are called."""
    ours, theirs = (",".join(str(a.row) for a in person.authors) for person in (one, other))
    said = "select conversation from records where kind = 'message' and author in"
    query = f"select exists ({said} ({ours}) intersect {said} ({theirs}))"
    return bool(db.conn.execute(query).fetchone()[0])


def _each(
    places: Iterable[int], why: str, others: Iterable[int] | None = None
) -> Iterator[tuple[int, int, str]]:
    listed = sorted(places)[:_COMMON]
    if others is None:
        yield from ((one, other, why) for one, other in combinations(listed, 2))
    else:
        yield from ((one, other, why) for one in listed for other in sorted(others)[:_COMMON])


__all__ = ["Pair", "pairs"]
