"""What the memory cannot decide by itself: facts that contradict each other, and unsure ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from secondme.memory import Memory
from tui.correct import CorrectingPage, Fact
from tui.evidence import EvidencePane, Group, day, quoted
from tui.footer import Footer
from tui.listing import Known
from tui.safe import one_line, safe

Item = dict[str, Any]


class ReviewPage(CorrectingPage):
    """One question at a time, with the words on both sides of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "keep('newer')", "The newer holds"),
        Binding("o", "keep('older')", "The older holds"),
        Binding("b", "keep('both')", "Both hold"),
        Binding("k,p", "pin", "It is so", key_display="k"),
        Binding("x", "reject", "It is not so"),
        Binding("e", "edit", "Edit"),
        Binding("s", "skip", "Skip"),
        Binding("escape", "leave", "Back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._known = Known(Memory.review)
        self._skipped: set[tuple[str, str | None]] = set()
        self._item: Item | None = None

    def compose(self) -> ComposeResult:
        yield Static("Reading …", id="count", markup=False)
        yield EvidencePane()
        yield Footer()

    def refill(self) -> None:
        self.fill(self._known.by, self._ask, lane="review")

    def _ask(self, items: Sequence[Item]) -> None:
        """Put the first question that was not skipped."""
        left = [item for item in items if _name(item) not in self._skipped]
        self._item = left[0] if left else None
        self.query_one("#count", Static).update(_count(len(left), len(items) - len(left)))
        self.refresh_bindings()
        item = self._item
        if item is None:
            self.query_one(EvidencePane).clear()
            return

        def show(groups: list[Group]) -> None:
            self.query_one(EvidencePane).show(_question(item), groups)
            self.query_one("#quotes").focus()

        self.carry_out(lambda memory: _sides(memory, item), show, lane="evidence")

    def chosen(self) -> Fact | None:
        """What the keys of one fact act on: none while the question is about two."""
        if self._item is None or self._item["kind"] == "contradiction":
            return None
        fact: Fact = self._item["facts"][0]
        return fact

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what answers the present question is offered."""
        if action == "keep":
            return self._item is not None and self._item["kind"] == "contradiction"
        if action in ("pin", "reject", "edit", "forget"):
            return self.chosen() is not None
        if action == "skip":
            return self._item is not None
        return action != "unedit"

    def action_keep(self, which: str) -> None:
        item = self._item
        if item is not None:
            self._correct(
                lambda memory: memory.resolve(item["id"], item["other"], keep=which),
                f"Kept: {which}.",
            )

    def action_skip(self) -> None:
        if self._item is not None:
            self._skipped.add(_name(self._item))
            self.refill()

    def action_leave(self) -> None:
        self.app.pop_screen()


def _name(item: Item) -> tuple[str, str | None]:
    return item["id"], item["other"]


def _count(left: int, skipped: int) -> str:
    if not left:
        return "Nothing left to decide." + (f" {skipped:,} skipped." if skipped else "")
    return f"{left:,} to decide" + (f", {skipped:,} skipped" if skipped else "")


def _question(item: Item) -> Text:
    question = Text()
    if item["kind"] == "contradiction":
        question.append("These do not go together. Which holds?\n", "bold")
    else:
        question.append("Is this so? The reader was not sure.\n", "bold")
    for label, fact in zip(("older", "newer"), item["facts"], strict=False):
        said = f"{label}: " if len(item["facts"]) > 1 else ""
        question.append(f"{said}{safe(fact['subject'])} · {safe(fact['category'])} · ", "dim")
        question.append(one_line(fact["statement"]) + "\n")
    return question


def _sides(memory: Memory, item: Item) -> list[Group]:
    titles = ("Older", "Newer") if len(item["facts"]) > 1 else ("It was read from",)
    return [
        quoted(memory, f"{title}, {day(fact['valid_from'])}", fact["evidence"])
        for title, fact in zip(titles, item["facts"], strict=True)
    ]
