"""The words that a derived line rests on, each with its day and speaker and a way to its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from secondme.memory import Memory
from tui.page import Page
from tui.safe import safe

LONGEST = 400
"""Characters of one quote; the reader shows the rest."""
MOST = 40
"""Quotes shown of one line."""


class Quote(NamedTuple):
    """Some words of one record."""

    id: str
    at: str | None
    author: str
    text: str


class Group(NamedTuple):
    """Quotes that belong together, and how many more there are."""

    title: str
    quotes: Sequence[Quote]
    more: int = 0


class Quotes(OptionList):
    """The quotes, with what Enter does said in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Read it there")]


class EvidencePane(Vertical):
    """What a line is, and under it the words it rests on. Enter opens the reader at those words."""

    _shown: tuple[Text, Sequence[Group]] | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="about", markup=False)
        yield Quotes(id="quotes")

    def show(self, about: Text, groups: Sequence[Group] = ()) -> None:
        """What is shown already stays as it is, with the quote that was chosen in it."""
        if self._shown == (about, groups):
            return
        self._shown = about, groups
        self.query_one("#about", Static).update(about)
        options = self.query_one("#quotes", Quotes)
        options.clear_options()
        options.add_options(_options(groups))
        options.action_first()

    def clear(self) -> None:
        # What is still being read belongs to a line that is no longer there.
        self.screen.workers.cancel_group(self.screen, "evidence")
        self.show(Text(""))

    @on(OptionList.OptionHighlighted, "#quotes")
    def quote_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()  # the page's own lists tell theirs

    @on(OptionList.OptionSelected, "#quotes")
    def quote_chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if isinstance(event.option, _QuoteOption):
            cast(Page, self.screen).program.open_record(event.option.record)


class _QuoteOption(Option):
    """One record may be quoted twice, so that its id cannot be the option's."""

    def __init__(self, quote: Quote) -> None:
        words = safe(quote.text[:LONGEST]) + ("…" if len(quote.text) > LONGEST else "")
        line = Text()
        line.append(f"{day(quote.at)}  {safe(quote.author) or '—'}\n", "dim")
        line.append(words)
        super().__init__(line)
        self.record = quote.id


def _options(groups: Iterable[Group]) -> Iterable[Option]:
    for group in groups:
        if group.title:
            yield Option(Text(group.title, "bold"), disabled=True)
        yield from map(_QuoteOption, group.quotes)
        if group.more:
            yield Option(Text(f"… and {group.more:,} more", "dim"), disabled=True)


def quoted(memory: Memory, title: str, evidence: Sequence[dict[str, Any]]) -> Group:
    """The pieces of evidence of one line, with who said them and when."""
    shown = evidence[:MOST]
    said = {line["id"]: line for line in memory.lines([one["id"] for one in shown])}
    quotes = [
        Quote(one["id"], said[one["id"]]["at"], said[one["id"]]["author"], f"“{one['quote']}”")
        for one in shown
        if one["id"] in said  # forgotten by another process between two reads
    ]
    return Group(title, quotes, len(evidence) - len(shown))


def whole(memory: Memory, title: str, ids: Sequence[str]) -> Group:
    """Whole records, as the members of an episode."""
    said = memory.lines(ids[:MOST])
    quotes = [Quote(one["id"], one["at"], one["author"], one["text"]) for one in said]
    return Group(title, quotes, max(0, len(ids) - MOST))


def day(at: str | None) -> str:
    return (at or "")[:10] or "no date"
