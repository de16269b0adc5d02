"""Finding again: search, answers, and one thing with what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from secondme import answer as _answer
from secondme import forget as _forget
from secondme import show as _show
from secondme.memory.distilling import Distilling
from secondme.memory.opening import at_once
from secondme.recall import Sight, recall
from secondme.recall.question import understand
from secondme.recall.ranking import idf
from secondme.record import Hit
from secondme.vault.filters import EVERYTHING, Filter


class Recalling(Distilling):
    """Search, ask, show."""

    @at_once
    def search(
        self,
        query: str,
        *,
        k: int = 10,
        kind: str | None = None,
        person: str | None = None,
        source: str | None = None,
        since: str | None = None,
        until: str | None = None,
        now: date | None = None,
        meaning: bool = True,
    ) -> list[Hit]:
        """Best first. `kind` is record (also when None), episode or fact: of the latter two, those
        that rest on the records found. Without `meaning` words alone count, which is quicker.
        """
        authors = None
        if person is not None:
            authors = _forget.find_person(self._seeing().names.people, person).authors
        within = Filter(authors=authors, source=source, since=since, until=until)
        wide = k if kind in (None, "record") else 5 * k
        hits = self._recall(query, wide, within=within, now=now, meaning=meaning)
        if kind == "episode":
            return _show.episodes_of(self._vault, hits)[:k]
        if kind == "fact":
            return _show.facts_of(self.facts(), hits)[:k]
        return hits

    def notes(self) -> list[str]:
        """What a person should know about searches right now, in sentences."""
        identity = self._vault.vectors.identity
        embedder = self._library.embedder
        if embedder is None:
            return ["No embedding model: words only (secondme models pull minilm-l6)."]
        if identity is not None and identity != embedder.identity:
            return ["The vectors are from another model: words only until `secondme distil`."]
        return []

    def ask(self, question: str, *, now: date | None = None) -> dict[str, Any]:
        with self._vault.reading():
            found = self._recall(question, 8, now=now)
            hits = _answer.as_corrected(found, self._standing().facts)
            understood = understand(question, self._seeing().names, now)
            words = self._vault.words
            documents = words.documents()
            rarity = {term: idf(documents, words.frequency(term)) for term in understood.terms}
        composer = self._library.composer
        return _answer.answer(understood, hits, rarity, composer).as_dict()

    @at_once
    def as_corrected(self, hits: Sequence[Hit]) -> list[Hit]:
        """Records that were found, as the owner corrected them: what to tell of them."""
        return _answer.as_corrected(hits, self._standing().facts)

    @at_once
    def show(self, key: str) -> dict[str, Any]:
        return _show.show(self._vault, key, self._all_facts)

    @at_once
    def lines(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Who said what and when, of these records: `{id, author, at, text}`; those gone are left
        out.
        """
        found = (self._vault.records.by_key(key) for key in ids)
        return [_show.line(stored) for stored in found if stored is not None]

    @at_once
    def conversation(self, key: str, *, before: int = 40, after: int = 40) -> dict[str, Any]:
        """The conversation around a record, so many records before and after it."""
        return _show.conversation(self._vault, key, before, after)

    @at_once
    def resting(self, key: str) -> dict[str, Any]:
        """`{episodes, facts}` that rest on a record."""
        return _show.resting(self._vault, key, self._all_facts)

    def _recall(
        self,
        question: str,
        k: int,
        *,
        within: Filter = EVERYTHING,
        now: date | None = None,
        meaning: bool = True,
    ) -> list[Hit]:
        embedder = self._library.embedder
        sight = self._seeing()
        usable = meaning and embedder is not None and sight.codes is not None
        embed = embedder.embed if usable and embedder is not None else None
        return recall(self._vault, sight, question, embed=embed, k=k, within=within, now=now)

    def _seeing(self) -> Sight:
        """What recall needs in memory, as the vault is now."""
        embedder = self._library.embedder
        return self._sights.at(self._vault, embedder.identity if embedder is not None else None)
