"""Two at once: what one process builds or imports while another changes the vault under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from stubs import KEY, NOW, StubEmbedder, StubError, StubReader, StubWriter

from secondme.content_keys import Keys
from secondme.distil import Brains, distil, pending
from secondme.errors import Busy
from secondme.forget import Request, choose
from secondme.memory import Memory
from secondme.record import Record
from secondme.vault import Vault, connection, pages
from secondme.vault.vectors import Vector, encode

Act = Callable[[], object]
SENT = "2024-05-01T10:00:00Z"
OLD = Record(
    "telegram", "Boats", "I live in Porto, more or less", "Ada", "ada7", SENT, native_id="7"
)
EDITED = OLD._replace(text="as I said before: these days, I live in Lisbon")
"""Longer, so that it is the version shown."""


class BusyReader(StubReader):
    """Somebody else acts while it reads for the first time."""

    def __init__(self, act: Act, failures: Sequence[bool] = ()) -> None:
        super().__init__(failures=failures)
        self.acts = [act]

    def read(self, text: str) -> Sequence[tuple[int, int, str, str, float]]:
        while self.acts:
            self.acts.pop()()
        return super().read(text)


class BusyEmbedder(StubEmbedder):
    """The same while it embeds."""

    def __init__(self, act: Act, failures: Sequence[bool] = ()) -> None:
        super().__init__(failures=failures)
        self.acts = [act]

    def embed(self, text: str) -> Vector:
        while self.acts:
            self.acts.pop()()
        return super().embed(text)


class BusyWriter(StubWriter):
    """The same while it composes; and it may fail then."""

    def __init__(self, act: Act, *, fails: bool = False) -> None:
        super().__init__()
        self.acts = [act]
        self.fails = fails

    def summarise(self, lines: Sequence[str]) -> str:
        if self.acts:
            self.acts.pop()()
            if self.fails:
                raise StubError
        return super().summarise(lines)


def bring(vault: Vault, *records: Record) -> int:
    keys = Keys()
    batch = vault.new_batch(NOW, str(records), {})
    vault.records.add(batch, [keys.sight(r) for r in records])
    vault.end_batch(batch, {})
    return batch


@pytest.fixture
def other(vault: Vault) -> Iterator[Vault]:
    """The same vault, open in somebody else's hands."""
    with Vault(vault.folder, KEY) as opened:
        yield opened


@pytest.fixture
def edit(vault: Vault, other: Vault) -> Act:
    """Somebody else imports the edited version of the one message there is."""
    bring(vault, OLD)
    return lambda: bring(other, EDITED)


def quotes(vault: Vault) -> list[str]:
    records = vault.records.get([fact.record for fact in vault.built.facts()])
    return [
        records[fact.record].record.text[span.start : span.stop]
        for fact in vault.built.facts()
        for span in fact.evidence
    ]


# -- distilling while somebody imports ------------------------------------------------------------


def test_facts_of_words_that_were_edited_meanwhile_are_not_kept(vault: Vault, edit: Act) -> None:
    brains = Brains(StubEmbedder(), BusyReader(edit))
    distil(vault, brains, only=["facts"])
    assert quotes(vault) == []
    assert pending(vault, brains, "facts") == 1
    distil(vault, brains, only=["facts"])
    assert quotes(vault) == ["I live in Lisbon"]


def test_vectors_of_words_that_were_edited_meanwhile_are_not_kept(vault: Vault, edit: Act) -> None:
    brains = Brains(BusyEmbedder(edit), StubReader())
    distil(vault, brains, only=["vectors"])
    assert vault.vectors.count() == 0
    assert pending(vault, brains, "vectors") == 1
    distil(vault, brains, only=["vectors"])
    (code,) = (code for _, code in vault.vectors.every())
    assert code == encode(StubEmbedder().embed(EDITED.text))


