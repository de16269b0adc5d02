"""What the owner puts right."""

from __future__ import annotations

from typing import Any

from secondme import forget as _forget
from secondme import show as _show
from secondme.errors import NotFound, UsageError
from secondme.memory.opening import Opened
from secondme.vault.people import Person, identity_key


class Correcting(Opened):
    """Who is who, by the owner's word."""

    def people(self) -> list[dict[str, Any]]:
        return _show.people(self._vault)

    def merge(self, one: str, other: str) -> dict[str, Any]:
        """The owner says that two are one person. Returns that person."""
        first, second = (_forget.find_person(self._vault.people(), n) for n in (one, other))
        if first.id == second.id:
            raise UsageError(
                f"{one} and {other} are one person already.", "`secondme people` lists everyone."
            )
        end = identity_key(first.identities[0])
        self._vault.corrections.link(end, identity_key(second.identities[0]), self._now())
        return next(_show.person(p) for p in self._vault.people() if end in _keys(p))

    def split(self, name: str) -> list[dict[str, Any]]:
        """Take back the owner's merges of one person. Returns the people that come out."""
        person = _forget.find_person(self._vault.people(), name)
        parts = _keys(person)
        if not self._vault.corrections.unlink(parts):
            raise NotFound(f"Nobody was merged with {name}.", "`secondme people` lists everyone.")
        return [_show.person(p) for p in self._vault.people() if parts & _keys(p)]


def _keys(person: Person) -> set[str]:
    return {identity_key(identity) for identity in person.identities}
