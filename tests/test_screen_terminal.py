"""A first day with the program in a real terminal, from an empty home to quitting."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import CHECKOUT, OURS, write_lines

from models.store import Store
from secondme.paths import models_folder

pytestmark = pytest.mark.model

CODE = re.compile(r"\b(?:[0-9A-Z]{5}-){7}[0-9A-Z]{5}\b")
WORDS = "correct horse battery"
PATIENCE = 60


class Terminal:
    """A terminal of its own, 110 columns by 34 lines, and what can be seen in it."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self._tmux = ["tmux", "-S", str(home / "terminal"), "-f", os.devnull]
        self._environment = environment
        # The shell outlives the program, so that how it ended can be read.
        program = f"'{sys.executable}' -m secondme; echo ended with $?; exec sleep 600"
        self._do("new-session", "-d", "-x", "110", "-y", "34", "sh", "-c", program)

    def _do(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], env=self._environment, capture_output=True, check=True
        )
        return done.stdout.decode()

    def press(self, *keys: str) -> None:
        """Keys by tmux's names (`Enter`, `F7`, `C-s`), not faster than a person."""
        for key in keys:
            time.sleep(0.4)
            self._do("send-keys", key)

    def type(self, text: str) -> None:
        time.sleep(0.4)
        self._do("send-keys", "-l", text)

    @property
    def screen(self) -> str:
        return self._do("capture-pane", "-p")

    def wait_for(self, words: str) -> str:
        """The screen, once these words stand on it."""
        for _ in range(10 * PATIENCE):
            if words in (screen := self.screen):
                return screen
            time.sleep(0.1)
        raise AssertionError(f"{words!r} never came:\n{screen}")

    def close(self) -> None:
        self._do("kill-server")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home with nothing in it, no keychain, and the models that are here."""
    store = Store(models_folder())
    if store.current("embed") is None or store.current("chat") is None:
        pytest.skip(f"the bundled models are not in {models_folder()}: secondme models pull")
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    # Parallel test runs set a size, which would count for more than the terminal's own.
    size = ("COLUMNS", "LINES")
    dropped = ("TMUX", "XDG_DATA_HOME", *size, *(f"SECONDME_{name}" for name in OURS))
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {
        "HOME": str(tmp_path), "SECONDME_MODELS": str(models_folder()), "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8", "PYTHONPATH": str(CHECKOUT), "TZ": "Europe/Lisbon",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }  # fmt: skip


@pytest.fixture
def terminal(tmp_path: Path, environment: dict[str, str]) -> Iterator[Terminal]:
    opened = Terminal(tmp_path, environment)
    yield opened
    opened.close()


def test_a_first_day_from_an_empty_home_to_quitting(
    terminal: Terminal, environment: dict[str, str], tmp_path: Path
) -> None:
    export = write_lines(tmp_path / "diary.jsonl")

    terminal.wait_for("Nothing leaves this machine")
    for _ in ("once", "again"):
        terminal.type(WORDS)
        terminal.press("Enter")
    assert CODE.search(terminal.wait_for("Write this down"))
    terminal.press("Tab", "Enter")
    assert not CODE.search(terminal.wait_for("Your memory is made, and empty."))
    terminal.press("Enter")

    terminal.wait_for("F7 Import")
    terminal.type(export)
    terminal.press("Enter")
    terminal.wait_for("Would import 3")
    terminal.press("C-s")
    terminal.wait_for("Imported 3")

    terminal.press("F2")
    terminal.type("kettle")
    terminal.wait_for("The kettle is broken again")

    terminal.press("F8")
    terminal.wait_for("minilm-l6")
    terminal.press("d")
    terminal.wait_for("Done.")

    terminal.press("F5")
    terminal.wait_for("I live in Porto")
    terminal.press("Down", "e")
    terminal.wait_for("Save")
    terminal.press("C-u")
    terminal.type("I live by the river in Porto")
    terminal.press("Enter")
    terminal.wait_for("I live by the river in Porto")

    terminal.press("F2", "C-d")
    terminal.wait_for("Forget: 1 record")
    terminal.press("y")
    terminal.wait_for("done: the bytes are destroyed.")
    terminal.press("v")
    terminal.wait_for("clean:")
    terminal.press("Escape")
    terminal.wait_for("Nothing relevant.")
    terminal.press("C-q")
    terminal.wait_for("ended with 0")

    left = subprocess.run(
        [sys.executable, "-m", "secondme", "dump"], capture_output=True, check=True, text=True,
        env=environment | {"SECONDME_PASSPHRASE": WORDS},
    ).stdout  # fmt: skip
    assert "I live by the river in Porto" in left
    assert "kettle" not in left
