"""The ask page: an answer with the words it stands on, or an honest no."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import at, drive, import_lines, press, rest, seen
from snapshots import assert_looks_like

from secondme.forget import Request
from secondme.memory import Memory

SAID = [
    {"id": "1", "conversation": "Trips", "author": "Ada", "at": "2024-05-01T09:30:00Z",
     "text": "We ate sardines in Lisbon by the river", "me": True},
    {"id": "2", "conversation": "Trips", "author": "Bea", "at": "2024-05-01T09:31:00Z",
     "text": "The ferry was late again"},
]  # fmt: skip
KEYS = list("sardines in Lisbon")
NOBODYS = list("Who built the pyramids")


@pytest.fixture
def trips(memory: Memory, tmp_path: Path) -> Memory:
    import_lines(memory, tmp_path, SAID)
    return memory


def test_an_answer_shows_its_citations_and_each_opens_at_its_place(trips: Memory) -> None:
    async def play() -> None:
        async with at(trips, "f3", *KEYS, "enter") as pilot:
            assert "“We ate sardines in Lisbon by the river” — Ada, 2024-05-01 [1]" in seen(pilot)
            assert "[1] 2024-05-01 09:30  Ada" in seen(pilot)
            assert_looks_like(pilot.app, "ask")
            await press(pilot, "enter")
            assert "Trips · secondme-jsonl" in seen(pilot)
            assert "The ferry was late again" in seen(pilot)

    drive(play)


def test_what_nobody_said_is_not_answered(trips: Memory) -> None:
    async def play() -> None:
        async with at(trips, "f3", *NOBODYS, "enter") as pilot:
            assert "I don't know: nothing in this memory answers that." in seen(pilot)
            assert "It stands on" not in seen(pilot)

    drive(play)


def test_an_answer_goes_when_the_words_it_stands_on_are_forgotten(trips: Memory) -> None:
    async def play() -> None:
        async with at(trips, "f3", *KEYS, "enter") as pilot:
            assert "sardines in Lisbon by the river" in seen(pilot)
            trips.forget(Request(ids=(trips.search("sardines")[0].id,)))
            for _ in range(50):
                await pilot.pause(0.1)
                await rest(pilot)
                if "by the river" not in seen(pilot):
                    break
            assert "by the river" not in seen(pilot)
            assert "What this answer stood on is gone. Ask again." in seen(pilot)

    drive(play)
