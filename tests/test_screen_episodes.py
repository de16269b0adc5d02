"""The page of episodes, driven by keys over a real vault."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import at, drive, import_lines, press, rest, seen, write
from snapshots import assert_looks_like
from textual.widgets import OptionList

import tui.episodes
from secondme.memory import Memory
from tui.episodes import EpisodesPage, Listed

LIFE = [
    {"id": "1", "conversation": "Bea", "author": "Ada", "at": "2023-03-01T09:30:00Z",
     "text": "I live in Leer now, near the harbour", "me": True},
    {"id": "2", "conversation": "Bea", "author": "Bea", "at": "2023-03-01T09:31:00Z",
     "text": "Then we can have tea by the water"},
    {"id": "3", "conversation": "Office", "author": "Carl", "at": "2024-05-01T09:30:00Z",
     "text": "The kettle is broken again"},
]  # fmt: skip


@pytest.fixture
def life(memory: Memory, tmp_path: Path) -> Memory:
    import_lines(memory, tmp_path, LIFE)
    return memory


def test_episodes_stand_by_time_with_their_people_words_and_records(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f4") as pilot:
            assert "2 episodes" in seen(pilot)
            assert seen(pilot).index("2024-05-01") < seen(pilot).index("2023-03-01")
            await press(pilot, "enter", "down")
            assert "Ada, Bea · Bea" in seen(pilot)
            assert "Then we can have tea by the water" in seen(pilot)
            assert_looks_like(pilot.app, "episodes")

    drive(play)


def test_typing_leaves_the_episodes_that_fit(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f4") as pilot:
            for typed in ("harbour", "BEA", "2023-03"):
                await press(pilot, "end", "ctrl+u")
                await write(pilot, typed)
                assert "1 episode" in seen(pilot)
                assert "harbour" in seen(pilot)
                assert "kettle" not in seen(pilot)

    drive(play)


def test_enter_on_a_record_opens_the_reader_there(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f4", "enter", "down", "enter") as pilot:
            before = pilot.app.screen
            await press(pilot, "enter")
            assert pilot.app.screen is not before
            assert "Then we can have tea by the water" in seen(pilot)
            await press(pilot, "escape")
            assert pilot.app.screen is before

    drive(play)


def test_an_episode_is_forgotten_with_all_its_records(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f4", "enter", "down", "ctrl+d") as pilot:
            assert "Forget: 2 records" in seen(pilot)
            await press(pilot, "y", "escape")
            assert "1 episode" in seen(pilot)
            assert "harbour" not in seen(pilot)
        assert life.stats()["records"] == 1

    drive(play)


def test_of_very_many_episodes_a_screenful_is_listed_and_counted(
    memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tui.episodes, "MOST", 3)
    days = [
        {"id": str(n), "conversation": "Diary", "author": "Ada", "text": f"Morning number {n}",
         "at": f"2024-05-{n:02}T09:00:00Z", "me": True}
        for n in range(1, 8)
    ]  # fmt: skip
    import_lines(memory, tmp_path, days)

    async def play() -> None:
        async with at(memory, "f4") as pilot:
            assert "newest 3 of 7 episodes" in seen(pilot)
            assert pilot.app.screen.query_one("#episodes", OptionList).option_count == 3

    drive(play)


def test_an_import_elsewhere_shows_by_itself(life: Memory, tmp_path: Path) -> None:
    more = [{"id": "9", "conversation": "Zoo", "author": "Dora", "text": "The otters are back",
             "at": "2024-05-20T09:30:00Z"}]  # fmt: skip

    async def play() -> None:
        async with at(life, "f4") as pilot:
            pilot.app._look()
            await rest(pilot)
            import_lines(life, tmp_path, more)
            pilot.app._look()
            await rest(pilot)
            assert "3 episodes" in seen(pilot)
            assert "otters" in seen(pilot)

    drive(play)


def test_an_empty_memory_says_what_to_do(memory: Memory) -> None:
    async def play() -> None:
        async with at(memory, "f4") as pilot:
            assert "f8 distils" in seen(pilot)

    drive(play)


def test_an_episode_that_goes_the_moment_it_is_highlighted_is_let_go(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f4") as pilot:
            page = pilot.app.screen
            assert isinstance(page, EpisodesPage)
            page.query_one("#episodes", OptionList).highlighted = 1
            page._list(Listed((), 0, 2))  # before anybody has heard of that
            await rest(pilot)
            assert "0 episodes" in seen(pilot)

    drive(play)