def test_an_episode_of_words_that_were_edited_meanwhile_is_built_again(
    vault: Vault, edit: Act
) -> None:
    distil(vault, Brains(StubEmbedder(), writer=BusyWriter(edit)), only=["episodes"])
    (episode,) = vault.built.episodes()
    assert "Lisbon" in episode.summary
    (span,) = episode.evidence
    assert EDITED.text[span.start : span.stop] == EDITED.text
    assert vault.integrity() == []


def test_a_failure_over_words_that_were_edited_meanwhile_is_not_held_against_the_new_ones(
    vault: Vault, edit: Act
) -> None:
    distil(vault, Brains(StubEmbedder(), BusyReader(edit, failures=[True])), only=["facts"])
    assert vault.built.failures() == []
    distil(vault, Brains(StubEmbedder(), StubReader()), only=["facts"])
    assert quotes(vault) == ["I live in Lisbon"]


@pytest.mark.parametrize("kind", ["vectors", "episodes"])
def test_no_failure_is_noted_of_what_was_changed_meanwhile(
    vault: Vault, edit: Act, kind: str
) -> None:
    embedder = BusyEmbedder(edit, failures=[True]) if kind == "vectors" else StubEmbedder()
    writer = BusyWriter(edit, fails=True) if kind == "episodes" else StubWriter()
    distil(vault, Brains(embedder, StubReader(), writer), only=[kind])
    assert vault.built.failures() == []


def test_an_edit_taken_back_again_meanwhile_leaves_what_was_built(
    vault: Vault, other: Vault
) -> None:
    bring(vault, OLD)
    brains = Brains(StubEmbedder(), BusyReader(lambda: other.undo(bring(other, EDITED))))
    distil(vault, brains, only=["facts"])
    assert quotes(vault) == ["I live in Porto"]


# -- taking back an import that is under way ------------------------------------------------------


def test_an_import_taken_back_while_it_runs_stores_nothing_more(vault: Vault, other: Vault) -> None:
    keys = Keys()
    batch = vault.new_batch(NOW, "export", {})
    vault.records.add(batch, [keys.sight(OLD)])
    other.undo(batch)
    with pytest.raises(Busy, match="taken back while it ran"):
        vault.records.add(batch, [keys.sight(EDITED._replace(native_id="8"))])
    assert vault.records.count() == 0
    with pytest.raises(Busy, match="taken back while it ran"):
        vault.end_batch(batch, {})
    assert [b["state"] for b in vault.batches()] == ["undone"]


def test_the_slower_of_two_equal_imports_is_told_that_the_other_finished(
    vault: Vault, other: Vault
) -> None:
    keys = Keys()
    batch = vault.new_batch(NOW, "export", {})
    assert other.new_batch(NOW, "export", {}) == batch
    other.records.add(batch, [keys.sight(OLD)])
    other.end_batch(batch, {})
    with pytest.raises(Busy, match="finished by another process"):
        vault.records.add(batch, [keys.sight(OLD)])


# -- reading while others write --------------------------------------------------------------------


def test_a_dump_shows_one_moment_whatever_is_forgotten_meanwhile(
    memory: Memory, other: Vault
) -> None:
    bring(other, OLD, OLD._replace(native_id="8", text="I love tea"))
    memory.distil()
    before = list(memory.dump())
    lines = memory.dump()
    begun = [next(lines)]
    other.forget(choose(other, Request(query="tea")), NOW)
    assert [*begun, *lines] == before
    assert list(memory.dump()) != before


def test_verify_lets_nobody_write_while_it_reads_the_file(
    memory: Memory, other: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(other, OLD)
    refused: list[bool] = []
    audit = pages.audit

    def meanwhile(path: Path, key: bytes) -> pages.PageReport:
        with pytest.raises(Busy), connection.patience(other._db, 10):
            bring(other, EDITED)
        refused.append(True)
        return audit(path, key)

    monkeypatch.setattr(pages, "audit", meanwhile)
    assert memory.verify()["ok"]
    assert refused == [True]
    bring(other, EDITED)
