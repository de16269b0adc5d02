"""Ask, and get an answer that shows the words it stands on."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from secondme.errors import SecondMeError
from tui.detail import cut, spoken
from tui.footer import Footer
from tui.lines import Lines
from tui.page import Page
from tui.safe import one_line, safe

LONGEST = 400
"""Characters of a quote in the list; the reader has all of them."""
QUOTING = "In your records' own words: the model at hand selects and does not write."
LOOSER = "Nothing was made up. The search (f2) shows looser matches."


class AskPage(Page):
    """Enter asks; Enter on a citation opens the conversation at its place."""

    AUTO_FOCUS = "#asked"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "citations", "To the citations", show=False),
        Binding("escape", "question", "Ask another", show=False),
        Binding("ctrl+d", "forget", "Forget", priority=True),
    ]

    def compose(self) -> ComposeResult:
        yield Input(placeholder="Ask your memory, then press Enter", id="asked")
        with VerticalScroll(id="answered", can_focus=False):
            yield Static(id="answer", markup=False)
            yield Static(id="how", markup=False)
        yield Lines(id="citations", markup=False)
        yield Footer()

    @on(Input.Submitted, "#asked")
    def ask(self, event: Input.Submitted) -> None:
        question = event.value.strip()
        if not question:
            return
        self._show_answer("Looking …", "")
        self.query_one("#citations", Lines).set_options([])
        today = date.today()
        self.carry_out(
            lambda m: m.ask(question, now=today), self._answered, lane="ask", failed=self._failed
        )

    def _failed(self, error: SecondMeError) -> None:
        self._show_answer("", "")
        self.program.tell(error)

    def _answered(self, found: dict[str, Any]) -> None:
        if found["abstained"]:
            self._show_answer(found["answer"], LOOSER)
            return
        model = found["model"]
        how = QUOTING if model == "quotes" else f"Written by {model} from these quotes."
        self._show_answer(found["answer"], how)
        lines = self.query_one("#citations", Lines)
        lines.border_title = "It stands on"
        lines.fill([_citation(c) for c in found["citations"]])
        lines.focus()
        self.changed()  # somebody may have written while the answer was

    def changed(self) -> None:
        """Words that are no longer in the memory must not stand in an answer either."""
        cited = {option.id or "" for option in self.query_one("#citations", Lines).options}

        def compare(here: list[dict[str, Any]]) -> None:
            if len(here) < len(cited):
                self._show_answer("What this answer stood on is gone. Ask again.", "")
                self.query_one("#citations", Lines).set_options([])

        if cited:
            self.carry_out(lambda m: m.lines(sorted(cited)), compare, lane="cited")

    def _show_answer(self, answer: str, how: str) -> None:
        self.query_one("#answer", Static).update(safe(answer))
        self.query_one("#how", Static).update(one_line(how))

    @on(OptionList.OptionSelected, "#citations")
    def read_there(self, event: OptionList.OptionSelected) -> None:
        self.program.open_record(event.option_id or "")

    def action_citations(self) -> None:
        self.query_one("#citations").focus()

    def action_question(self) -> None:
        self.query_one("#asked").focus()

    def action_forget(self) -> None:
        chosen = self.query_one("#citations", Lines).chosen
        if chosen is not None:
            self.program.forget([chosen])


def _citation(cited: dict[str, Any]) -> Option:
    line = Text(f"[{cited['n']}] {spoken(cited['at'], cited['author'])}\n", "dim")
    return Option(line.append(cut(cited["quote"], LONGEST), "not dim"), id=cited["id"])
