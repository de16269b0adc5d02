"""The reader: a conversation at the place, as long as one likes to read."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import at, drive, import_lines, press, rest, seen
from snapshots import assert_looks_like
from textual.pilot import Pilot

from secondme.errors import NotFound
from secondme.forget import Request
from secondme.memory import Memory
from tui.lines import Lines
from tui.reader import MOST

TALK = [
    {"id": str(n), "conversation": "Bea", "author": ("Ada", "Bea")[n % 2], "me": n % 2 == 0,
     "at": f"2024-05-{1 + n // 60:02}T09:{n % 60:02}:00Z", "text": f"Words number {n}"}
    for n in range(600)
]  # fmt: skip
LETTER = {
    "id": "letter", "conversation": "Letters", "author": "Cleo", "at": "2024-01-01T00:00:00Z",
    "text": "Dear Ada,\n" + "and so on " * 40_000 + "\nYours, Cleo",
}  # fmt: skip


@pytest.fixture
def talk(memory: Memory, tmp_path: Path) -> Memory:
    import_lines(memory, tmp_path, [*TALK, LETTER])
    return memory


def _key(memory: Memory, words: str) -> str:
    return next(hit.id for hit in memory.search(words, k=50) if hit.text == words)


async def _read(pilot: Pilot[None], key: str) -> Lines:
    pilot.app.open_record(key)  # type: ignore[attr-defined]
    await rest(pilot)
    return pilot.app.screen.query_one("#lines", Lines)


def test_a_hit_opens_in_its_conversation_with_what_stands_around_it(talk: Memory) -> None:
    async def play() -> None:
        async with at(talk) as pilot:
            lines = await _read(pilot, _key(talk, "Words number 300"))
            assert lines.chosen == _key(talk, "Words number 300")
            assert "Words number 300" in seen(pilot)
            assert "Words number 299" in seen(pilot)
            assert "Bea · secondme-jsonl" in seen(pilot)
            assert_looks_like(pilot.app, "reader")
            await press(pilot, "escape")
            assert "600" not in seen(pilot)
            assert "601 records" in seen(pilot)

    drive(play)


def test_reading_on_reaches_both_ends_of_a_long_conversation(talk: Memory) -> None:
    async def play() -> None:
        async with at(talk) as pilot:
            lines = await _read(pilot, _key(talk, "Words number 300"))
            for words, key in (("Words number 599", "end"), ("Words number 0", "home")):
                for _ in range(40):
                    await press(pilot, key)
                    at_end = lines.highlighted_option
                    assert at_end is not None
                    if str(at_end.prompt).endswith(words):
                        break
                assert words in seen(pilot)
            assert lines.option_count <= MOST

    drive(play)


def test_what_is_read_stays_in_place_when_more_comes_in_above(talk: Memory) -> None:
    async def play() -> None:
        async with at(talk) as pilot:
            lines = await _read(pilot, _key(talk, "Words number 300"))
            before = lines.option_count
            while lines.option_count == before:
                await press(pilot, "up")
            top = seen(pilot).splitlines()[3:6]
            chosen = lines.chosen
            await press(pilot, "up")
            moved = seen(pilot).splitlines()
            assert lines.chosen != chosen
            assert any(line in moved for line in top if "Words" in line)

    drive(play)


def test_a_letter_of_any_length_can_be_read_to_its_end(talk: Memory) -> None:
    async def play() -> None:
        async with at(talk) as pilot:
            await _read(pilot, talk.search("Dear Ada")[0].id)
            assert "398,5" in seen(pilot).replace("\n", "")
            assert "more characters" in seen(pilot)
            await press(pilot, "enter")
            assert "Dear Ada," in seen(pilot)
            assert "as written: 2024-01-01T00:00:00Z" in seen(pilot)
            for _ in range(60):
                await press(pilot, "end")
                if "Yours, Cleo" in seen(pilot):
                    return
            raise AssertionError("never came to the end")

    drive(play)


def test_what_is_forgotten_elsewhere_leaves_the_page_and_the_rest_stays(talk: Memory) -> None:
    async def play() -> None:
        async with at(talk) as pilot:
            await _read(pilot, _key(talk, "Words number 300"))
            gone = [_key(talk, f"Words number {n}") for n in (300, 301)]
            talk.forget(Request(ids=tuple(gone)))
            for _ in range(50):
                await pilot.pause(0.1)
                await rest(pilot)
                if "Words number 300" not in seen(pilot):
                    break
            assert "Words number 300" not in seen(pilot)
            assert "Words number 299" in seen(pilot)
            assert "Words number 302" in seen(pilot)

    drive(play)


def test_a_record_read_whole_is_gone_from_the_page_once_it_is_forgotten(talk: Memory) -> None:
    async def play() -> None:
        async with at(talk) as pilot:
            key = _key(talk, "Words number 300")
            await _read(pilot, key)
            await press(pilot, "enter")
            assert "Words number 300" in seen(pilot)
            talk.forget(Request(ids=(key,)))
            await _until(pilot, "Nothing of this is left.")
            assert "Words number 300" not in seen(pilot)

    drive(play)


def test_a_page_of_a_derived_line_is_empty_once_what_it_rests_on_is_forgotten(
    talk: Memory,
) -> None:
    async def play() -> None:
        async with at(talk) as pilot:
            letter = talk.search("Dear Ada")[0].id
            (episode,) = talk.resting(letter)["episodes"]
            pilot.app.open_line(episode["id"])  # type: ignore[attr-defined]
            await rest(pilot)
            assert "Cleo" in seen(pilot)
            talk.forget(Request(ids=(letter,)))
            await _until(pilot, "Nothing of this is left.")
            assert "Cleo" not in seen(pilot)

    drive(play)


async def _until(pilot: Pilot[None], words: str) -> None:
    for _ in range(50):
        await pilot.pause(0.1)
        await rest(pilot)
        if words in seen(pilot):
            return
    raise AssertionError(f"{words!r} never came:\n{seen(pilot)}")


def test_a_conversation_is_read_in_stretches(talk: Memory) -> None:
    key = _key(talk, "Words number 2")
    found = talk.conversation(key, before=5, after=3)
    assert [line["text"] for line in found["records"]] == [f"Words number {n}" for n in range(6)]
    assert (found["earlier"], found["later"]) == (False, True)
    last = talk.conversation(found["records"][-1]["id"], before=0, after=1000)
    assert len(last["records"]) == 595
    assert (last["earlier"], last["later"]) == (True, False)
    with pytest.raises(NotFound):
        talk.conversation("r0000")
