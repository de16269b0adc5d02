"""Unlock a vault that does not open by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Button, Input, LoadingIndicator, Static

from secondme.errors import SecondMeError
from secondme.memory import Memory, translated
from tui.footer import Footer

Unlock = Callable[[str | None], Memory]


class UnlockScreen(Screen[Memory]):
    """Asks for the passphrase or the recovery code until one fits. Gives the open memory."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "unlock", "Unlock"),
        Binding("ctrl+q", "app.quit", "Quit"),
    ]

    def __init__(self, unlock: Unlock) -> None:
        super().__init__()
        self._unlock = unlock

    def compose(self) -> ComposeResult:
        with Vertical(classes="card"):
            yield Static("Your memory is locked.", classes="title")
            yield Static("Type its passphrase, or the recovery code you wrote down.")
            yield Input(password=True, placeholder="Passphrase or recovery code", id="words")
            yield Static(id="problem", classes="problem", markup=False)
            yield LoadingIndicator(id="busy")
            yield Button("Unlock", id="unlock", variant="primary", compact=True)
        yield Footer()

    def on_mount(self) -> None:
        self._be_busy(False)

    @on(Input.Submitted, "#words")
    @on(Button.Pressed, "#unlock")
    def action_unlock(self) -> None:
        words = self.query_one("#words", Input).value
        if words and not self.query_one("#words", Input).disabled:
            self._be_busy(True)
            self.run_worker(lambda: self._try(words), thread=True)

    def _try(self, words: str) -> None:
        """In a thread: stretching a passphrase takes a while on purpose."""
        try:
            with translated():
                memory = self._unlock(words)
        except SecondMeError as error:
            self.app.call_from_thread(self._refuse, error)
        else:
            self.app.call_from_thread(self.dismiss, memory)

    def _refuse(self, error: SecondMeError) -> None:
        self._be_busy(False)
        self.query_one("#problem", Static).update(f"{error}\n→ {error.hint}".rstrip("\n→ "))

    def _be_busy(self, busy: bool) -> None:
        self.query_one("#busy").display = busy
        self.query_one("#problem").display = not busy
        self.query_one("#unlock", Button).disabled = busy
        words = self.query_one("#words", Input)
        words.disabled = busy
        if not busy:
            words.clear()
            words.focus()
