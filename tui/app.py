"""Wires the screens to the verbs of one memory."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

from textual.app import App

from secondme.errors import SecondMeError
from secondme.memory import Memory
from secondme.record import Hit
from tui.search import SearchScreen


class SecondMeApp(App[None]):
    """The program on the screen."""

    TITLE = "secondme"
    CSS_PATH = "app.tcss"

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self._memory = memory
        self._one_at_a_time = Lock()

    def on_mount(self) -> None:
        self.push_screen(SearchScreen(self._search, self._show))

    def _search(self, question: str) -> Sequence[Hit]:
        try:
            with self._one_at_a_time:
                return self._memory.search(question, k=30)
        except SecondMeError as error:
            self.call_from_thread(self.notify, f"{error}\n→ {error.hint}", severity="error")
            return ()

    def _show(self, key: str) -> dict[str, Any]:
        with self._one_at_a_time:
            return self._memory.show(key)
