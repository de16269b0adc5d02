"""The owner's word over a fact: the same keys wherever facts are listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from secondme.forget import Request
from secondme.memory import Memory
from tui.edit import EditDialog
from tui.listing import ListPage

Fact = dict[str, Any]


class CorrectingPage(ListPage):
    """A list of facts in which one is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "Edit"),
        Binding("x", "reject", "Reject"),
        Binding("p", "pin", "Pin"),
        Binding("u", "unedit", "Take back"),
        Binding("ctrl+d", "forget", "Forget", priority=True),
    ]

    def chosen(self) -> Fact | None:
        """The fact that the keys act on."""
        raise NotImplementedError

    def action_edit(self) -> None:
        fact = self.chosen()
        if fact is None:
            return

        def save(words: str | None) -> None:
            if words is not None:
                self._correct(lambda memory: memory.edit(fact["id"], words), "It says so now.")

        quotes = " … ".join(one["quote"] for one in fact["evidence"][:3])
        self.app.push_screen(EditDialog(fact["statement"], quotes), save)

    def action_reject(self) -> None:
        fact = self.chosen()
        if fact is not None:
            self._correct(
                lambda memory: memory.reject(fact["id"]),
                "Rejected: nothing uses it. The facts page lists it under “rejected”.",
            )

    def action_pin(self) -> None:
        fact = self.chosen()
        if fact is not None:
            on = not fact["pinned"]
            told = "Pinned: it holds until you say otherwise." if on else "No longer pinned."
            self._correct(lambda memory: memory.pin(fact["id"], on), told)

    def action_unedit(self) -> None:
        fact = self.chosen()
        if fact is not None:
            self._correct(
                lambda memory: memory.unedit(fact["id"]), "Taken back: it says what was read."
            )

    def action_forget(self) -> None:
        fact = self.chosen()
        if fact is not None:
            self.program.forget(Request(ids=tuple(one["id"] for one in fact["evidence"])))

    def _correct(self, verb: Callable[[Memory], object], told: str) -> None:
        def done(_: object) -> None:
            self.notify(told)
            self.refill()

        self.carry_out(verb, done, lane="correct", every=True)


def standing(fact: Fact) -> str:
    """Its status in a word or two, with what the owner said of it."""
    marks = [mark for mark in ("edited", "pinned") if fact[mark]]
    return ", ".join([fact["status"], *marks])
