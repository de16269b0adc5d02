"""The keys of a page, for the eye and the mouse."""

from __future__ import annotations

from typing import Any, NamedTuple

from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static


class Key(NamedTuple):
    """A key in the footer: what is seen, and that as markup that can be clicked."""

    seen: str
    markup: str


class Footer(Static):
    """In as many lines as all of them need. Textual's own footer shows what fits in one, and is a
    widget a key, made anew at every change of the focus: that took longer than a search.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Footer {
        dock: bottom; height: 1; background: $footer-background; text-wrap: nowrap;
        link-style: none; link-color: $footer-description-foreground;
        link-background-hover: $primary; link-style-hover: none;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown = ""

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._tell)

    def on_resize(self) -> None:
        self._tell(self.screen)

    def _tell(self, screen: Screen[Any]) -> None:
        if not self.container_size.width:  # not laid out yet; it is told again then
            return
        keys: dict[str, Key] = {}
        for key, active in screen.active_bindings.items():
            action = active.binding.action
            wanted = active.binding.show or key == self.app.COMMAND_PALETTE_BINDING
            if wanted and action not in keys:
                keys[action] = self._key(active.binding, active.enabled)
        shown = _lines(list(keys.values()), self.container_size.width)
        if shown != self._shown:
            self._shown = shown
            # Said instead of measured: a height that Textual measured while the page was being
            # mounted could stay, and hide the last keys.
            self.styles.height = shown.count("\n") + 1
            self.update(Content.from_markup(shown), layout=False)

    def _key(self, binding: Binding, enabled: bool) -> Key:
        display, label = self.app.get_key_display(binding), binding.description
        seen = f" {display} {label} "
        if not enabled:
            return Key(seen, f"[dim]{seen}[/]")
        click = f"@click=app.press('{binding.key}')"
        return Key(seen, f"[{click}] [bold $footer-key-foreground]{display}[/] {label} [/]")


def _lines(keys: list[Key], width: int) -> str:
    lines, room = [""], width
    for key in keys:
        if len(key.seen) > room and lines[-1]:
            lines.append("")
            room = width
        lines[-1] += key.markup
        room -= len(key.seen)
    return "\n".join(lines)
