"""Whose words, from where, from when: what narrows a search."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label

from secondme.errors import UsageError

_PERIOD = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_FIELDS = (
    ("person", "who", "anybody"),
    ("source", "source", "anywhere"),
    ("since", "from", "2024-05"),
    ("until", "before", "2024-06-30"),
)


class Filters(Horizontal):
    """A row of inputs. What is not filled in narrows nothing."""

    class Changed(Message):
        """Somebody typed."""

    def compose(self) -> ComposeResult:
        for name, label, example in _FIELDS:
            yield Label(label)
            yield Input(placeholder=example, id=name, compact=True)

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())

    def suggest(self, people: Sequence[str], sources: Sequence[str]) -> None:
        for name, known in (("#person", people), ("#source", sources)):
            self.query_one(name, Input).suggester = SuggestFromList(known, case_sensitive=False)

    def begin(self) -> None:
        self.query_one("#person", Input).focus()

    def clear(self) -> None:
        for box in self.query(Input):
            box.value = ""

    def chosen(self) -> dict[str, str | None]:
        """As `Memory.search` takes them. Raises `UsageError` for what is no date."""
        given = {box.id or "": box.value.strip() or None for box in self.query(Input)}
        for name in ("since", "until"):
            text = given[name]
            if text is not None and not is_period(text):
                raise UsageError(f"{text} is not a date.", "Write 2024, 2024-05 or 2024-05-31.")
        return given


def is_period(text: str) -> bool:
    if not _PERIOD.fullmatch(text):
        return False
    try:
        date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return True
