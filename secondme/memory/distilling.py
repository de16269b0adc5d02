"""Building what is missing, and reading what was built."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from secondme import distil as _distil
from secondme import forget as _forget
from secondme import show as _show
from secondme.distil import Brains
from secondme.distil.profile import profile
from secondme.distil.standing import Standing, known
from secondme.memory.opening import Opened, at_once
from secondme.record import Fact


class Distilling(Opened):
    """Distil; episodes, facts and the profile as they stand."""

    @property
    def _brains(self) -> Brains:
        return self._library.brains()

    def distil(
        self,
        *,
        only: Sequence[str] = _distil.KINDS,
        retry: bool = False,
        progress: _distil.Progress = lambda kind, done, due: None,
    ) -> dict[str, Any]:
        """Build what is missing. Raises `ModelMissing` when no model for any of it is there."""
        if self._brains.embedder is None:
            self._library.store.need("embed")
        brains = self._library.brains(ready=only)
        _distil.distil(self._vault, brains, only=only, retry=retry, progress=progress)
        return self.distilled()

    @at_once
    def distilled(self) -> dict[str, Any]:
        """How far distilling is: counts, pending units, failures by kind, coverage in per cent."""
        pending = {kind: _distil.pending(self._vault, self._brains, kind) for kind in _distil.KINDS}
        totals = {kind: _distil.total(self._vault, kind) for kind in _distil.KINDS}
        for kind in _distil.KINDS:
            if self._brains.built_by(kind) is None:
                pending[kind] = totals[kind]
        failures = self._vault.built.failures()
        whole = sum(totals.values())
        built = whole - sum(pending.values()) - len(failures)
        return {
            **self._vault.built.counts(),
            "profile": len(self.profile()["bio"]),
            "vectors": self._vault.vectors.count(),
            "pending": sum(pending.values()),
            "pending_by_kind": pending,
            "failed": len(failures),
            "failures": [f._asdict() for f in failures[:20]],
            "coverage": round(100 * built / whole, 1) if whole else 100.0,
        }

    @at_once
    def episodes(self) -> list[dict[str, Any]]:
        return _show.episodes(self._vault)

    @at_once
    def facts(
        self,
        *,
        subject: str | None = None,
        as_of: str | None = None,
        status: str | None = None,
    ) -> list[Fact]:
        """All facts but those the owner rejected, which the status `rejected` lists; `as_of` (a UTC
        prefix) keeps those that held then.

        `subject` is a person's name, handle or id, or `me`. Raises NotFound for a stranger.
        """
        rejected = status == "rejected"
        facts = [f for f in self._standing().facts if (f.status == "rejected") == rejected]
        if subject is not None:
            wanted = self._subject(subject)
            facts = [f for f in facts if f.subject == wanted]
        if status is not None:
            facts = [f for f in facts if f.status == status]
        if as_of is not None:
            facts = [f for f in facts if _held(f, as_of)]
        return facts

    def _subject(self, name: str) -> str:
        """What facts call this person: the owner is `me` under every name."""
        if name.casefold() == "me":
            return "me"
        person = _forget.find_person(self._vault.people(), name)
        return "me" if person.me else person.name

    @at_once
    def profile(self, now: date | None = None) -> dict[str, Any]:
        """What stands about the owner; with `now`, by what had been said until that day's end."""
        return profile(known(self._vault, until=now).facts, now)

    def _all_facts(self) -> list[Fact]:
        return self._standing().facts

    def _standing(self) -> Standing:
        """What stands, worked out again only when the vault has changed."""
        version = self._vault.version()
        if self._stood is None or self._stood[0] != version:
            self._stood = version, known(self._vault)
        return self._stood[1]


def _held(fact: Fact, when: str) -> bool:
    begun = fact.valid_from is None or fact.valid_from[: len(when)] <= when
    ended = fact.status == "superseded" and (fact.valid_to or "")[: len(when)] <= when
    return begun and not ended
