"""Jobs and models, driven by keys over a real vault, stub brains and a real models folder."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

import pytest
from driving import at, drive, press, rest, seen
from shell import DIARY, write_lines
from snapshots import assert_looks_like
from stubs import NOW, StubEmbedder, StubLibrary, StubReader
from test_model_pull import gguf, index, tiny
from textual import events
from textual.pilot import Pilot

from ingest import Options
from models.catalogue import catalogue
from models.store import Store
from secondme.brains import Library
from secondme.distil import Brains
from secondme.memory import Memory
from secondme.paths import models_folder
from secondme.vault import Vault
from tui.jobs import JobsPage

__all__ = ["index"]  # a fixture


class Shelf(StubLibrary):
    """Stub brains, and a folder of models that tests may fill."""

    def __init__(self, folder: Path, brains: Brains | None = None) -> None:
        super().__init__(brains)
        self.store = Store(folder / "models")

    def look_again(self, role: str) -> None:
        """The stubs stay what they are."""


class SlowEmbedder(StubEmbedder):
    """Waits for a sign before it embeds its first text."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()

    def embed(self, text: str):  # type: ignore[no-untyped-def]
        self.begun.set()
        assert self.go_on.wait(20)
        return super().embed(text)


def furnished(vault: Vault, folder: Path, brains: Brains | None = None, records: int = 0) -> Memory:
    """The diary, or that many records, not yet distilled."""
    memory = Memory(vault, cast(Library, Shelf(folder, brains)), lambda: NOW)
    lines = [{"id": str(n), "text": f"line {n} of the log"} for n in range(records)]
    memory.import_([Path(write_lines(folder / "export.jsonl", lines or DIARY))], Options())
    return memory


