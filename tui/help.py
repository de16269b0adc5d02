"""All keys, and what the program promises."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.footer import Footer
from tui.places import PLACES

_EVERYWHERE = (
    ("f1 or ?", "this page (? where no text is typed)"),
    *((place.key, place.label) for place in PLACES.values()),
    ("ctrl+p", "every act by name: type a few letters of it"),
    ("ctrl+d", "forget what is highlighted; the plan is shown before anything happens"),
    ("f9", "forget by name, conversation, days or words"),
    ("tab", "to the next part of a page"),
    ("escape", "back"),
    ("ctrl+t", "light or dark"),
    ("ctrl+q", "quit"),
)
_SEARCH = (
    ("type", "search; every key searches again"),
    ("enter, down", "to the hits; enter there opens the conversation at the place"),
    ("ctrl+f", "narrow by person, source and dates"),
    ("ctrl+y", "why it was found: every part of the score"),
    ("ctrl+r", "the facts and episodes that rest on the record"),
    ("ctrl+l", "clear"),
)
_FACTS = (
    ("e", "put the line right in your own words"),
    ("x, p", "reject it; pin it, so that nothing said later replaces it"),
    ("u", "take back what you said about it"),
    ("r", "review what contradicts itself and what is unsure"),
    ("ctrl+f", "filter"),
    ("enter", "to its quotes; enter there opens the conversation at the place"),
)
_PROMISES = (
    "No byte leaves this machine. The one exception is a model you tell it to fetch.",
    "Everything is encrypted on the disk. Whoever has neither your key nor your recovery code"
    " cannot read it, and neither can we.",
    "Every fact, episode and line of your profile shows the words it was read from.",
    "Your corrections win over the model, and outlive a change of it.",
    "Forgetting removes a record and all that was built on it, destroys the bytes, and can be"
    " verified. The export you still keep, and snapshots made by your disk, are yours to delete.",
    "What it does not know it says it does not know.",
)


class HelpScreen(ModalScreen[None]):
    """Escape closes it."""

    AUTO_FOCUS = "#help"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark", "app.pop_screen", "Close", key_display="esc")
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            yield Static(_text(), markup=False)
        yield Footer()


def _text() -> Text:
    text = Text("Everywhere\n", "bold")
    for title, keys in (
        ("", _EVERYWHERE),
        ("\nOn the search page\n", _SEARCH),
        ("\nOn facts and the profile\n", _FACTS),
    ):
        text.append(title, "bold")
        for key, does in keys:
            text.append(f"  {key:12}", "bold").append(f"{does}\n", "not bold")
    text.append("\nWhat is promised\n", "bold")
    for promise in _PROMISES:
        text.append(f"  • {promise}\n", "not bold")
    return text
