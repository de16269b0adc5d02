"""Say what to forget: somebody, a conversation, some days, some words, and any of them together."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Checkbox, Input, Label

from secondme.forget import Request
from secondme.vault.filters import Filter
from tui.filters import is_period
from tui.footer import Footer

_FIELDS = (
    ("person", "Written by", "a name, an address, an id"),
    ("conversation", "In", "the name of a conversation"),
    ("query", "With the words", "all of them"),
    ("since", "From", "2024, 2024-05 or 2024-05-31"),
    ("until", "Before", "2024, 2024-05 or 2024-05-31"),
)


class ForgetForm(ModalScreen[Request | None]):
    """Every field narrows. Gives the request, whose plan is then shown; nothing is touched here."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Forget what? Each line narrows it; you see what would go first.")
            for name, label, example in _FIELDS:
                with Horizontal(classes="field"):
                    yield Label(label)
                    yield Input(placeholder=example, id=name, compact=True)
            yield Checkbox("also what others wrote that names them", id="mentions", compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Leave", id="leave", compact=True)
                yield Button(
                    "Show what would go (Enter)", id="plan", variant="primary", compact=True
                )
            yield Footer()

    @on(Input.Submitted)
    def action_plan(self) -> None:
        said = {name: self._said(name) for name, *_ in _FIELDS}
        wrong = [when for when in (said["since"], said["until"]) if when and not is_period(when)]
        if not any(said.values()):
            self.notify("Nothing was named to forget.\n→ Fill in at least one line.")
        elif wrong:
            self.notify(f"{wrong[0]} is no date.\n→ Write it like 2024-05-31.", markup=False)
        else:
            within = Filter(
                conversation=said["conversation"], since=said["since"], until=said["until"]
            )
            mentions = self.query_one("#mentions", Checkbox).value
            self.dismiss(Request((), said["query"], said["person"], mentions, within))

    def _said(self, name: str) -> str | None:
        return self.query_one(f"#{name}", Input).value.strip() or None

    @on(Button.Pressed)
    async def pressed(self, event: Button.Pressed) -> None:
        await self.run_action(str(event.button.id))

    def action_leave(self) -> None:
        self.dismiss(None)
