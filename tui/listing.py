"""Pages over long lists: read once for each state of the vault, and again when somebody writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from secondme.errors import SecondMeError
from secondme.memory import Memory
from tui.page import Page

T = TypeVar("T")


class Known(Generic[T]):
    """What `read` found, read again only when the vault has changed: a key typed into a filter need
    not wait for that. Ask in one lane: two would read it twice.
    """

    def __init__(self, read: Callable[[Memory], T]) -> None:
        self._read = read
        self._found: tuple[object, T] | None = None

    def by(self, memory: Memory) -> T:
        version = memory.version()
        if self._found is None or self._found[0] != version:
            self._found = version, self._read(memory)
        return self._found[1]

    @property
    def last(self) -> T | None:
        """What was found the last time, for any lane."""
        return self._found[1] if self._found else None


class ListPage(Page):
    """A page that says in `refill` how its list is read and shown, by calling `fill`."""

    _filling = False
    _outdated = False

    def refill(self) -> None:
        raise NotImplementedError

    def fill(self, read: Callable[[Memory], T], show: Callable[[T], None], *, lane: str) -> None:
        """Show what `read` finds; a later call makes this one's result unwanted."""

        def shown(found: T) -> None:
            self._filling = False
            show(found)
            if self._outdated:
                self._outdated = False
                self.refill()

        def failed(error: SecondMeError) -> None:
            self._filling = False
            self.program.tell(error)

        self._filling = True
        self.carry_out(read, shown, lane=lane, failed=failed)

    def on_screen_resume(self) -> None:
        self.refill()

    def changed(self) -> None:
        # Never instead of a reading that is under way: during an import it would never be shown.
        if self._filling:
            self._outdated = True
        else:
            self.refill()
