"""The laws of batches over real files: a chat as WhatsApp writes it, which knows no ids, and as
Telegram does, exported again and again while it grows.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stubs import NOW, StubLibrary
from test_law import empty

from ingest import Options
from secondme.brains import Library
from secondme.forget import Request
from secondme.memory import Memory

OPTIONS = Options(("Ada",), "Europe/Berlin", "dmy")
BEGINS = datetime(2024, 3, 30, 23, 0)
"""The night in which clocks are put forward."""


class Said(NamedTuple):
    number: int
    minute: int
    author: str
    text: str


Life = Sequence[Said]
Write = Callable[[Path, Life], Path]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A chat in which much is said twice in one minute."""
    steps = draw(st.lists(st.sampled_from([0, 0, 0, 1, 90]), min_size=4, max_size=12))
    minute, said = 0, []
    for number, step in enumerate(steps):
        minute += step
        author = draw(st.sampled_from(["Ada", "Bea"]))
        said.append(Said(number, minute, author, draw(st.sampled_from(["ok", "tea?", "a\nb"]))))
    return said


@st.composite
def parts(draw: st.DrawFn, life: Life, *, whole_minutes: bool = False) -> Life:
    """What one export holds: phones cut off what is old, and owners export too early."""
    begins = [n for n, said in enumerate(life) if not n or life[n - 1].minute < said.minute]
    start = draw(st.sampled_from(begins) if whole_minutes else st.integers(0, len(life) - 1))
    return life[start : draw(st.integers(start + 1, len(life)))]


def whatsapp(folder: Path, life: Life) -> Path:
    path = folder / "WhatsApp Chat with Bea.txt"
    lines = (
        f"{BEGINS + timedelta(minutes=said.minute):%d/%m/%Y, %H:%M} - {said.author}: {said.text}\n"
        for said in life
    )
    path.write_text("".join(lines), encoding="utf-8")
    return path


def telegram(folder: Path, life: Life) -> Path:
    path = folder / "result.json"
    messages = [
        {
            "id": said.number,
            "type": "message",
            "date": f"{BEGINS + timedelta(minutes=said.minute):%Y-%m-%dT%H:%M:%S}",
            "date_unixtime": str(1711839600 + 60 * said.minute),
            "from": said.author,
            "from_id": f"user{len(said.author)}{said.author}",
            "text": said.text,
        }
        for said in life
    ]
    chat = {"name": "Bea", "type": "personal_chat", "id": 7, "messages": messages}
    path.write_text(json.dumps(chat), encoding="utf-8")
    return path


BOTH = pytest.mark.parametrize("write", [whatsapp, telegram], ids=["without ids", "with ids"])


@contextmanager
def memories(count: int) -> Iterator[list[Memory]]:
    """Empty ones, and nothing to think with."""
    with ExitStack() as stack:
        opened = [stack.enter_context(empty()).vault for _ in range(count)]
        yield [Memory(vault, cast(Library, StubLibrary()), lambda: NOW) for vault in opened]


def bring(memory: Memory, write: Write, *exports: Life) -> dict[str, Any]:
    """As one import, each in a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        paths = []
        for number, life in enumerate(exports):
            folder = Path(name) / str(number)
            folder.mkdir()
            paths.append(write(folder, life))
        return memory.import_(paths, OPTIONS)


def essence(memory: Memory) -> list[str]:
    return list(memory.dump())


@BOTH
@settings(max_examples=5)
@given(st.data(), lives())
def test_twice_is_once(write: Write, data: st.DataObject, life: Life) -> None:
    part = data.draw(parts(life))
    with memories(1) as (memory,):
        first = bring(memory, write, part)
        before = essence(memory)
        again = bring(memory, write, part)
        assert (first["imported"], again["imported"]) == (len(part), 0)
        assert essence(memory) == before


@BOTH
@settings(max_examples=8)
@given(st.data(), lives())
def test_the_order_of_two_exports_and_whether_they_come_together_do_not_matter(
    write: Write, data: st.DataObject, life: Life
) -> None:
    one, other = data.draw(parts(life)), data.draw(parts(life))
    with memories(3) as (forth, back, together):
        bring(forth, write, one)
        bring(forth, write, other)
        bring(back, write, other)
        bring(back, write, one)
        bring(together, write, one, other)
        assert essence(forth) == essence(back) == essence(together)


@BOTH
@settings(max_examples=8)
@given(st.data(), lives())
def test_an_export_of_a_part_adds_nothing_to_the_whole_and_takes_nothing_from_it(
    write: Write, data: st.DataObject, life: Life
) -> None:
    part = data.draw(parts(life, whole_minutes=True))
    with memories(3) as (whole, before, after):
        bring(whole, write, life)
        bring(before, write, part)
        bring(before, write, life)
        bring(after, write, life)
        bring(after, write, part)
        assert essence(whole) == essence(before) == essence(after)
        said = [stored.record.text for stored in whole._vault.records.every()]
        assert said == [said.text for said in life], "and in the order in which it was said"


@BOTH
@settings(max_examples=8)
@given(st.data(), lives())
def test_an_export_that_begins_in_mid_minute_neither_loses_nor_doubles_anything(
    write: Write, data: st.DataObject, life: Life
) -> None:
    """Where equal lines are in that minute, without ids, their order in it may suffer."""
    with memories(1) as (memory,):
        for exported in data.draw(st.permutations([life, data.draw(parts(life))])):
            bring(memory, write, exported)
        found = [stored.record.text for stored in memory._vault.records.every()]
        assert sorted(found) == sorted(said.text for said in life)


@BOTH
@settings(max_examples=5)
@given(st.data(), lives())
def test_taking_an_import_back_leaves_what_was_there_before_it(
    write: Write, data: st.DataObject, life: Life
) -> None:
    with memories(1) as (memory,):
        bring(memory, write, data.draw(parts(life)))
        before = essence(memory)
        batch = bring(memory, write, data.draw(parts(life)))["batch"]
        memory.undo(batch)
        assert essence(memory) == before


@BOTH
@settings(max_examples=5)
@given(st.data(), lives())
def test_what_was_forgotten_stays_so_whatever_is_exported_again(
    write: Write, data: st.DataObject, life: Life
) -> None:
    with memories(1) as (memory,):
        bring(memory, write, life)
        memory.forget(Request(query="tea"))
        before = essence(memory)
        told = bring(memory, write, data.draw(parts(life, whole_minutes=True)), life)
        assert told["imported"] == 0
        assert essence(memory) == before
        assert not [line for line in before if "tea?" in line]
