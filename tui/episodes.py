"""Episodes by time: what was talked about, with whom, and the records it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from secondme.forget import Request
from secondme.memory import Memory
from tui.evidence import EvidencePane, Group, day, quoted, whole
from tui.footer import Footer
from tui.listing import Known, ListPage
from tui.safe import one_line, safe

MOST = 50
"""Episodes listed at once; the filter reaches the others."""


class Listed(NamedTuple):
    """The newest episodes that fit the filter."""

    episodes: Sequence[dict[str, Any]]
    fitting: int
    all: int


class EpisodesPage(ListPage):
    """Type to narrow, choose, read; Enter on a record opens the reader there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+f", "filter", "Filter"),
        Binding("ctrl+d", "forget", "Forget", priority=True),
        Binding("escape", "back", "Back", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._known = Known(Memory.episodes)
        self._listed: dict[str, dict[str, Any]] = {}

    def compose(self) -> ComposeResult:
        yield Input(placeholder="Filter: words, people, a month like 2024-05", id="filter")
        with Horizontal():
            with Vertical(classes="list"):
                yield Static("Reading …", id="count", markup=False)
                yield OptionList(id="episodes")
            yield EvidencePane()
        yield Footer()

    @on(Input.Changed, "#filter")
    def refill(self) -> None:
        words = self.query_one("#filter", Input).value.casefold().split()
        self.fill(
            lambda memory: _fitting(self._known.by(memory), words), self._list, lane="episodes"
        )

    def _list(self, listed: Listed) -> None:
        options = self.query_one("#episodes", OptionList)
        chosen = self._chosen()
        self._listed = {e["id"]: e for e in listed.episodes}
        options.clear_options()
        options.add_options(Option(_line(e), id=e["id"]) for e in listed.episodes)
        self.query_one("#count", Static).update(_count(listed))
        if listed.episodes:
            known = chosen in self._listed
            options.highlighted = options.get_option_index(chosen) if known else 0
        else:
            self.query_one(EvidencePane).clear()

    def _chosen(self) -> str:
        option = self.query_one("#episodes", OptionList).highlighted_option
        return (option.id or "") if option else ""

    @on(OptionList.OptionHighlighted, "#episodes")
    def episode_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        episode = self._listed.get(event.option_id or "")
        if episode is None:  # it was highlighted in the list before this one
            return

        def read(memory: Memory) -> list[Group]:
            return [
                quoted(memory, "What it rests on", episode["evidence"]),
                whole(memory, "What was said", episode["records"]),
            ]

        def show(groups: list[Group]) -> None:
            self.query_one(EvidencePane).show(_about(episode), groups)

        self.carry_out(read, show, lane="evidence")

    @on(Input.Submitted, "#filter")
    def filter_sent(self) -> None:
        self.query_one("#episodes").focus()

    @on(OptionList.OptionSelected, "#episodes")
    def episode_chosen(self) -> None:
        self.query_one("#quotes").focus()

    def action_filter(self) -> None:
        self.query_one("#filter").focus()

    def action_back(self) -> None:
        where = "#episodes" if self.query_one("#quotes").has_focus else "#filter"
        self.query_one(where).focus()

    def action_forget(self) -> None:
        if self._chosen() in self._listed:
            self.program.forget(Request(ids=tuple(self._listed[self._chosen()]["records"])))


def _fitting(episodes: Sequence[dict[str, Any]], words: Sequence[str]) -> Listed:
    """The newest first. Every word must be somewhere in the title, the people, the day, …."""
    found = [e for e in reversed(episodes) if all(word in _said(e) for word in words)]
    return Listed(found[:MOST], len(found), len(episodes))


def _said(episode: dict[str, Any]) -> str:
    return "\n".join(
        (
            episode["title"],
            episode["summary"],
            episode["conversation"],
            episode["first"] or "",
            *episode["participants"],
            *episode["keywords"],
        )
    ).casefold()


def _line(episode: dict[str, Any]) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f"{day(episode['first'])}  ", "dim")
    return line.append(one_line(episode["title"]))


def _count(listed: Listed) -> str:
    if not listed.all:
        return "Nothing is distilled yet: f8 distils."
    shown = len(listed.episodes)
    first = f"newest {shown:,} of " if shown < listed.fitting else ""
    return f"{first}{listed.fitting:,} episode" + ("" if listed.fitting == 1 else "s")


def _about(episode: dict[str, Any]) -> Text:
    about = Text()
    about.append(safe(episode["title"]) + "\n", "bold")
    until = day(episode["last"])
    days = day(episode["first"]) + (f" – {until}" if until != day(episode["first"]) else "")
    people = safe(", ".join(episode["participants"])) or "nobody named"
    about.append(f"{days} · {people} · {safe(episode['conversation'])}\n", "dim")
    if episode["keywords"]:
        about.append(safe(", ".join(episode["keywords"])) + "\n", "italic")
    return about.append(safe(episode["summary"]))
