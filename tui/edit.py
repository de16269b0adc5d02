"""Put a line of the memory right, in the owner's own words."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from tui.footer import Footer
from tui.safe import safe


class EditDialog(ModalScreen[str | None]):
    """The line to change, ready to be typed over. Gives the new words, or None for no change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "save", "Save", priority=True),
        Binding("escape", "cancel", "Cancel"),
    ]

    def __init__(self, statement: str, quote: str = "") -> None:
        super().__init__()
        self._statement = " ".join(safe(statement).split())
        self._quote = safe(quote)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("What is true instead?")
            yield Input(self._statement, id="statement", select_on_focus=False)
            yield Static(f"It was read from: {self._quote}", id="quote", markup=False)
            yield Footer()

    def action_save(self) -> None:
        """Once every key that was pressed before is in the line."""
        self.query_one("#statement", Input).call_later(self._save)

    def _save(self) -> None:
        if not self.is_current:  # a second Enter
            return
        words = self.query_one("#statement", Input).value.strip()
        if not words:
            self.notify("An empty line says nothing.\n→ x rejects the line instead.")
        else:
            self.dismiss(None if words == self._statement else words)

    def action_cancel(self) -> None:
        self.dismiss(None)
