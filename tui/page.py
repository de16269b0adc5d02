"""What every page shares: the bar of pages, and verbs carried out beside the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker, get_current_worker

from secondme.errors import SecondMeError
from tui.places import PLACES

if TYPE_CHECKING:
    from secondme.memory import Memory
    from tui.app import SecondMeApp

T = TypeVar("T")
R = TypeVar("R")


class PageBar(Static):
    """One line with all pages, the present one marked; a click goes there."""

    def __init__(self, here: str) -> None:
        parts = (
            f"[{'reverse' if name == here else 'dim'} @click=app.go('{name}')]"
            f" {place.key.upper()} {place.label} [/]"
            for name, place in PLACES.items()
        )
        super().__init__(Content.from_markup("".join(parts)), id="pages")


class Acting(Screen[R]):
    """A screen that carries out verbs. Workers read and write, and never touch a widget."""

    @property
    def program(self) -> SecondMeApp:
        return cast("SecondMeApp", self.app)

    def carry_out(
        self,
        verb: Callable[[Memory], T],
        then: Callable[[T], None],
        *,
        lane: str,
        every: bool = False,
        failed: Callable[[SecondMeError], None] | None = None,
    ) -> Worker[None]:
        """Call `verb` in the lane's thread and `then` with its result on the event loop.

        A later call in the same lane makes an earlier one's result unwanted, and so does leaving
        the page for good: unless `every` call counts, as with those that write. Errors of ours are
        told in a toast, or given to `failed`; any other is a bug and ends the program.
        """

        program = self.program

        def work() -> None:
            worker = get_current_worker()

            def deliver(act: Callable[[], None]) -> None:
                if not worker.is_cancelled and self.is_attached and program.is_running:
                    act()

            try:
                with program.memories.lane(lane) as memory:
                    if worker.is_cancelled and not every:
                        return
                    result = verb(memory)
            except SecondMeError as error:
                told = error
                tell = failed or program.tell
                program.call_from_thread(deliver, lambda: tell(told))
            else:
                program.call_from_thread(deliver, lambda: then(result))

        return self.run_worker(work, thread=True, exclusive=not every, group=lane)


class Page(Acting[None]):
    """A screen over an open memory, with the bar of pages on top. Workers read, and never touch a
    widget.
    """

    def __init__(self) -> None:
        super().__init__()
        # Else Textual reads all styles again and lays the page before out once more. A new page is
        # styled as it is mounted.
        self._css_update_count = self.app._css_update_count
        self._as_of: int | None = None

    def on_mount(self) -> None:
        """Runs beside a page's own `on_mount`."""
        self.mount(PageBar(self.program.current_mode))

    def on_screen_resume(self) -> None:
        """What happened while other pages were in front."""
        self.keep_up()

    def keep_up(self) -> None:
        before, self._as_of = self._as_of, self.program.version
        if before not in (None, self._as_of):
            self.changed()

    def changed(self) -> None:
        """Somebody has written to the vault: a page that shows what may be stale reads it again."""
