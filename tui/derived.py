"""One fact or episode by itself, with the words it rests on."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from secondme.errors import NotFound, SecondMeError
from secondme.memory import Memory
from tui.evidence import EvidencePane, Group, quoted
from tui.footer import Footer
from tui.page import Page
from tui.safe import safe


class DerivedPage(Page):
    """Enter on a quote opens the reader at its place."""

    AUTO_FOCUS = "#quotes"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d", "forget", "Forget"),
        Binding("escape", "app.pop_screen", "Back"),
    ]

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key

    def compose(self) -> ComposeResult:
        yield EvidencePane()
        yield Footer()

    def on_mount(self) -> None:
        self.changed()

    def changed(self) -> None:
        def found(memory: Memory) -> tuple[dict[str, Any], Group]:
            line = memory.show(self._key)
            return line, quoted(memory, "It rests on", line["evidence"])

        self.carry_out(found, self._show, lane="resting", failed=self._failed)

    def _show(self, shown: tuple[dict[str, Any], Group]) -> None:
        line, group = shown
        self.query_one(EvidencePane).show(_about(line), [group])

    def _failed(self, error: SecondMeError) -> None:
        if isinstance(error, NotFound):
            self.query_one(EvidencePane).show(Text("Nothing of this is left."))
        else:
            self.program.tell(error)

    def action_forget(self) -> None:
        self.program.forget([self._key])


def _about(line: dict[str, Any]) -> Text:
    if line["kind"] == "episode":
        days = f"{(line['first'] or 'no date')[:10]} – {(line['last'] or 'no date')[:10]}"
        text = f"{safe(line['summary'])}\n{days} · {safe(', '.join(line['participants']))}"
        return Text(safe(line["title"]) + "\n", "bold").append(text, "not bold")
    held = " – ".join((line[end] or "?")[:10] for end in ("valid_from", "valid_to") if line[end])
    about = f"{line['category']} · {line['status']}" + (f" · {held}" if held else "")
    return Text(safe(line["statement"]) + "\n", "bold").append(about, "not bold dim")
