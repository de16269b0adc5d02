"""The search page: type, narrow, look, and ask what to make of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import at, drive, import_lines, press, rest, seen
from snapshots import assert_looks_like
from textual.pilot import Pilot
from textual.widgets import Input

from secondme.memory import Memory
from tui import search
from tui.lines import Lines

DIARY = [
    {"id": "1", "conversation": "Porto", "author": "Bea", "at": "2024-05-01T09:29:00Z",
     "text": "Where do you live now?"},
    {"id": "2", "conversation": "Porto", "author": "Ada", "at": "2024-05-01T09:30:00Z",
     "text": "I live in Porto since last week", "me": True},
    {"id": "3", "conversation": "Porto", "author": "Bea", "at": "2024-05-01T09:31:00Z",
     "text": "Porto! \x1b[31mIs\u202e there tea in Porto? [red]No markup[/red]"},
    {"id": "4", "conversation": "Office", "author": "Cleo", "at": "2023-06-01T08:00:00Z",
     "text": "The kettle is broken, so there is no tea"},
]  # fmt: skip


@pytest.fixture
def diary(memory: Memory, tmp_path: Path) -> Memory:
    import_lines(memory, tmp_path, DIARY)
    return memory


def test_typing_finds_and_shows_the_best_where_it_was_said(diary: Memory) -> None:
    async def play() -> None:
        async with at(diary, *"live") as pilot:
            assert "▶ 2024-05-01 09:30  Ada" in seen(pilot)
            assert "Where do you live now?" in seen(pilot)
            assert "fact: I live in Porto" in seen(pilot)
            assert_looks_like(pilot.app, "search")

    drive(play)


def test_what_finds_nothing_says_so(diary: Memory) -> None:
    async def play() -> None:
        async with at(diary) as pilot:
            assert "4 records" in seen(pilot)
            await press(pilot, *"zebra")
            assert "Nothing relevant." in seen(pilot)
            assert pilot.app.screen.query_one("#hits", Lines).option_count == 0

    drive(play)


def test_text_from_a_chat_neither_paints_nor_turns_nor_marks_up_the_screen(diary: Memory) -> None:
    async def play() -> None:
        async with at(diary, *"markup") as pilot:
            shown = seen(pilot)
            assert "[31mIs there tea in Porto? [red]No markup[/red]" in shown.replace("│\n", "")
            assert "\x1b" not in shown
            assert "\u202e" not in shown

    drive(play)


def test_person_source_and_dates_narrow_a_search(diary: Memory) -> None:
    async def play() -> None:
        async with at(diary, *"tea") as pilot:
            assert "Cleo" in seen(pilot)
            assert "Bea" in seen(pilot)
            await press(pilot, "ctrl+f", *"bea")
            assert "Cleo" not in seen(pilot)
            assert "▶ 2024-05-01 09:31  Bea" in seen(pilot)
            await press(pilot, "ctrl+f", "tab", "tab", *"2025")
            assert "Nothing relevant." in seen(pilot)
            await press(pilot, "ctrl+l", *"tea", "ctrl+f", "tab", "tab", "tab", *"2024")
            assert "1 found" in seen(pilot)
            assert "Cleo" in seen(pilot)
            await press(pilot, "ctrl+l", *"tea", "ctrl+f", "tab", *"whatsapp")
            assert "Nothing relevant." in seen(pilot)

    drive(play)


def test_a_search_that_was_under_way_never_fills_a_page_that_refuses_a_day(diary: Memory) -> None:
    async def play() -> None:
        async with at(diary) as pilot:
            for box, text in (("#question", "tea"), ("#since", "soon")):
                pilot.app.screen.query_one(box, Input).value = text
            await rest(pilot)
            assert "soon is not a date." in seen(pilot)
            assert pilot.app.screen.query_one("#hits", Lines).option_count == 0

    drive(play)


def test_a_stranger_and_a_day_that_is_none_are_named_in_place(diary: Memory) -> None:
    async def play() -> None:
        async with at(diary, *"tea", "ctrl+f", *"zoe") as pilot:
            assert "zoe" in seen(pilot).splitlines()[5]
            assert pilot.app.screen.query_one("#hits", Lines).option_count == 0
            await press(pilot, "ctrl+l", *"tea", "ctrl+f", "tab", "tab", *"2024-13")
            assert "2024-13 is not a date. Write 2024" in seen(pilot)

    drive(play)


def test_names_and_sources_are_suggested(diary: Memory) -> None:
    async def play() -> None:
        async with at(diary, "ctrl+f", "c", "right", "tab", "s", "right") as pilot:
            boxes = pilot.app.screen.query(Input)
            assert [box.value for box in boxes][1:3] == ["Cleo", "secondme-jsonl"]

    drive(play)


def test_every_part_of_a_score_is_said_in_words(diary: Memory) -> None:
    async def play() -> None:
        async with at(diary, *"live", "ctrl+y") as pilot:
            assert "words: 100% of the best match. In it: live" in seen(pilot)
            assert "meaning:" in seen(pilot)
            assert_looks_like(pilot.app, "search-why")
            await press(pilot, "ctrl+y")
            assert "words: 100%" not in seen(pilot)

    drive(play)


def test_what_rests_on_a_record_opens_with_its_quote(diary: Memory) -> None:
    async def play() -> None:
        async with at(diary, *"live", "ctrl+r", "enter") as pilot:
            assert "place · current" in seen(pilot)
            assert "“I live in Porto”" in seen(pilot)
            await press(pilot, "enter")
            assert "Porto · secondme-jsonl" in seen(pilot)

    drive(play)


def test_the_mouse_looks_with_one_click_and_opens_with_two(diary: Memory) -> None:
    async def play() -> None:
        async with at(diary, *"tea") as pilot:
            page = pilot.app.screen
            second = page.query_one("#hits", Lines).get_option_at_index(1).id
            await pilot.click("#hits", offset=(5, 4))
            await rest(pilot)
            assert pilot.app.screen is page
            assert page.query_one("#hits", Lines).chosen == second
            await pilot.click("#hits", offset=(5, 4), times=2)
            await rest(pilot)
            assert pilot.app.screen is not page

    drive(play)


def test_a_search_shows_what_another_process_brings_and_takes(
    diary: Memory, tmp_path: Path
) -> None:
    async def play() -> None:
        async with at(diary, *"tea") as pilot:
            assert "4 found" in seen(pilot)
            with diary.another() as elsewhere:
                more = [{**DIARY[3], "id": "5", "text": "Tea for two"}]
                import_lines(elsewhere, tmp_path, more)
            await _until(pilot, "5 found")
            await press(pilot, "f3")
            diary.undo(2)
            await pilot.pause(1.5)
            await press(pilot, "f2")
            assert "4 found" in seen(pilot)

    drive(play)


async def _until(pilot: Pilot[None], words: str) -> None:
    for _ in range(40):
        await pilot.pause(0.1)
        await rest(pilot)
        if words in seen(pilot):
            return
    raise AssertionError(f"never saw {words}")


def test_words_answer_while_one_types_and_meaning_when_one_has_typed(
    diary: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = diary._library.embedder.asked

    async def play() -> None:
        async with at(diary) as pilot:
            monkeypatch.setattr(search, "TYPED", 0.5)
            before = len(asked)
            for key in "live":
                await pilot.press(key)
                await pilot.app.workers.wait_for_complete()
            await pilot.pause()
            assert "I live in Porto since last week" in seen(pilot)
            assert len(asked) == before
            await rest(pilot)
            assert asked[before:] == ["live"]
            assert "I live in Porto since last week" in seen(pilot)

    drive(play)
