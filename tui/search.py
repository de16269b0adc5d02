"""Search as you type, and read what was found where it was said."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from secondme.errors import SecondMeError
from secondme.memory import Memory
from secondme.record import Hit
from tui.detail import Detail, resting, spoken
from tui.filters import Filters
from tui.footer import Footer
from tui.lines import Lines
from tui.page import Page
from tui.safe import one_line

MOST = 30
"""Hits listed."""
PAUSE = 0.08
"""Seconds without another key before more than the hits is read and drawn."""
AROUND = 3
"""Neighbours shown on each side."""
TYPED = 0.2
"""Seconds without a key after which a question counts as typed."""


class SearchPage(Page):
    """Type, choose, read, forget."""

    AUTO_FOCUS = "#question"
    # With priority where a text box would take the key for itself.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+f", "filter", "Filter", priority=True),
        Binding("ctrl+y", "why", "Why"),
        Binding("ctrl+r", "resting", "What rests on it"),
        Binding("ctrl+d", "forget", "Forget", priority=True),
        Binding("ctrl+l", "clear", "Clear"),
        Binding("escape", "question", "Back to the question", show=False),
        Binding("down", "hits", "To the hits", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._hits: dict[str, Hit] = {}
        self._listed_for = ""
        self._notes: list[str] = []
        self._until_typed: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Input(placeholder="What do you want to remember?", id="question")
        yield Filters()
        yield Static(id="status", markup=False)
        with Horizontal():
            yield Lines(id="hits", markup=False)
            yield Detail()
        yield Footer()

    def on_mount(self) -> None:
        self.changed()

    def changed(self) -> None:
        self.carry_out(_names, self._know, lane="names")
        if self._question:
            self.search()

    def _know(self, names: tuple[list[str], list[str], list[str], int]) -> None:
        people, sources, self._notes, records = names
        self.query_one(Filters).suggest(people, sources)
        if not self._question:
            self._say(f"{records:,} records")

    @property
    def _question(self) -> str:
        return self.query_one("#question", Input).value.strip()

    @property
    def _chosen(self) -> str | None:
        return self.query_one("#hits", Lines).chosen

    # -- finding --------------------------------------------------------------------------------

    @on(Input.Changed, "#question")
    @on(Filters.Changed)
    def search(self) -> None:
        """By words at once, and by meaning too as soon as nobody is typing."""
        if self._until_typed is not None:
            self._until_typed.stop()
        if self._question and not self._notes:
            self._until_typed = self.set_timer(TYPED, partial(self._search, meaning=True))
        self._search(meaning=False)

    def _search(self, *, meaning: bool) -> None:
        question = self._question
        try:
            within = self.query_one(Filters).chosen()
        except SecondMeError as error:
            self.workers.cancel_group(self, "search")
            self._refused(error)
            return
        today = date.today()
        self.carry_out(
            lambda m: (
                m.search(question, k=MOST, now=today, meaning=meaning, **within) if question else []
            ),
            self._list,
            lane="search",
            failed=self._refused,
        )

    def _refused(self, error: SecondMeError) -> None:
        """In place: a toast for every key typed would bury the screen."""
        self._list([])
        self._say(f"{error} {error.hint}")

    def _list(self, hits: Sequence[Hit]) -> None:
        self._hits = {hit.id: hit for hit in hits}
        lines = self.query_one("#hits", Lines)
        # The same question again, for somebody has written: what is looked at stays.
        stay = lines.chosen if self._listed_for == self._question else None
        self._listed_for = self._question
        lines.fill([Option(_line(hit), id=hit.id) for hit in hits], stay)
        if not hits:
            self.query_one(Detail).clear()
        if self._question:
            self._say(f"{len(hits)} found" if hits else "Nothing relevant.")

    def _say(self, text: str) -> None:
        told = one_line(" · ".join([text, *self._notes]))
        self.query_one("#status", Static).update(told, layout=False)

    # -- reading --------------------------------------------------------------------------------

    @on(OptionList.OptionHighlighted, "#hits")
    def look_at(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_id in self._hits:  # else it was highlighted in the list before this one
            self._look_once_typed(self._hits[event.option_id])

    @work(exclusive=True, group="look")
    async def _look_once_typed(self, hit: Hit) -> None:
        await sleep(PAUSE)
        detail = self.query_one(Detail)

        def if_still_chosen(act: Callable[[], None]) -> None:
            if self._chosen == hit.id:
                act()

        self.carry_out(
            lambda m: m.conversation(hit.id, before=AROUND, after=AROUND),
            lambda found: if_still_chosen(lambda: detail.show(found, hit)),
            lane="detail",
            failed=lambda error: if_still_chosen(detail.clear),
        )
        self.carry_out(
            lambda m: resting(m.resting(hit.id)),
            lambda lines: if_still_chosen(lambda: detail.rest(lines)),
            lane="resting",
            failed=lambda error: if_still_chosen(detail.clear),
        )

    @on(OptionList.OptionSelected, "#hits")
    def read_there(self, event: OptionList.OptionSelected) -> None:
        self.program.open_record(event.option_id or "")

    @on(OptionList.OptionSelected, "#resting")
    def open_line(self, event: OptionList.OptionSelected) -> None:
        self.program.open_line(event.option_id or "")

    # -- keys -----------------------------------------------------------------------------------

    @on(Input.Submitted)
    def action_hits(self) -> None:
        self.query_one("#hits").focus()

    def action_question(self) -> None:
        self.query_one("#question").focus()

    def action_filter(self) -> None:
        self.query_one(Filters).begin()

    def action_clear(self) -> None:
        self.query_one(Filters).clear()
        self.query_one("#question", Input).value = ""
        self.action_question()

    def action_why(self) -> None:
        self.query_one(Detail).toggle_why()

    def action_resting(self) -> None:
        lines = self.query_one("#resting", Lines)
        if lines.option_count:
            lines.focus()
        else:
            self.notify("Nothing was built on this record.")

    def action_forget(self) -> None:
        if self._chosen is not None:
            self.program.forget([self._chosen])


def _names(memory: Memory) -> tuple[list[str], list[str], list[str], int]:
    """People, sources, what to know about searches, and how many records there are."""
    sources = memory.stats()["by_source"]
    people = [one_line(person["name"]) for person in memory.people() if person["name"]]
    return people, list(sources), memory.notes(), sum(sources.values())


def _line(hit: Hit) -> Content:
    where = f"{spoken(hit.at, hit.author)} · {one_line(hit.conversation)}\n"
    return Content.assemble((where, "dim"), one_line(hit.text))
