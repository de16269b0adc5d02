"""What a question asks for: the words that matter, the people it names, the days it means."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from secondme.vault.connection import search_words
from secondme.vault.people import Author, Person

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_YEAR = re.compile(r"\b(19\d\d|20\d\d)\b")
_ISO = re.compile(r"\b(\d{4})-(\d\d)(?:-(\d\d))?\b")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}

# Words that occur in nearly every question and say nothing of its subject. Leaving them out of an
# OR query made it both better and six times faster.
STOPWORDS = frozenset(
    """
    a about after again all also am an and any are as at be because been before being between
    both but by can could did do does doing don't done down during each ever few for from
    further get got had has have having he her here hers him his how i i'd i'll i'm i've if in
    into is it it's its just kind like many me more most much my no nor not now of off on once
    one only or other our out over own please recently s said same say says she should so some
    such t tell than that the their them then there these they thing things this those through
    to too under until up us use used using very was we were what what's when where which while
    who whom whose why will with would you your
    """.split()
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart. `days` is a half-open UTC range that the question names, if any."""

    text: str
    terms: tuple[str, ...]
    named: tuple[Person, ...]
    days: tuple[str, str] | None
    about_owner: bool

    @property
    def authors(self) -> frozenset[Author]:
        return frozenset(a for p in self.named for a in p.authors)


class Names:
    """Everyone's names, taken apart once for all questions."""

    def __init__(self, people: Sequence[Person], links: frozenset[str] = frozenset()) -> None:
        self.people = people
        self.links = links
        """Keys of the owner's corrections that made two people one."""
        self._bearers: dict[str, list[int]] = {}
        for number, person in enumerate(people):
            for part in dict.fromkeys(_parts(person)):
                self._bearers.setdefault(part, []).append(number)

    def among(self, words: Collection[str]) -> tuple[tuple[Person, ...], set[str]]:
        """People one of whose names is among the words, and the words that are such names."""
        spent = {word for word in words if word in self._bearers}
        numbers = {number for word in spent for number in self._bearers[word]}
        return tuple(self.people[number] for number in sorted(numbers)), spent


def understand(text: str, names: Names, now: date | None = None) -> Question:
    """Take a question apart. Names of known people leave the word query, unless nothing is left.

    Relative days ("yesterday", "last week") need `now`; without it they mean nothing.
    """
    words = _WORD.findall(search_words(text))
    named, spent = _named(words, names)
    kept = [w.lower() for w in words if w.lower() not in STOPWORDS and _bare(w) not in spent]
    if not kept:
        kept = [w.lower() for w in words if w.lower() not in STOPWORDS] or [
            w.lower() for w in words
        ]
    terms = tuple(dict.fromkeys(_bare(w) for w in kept))
    lowered = {w.lower() for w in words}
    return Question(
        text, terms, named, _days(text, now), bool(lowered & {"i", "my", "me", "mine", "i've"})
    )


def _bare(word: str) -> str:
    """Lower case, without the 's of possession."""
    return re.sub(r"['’]s$", "", word.lower())


def _named(words: Sequence[str], names: Names) -> tuple[tuple[Person, ...], set[str]]:
    """People whose name, or a capitalised part of it, stands in the question."""
    shouted = {_bare(w) for w in words if w[:1].isupper() or not w.isascii()}
    if not any(w[:1].isupper() for w in words):
        shouted = {_bare(w) for w in words}
    return names.among(shouted)


def _parts(person: Person) -> Iterator[str]:
    """The parts of a person's names that a question may call them by."""
    for identity in person.identities:
        for part in _WORD.findall(identity.name):
            lowered = part.lower()
            if len(part) >= 3 and lowered not in STOPWORDS and lowered not in _MONTHS:
                yield _bare(part)


def _days(text: str, now: date | None) -> tuple[str, str] | None:
    """The range of days a question names: an ISO date, a month with a year, a year, or a day
    relative to `now`.
    """
    iso = _ISO.search(text)
    if iso and 1 <= int(iso[2]) <= 12:
        return _iso_range(int(iso[1]), int(iso[2]), int(iso[3]) if iso[3] else 0)
    lowered = text.lower()
    year = _YEAR.search(text)
    month = next((_MONTHS[w] for w in re.findall(r"[a-z]+", lowered) if _is_month(w, text)), 0)
    if year and month:
        day = re.search(r"\b([12]?\d|3[01])(?:st|nd|rd|th)?\b(?!\d)", lowered)
        return _iso_range(int(year[0]), month, int(day[1]) if day else 0)
    if year:
        return f"{year[0]}-01-01", f"{int(year[0]) + 1}-01-01"
    if now is not None:
        return _relative(lowered, now, month)
    return None


def _is_month(word: str, text: str) -> bool:
    """`may` and `march` count only with a capital: they are verbs, too."""
    return word in _MONTHS and (word not in ("may", "march", "mar") or word.capitalize() in text)


def _relative(lowered: str, now: date, month: int) -> tuple[str, str] | None:
    days = {"today": (0, 1), "yesterday": (1, 1), "last week": (7, 7), "last month": (31, 31)}
    for phrase, (back, length) in days.items():
        if phrase in lowered:
            start = now - timedelta(days=back)
            return start.isoformat(), (start + timedelta(days=length)).isoformat()
    if "last year" in lowered:
        return f"{now.year - 1}-01-01", f"{now.year}-01-01"
    if month:
        return _iso_range(now.year if month <= now.month else now.year - 1, month, 0)
    return None


def _iso_range(year: int, month: int, day: int) -> tuple[str, str] | None:
    try:
        if day:
            start = date(year, month, day)
            return start.isoformat(), (start + timedelta(days=1)).isoformat()
        after = date(year + month // 12, month % 12 + 1, 1)
        return date(year, month, 1).isoformat(), after.isoformat()
    except ValueError:
        return None
