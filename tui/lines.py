"""A list to look through: one click looks, Enter or two clicks open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class Lines(OptionList):
    """An option list that keeps its place when it is filled anew."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Open")]

    def on_click(self, event: Click) -> None:
        """Textual's own list opens at the first click, so that nothing can be looked at."""
        at = event.style.meta.get("option")
        if at is not None and event.chain < 2:
            event.prevent_default()
            self.focus()
            self.highlighted = at

    @property
    def chosen(self) -> str | None:
        """The id of the highlighted line."""
        option = self.highlighted_option
        return None if option is None else option.id

    def fill(self, options: Sequence[Option], chosen: str | None = None) -> None:
        """Show these; `chosen`, or else the first, is highlighted."""
        self.set_options(options)
        places = (i for i, option in enumerate(options) if option.id == chosen)
        self.highlighted = next(places, 0) if options else None

    def centre(self) -> None:
        """Once a new filling is laid out: bring the highlighted line half-way down."""
        self.scroll_to_highlight()
        if self.scroll_offset.y:  # it has come into view at the bottom
            down = self.scroll_offset.y + self.size.height // 2
            self.scroll_to(y=down, animate=False, immediate=True)

    def put_before(self, options: Sequence[Option], most: int) -> None:
        """More lines above, at most so many in all, while what is seen stays where it is."""
        seen, chosen = self.scroll_offset.y, self.chosen
        below = list(self.options)[: most - len(options)]
        self.set_options(options)
        above = self.virtual_size.height
        self.add_options(below)
        places = (i for i, option in enumerate(self.options) if option.id == chosen)
        with self.prevent(OptionList.OptionHighlighted):
            self.highlighted = next(places, len(options))
        self.scroll_to(y=seen + above, animate=False, immediate=True)
