"""What is known about whom, with the words that say so, and the owner's word over all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import DataTable, Input, Label, Select, Static

from secondme.memory import Memory, as_dict
from tui.correct import CorrectingPage, Fact, standing
from tui.evidence import EvidencePane, Group, day, quoted
from tui.footer import Footer
from tui.listing import Known
from tui.safe import one_line, safe

MOST = 50
"""Facts listed at once; the filters reach the others."""
LINKS = 8
"""Facts shown before and after one that followed another."""
STATUSES = ("current", "superseded", "rejected")


class Wanted(NamedTuple):
    """What the filters say; empty words and no status let everything through."""

    subject: str
    words: Sequence[str]
    status: str | None


class Listed(NamedTuple):
    """The first facts that fit, by subject, category and time."""

    facts: Sequence[Fact]
    fitting: int
    all: int


class FactsPage(CorrectingPage):
    """A table of facts, three filters over it, and the evidence of the chosen one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+f", "filter", "Filter"),
        Binding("r", "review", "Review"),
        Binding("escape", "back", "Back", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._known = Known(_of_status(None))
        self._rejected = Known(_of_status("rejected"))
        self._listed: Sequence[Fact] = ()

    def compose(self) -> ComposeResult:
        with Horizontal(id="filters"):
            yield Label("whose")
            yield Input(placeholder="a name, or me", id="subject", compact=True)
            yield Label("words")
            yield Input(placeholder="anything, or 2024-05", id="words", compact=True)
            yield Select(
                [(one, one) for one in STATUSES], prompt="every status", id="status", compact=True
            )
        yield Static("Reading …", id="count", markup=False)
        yield DataTable[Text](id="facts", cursor_type="row", zebra_stripes=True)
        yield EvidencePane()
        yield Footer()

    def on_mount(self) -> None:
        table = self._table
        for name, width in (("whose", 12), ("what", 10), ("since", 10), ("status", 18)):
            table.add_column(name, width=width)
        table.add_column("statement")
        table.focus()

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one("#facts", DataTable)

    @on(Input.Changed)
    @on(Select.Changed)
    def refill(self) -> None:
        status = self.query_one("#status", Select).value
        wanted = Wanted(
            self.query_one("#subject", Input).value.strip().casefold(),
            self.query_one("#words", Input).value.casefold().split(),
            status if isinstance(status, str) else None,
        )
        known = self._rejected if wanted.status == "rejected" else self._known
        self.fill(lambda memory: _fitting(known.by(memory), wanted), self._list, lane="facts")

    def _list(self, listed: Listed) -> None:
        table, before = self._table, self.chosen()
        at = table.cursor_row
        self._listed = listed.facts
        table.clear()
        for fact in listed.facts:
            table.add_row(*_cells(fact))
        self.query_one("#count", Static).update(_count(listed))
        ids = [fact["id"] for fact in listed.facts]
        if before is not None and before["id"] in ids:
            at = ids.index(before["id"])
        table.move_cursor(row=min(at, len(ids) - 1))
        if not ids:
            self.query_one(EvidencePane).clear()

    def chosen(self) -> Fact | None:
        at = self._table.cursor_row
        return self._listed[at] if 0 <= at < len(self._listed) else None

    @on(DataTable.RowHighlighted, "#facts")
    def fact_highlighted(self) -> None:
        fact = self.chosen()
        if fact is None:
            return

        def read(memory: Memory) -> list[Group]:
            return _story(memory, self._known.last or (), fact)

        def show(groups: list[Group]) -> None:
            self.query_one(EvidencePane).show(_about(fact), groups)

        self.carry_out(read, show, lane="evidence")

    @on(DataTable.RowSelected, "#facts")
    def fact_chosen(self) -> None:
        self.query_one("#quotes").focus()

    @on(Input.Submitted)
    def filter_sent(self) -> None:
        self._table.focus()

    def action_filter(self) -> None:
        self.query_one("#words").focus()

    def action_back(self) -> None:
        self._table.focus()

    def action_review(self) -> None:
        from tui.review import ReviewPage

        self.app.push_screen(ReviewPage())


def _of_status(status: str | None) -> Callable[[Memory], list[Fact]]:
    return lambda memory: [as_dict(fact) for fact in memory.facts(status=status)]


def _fitting(facts: Sequence[Fact], wanted: Wanted) -> Listed:
    found = [fact for fact in facts if _fits(fact, wanted)]
    return Listed(found[:MOST], len(found), len(facts))


def _fits(fact: Fact, wanted: Wanted) -> bool:
    if wanted.status not in (None, fact["status"]):
        return False
    if wanted.subject == "me" and not fact["mine"]:
        return False
    if wanted.subject not in fact["subject"].casefold():
        return False
    quotes = (one["quote"] for one in fact["evidence"])
    said = "\n".join((fact["category"], fact["statement"], fact["valid_from"] or "", *quotes))
    return all(word in said.casefold() for word in wanted.words)


def _cells(fact: Fact) -> Iterator[Text]:
    passed = "" if fact["status"] == "current" else "dim"
    for value, longest in (
        (fact["subject"], 12),
        (fact["category"], 10),
        (day(fact["valid_from"]), 10),
        (standing(fact), 30),
        (fact["statement"], 300),
    ):
        yield Text(one_line(value, longest), passed, no_wrap=True, overflow="ellipsis")


def _count(listed: Listed) -> str:
    if not listed.all:
        return "No facts of this kind. f8 distils what is new."
    shown = len(listed.facts)
    first = f"first {shown:,} of " if shown < listed.fitting else ""
    return f"{first}{listed.fitting:,} fact" + ("" if listed.fitting == 1 else "s")


def _about(fact: Fact) -> Text:
    about = Text()
    about.append(safe(fact["statement"]) + "\n", "bold")
    until = f" until {day(fact['valid_to'])}" if fact["valid_to"] else ""
    about.append(f"{safe(fact['subject'])} · {safe(fact['category'])} · {standing(fact)}\n", "dim")
    sure = f"{fact['confidence']:.0%} sure"
    return about.append(f"since {day(fact['valid_from'])}{until} · {sure}", "dim")


def _story(memory: Memory, facts: Sequence[Fact], fact: Fact) -> list[Group]:
    """Its own words, and those of the facts it followed and that followed it."""
    sides = [
        ("What it rests on", fact),
        *((f"Before, until {day(one['valid_to'])}", one) for one in _before(facts, fact)),
        *((f"Then, since {day(one['valid_from'])}", one) for one in _after(facts, fact)),
    ]
    return [quoted(memory, title, one["evidence"]) for title, one in sides]


def _before(facts: Sequence[Fact], fact: Fact) -> list[Fact]:
    """What it superseded and what that had superseded, the latest first."""
    by_next = {one["superseded_by"]: one for one in facts if one["superseded_by"]}
    return _chain(lambda one: by_next.get(one["id"]), fact)


def _after(facts: Sequence[Fact], fact: Fact) -> list[Fact]:
    by_id = {one["id"]: one for one in facts}
    return _chain(lambda one: by_id.get(one["superseded_by"] or ""), fact)


def _chain(follow: Callable[[Fact], Fact | None], fact: Fact) -> list[Fact]:
    chain: list[Fact] = []
    link = follow(fact)
    while link is not None and len(chain) < LINKS:
        chain.append(link)
        link = follow(link)
    return chain
