"""Search as you type, and read what was found where it was said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Header, Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from secondme.record import Hit

Search = Callable[[str], Sequence[Hit]]
Show = Callable[[str], dict[str, Any]]


class SearchScreen(Screen[None]):
    """Type, choose, read. Takes functions, not the vault, so that it can be tried without one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+f", "focus_question", "Search"),
        Binding("escape", "focus_question", "Back to the question", show=False),
        Binding("ctrl+q", "app.quit", "Quit"),
    ]

    def __init__(self, search: Search, show: Show) -> None:
        super().__init__()
        self._search = search
        self._show = show

    def compose(self) -> ComposeResult:
        yield Header()
        yield Input(placeholder="What do you want to remember?", id="question")
        with Horizontal():
            yield OptionList(id="hits")
            with VerticalScroll(id="detail"):
                yield Static(id="record", markup=False)
        yield Footer()

    def action_focus_question(self) -> None:
        self.query_one("#question", Input).focus()

    @on(Input.Changed, "#question")
    def question_changed(self, event: Input.Changed) -> None:
        self.look_for(event.value)

    @on(Input.Submitted, "#question")
    def question_sent(self) -> None:
        self.query_one("#hits", OptionList).focus()

    @on(OptionList.OptionHighlighted, "#hits")
    def hit_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_id is not None:
            self.look_at(event.option_id)

    @work(thread=True, exclusive=True, group="search")
    def look_for(self, question: str) -> None:
        """Off the event loop: a worker reads, and never touches a widget."""
        hits = self._search(question) if question.strip() else ()
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._list, hits)

    @work(thread=True, exclusive=True, group="detail")
    def look_at(self, key: str) -> None:
        found = self._show(key)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._read, found)

    def _list(self, hits: Sequence[Hit]) -> None:
        options = self.query_one("#hits", OptionList)
        options.clear_options()
        options.add_options(Option(_line(hit), id=hit.id) for hit in hits)
        if not hits:
            self.query_one("#record", Static).update("")

    def _read(self, found: dict[str, Any]) -> None:
        here = {**found, "at": found["sent_at"]}
        text = "\n\n".join(
            f"{'▶' if line is here else ' '} {(line['at'] or '')[:16]}  {line['author']}"
            f"\n  {line['text']}"
            for line in (*found["before"], here, *found["after"])
        )
        self.query_one("#record", Static).update(_safe(text))


def _line(hit: Hit) -> Any:
    from rich.text import Text

    return Text(_safe(f"{(hit.at or '')[:10]:10}  {hit.author}: {hit.text[:200]}"), no_wrap=True)


def _safe(text: str) -> str:
    """Without the characters that repaint a terminal or turn a line round."""
    return "".join(c for c in text if c == "\n" or (c.isprintable() and c not in _TURNING))


_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
