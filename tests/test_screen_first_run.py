"""The first run and unlocking, driven by keys over real keys and a real vault."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from driving import drive, press, rest, seen
from shell import CHECKOUT, run, settle_in
from snapshots import SIZE, assert_looks_like
from textual.pilot import Pilot
from textual.widgets import Static

from secondme import keychain
from secondme.cli.screen import Door
from secondme.errors import NotFound, VaultError, WrongKey
from secondme.keys import KEY_FILE, ways
from tui.app import SecondMeApp
from tui.first_run import FirstRunScreen
from tui.imports import ImportPage
from tui.search import SearchPage
from tui.unlock import UnlockScreen

CODE = re.compile(r"\b(?:[0-9A-Z]{5}-){7}[0-9A-Z]{5}\b")
WORDS = "horse"


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the vault lies, when there is one. No keychain, unless a test brings it."""
    monkeypatch.setattr(keychain, "usable", lambda: False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return settle_in(tmp_path, monkeypatch)


@asynccontextmanager
async def opened(vault: Path) -> AsyncIterator[Pilot[None]]:
    """The program as `secondme` starts it, at rest."""
    door = Door(vault)
    app = SecondMeApp(unlock=door.unlock, create=door.create)
    async with app.run_test(size=SIZE) as pilot:
        await rest(pilot)
        yield pilot


async def type_in(pilot: Pilot[None], text: str) -> None:
    """Key by key, then Enter."""
    await pilot.press(*text)
    await press(pilot, "enter")


def test_a_new_owner_gets_a_vault_and_sees_its_recovery_code_once(vault: Path) -> None:
    async def play() -> None:
        async with opened(vault) as pilot:
            app = pilot.app
            assert isinstance(app.screen, FirstRunScreen)
            assert_looks_like(app, "first_run")
            await type_in(pilot, WORDS)
            await type_in(pilot, WORDS)
            (code,) = CODE.findall(seen(pilot))
            assert code not in f"{app.title}{app.sub_title}{[*app._notifications]}"
            await press(pilot, "enter", "escape", "f2", "ctrl+n")
            assert code in seen(pilot)
            await press(pilot, "tab", "enter")
            assert code not in seen(pilot)
            assert code not in "".join(str(s.render()) for s in app.screen.query(Static))
            await press(pilot, "enter")
            assert isinstance(app.screen, ImportPage)
        for given in (code.replace("-", "").lower(), WORDS):
            Door(vault).unlock(given).close()

    drive(play)


def test_two_passphrases_that_differ_make_nothing(vault: Path) -> None:
    async def play() -> None:
        async with opened(vault) as pilot:
            await press(pilot, "ctrl+s")
            assert "An empty passphrase protects nothing." in seen(pilot)
            await type_in(pilot, WORDS)
            await type_in(pilot, "other")
            assert "The two are not the same." in seen(pilot)
            assert not vault.exists()

    drive(play)


def test_a_vault_with_a_key_file_opens_by_itself_the_next_time(vault: Path) -> None:
    async def play() -> None:
        async with opened(vault) as pilot:
            await press(pilot, "shift+tab", "down", "down", "space")
            assert "Passphrase" not in seen(pilot)
            await press(pilot, "ctrl+s", "ctrl+s", "ctrl+n")
            assert isinstance(pilot.app.screen, SearchPage)
        assert (vault / KEY_FILE).exists()
        async with opened(vault) as pilot:
            assert isinstance(pilot.app.screen, SearchPage)

    drive(play)


def test_a_machine_with_a_keychain_offers_it_first(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, bytes] = {}
    monkeypatch.setattr(keychain, "usable", lambda: True)
    monkeypatch.setattr(keychain, "secret", kept.get)
    monkeypatch.setattr(keychain, "make", lambda name, random: kept.setdefault(name, random(32)))

    async def play() -> None:
        async with opened(vault) as pilot:
            assert "keychain" in seen(pilot)
            await press(pilot, "ctrl+s")
            assert CODE.search(seen(pilot))
        assert ways(vault) == ("keychain", "recovery")

    drive(play)


def test_what_hinders_making_a_vault_is_said_in_place(vault: Path) -> None:
    vault.write_text("a file where the folder should be")

    async def play() -> None:
        async with opened(vault) as pilot:
            await type_in(pilot, WORDS)
            await type_in(pilot, WORDS)
            assert "→" in seen(pilot)
            assert isinstance(pilot.app.screen, FirstRunScreen)

    drive(play)


@pytest.fixture
def locked(vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vault has a passphrase that nothing in the environment knows."""
    monkeypatch.setenv("SECONDME_PASSPHRASE", WORDS)
    assert run("init", "--key", "passphrase").code == 0
    monkeypatch.delenv("SECONDME_PASSPHRASE")


@pytest.mark.usefixtures("locked")
def test_a_wrong_passphrase_is_said_in_place_and_the_right_one_opens(vault: Path) -> None:
    async def play() -> None:
        async with opened(vault) as pilot:
            assert isinstance(pilot.app.screen, UnlockScreen)
            await type_in(pilot, "mule")
            assert "this passphrase does not fit" in seen(pilot)
            assert "mule" not in seen(pilot)
            assert_looks_like(pilot.app, "unlock_refused")
            await type_in(pilot, WORDS)
            assert isinstance(pilot.app.screen, SearchPage)

    drive(play)


@pytest.mark.usefixtures("locked")
def test_a_passphrase_in_the_environment_opens_without_asking(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECONDME_PASSPHRASE", WORDS)
    Door(vault).unlock(None).close()


def test_a_damaged_vault_ends_the_program_with_its_error(vault: Path) -> None:
    assert run("init", "--key", "file").code == 0
    (vault / "vault.db").write_bytes(b"not a database" * 500)

    async def play() -> None:
        door = Door(vault)
        app = SecondMeApp(unlock=door.unlock, create=door.create)
        async with app.run_test(size=SIZE) as pilot:
            await rest(pilot)
        assert isinstance(app.failure, VaultError)

    drive(play)


def test_without_a_terminal_the_screen_names_the_verbs() -> None:
    run("tui").refuses(64, "needs a terminal", "secondme --help")
    run().refuses(64, "needs a terminal")


def test_a_terminal_whose_errors_go_to_a_file_is_none_for_the_screen(tmp_path: Path) -> None:
    """Nothing would be seen: the screen is drawn there."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "secondme", "--vault", str(tmp_path), "tui"],
            stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, cwd=CHECKOUT, timeout=30,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 64
    assert b"needs a terminal" in done.stderr


def test_a_lost_key_file_is_no_reason_to_make_another_vault(
    vault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECONDME_KEY_FILE", str(tmp_path / "stick" / "key"))
    with pytest.raises(NotFound):
        Door(vault).unlock(None)
    (tmp_path / "stick").mkdir()
    assert run("init", "--key", "file").code == 0
    (tmp_path / "stick" / "key").unlink()
    with pytest.raises(WrongKey, match="no key file"):
        Door(vault).unlock(None)


def test_a_vault_without_its_header_is_never_taken_for_none(vault: Path) -> None:
    assert run("init", "--key", "file").code == 0
    (vault / "vault.key").unlink()
    with pytest.raises(VaultError, match="lost its key header"):
        Door(vault).unlock(None)
    assert (vault / "vault.db").exists()
