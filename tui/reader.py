"""A conversation at the place where something was said; it goes on as one scrolls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from secondme.errors import SecondMeError
from tui.detail import cut, spoken
from tui.footer import Footer
from tui.lines import Lines
from tui.page import Page
from tui.safe import one_line

STEP = 40
"""Records read at a time."""
NEAR = 10
"""Lines from an end at which the next records are read."""
MOST = 400
"""Records kept; beyond, those farthest away are let go, and read again when one comes back."""
LONGEST = 1_500
"""Characters of one record; the whole of it is one key away."""

Found = dict[str, Any]


class ReaderPage(Page):
    """Up and down read on, Enter opens one record whole."""

    AUTO_FOCUS = "#lines"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d", "forget", "Forget"),
        Binding("escape", "app.pop_screen", "Back"),
    ]

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key
        self._shown: dict[str, Found] = {}
        self._earlier = self._later = False
        self._reading = False

    def compose(self) -> ComposeResult:
        yield Static(id="where", markup=False)
        yield Lines(id="lines", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        self.watch(self._lines, "scroll_y", self._scrolled, init=False)
        self._begin()

    @property
    def _lines(self) -> Lines:
        return self.query_one("#lines", Lines)

    def _ask(self, key: str, before: int, after: int, then: Any) -> None:
        def done(found: Found) -> None:
            then(found)
            # Not before it is laid out: it would seem to be scrolled to its beginning.
            self.call_after_refresh(self._settle)

        def failed(error: SecondMeError) -> None:
            """Somebody has forgotten it between two reads."""
            self._reading = False
            self.changed()

        self._reading = True
        self.carry_out(
            lambda m: m.conversation(key, before=before, after=after), done, lane="reader",
            failed=failed,
        )  # fmt: skip

    # -- where it begins ------------------------------------------------------------------------

    def _begin(self) -> None:
        self._ask(self._key, STEP, STEP, self._show)

    def _show(self, found: Found) -> None:
        self._key = found["id"]
        self._earlier, self._later = found["earlier"], found["later"]
        self._shown = {line["id"]: line for line in found["records"]}
        where = f"{found['conversation']} · {found['source']}"
        self.query_one("#where", Static).update(one_line(where))
        self._lines.fill(_options(found["records"]), self._key)
        self.call_after_refresh(self._lines.centre)

    def _settle(self) -> None:
        self._reading = False

    # -- reading on -----------------------------------------------------------------------------

    def _scrolled(self) -> None:
        if self._reading or not self._shown:
            return
        if self._earlier and self._lines.scroll_y < NEAR:
            self._ask(next(iter(self._shown)), STEP, 0, self._show_earlier)
        elif self._later and self._lines.scroll_y > self._lines.max_scroll_y - NEAR:
            self._ask(next(reversed(self._shown)), 0, STEP, self._show_later)

    @on(OptionList.OptionHighlighted, "#lines")
    def moved(self) -> None:
        self._scrolled()

    def _show_earlier(self, found: Found) -> None:
        new = self._unseen(found)
        self._earlier = found["earlier"]
        kept = list(self._shown.values())[: MOST - len(new)]
        self._later = self._later or len(kept) < len(self._shown)
        self._shown = {line["id"]: line for line in (*new, *kept)}
        self._lines.put_before(_options(new), most=MOST)

    def _show_later(self, found: Found) -> None:
        new = self._unseen(found)
        self._later = found["later"]
        self._shown |= {line["id"]: line for line in new}
        self._lines.add_options(_options(new))

    def _unseen(self, found: Found) -> list[Found]:
        return [line for line in found["records"] if line["id"] not in self._shown]

    # -- others who write -----------------------------------------------------------------------

    def changed(self) -> None:
        """Nothing moves under the reader's eyes unless something of it is gone or another."""
        shown = [
            {"id": line["id"], "author": line["author"], "at": line["at"], "text": line["text"]}
            for line in self._shown.values()
        ]
        self.carry_out(lambda m: (shown, m.lines(list(self._shown))), self._compare, lane="reader")

    def _compare(self, lines: tuple[list[Found], list[Found]]) -> None:
        before, now = lines
        self._reading = False
        if not now:
            self._shown = {}
            self._lines.set_options([])
            self.query_one("#where", Static).update("Nothing of this is left.")
        elif before == now:
            self._earlier = self._later = True  # there may be new ones; reading on will tell
        else:
            self._key = self._nearest({line["id"] for line in now})
            self._begin()

    def _nearest(self, here: set[str]) -> str:
        """The record closest to the highlighted one of those that are still here."""
        keys = list(self._shown)
        at = self._lines.highlighted or 0
        return min((key for key in keys if key in here), key=lambda k: abs(keys.index(k) - at))

    # -- keys -----------------------------------------------------------------------------------

    @on(OptionList.OptionSelected, "#lines")
    def open_whole(self, event: OptionList.OptionSelected) -> None:
        from tui.whole import WholePage

        self.app.push_screen(WholePage(event.option_id or ""))

    def action_forget(self) -> None:
        if self._lines.chosen is not None:
            self.program.forget([self._lines.chosen])


def _options(records: Iterable[Found]) -> list[Option]:
    return [Option(_line(record), id=record["id"]) for record in records]


def _line(record: Found) -> Text:
    line = Text(f"{spoken(record['at'], record['author'])}\n", "bold" if record["mine"] else "dim")
    return line.append(cut(record["text"], LONGEST), "not bold not dim")
