"""The program around its pages: going about, help, the palette, light and dark, how it ends."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event

import pytest
from driving import at, drive, press, rest, seen
from shell import write_lines
from snapshots import SIZE, assert_looks_like
from sqlcipher3.dbapi2 import ProgrammingError
from stubs import NOW
from textual.widgets import Input

from ingest import Options
from secondme.brains import Library
from secondme.errors import Busy, NotFound, VaultError, WrongKey
from secondme.memory import Memory
from secondme.vault import Vault
from tui.app import SecondMeApp
from tui.page import Page
from tui.places import PLACES

HELLO = [{"id": "1", "conversation": "c", "author": "Ada", "text": "Hello harbour"}]


@pytest.fixture
def hello(vault: Vault, tmp_path: Path) -> Memory:
    """A record, and no model at all."""
    memory = Memory(vault, Library(tmp_path / "models"), lambda: NOW)
    memory.import_([Path(write_lines(tmp_path / "hello.jsonl", HELLO))], Options())
    return memory


def test_every_page_has_a_key_and_keeps_what_was_typed(hello: Memory) -> None:
    async def play() -> None:
        async with at(hello, *"harbour") as pilot:
            for name, place in PLACES.items():
                await press(pilot, place.key)
                assert pilot.app.current_mode == name
                assert f"{place.key.upper()} {place.label}" in seen(pilot)
            await press(pilot, "f2")
            assert pilot.app.screen.query_one("#question", Input).value == "harbour"

    drive(play)


def test_the_bar_is_for_the_mouse(hello: Memory) -> None:
    async def play() -> None:
        async with at(hello) as pilot:
            await pilot.click("#pages", offset=(14, 0))
            await rest(pilot)
            assert pilot.app.current_mode == "ask"

    drive(play)


def test_the_same_key_again_comes_back_from_what_was_opened(hello: Memory) -> None:
    async def play() -> None:
        async with at(hello, *"harbour", "enter", "enter", "enter") as pilot:
            assert len(pilot.app.screen_stack) == 3
            await press(pilot, "f2")
            assert len(pilot.app.screen_stack) == 1

    drive(play)


def test_help_lists_the_keys_and_what_is_promised(hello: Memory) -> None:
    async def play() -> None:
        async with at(hello, "f1") as pilot:
            assert "every act by name" in seen(pilot)
            assert_looks_like(pilot.app, "help")
            await press(pilot, "end")
            assert "No byte leaves this machine." in seen(pilot)
            await press(pilot, "escape")
            assert "F2 Search" in seen(pilot)
            await press(pilot, "question_mark")  # typed, for a text box has the focus
            assert pilot.app.screen.query_one("#question", Input).value == "?"

    drive(play)


def test_the_palette_reaches_pages_and_acts_and_never_writes_a_picture(hello: Memory) -> None:
    async def play() -> None:
        async with at(hello, *"harbour", "ctrl+p") as pilot:
            await press(pilot, *"why", "enter")
            await pilot.pause(0.2)
            await rest(pilot)
            assert "words: 100% of the best match" in seen(pilot)
            commands = {c.title for c in pilot.app.get_system_commands(pilot.app.screen)}
            assert {place.label for place in PLACES.values()} <= commands
            assert "No embedding model: words only" in seen(pilot)
            assert {"Forget", "Filter", "Why", "Help", "Light/dark", "Quit"} <= commands
            assert not {"Screenshot", "Theme"} & commands

    drive(play)


def test_the_screen_can_be_light(hello: Memory) -> None:
    async def play() -> None:
        async with at(hello, *"harbour", "ctrl+t") as pilot:
            assert not pilot.app.current_theme.dark
            assert_looks_like(pilot.app, "search-light")
            await press(pilot, "ctrl+t")
            assert pilot.app.current_theme.dark

    drive(play)


def test_an_error_is_told_with_its_hint_and_the_program_goes_on(hello: Memory) -> None:
    def busy(memory: Memory) -> None:
        raise Busy("Another process is [writing].", "Wait for it.")

    async def play() -> None:
        async with at(hello) as pilot:
            page = pilot.app.screen
            assert isinstance(page, Page)
            page.carry_out(busy, lambda nothing: None, lane="search")
            await rest(pilot)
            assert "Another process is [writing]." in seen(pilot)
            assert "→ Wait for it." in seen(pilot)
            await press(pilot, *"harbour")
            assert "1 found" in seen(pilot)

    drive(play)


def test_a_bug_ends_the_program_and_shows_nobodys_words(
    hello: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(memory: Memory) -> None:
        secret = memory.search("harbour")[0].text
        raise LookupError(len(secret))

    async def play() -> None:
        async with at(hello) as pilot:
            page = pilot.app.screen
            assert isinstance(page, Page)
            page.carry_out(broken, lambda nothing: None, lane="search")
            await rest(pilot)

    with pytest.raises(Exception, match="LookupError"):
        drive(play)
    told = "".join(capsys.readouterr())
    assert "Hello harbour" not in told


def test_a_vault_that_cannot_be_opened_at_all_ends_the_program_with_the_reason() -> None:
    def damaged(words: str | None) -> Memory:
        raise VaultError("vault.db is empty.", "Restore it from a backup.")

    async def play() -> None:
        app = SecondMeApp(unlock=damaged)
        async with app.run_test(size=SIZE) as pilot:
            await rest(pilot)
        assert str(app.failure) == "vault.db is empty."

    drive(play)


def test_quitting_while_a_verb_is_under_way_waits_for_it_and_tells_nobody(hello: Memory) -> None:
    begun, done = Event(), []

    def slow(memory: Memory) -> int:
        begun.set()
        time.sleep(0.5)
        done.append(1)
        return 2

    async def play() -> None:
        async with at(hello) as pilot:
            page = pilot.app.screen
            assert isinstance(page, Page)
            page.carry_out(slow, done.append, lane="slow")
            while not begun.is_set():
                await pilot.pause(0.01)
            await pilot.press("ctrl+q")

    drive(play)
    assert done == [1]


def test_quitting_does_not_wait_for_what_is_only_read(hello: Memory) -> None:
    begun = Event()

    def endless(memory: Memory) -> None:
        begun.set()
        memory._vault._db.conn.execute(
            "with recursive n (i) as (select 1 union all select i + 1 from n)"
            " select count(*) from n where i < 100000000"
        ).fetchone()

    async def play() -> None:
        async with at(hello) as pilot:
            page = pilot.app.screen
            assert isinstance(page, Page)
            page.carry_out(endless, lambda nothing: None, lane="check")
            while not begun.is_set():
                await pilot.pause(0.01)
            await pilot.press("ctrl+q")

    before = time.monotonic()
    drive(play)
    assert time.monotonic() - before < 5


@pytest.mark.parametrize("place", PLACES)
def test_all_keys_are_in_the_footer_of_a_small_terminal(hello: Memory, place: str) -> None:
    async def play() -> None:
        app = SecondMeApp(hello.another())
        async with app.run_test(size=(80, 24)) as pilot:
            await rest(pilot)
            await press(pilot, PLACES[place].key)
            assert "^p palette" in seen(pilot)

    drive(play)


def test_the_first_page_of_all_has_room_in_a_small_terminal() -> None:
    def nothing_there(words: str | None) -> Memory:
        raise NotFound("There is no vault.", "")

    async def play() -> None:
        app = SecondMeApp(unlock=nothing_there, create=lambda kind, words: pytest.fail("made"))
        async with app.run_test(size=(80, 24)) as pilot:
            await rest(pilot)
            assert "^p palette" in seen(pilot).splitlines()[-1]

    drive(play)


def test_a_vault_that_opens_after_quitting_is_closed_again(hello: Memory) -> None:
    late = hello.another()

    def locked(words: str | None) -> Memory:
        raise WrongKey("It is locked.", "")

    async def play() -> None:
        app = SecondMeApp(unlock=locked)
        async with app.run_test(size=SIZE) as pilot:
            await rest(pilot)
            await pilot.press("ctrl+q")
        app.use(late)
        assert not app.is_open

    drive(play)
    with pytest.raises(ProgrammingError):
        late.stats()
