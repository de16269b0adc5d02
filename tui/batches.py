"""The imports that were made, and taking one back."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Static

from secondme.memory import Memory
from tui.confirm import Confirm
from tui.footer import Footer
from tui.page import Page

SHOWN = 500
STATES = {"running": "unfinished", "undone": "taken back"}
COUNTS = (("new", "imported"), ("here already", "duplicate"), ("not read", "skipped"))


class BatchesPage(Page):
    """The latest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "undo", "Take it back"),
        Binding("escape", "app.pop_screen", "Back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._batches: list[dict[str, Any]] = []

    def compose(self) -> ComposeResult:
        yield DataTable(id="batches", cursor_type="row", zebra_stripes=True)
        yield Static(id="state", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        self._table.add_columns("import", "when (UTC)", "state", *(name for name, _ in COUNTS))
        self._table.focus()
        self.changed()

    @property
    def _table(self) -> DataTable[Any]:
        return self.query_one("#batches", DataTable)

    def changed(self) -> None:
        self.carry_out(Memory.batches, self._list, lane="batches")

    def _list(self, batches: list[dict[str, Any]]) -> None:
        at = self._table.cursor_row
        self._batches = batches[::-1][:SHOWN]
        self._table.clear()
        for batch in self._batches:
            self._table.add_row(*map(Text, _row(batch)))
        self._table.move_cursor(row=at)
        if not batches:
            self._say("Nothing was imported yet.")
        elif len(batches) > SHOWN:
            self._say(f"The latest {SHOWN} of {len(batches):,}.")

    @on(DataTable.RowSelected)
    def action_undo(self) -> None:
        if not self._batches:
            return
        batch = self._batches[self._table.cursor_row]
        number = batch["batch"]
        if batch["state"] == "undone":
            self._say(f"Import {number} is taken back already.")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._say("taking it back …")
                self.carry_out(lambda m: m.undo(number), self._undone, lane="import", every=True)

        question = (
            f"Take back import {number}?\n\nWhat other imports saw too stays. The same export can"
            " be imported again: this is not forgetting."
        )
        self.app.push_screen(Confirm(question, "Take it back"), answered)

    def _undone(self, found: dict[str, int]) -> None:
        kept = found["kept_by_other_batches"]
        self._say(f"Removed {found['removed']:,}, kept by other imports {kept:,}.")
        self.changed()

    def _say(self, sentence: str) -> None:
        self.query_one("#state", Static).update(sentence)


def _row(batch: dict[str, Any]) -> tuple[str, ...]:
    at = batch["at"].replace("T", " ").removesuffix("Z")
    counts = (f"{batch[count]:,}" if count in batch else "?" for _, count in COUNTS)
    return str(batch["batch"]), at, STATES.get(batch["state"], batch["state"]), *counts
