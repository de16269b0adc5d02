"""Distil: build what is missing from the records, in small steps that survive being killed.

Work is never listed ahead of time: what is due is whatever has no job done by the present models
(`built_by`). A step is read, built outside any lock, and written in one transaction that checks the
records are still what was read: what was forgotten or changed meanwhile gets nothing, and stays
due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from secondme.distil import episodes as _episodes
from secondme.distil import facts as _facts
from secondme.errors import SecondMeError
from secondme.vault import Vault
from secondme.vault.built import EpisodeRow, FactRow
from secondme.vault.vectors import Vector, encode

KINDS = ("vectors", "episodes", "facts")
STEP = 64
"""Records embedded between two commits: about a second of work to lose."""
TRIVIAL = 3
"""Texts with fewer word characters than this are not embedded: 'k', '…', a lone emoji."""
LONGEST = 2_000
"""Characters of a record that are embedded; more is cut. MiniLM reads 512 tokens."""

Progress = Callable[[str, int, int], None]
"""Kind, done, due."""
Order = Callable[[list[int]], list[int]]
"""What is due, in the order in which to build it; the result is the same for every order."""


class Embedder(Protocol):
    identity: str
    dims: int

    def embed(self, text: str) -> Vector: ...


@dataclass(frozen=True, slots=True)
class Brains:
    """The models at hand; each may be absent, and its part of the build then waits."""

    embedder: Embedder | None = None
    reader: _facts.FactReader | None = None
    writer: _episodes.Writer | None = None

    def built_by(self, kind: str) -> str | None:
        """The identity of the build this kind would get now; None when its model is missing."""
        if kind == "facts":
            return self.reader.identity if self.reader else None
        if self.embedder is None:
            return None
        if kind == "vectors":
            return self.embedder.identity
        return _episodes.built_by(self.embedder.identity, self.writer)


def distil(
    vault: Vault,
    brains: Brains,
    *,
    only: Sequence[str] = KINDS,
    retry: bool = False,
    progress: Progress = lambda kind, done, due: None,
    order: Order = list,
) -> None:
    """Build everything due, in the order vectors, episodes, facts. Safe to kill at any point."""
    steps = {"vectors": _vectors, "episodes": _conversations, "facts": _people_facts}
    for kind in KINDS:
        built_by = brains.built_by(kind)
        if kind in only and built_by is not None:
            if kind == "vectors" and brains.embedder is not None:
                vault.vectors.begin(built_by, brains.embedder.dims)
            due = order(_due(vault, kind, built_by, retry))
            for done in steps[kind](vault, brains, built_by, due):
                progress(kind, done, len(due))


def pending(vault: Vault, brains: Brains, kind: str) -> int:
    built_by = brains.built_by(kind)
    if built_by is None:
        return 0
    return len(_due(vault, kind, built_by, False))


def _due(vault: Vault, kind: str, built_by: str, retry: bool) -> list[int]:
    if kind == "episodes":
        return vault.built.due_conversations(built_by, retry=retry)
    return vault.built.due_records(kind, built_by, eligible=_eligible(kind), retry=retry)


def total(vault: Vault, kind: str) -> int:
    """How many units there are to build of this kind."""
    if kind == "episodes":
        return len(vault.records.conversations())
    return len(vault.built.due_records(kind, "", eligible=_eligible(kind), retry=True))


def _eligible(kind: str) -> str:
    """Pages that a browser opened are found by their words; a hundred thousand of them would cost
    hours of embedding."""
    return {"facts": _facts.ELIGIBLE, "vectors": "r.kind <> 'visit'"}.get(kind, "1")


def _vectors(vault: Vault, brains: Brains, built_by: str, due: Sequence[int]) -> Iterator[int]:
    """Yields how many of the due are done, after each step."""
    embedder = brains.embedder
    assert embedder is not None
    seen: dict[str, bytes] = {}
    for start in range(0, len(due), STEP):
        rows = due[start : start + STEP]
        read = vault.records.get(rows)
        made: dict[int, bytes | None] = {}
        failed: dict[int, str] = {}
        for row in (r for r in rows if r in read):
            try:
                made[row] = _code(read[row].record.text[:LONGEST], embedder, seen)
            except Exception as error:
                failed[row] = type(error).__name__
        with vault.write():
            still = vault.records.unchanged(read.values())
            vault.vectors.add([(r, code) for r, code in made.items() if r in still and code])
            vault.built.done("vectors", [r for r in made if r in still], built_by)
            for row in failed.keys() & still:
                vault.built.failed("vectors", row, built_by, failed[row])
        yield min(start + STEP, len(due))


def _code(text: str, embedder: Embedder, seen: dict[str, bytes]) -> bytes | None:
    """None for a text that says nothing. Short ones are remembered in `seen`: many are repeated."""
    if sum(c.isalnum() for c in text) < TRIVIAL:
        return None
    code = seen.get(text) or encode(embedder.embed(text))
    if len(text) <= 40:
        seen[text] = code
    return code


def _conversations(
    vault: Vault, brains: Brains, built_by: str, due: Sequence[int]
) -> Iterator[int]:
    for done, conversation in enumerate(due, start=1):
        _one_conversation(vault, brains, built_by, conversation)
        yield done


def _one_conversation(vault: Vault, brains: Brains, built_by: str, conversation: int) -> None:
    """Build until the conversation stood still meanwhile: an import may be adding to it."""
    for _ in range(5):
        inputs = vault.built.inputs(conversation)
        records = vault.records.conversation(conversation)
        rows = [stored.row for stored in records]
        codes = vault.vectors.get(rows)
        known = {e.key: e.summary for e in vault.built.episodes(rows) if e.built_by == built_by}
        made: list[EpisodeRow] = []
        failure = ""
        try:
            made = _episodes.build(records, codes, built_by, brains.writer, known)
        except SecondMeError:
            raise
        except Exception as error:
            failure = type(error).__name__
        with vault.write():
            same_rows = vault.built.inputs(conversation) == inputs
            if same_rows and len(vault.records.unchanged(records)) == len(inputs):
                if failure:
                    vault.built.failed("episodes", conversation, built_by, failure)
                else:
                    vault.built.replace_episodes(conversation, built_by, made)
                return


def _people_facts(vault: Vault, brains: Brains, built_by: str, due: Sequence[int]) -> Iterator[int]:
    reader = brains.reader
    assert reader is not None
    for done, row in enumerate(due, start=1):
        stored = vault.records.get([row]).get(row)
        if stored is None:
            continue
        made: list[FactRow] = []
        failure = ""
        try:
            made = _facts.read(stored, reader)
        except Exception as error:
            failure = type(error).__name__
        with vault.write():
            if not vault.records.unchanged([stored]):
                continue
            if failure:
                vault.built.failed("facts", row, built_by, failure)
            else:
                vault.built.replace_facts(row, built_by, made)
        yield done
