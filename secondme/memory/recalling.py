"""Finding again: search, answers, and one thing with what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from secondme import answer as _answer
from secondme import forget as _forget
from secondme import show as _show
from secondme.memory.distilling import Distilling
from secondme.recall import Sight, recall
from secondme.recall.codes import SignCodes
from secondme.recall.question import understand
from secondme.recall.ranking import idf
from secondme.record import Hit
from secondme.vault.filters import Filter


class Recalling(Distilling):
    """Search, ask, show."""

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
    ) -> list[Hit]:
        """Best first. `kind` is record (also when None), episode or fact: of the latter two, those
        that rest on the records found.
        """
        authors = None
        if person is not None:
            authors = _forget.find_person(self._vault.people(), person).authors
        within = Filter(authors=authors, source=source, since=since, until=until)
        wide = k if kind in (None, "record") else 5 * k
        hits = recall(self._vault, self._seeing(), query, k=wide, within=within, now=now)
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
        sight = self._seeing()
        hits = recall(self._vault, sight, question, k=8, now=now)
        understood = understand(question, sight.people, now)
        documents = self._vault.words.documents()
        words = self._vault.words
        rarity = {term: idf(documents, words.frequency(term)) for term in understood.terms}
        composer = self._library.composer
        return _answer.answer(understood, hits, rarity, composer).as_dict()

    def show(self, key: str) -> dict[str, Any]:
        return _show.show(self._vault, key, self.facts)

    def lines(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Who said what and when, of these records: `{id, author, at, text}`; those gone are left
        out.
        """
        found = (self._vault.records.by_key(key) for key in ids)
        return [_show.line(stored) for stored in found if stored is not None]

    def _seeing(self) -> Sight:
        """What recall needs in memory, read again only when the vault has changed."""
        version = self._vault.version()
        if self._sight is None or self._sight[0] != version:
            embedder = self._library.embedder
            usable = embedder is not None and self._vault.vectors.identity == embedder.identity
            codes = SignCodes(*self._vault.vectors.all_signs()) if usable else None
            embed = embedder.embed if usable and embedder is not None else None
            average = self._vault.records.average_length()
            self._sight = version, Sight(self._vault.people(), codes, embed, average)
        return self._sight[1]
