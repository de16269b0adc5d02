"""One record where it was said: its neighbours, why it was found, and what rests on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static
from textual.widgets.option_list import Option

from secondme.record import Hit
from tui.lines import Lines
from tui.safe import one_line, safe
from tui.why import why

LONGEST = 6_000
"""Characters of the record that are laid out at once; the reader has all of them."""
BESIDE = 400
"""Characters of a neighbour."""


class Detail(Vertical):
    """Shows what it is given; the page asks for it."""

    _hit: Hit | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        with VerticalScroll(id="said", can_focus=False):
            yield Static(id="before", markup=False)
            yield Static(id="record", markup=False)
            yield Static(id="after", markup=False)
        yield Static(id="why", markup=False)
        yield Lines(id="resting", markup=False)

    def clear(self) -> None:
        self._hit = None
        for name in ("#head", "#before", "#record", "#after", "#why"):
            self.query_one(name, Static).update("")
        self.rest([])

    def show(self, found: dict[str, Any], hit: Hit) -> None:
        """`found` as `Memory.conversation` gives it."""
        lines = found["records"]
        at = next(i for i, line in enumerate(lines) if line["id"] == found["id"])
        where = f"{found['conversation']} · {found['source']}"
        self.query_one("#head", Static).update(Text(one_line(where), "bold"), layout=False)
        self.query_one("#before", Static).update(_neighbours(lines[:at]))
        self.query_one("#record", Static).update(_record(lines[at]))
        self.query_one("#after", Static).update(_neighbours(lines[at + 1 :]))
        self._hit = hit
        self._explain()
        self.call_after_refresh(self._look_at_it)

    def _look_at_it(self) -> None:
        self.query_one("#said").scroll_to_widget(
            self.query_one("#record"), animate=False, center=True
        )

    def rest(self, options: list[Option]) -> None:
        lines = self.query_one("#resting", Lines)
        if not options and not lines.option_count:
            return
        lines.fill(options)
        lines.display = bool(options)
        lines.border_title = "What rests on it"

    def toggle_why(self) -> None:
        self.toggle_class("explained")
        self._explain()

    def _explain(self) -> None:
        if self.has_class("explained"):
            self.query_one("#why", Static).update("" if self._hit is None else why(self._hit))


def resting(found: dict[str, Any]) -> list[Option]:
    """What `Memory.resting` found, as lines."""
    return [Option(line, id=key) for key, line in _resting(found)]


def _resting(found: dict[str, Any]) -> Iterator[tuple[str, Text]]:
    for fact in found["facts"]:
        status = "" if fact["status"] == "current" else f" ({fact['status']})"
        yield fact["id"], Text(one_line(f"fact: {fact['statement']}{status}"))
    for episode in found["episodes"]:
        yield episode["id"], Text(one_line(f"episode: {episode['title']}"))


def spoken(at: str | None, author: str) -> str:
    """When and who, as a line begins."""
    return f"{(at or 'no date')[:16].replace('T', ' ')}  {one_line(author) or '—'}"


def cut(text: str, longest: int) -> str:
    left = len(text) - longest
    return safe(text[:longest]) + (f" … {left:,} more characters" if left > 0 else "")


def _record(line: dict[str, Any]) -> Text:
    shown = Text(f"▶ {spoken(line['at'], line['author'])}\n", "bold")
    if line["subject"]:
        shown.append(f"{one_line(line['subject'])}\n", "italic")
    shown.append(f"{cut(line['text'], LONGEST)}\n", "not bold")
    return shown


def _neighbours(lines: list[dict[str, Any]]) -> Text:
    shown = Text(style="dim")
    for line in lines:
        shown.append(f"  {spoken(line['at'], line['author'])}\n{cut(line['text'], BESIDE)}\n")
    return shown
