"""Forgetting on the screen: the plan, the states as they come, the receipt and its proof."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import at, drive, import_lines, press, rest, seen, write
from snapshots import assert_looks_like
from stubs import NOW

import secondme.vault
import tui.forget
from secondme.errors import Busy
from secondme.forget import Request
from secondme.memory import Memory
from secondme.vault.clients import Disclosure

LIFE = [
    {"id": "1", "conversation": "Bea", "author": "Ada", "at": "2023-03-01T09:30:00Z",
     "text": "I live in Leer now, near the harbour", "me": True},
    {"id": "2", "conversation": "Bea", "author": "Rosa", "at": "2023-03-01T09:31:00Z",
     "text": "Then we can have tea by the water"},
    {"id": "3", "conversation": "Bea", "author": "Ada", "at": "2023-03-01T09:32:00Z",
     "text": "Rosa is \x1b[31mlate\u202e again", "me": True},
    {"id": "4", "conversation": "Office", "author": "Carl", "at": "2024-05-01T09:30:00Z",
     "text": "The kettle is broken again"},
]  # fmt: skip


@pytest.fixture
def life(memory: Memory, tmp_path: Path) -> Memory:
    import_lines(memory, tmp_path, LIFE)
    return memory


def test_nothing_is_touched_until_yes_and_then_it_is_proven_gone(life: Memory) -> None:
    async def play() -> None:
        async with at(life) as pilot:
            pilot.app.forget(Request(query="harbour"))
            await rest(pilot)
            assert "Forget: 1 record" in seen(pilot)
            assert "1 vector, 1 episode, 1 fact, 1 profile line" in seen(pilot)
            assert_looks_like(pilot.app, "forget_plan")
            await press(pilot, "v", "m", "enter")
            assert life.stats()["records"] == 4
            await press(pilot, "y")
            assert "done: the bytes are destroyed" in seen(pilot)
            assert life.stats()["records"] == 3
            receipt = life._vault.receipts.all()[-1].id
            assert receipt in seen(pilot)
            await press(pilot, "v")
            assert "clean: records 3" in seen(pilot)
            await press(pilot, "escape")
            assert "Forgotten" not in seen(pilot)

    drive(play)


def test_the_plan_says_what_forgetting_does_not_reach(life: Memory, tmp_path: Path) -> None:
    (tmp_path / "export.jsonl").touch()  # the owner still has it
    [hit] = [hit for hit in life.search("harbour") if "harbour" in hit.text]
    life.tell([Disclosure(NOW, "editor", "search", (hit.id,))])

    async def play() -> None:
        async with at(life) as pilot:
            pilot.app.forget([hit.id])
            await rest(pilot)
            assert "Not touched, and yours to delete" in seen(pilot)
            assert "export.jsonl" in "".join(seen(pilot).replace("│", "").split())
            assert "editor was told 1 record of these" in seen(pilot)

    drive(play)


def test_leaving_forgets_nothing(life: Memory) -> None:
    async def play() -> None:
        async with at(life) as pilot:
            for key in ("escape", "n", "enter"):
                pilot.app.forget(Request(query="harbour"))
                await rest(pilot)
                await press(pilot, key)
            pilot.app.forget(["nothing-has-this-id"])
            await rest(pilot)
            assert "There is nothing with the id" in seen(pilot)
        assert life.stats()["records"] == 4

    drive(play)


def test_while_another_program_reads_it_says_purging_and_tries_again(
    life: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tui.forget, "AGAIN", 0.05)
    monkeypatch.setattr(secondme.vault, "FOLD_MS", 50)
    reader = life.another()
    conn = reader._vault._db.conn

    async def play() -> None:
        async with at(life) as pilot:
            conn.execute("begin")
            conn.execute("select count(*) from records").fetchone()
            pilot.app.forget(Request(query="harbour"))
            await rest(pilot)
            await pilot.press("y")
            while "purging: another program" not in seen(pilot):
                await pilot.pause(0.05)
            size = life._vault.path.with_name("vault.db-wal").stat().st_size
            await pilot.pause(1)
            assert "done" not in seen(pilot)
            # Trying again and again must not fill the disk.
            assert life._vault.path.with_name("vault.db-wal").stat().st_size < 2 * size
            assert life._vault.receipts.all()[-1].state == "purging"
            conn.execute("rollback")
            while "done: the bytes are destroyed" not in seen(pilot):
                await pilot.pause(0.05)
            assert life._vault.receipts.all()[-1].state == "done"

    drive(play)
    reader.close()


def test_a_writer_in_the_way_is_told_and_nothing_has_happened(
    life: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        async with at(life) as pilot:
            pilot.app.forget(Request(query="harbour"))
            await rest(pilot)
            with monkeypatch.context() as patch:
                patch.setattr(Memory, "forget", _busy)
                await press(pilot, "y")
            assert "Another process is writing" in seen(pilot)
            assert "Forget: 1 record" in seen(pilot)
            assert life.stats()["records"] == 4
            await press(pilot, "y")
            assert life.stats()["records"] == 3

    drive(play)


def _busy(*_: object, **__: object) -> None:
    raise Busy("Another process is writing.", "Try again.")


def test_somebody_is_forgotten_by_name_with_what_names_them(life: Memory) -> None:
    async def play() -> None:
        async with at(life) as pilot:
            await press(pilot, "ctrl+p")
            await write(pilot, "forget by")
            await press(pilot, "enter")
            assert "Forget what?" in seen(pilot)
            assert_looks_like(pilot.app, "forget_some")
            await press(pilot, "enter")
            assert "Fill in at least one line" in seen(pilot)
            await write(pilot, "Rosa")
            await press(pilot, "enter")
            assert "Forget: 1 record" in seen(pilot)
            assert "1 more record by others name" in seen(pilot)
            await press(pilot, "m")
            assert "Forget: 2 records" in seen(pilot)
            assert "Rosa is" in seen(pilot)
            await press(pilot, "y", "escape")
        assert life.stats()["records"] == 2

    drive(play)


def test_days_and_a_conversation_narrow_what_is_forgotten(life: Memory) -> None:
    async def play() -> None:
        async with at(life, "f9") as pilot:
            await press(pilot, "tab")
            await write(pilot, "Bea")
            await press(pilot, "tab", "tab")
            await write(pilot, "tomorrow")
            await press(pilot, "enter")
            assert "tomorrow is no date" in seen(pilot)
            await press(pilot, "ctrl+u")
            await write(pilot, "2023")
            await press(pilot, "enter")
            assert "Forget: 3 records" in seen(pilot)
            await press(pilot, "escape")
        assert life.stats()["records"] == 4

    drive(play)