@pytest.fixture
def memory(vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Memory:
    monkeypatch.setenv("HOME", str(tmp_path))
    return furnished(vault, tmp_path)


async def begin(pilot: Pilot[None], embedder: SlowEmbedder) -> None:
    await pilot.press("d")
    while not embedder.begun.is_set():
        await pilot.pause(0.01)


def test_distilling_shows_what_is_built_and_what_is_left(memory: Memory) -> None:
    async def play() -> None:
        async with at(memory, "f8") as pilot:
            assert "3 pending" in seen(pilot)
            await press(pilot, "d")
            assert "Done." in seen(pilot)
            assert "3 here  all built" in seen(pilot)
            assert "100%" in seen(pilot)
            assert_looks_like(pilot.app, "jobs")
        assert memory.distilled()["pending"] == 0

    drive(play)


def test_distilling_that_is_stopped_keeps_what_it_built(vault: Vault, tmp_path: Path) -> None:
    embedder = SlowEmbedder()
    memory = furnished(vault, tmp_path, Brains(embedder, StubReader()), records=70)

    async def play() -> None:
        async with at(memory, "f8") as pilot:
            await begin(pilot, embedder)
            await pilot.press("escape")
            embedder.go_on.set()
            await rest(pilot)
            assert "Stopped. What was finished is kept." in seen(pilot)
            assert memory.distilled()["vectors"] == 64
            await press(pilot, "d")
            assert memory.distilled()["pending"] == 0

    drive(play)


def test_distilling_goes_on_while_another_page_is_looked_at(vault: Vault, tmp_path: Path) -> None:
    embedder = SlowEmbedder()
    memory = furnished(vault, tmp_path, Brains(embedder, StubReader()), records=70)

    async def play() -> None:
        async with at(memory, "f8") as pilot:
            await begin(pilot, embedder)
            await pilot.press("f7")
            embedder.go_on.set()
            await rest(pilot)
            await press(pilot, "f8")
            assert "Done." in seen(pilot)

    drive(play)


def test_to_quit_ends_distilling_at_its_next_step(vault: Vault, tmp_path: Path) -> None:
    embedder = SlowEmbedder()
    memory = furnished(vault, tmp_path, Brains(embedder, StubReader()), records=70)

    async def play() -> None:
        async with at(memory, "f8") as pilot:
            await begin(pilot, embedder)
            threading.Timer(0.3, embedder.go_on.set).start()
            await pilot.press("ctrl+q")
        assert 0 < memory.distilled()["vectors"] < 70

    drive(play)


def test_what_failed_is_counted_by_error_without_its_words_and_tried_again(
    vault: Vault, tmp_path: Path
) -> None:
    memory = furnished(vault, tmp_path, Brains(StubEmbedder(failures=[True]), StubReader()))

    async def play() -> None:
        async with at(memory, "f8") as pilot:
            await press(pilot, "d")
            assert "1 failed" in seen(pilot)
            assert "vectors: StubError" in seen(pilot)
            assert "Porto" not in seen(pilot)
            await press(pilot, "r")
            assert "failed" not in seen(pilot)
        assert memory.distilled()["failed"] == 0

    drive(play)


def test_distilling_without_a_model_names_what_brings_one(vault: Vault, tmp_path: Path) -> None:
    memory = furnished(vault, tmp_path, Brains())

    async def play() -> None:
        async with at(memory, "f8") as pilot:
            await press(pilot, "d")
            assert "There is no embedding model yet." in seen(pilot)
            assert "secondme models pull minilm-l6" in seen(pilot)

    drive(play)


def test_the_vault_is_checked_on_demand(tmp_path: Path) -> None:
    Memory.create(tmp_path / "own", "file", passphrase=None, key_file=None)
    memory = Memory.open(tmp_path / "own", tmp_path / "models")

    async def play() -> None:
        async with at(memory, "f8") as pilot:
            assert "consistent" not in seen(pilot)
            await press(pilot, "c")
            assert "✓ the vault is consistent" in seen(pilot)
            assert "✗ a model to embed with is here" in seen(pilot)

    drive(play)


def test_a_model_of_the_owners_is_added_by_its_path_and_chosen(
    memory: Memory, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        (tmp_path / f"{name}.gguf").write_bytes(gguf())

    async def play() -> None:
        async with at(memory, "f8") as pilot:
            for name in ("first", "second"):
                await press(pilot, "a")
                pilot.app.screen.post_message(events.Paste(f"~/{name}.gguf"))
                await rest(pilot)
                await press(pilot, "enter")
            assert isinstance(pilot.app.screen, JobsPage)
            await press(pilot, "home", "down", "u")
            assert "second is used from now on" in seen(pilot)
        assert {m["name"] for m in memory.models() if m["current"]} == {"second"}

    drive(play)


def test_a_model_whose_file_is_gone_is_neither_in_use_nor_here(
    memory: Memory, tmp_path: Path
) -> None:
    (tmp_path / "own.gguf").write_bytes(gguf())
    memory.add_model(tmp_path / "own.gguf")
    (tmp_path / "models" / "own.gguf").unlink()

    async def play() -> None:
        async with at(memory, "f8", "end", "u") as pilot:
            assert "its file is gone" in seen(pilot)
            assert "in use" not in seen(pilot)
            assert "The file of own is gone" in seen(pilot)

    drive(play)
    assert not any(m["current"] for m in memory.models())


def test_a_file_that_is_no_model_is_refused_in_place(memory: Memory, tmp_path: Path) -> None:
    (tmp_path / "notes.gguf").write_text("hello")

    async def play() -> None:
        async with at(memory, "f8") as pilot:
            await press(pilot, "a", "tab", "end", "enter")
            assert "notes.gguf is not a GGUF" in seen(pilot)
        assert not any(m["present"] for m in memory.models())

    drive(play)


def test_a_model_is_fetched_only_after_a_yes_to_the_one_use_of_the_network(
    memory: Memory, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = tiny(index, gguf())
    for name in list(catalogue()):
        monkeypatch.delitem(catalogue(), name)
    monkeypatch.setitem(catalogue(), "tiny", known)

    async def play() -> None:
        async with at(memory, "f8") as pilot:
            await press(pilot, "p")
            assert "the only thing secondme ever does on the network" in seen(pilot)
            assert "package index" in seen(pilot)
            assert_looks_like(pilot.app, "pull_asks")
            await press(pilot, "enter", "n")
            assert not any(m["present"] for m in memory.models())
            await press(pilot, "p", "y")
            assert "in use" in seen(pilot)
        assert [m["name"] for m in memory.models() if m["current"]] == ["tiny"]

    drive(play)


@pytest.mark.model
def test_a_model_that_was_added_is_used_without_opening_the_memory_anew(
    vault: Vault, tmp_path: Path
) -> None:
    file = models_folder() / "minilm-l6.gguf"
    if not file.exists():
        pytest.skip(f"the bundled models are not in {models_folder()}: secondme models pull")
    memory = Memory(vault, Library(tmp_path / "models"), lambda: NOW)
    other = memory.another()
    assert "No embedding model" in other.notes()[0]
    own = tmp_path / "own.gguf"
    own.symlink_to(file)
    memory.add_model(own)
    assert other.notes() == []
    other.close()
