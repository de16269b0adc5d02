"""One record with everything an export said of it, however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from secondme.errors import NotFound, SecondMeError
from tui.detail import resting, spoken
from tui.footer import Footer
from tui.lines import Lines
from tui.page import Page
from tui.safe import one_line, safe

PIECE = 1_000
"""Characters of a line of the list at most."""
AT_ONCE = 20
"""Pieces laid out at a time."""


class WholePage(Page):
    """The text in pieces, the next ones when the end comes near; below it, what rests on it."""

    AUTO_FOCUS = "#text"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "resting", "What rests on it"),
        Binding("ctrl+d", "forget", "Forget"),
        Binding("escape", "app.pop_screen", "Back"),
    ]

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key
        self._shown: tuple[Text, str] | None = None
        self._pieces: Iterator[str] = iter(())

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield OptionList(id="text", markup=False)
        yield Lines(id="resting", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        text = self.query_one("#text", OptionList)
        self.watch(text, "scroll_y", self._scrolled, init=False)
        self.changed()

    def changed(self) -> None:
        self.carry_out(
            lambda m: (m.show(self._key), resting(m.resting(self._key))),
            self._show,
            lane="resting",
            failed=self._failed,
        )

    def _show(self, found: tuple[dict[str, Any], list[Option]]) -> None:
        record, rest = found
        shown = _head(record), record["text"]
        if shown != self._shown:  # else it is being read
            self._shown = shown
            self._fill(shown[0], _pieces(shown[1]))
        lines = self.query_one("#resting", Lines)
        lines.border_title = "What rests on it"
        lines.display = bool(rest)
        lines.fill(rest, lines.chosen)

    def _failed(self, error: SecondMeError) -> None:
        if not isinstance(error, NotFound):
            self.program.tell(error)
            return
        self._shown = None
        self._fill(Text("Nothing of this is left."), iter(()))
        self.query_one("#resting", Lines).display = False

    def _fill(self, head: Text, pieces: Iterator[str]) -> None:
        self.query_one("#head", Static).update(head)
        self._pieces = pieces
        text = self.query_one("#text", OptionList)
        text.clear_options()
        self._more()
        text.action_first()

    def _more(self) -> None:
        pieces = islice(self._pieces, AT_ONCE)
        self.query_one("#text", OptionList).add_options(Option(Text(piece)) for piece in pieces)

    def _scrolled(self) -> None:
        text = self.query_one("#text", OptionList)
        if text.scroll_y >= text.max_scroll_y - text.size.height:
            self._more()

    @on(OptionList.OptionSelected, "#resting")
    def open_line(self, event: OptionList.OptionSelected) -> None:
        self.program.open_line(event.option_id or "")

    def action_resting(self) -> None:
        if self.query_one("#resting", Lines).option_count:
            self.query_one("#resting").focus()
        else:
            self.notify("Nothing was built on this record.")

    def action_forget(self) -> None:
        self.program.forget([self._key])


def _head(record: dict[str, Any]) -> Text:
    """What the export says of it besides its text."""
    head = Text(f"{spoken(record['sent_at'], record['author'])}\n", "bold")
    said = {
        "subject": record["subject"],
        "in": record["title"] or record["conversation"],
        "source": record["source"],
        "as written": record["sent_local"],
        "files": ", ".join(record["attachments"]),
        "id": record["id"],
    }
    for name, value in said.items():
        if value:
            head.append(f"{name}: ", "dim not bold").append(f"{one_line(value)}\n", "not bold")
    return head


def _pieces(text: str) -> Iterator[str]:
    """By line, long lines in parts, so that no piece takes long to lay out."""
    for line in text.split("\n"):
        for start in range(0, len(line) or 1, PIECE):
            yield safe(line[start : start + PIECE])
