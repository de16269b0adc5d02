"""Facts, profile and review on the screen: what stands, why, and the owner's word over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
from driving import at, drive, import_lines, press, rest, seen, write
from snapshots import assert_looks_like
from stubs import NOW, StubEmbedder, StubLibrary, StubReader
from textual.events import Key
from textual.widgets import DataTable, Select

import tui.facts
from secondme.brains import Library
from secondme.distil import Brains
from secondme.forget import Request
from secondme.memory import Memory
from secondme.vault import Vault

LIFE = [
    {"id": "1", "conversation": "Bea", "author": "Ada", "at": "2024-01-10T09:30:00Z",
     "text": "I live in Leer now, near the harbour", "me": True},
    {"id": "2", "conversation": "Bea", "author": "Bea", "at": "2024-01-10T09:31:00Z",
     "text": "I work at Siemens and I like tea \x1b[31mvery much"},
    {"id": "3", "conversation": "Bea", "author": "Ada", "at": "2024-05-01T09:30:00Z",
     "text": "I live in Porto since last week", "me": True},
    {"id": "4", "conversation": "Office", "author": "Ada", "at": "2024-05-02T09:30:00Z",
     "text": "Well, I love sardines", "me": True},
]  # fmt: skip


class UnsureReader(StubReader):
    """Never sure of anything."""

    def read(self, text: str) -> Sequence[tuple[int, int, str, str, float]]:
        return [(*found[:4], 0.4) for found in super().read(text)]


@pytest.fixture
def life(memory: Memory, tmp_path: Path) -> Memory:
    import_lines(memory, tmp_path, LIFE)
    return memory


def statements(memory: Memory, status: str = "current") -> set[str]:
    return {fact.statement for fact in memory.facts(status=status)}


# -- facts ----------------------------------------------------------------------------------------


def test_every_fact_stands_with_its_words_and_with_what_it_followed(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f5", "down", "down", "down") as pilot:
            assert "5 facts" in seen(pilot)
            text = seen(pilot)
            assert "since 2024-05-01 · 90% sure" in text
            assert text.index("“I live in Porto”") < text.index("Before, until 2024-05-01")
            assert text.index("Before, until 2024-05-01") < text.index("“I live in Leer”")
            assert_looks_like(pilot.app, "facts")
            await press(pilot, "up")
            text = seen(pilot)
            assert "me · place · superseded" in text
            assert text.index("Then, since 2024-05-01") < text.rindex("“I live in Porto”")
            facts = pilot.app.screen
            await press(pilot, "enter", "enter")
            assert pilot.app.screen is not facts
            assert "I live in Leer now, near the harbour" in seen(pilot)

    drive(play)


def test_facts_are_narrowed_by_person_words_and_status(
    life: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tui.facts, "MOST", 2)

    async def play() -> None:
        async with at(life, "f5") as pilot:
            assert "first 2 of 5 facts" in seen(pilot)
            assert pilot.app.screen.query_one(DataTable).row_count == 2
            await press(pilot, "ctrl+f")
            await write(pilot, "PORTO")
            assert "1 fact" in seen(pilot)
            await press(pilot, "ctrl+u", "shift+tab")
            await write(pilot, "me")
            assert "first 2 of 3 facts" in seen(pilot)
            pilot.app.screen.query_one(Select).value = "superseded"
            await rest(pilot)
            assert "1 fact" in seen(pilot)
            assert "I live in Leer" in seen(pilot)
            await press(pilot, "ctrl+u")
            await write(pilot, "nobody")
            assert "0 facts" in seen(pilot)
            assert "Leer" not in seen(pilot)

    drive(play)


def test_a_fact_is_edited_in_place_and_the_edit_taken_back(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f5", "down", "down", "down", "e") as pilot:
            assert "It was read from: I live in Porto" in seen(pilot)
            await write(pilot, " with Bea")
            assert_looks_like(pilot.app, "edit")
            await press(pilot, "escape")
            assert "I live in Porto" in statements(life)
            await press(pilot, "e", "enter")
            assert life.stats()["facts"] == 5
            assert not any(fact.edited for fact in life.facts())
            await press(pilot, "e", "ctrl+u", "enter")
            assert "An empty line says nothing" in seen(pilot)
            await write(pilot, "I live in [b]Lisbon[/b]")
            await press(pilot, "enter")
            assert "I live in [b]Lisbon[/b]" in statements(life)
            assert "current, edited" in seen(pilot)
            assert "“I live in Porto”" in seen(pilot)
            await press(pilot, "u")
            assert "I live in Porto" in statements(life)
            await press(pilot, "u")
            assert "Nothing was corrected" in seen(pilot)

    drive(play)


def test_enter_after_fast_typing_saves_every_letter(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f5", "down", "down", "down", "e") as pilot:
            for key in (*" with Bea and her brother", "enter"):
                pilot.app.post_message(Key(key, key if len(key) == 1 else None))
            await rest(pilot)
            assert "I live in Porto with Bea and her brother" in statements(life)

    drive(play)


def test_a_rejected_fact_is_gone_and_can_be_brought_back(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f5", "down", "down", "down", "x") as pilot:
            assert "4 facts" in seen(pilot)
            assert "I live in Leer" in statements(life)
            assert statements(life, "rejected") == {"I live in Porto"}
            pilot.app.screen.query_one(Select).value = "rejected"
            await rest(pilot)
            assert "I live in Porto" in seen(pilot)
            await press(pilot, "u")
            assert statements(life, "rejected") == set()
            assert "I live in Porto" in statements(life)

    drive(play)


def test_a_pinned_fact_holds_until_it_is_let_go(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f5", "down", "down", "p") as pilot:
            assert "pinned" in seen(pilot)
            assert "I live in Leer" in statements(life)
            await press(pilot, "p")
            assert "No longer pinned" in seen(pilot)
            assert "I live in Leer" not in statements(life)

    drive(play)


def test_the_records_behind_a_fact_are_forgotten_from_it(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f5", "down", "down", "down", "ctrl+d") as pilot:
            assert "Forget: 1 record" in seen(pilot)
            await press(pilot, "y", "escape")
            assert "4 facts" in seen(pilot)
            assert "Porto" not in seen(pilot)
        assert "I live in Leer" in statements(life)

    drive(play)


# -- profile --------------------------------------------------------------------------------------


def test_the_profile_shows_its_parts_each_line_with_its_words(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f6", "down") as pilot:
            for part in ("Lately: 2", "What stands: 2", "place: 2, 2024-01-10", "The core"):
                assert part in seen(pilot)
            assert "Siemens" not in seen(pilot)
            assert "2024-05-01  Ada" in seen(pilot)
            assert "“I live in Porto”" in seen(pilot)
            assert_looks_like(pilot.app, "profile")

    drive(play)


def test_a_line_of_the_profile_is_corrected_where_it_stands(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f6", "down", "e", "ctrl+u") as pilot:
            await write(pilot, "I live by the sea")
            await press(pilot, "enter")
            assert "I live by the sea" in seen(pilot)
            assert "place: I live by the sea" in seen(pilot)
            await press(pilot, "p")
            assert "pinned" in seen(pilot)
            await press(pilot, "u", "x")
            assert statements(life, "rejected") == {"I live in Porto"}
            assert "What stands: 2" in seen(pilot)
            assert "place: I live in Leer" in seen(pilot)

    drive(play)


@pytest.mark.parametrize("line", [1, 8])
def test_no_word_stays_on_the_profile_of_what_was_forgotten_elsewhere(
    life: Memory, line: int
) -> None:
    async def play() -> None:
        async with at(life, "f6", *["down"] * line) as pilot:
            (porto,) = (hit.id for hit in life.search("Porto") if "Porto" in hit.text)
            life.forget(Request(ids=(porto,)))
            for _ in range(50):
                await pilot.pause(0.1)
                await rest(pilot)
                if "Porto" not in seen(pilot):
                    break
            assert "Porto" not in seen(pilot)
            assert "Your words" in seen(pilot)

    drive(play)


def test_nobody_has_a_profile_before_anything_is_known(memory: Memory) -> None:
    async def play() -> None:
        async with at(memory, "f6") as pilot:
            assert "Nothing is known about you yet" in seen(pilot)
            await press(pilot, "e", "x", "p", "u", "ctrl+d", "f5", "e", "x", "p", "u", "ctrl+d")
            assert "f8 distils what is new" in seen(pilot)
            await press(pilot, "r", "n", "o", "b", "k", "x", "e", "s")
            assert "Nothing left to decide" in seen(pilot)

    drive(play)


# -- review ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "current"),
    [("n", {"I live in Porto"}), ("o", {"I live in Leer"}),
     ("b", {"I live in Leer", "I live in Porto"})],
)  # fmt: skip
def test_of_two_that_contradict_each_other_the_owner_says_which_holds(
    life: Memory, key: str, current: set[str]
) -> None:
    async def play() -> None:
        async with at(life, "f5", "r") as pilot:
            assert "1 to decide" in seen(pilot)
            assert "older: me · place · I live in Leer" in seen(pilot)
            assert seen(pilot).index("“I live in Leer”") < seen(pilot).index("“I live in Porto”")
            if key == "n":
                assert_looks_like(pilot.app, "review")
            await press(pilot, "x", "e", key)
            assert "Nothing left to decide" in seen(pilot)
            assert current == {s for s in statements(life) if "live" in s}
            await press(pilot, "escape")
            assert "every status" in seen(pilot)

    drive(play)


def test_unsure_facts_are_kept_rejected_edited_or_skipped(vault: Vault, tmp_path: Path) -> None:
    brains = Brains(StubEmbedder(), UnsureReader())
    memory = Memory(vault, cast(Library, StubLibrary(brains)), lambda: NOW)
    import_lines(memory, tmp_path, [LIFE[1], LIFE[2], LIFE[3]])
    assert len(memory.review()) == 4

    async def play() -> None:
        async with at(memory, "f5", "r") as pilot:
            assert "4 to decide" in seen(pilot)
            first = memory.review()[0]["facts"][0]
            assert first["statement"] in seen(pilot)
            await press(pilot, "n", "o", "b", "k")
            assert "3 to decide" in seen(pilot)
            assert next(f for f in memory.facts() if f.id == first["id"]).pinned
            await press(pilot, "x")
            assert len(statements(memory, "rejected")) == 1
            await press(pilot, "s")
            assert "1 to decide, 1 skipped" in seen(pilot)
            await press(pilot, "e")
            await write(pilot, " in truth")
            await press(pilot, "enter")
            assert "Nothing left to decide. 1 skipped" in seen(pilot)
        assert any(statement.endswith("in truth") for statement in statements(memory))

    drive(play)
