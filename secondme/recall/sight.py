"""What recall keeps in memory of one state of the vault, and how that follows the vault.

The threads of a process share it. Where records or vectors were only added, only those are read.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import cached_property

import numpy as np

from secondme.recall.codes import SignCodes
from secondme.recall.question import Names
from secondme.recall.ranking import Mask
from secondme.recall.terms import Terms
from secondme.vault import Vault
from secondme.vault.filters import Filter
from secondme.vault.outlines import NOBODY, Outlines

KEPT_FILTERS = 8


class Sight:
    """One state of the vault. What was looked up for a question is remembered for the next."""

    def __init__(self, version: int, terms: Terms, names: Names, codes: SignCodes | None) -> None:
        self.version = version
        self.terms = terms
        self.outlines = terms.outlines
        self.names = names
        self.codes = codes
        self._allowed: OrderedDict[Filter, Mask] = OrderedDict()
        self._lock = threading.Lock()

    @cached_property
    def average_length(self) -> float:
        """Characters in a record's text; at least one."""
        return int(self.outlines.lengths.sum()) / max(len(self.outlines), 1) or 1.0

    def allowed(self, vault: Vault, within: Filter) -> Mask | None:
        """Which records the filter lets through, by place; None for all of them."""
        if within.open:
            return None
        with self._lock:
            found = self._allowed.get(within)
        if found is None:
            places = self.outlines.places(vault.records.rows_within(within))
            found = np.zeros(len(self.outlines) + 1, bool)
            found[places[places != NOBODY]] = True
            with self._lock:
                self._allowed[within] = found
                if len(self._allowed) > KEPT_FILTERS:
                    self._allowed.popitem(last=False)
        return found


class Sights:
    """The last two states of one vault: while somebody writes, threads may still read the older."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: list[Sight] = []

    def at(self, vault: Vault, identity: str | None) -> Sight:
        """Of the vault as this connection sees it now. `identity` is that of the embedding model at
        hand; without vectors of that one, words decide alone.
        """
        if identity is not None and vault.vectors.identity != identity:
            identity = None
        version = vault.version()
        with self._lock:
            for sight in self._latest:
                if sight.version == version and _identity(sight) == identity:
                    return sight
            older = [s for s in self._latest if s.version <= version]
            found = _look(vault, version, identity, max(older, key=_age, default=None))
            self._latest = sorted((*self._latest, found), key=_age)[-2:]
        return found


def _age(sight: Sight) -> int:
    return sight.version


def _identity(sight: Sight) -> str | None:
    return sight.codes.identity if sight.codes is not None else None


def _look(vault: Vault, version: int, identity: str | None, known: Sight | None) -> Sight:
    """The vault as it is; `known` is how it was."""
    outlines = vault.records.outlines(known.outlines if known else None)
    if known is not None and known.outlines.reshaped != outlines.reshaped:
        known = None
    rewordings = vault.words.rewordings()
    same = known and known.outlines is outlines and known.terms.rewordings == rewordings
    terms = known.terms if known and same else Terms(outlines, rewordings)
    codes = None
    if identity is not None:
        codes = _codes(vault, identity, outlines, known.codes if known else None)
    return Sight(version, terms, _names(vault, outlines, known), codes)


def _names(vault: Vault, outlines: Outlines, known: Sight | None) -> Names:
    """Who is who changes with a new name, and with what the owner says of two."""
    links = frozenset(edit.key for edit in vault.corrections.every() if edit.act == "link")
    if known is not None and known.names.links == links:
        fresh = outlines.writers[len(known.outlines) : -1]
        if np.isin(fresh, known.outlines.writers).all():
            return known.names
    return Names(vault.people(), links)


def _codes(vault: Vault, identity: str, outlines: Outlines, known: SignCodes | None) -> SignCodes:
    """The sign bits of all vectors: the known ones and what was added since, or all anew."""
    count = vault.vectors.count()
    if known is not None and known.identity == identity:
        codes = known.grown(len(outlines))
        if len(codes) != count:
            codes = _joined(vault, outlines, codes)
        if len(codes) == count:
            return codes
    empty = SignCodes.none(identity, vault.vectors.dims)
    return _joined(vault, outlines, empty.grown(len(outlines)))


def _joined(vault: Vault, outlines: Outlines, codes: SignCodes) -> SignCodes:
    rows, packed, chunk = vault.vectors.signs(codes.chunk)
    return codes.joined(outlines.places(rows), packed, chunk)
