"""Who speaks in a chat whose export has names and nothing else, and which of them is the owner."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from ingest.invisible import shown
from secondme.record import Question

_PHONE = re.compile(r"\+?[\d\s().\-]{6,24}")
_SHOWN = 12
"""People named in a question."""


def phone(name: str) -> str:
    """`+40 521 028 61 88` as `+405210286188`; nothing for a name."""
    return re.sub(r"[^\d+]", "", name) if _PHONE.fullmatch(name) else ""


def same(name: str) -> str:
    """What two spellings of one name have in common."""
    name = shown(name).removeprefix("~").strip()
    return phone(name) or unicodedata.normalize("NFC", name).casefold()


def owner(authors: Iterable[str], conversation: str, me: Iterable[str]) -> frozenset[str] | None:
    """Which authors are the owner: those named in `me`, else in a chat of two the one that the
    chat is not named after. None when that does not say."""
    authors = frozenset(authors)
    told = {same(name) for name in me}
    mine = frozenset(author for author in authors if same(author) in told)
    if mine:
        return mine
    names = {same(conversation), same(re.sub(r"\s*\([^()]*\)$", "", conversation))}
    others = frozenset(author for author in authors if same(author) in names)
    return authors - others if len(authors) == 2 and len(others) == 1 else None


def after_people(speakers: Iterable[str], otherwise: str) -> str:
    """What a chat without a name is called: after who speaks in it."""
    people = sorted(speakers)
    rest = f" +{len(people) - 4}" if len(people) > 4 else ""
    return ", ".join(people[:4]) + rest or otherwise


def who_is_owner(mine: frozenset[str] | None, speakers: Iterable[str]) -> Iterator[Question]:
    """Asks, where several people speak and nothing says which of them is the owner."""
    people = sorted(speakers)
    if mine is None and people:
        rest = f" and {len(people) - _SHOWN} more" if len(people) > _SHOWN else ""
        named = ", ".join(people[:_SHOWN]) + rest
        yield Question("me", f"Which of these is you: {named}?", "", "--me")


__all__ = ["after_people", "owner", "phone", "same", "who_is_owner"]
