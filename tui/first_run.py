"""The first run: make the vault, show its recovery code once, offer to bring an export in."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import (
    Button,
    ContentSwitcher,
    Input,
    LoadingIndicator,
    RadioButton,
    RadioSet,
    Static,
)

from secondme import keychain
from secondme.errors import SecondMeError
from secondme.keys import Kind
from secondme.memory import Memory, translated
from tui.footer import Footer

Create = Callable[[Kind, str | None], tuple[Memory, str]]

WELCOME = (
    "secondme keeps what you said, wrote and were told in one encrypted file on this machine."
    " You can search it at once, let a small local model distil it, and forget any of it exactly."
    " Nothing leaves this machine: there is no account, no telemetry and no cloud."
)
WAYS: dict[Kind, str] = {
    "keychain": "This machine's keychain opens it for you",
    "passphrase": "A passphrase that you type each time",
    "file": "A key file beside it: whoever reads the folder can open it",
}
CODE_COMES_ONCE = (
    "This is your recovery code. It opens the memory when all else is lost."
    " It is shown only now and kept nowhere: write it down, away from this machine."
)
EMPTY = (
    "Your memory is made, and empty.\n"
    "An export of your chats, mail or notes fills it: a file, a folder or a zip."
)


class FirstRunScreen(Screen[Memory]):
    """Three steps: choose a way in, write the code down, begin. Gives the open memory."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "go_on", "Go on"),
        Binding("ctrl+n", "look_round", "Not now"),
        Binding("ctrl+q", "app.quit", "Quit"),
    ]

    def __init__(self, create: Create) -> None:
        super().__init__()
        self._create = create
        self._made: Memory | None = None
        self._step = "choose"

    def compose(self) -> ComposeResult:
        with Vertical(classes="card"), ContentSwitcher(initial="choose"):
            with Vertical(id="choose"):
                yield from self._choices()
            with Vertical(id="write"):
                yield Static("Write this down", classes="title")
                yield Static(CODE_COMES_ONCE)
                yield Static(id="code", markup=False)
                yield Button(
                    "I have written it down", id="written", variant="primary", compact=True
                )
            with Vertical(id="begin"):
                yield Static("Ready", classes="title")
                yield Static(EMPTY)
                with Horizontal(classes="buttons"):
                    yield Button("Choose an export", id="export", variant="primary", compact=True)
                    yield Button("Not now", id="later", compact=True)
        yield Footer()

    def _choices(self) -> ComposeResult:
        yield Static("Welcome", classes="title")
        yield Static(WELCOME)
        yield Static("How shall it open?", classes="title")
        with RadioSet(id="ways"):
            for kind, words in WAYS.items():
                yield RadioButton(Content(words), id=f"by-{kind}", value=kind == "passphrase")
        with Vertical(id="typed"):
            yield Input(password=True, placeholder="Passphrase", id="passphrase")
            yield Input(password=True, placeholder="The same once more", id="again")
        yield Static(id="problem", classes="problem", markup=False)
        yield LoadingIndicator(id="busy")
        yield Button("Make my memory", id="make", variant="primary", compact=True)

    def on_mount(self) -> None:
        self._be_busy(False)
        self._offer("keychain", False)
        self.query_one("#passphrase").focus()
        self.run_worker(self._look_for_keychain, thread=True)

    def _look_for_keychain(self) -> None:
        """In a thread: a keychain may have to be woken."""
        if keychain.usable():
            self.app.call_from_thread(self._offer_keychain)

    def _offer_keychain(self) -> None:
        """Chosen from the start, unless the person has begun to type a passphrase."""
        self._offer("keychain", True)
        if not self.query_one("#passphrase", Input).value:
            self.query_one("#by-keychain", RadioButton).value = True

    def _offer(self, kind: Kind, there: bool) -> None:
        button = self.query_one(f"#by-{kind}", RadioButton)
        button.display = there
        button.disabled = not there

    @property
    def _kind(self) -> Kind:
        pressed = self.query_one("#ways", RadioSet).pressed_button
        return next(
            (kind for kind in WAYS if pressed is not None and pressed.id == f"by-{kind}"), "file"
        )

    @on(RadioSet.Changed, "#ways")
    def way_chosen(self) -> None:
        self.query_one("#typed").display = self._kind == "passphrase"
        self._complain("")

    @on(Input.Submitted, "#passphrase")
    def typed_once(self) -> None:
        self.query_one("#again").focus()

    @on(Input.Submitted, "#again")
    @on(Button.Pressed, "#make")
    def make(self) -> None:
        first, again = (self.query_one(f"#{name}", Input).value for name in ("passphrase", "again"))
        kind = self._kind
        if self.query_one("#make", Button).disabled:
            return
        if kind == "passphrase" and not first:
            self._complain("An empty passphrase protects nothing.")
        elif kind == "passphrase" and first != again:
            self._complain("The two are not the same.")
        else:
            self._be_busy(True)
            words = first if kind == "passphrase" else None
            self.run_worker(lambda: self._make(kind, words), thread=True)

    def _make(self, kind: Kind, words: str | None) -> None:
        """In a thread: stretching a passphrase takes a while on purpose."""
        try:
            with translated():
                memory, code = self._create(kind, words)
        except SecondMeError as error:
            sentence = f"{error}\n→ {error.hint}" if error.hint else str(error)
            self.app.call_from_thread(self._complain, sentence)
        else:
            self.app.call_from_thread(self._show_code, memory, code)

    def _show_code(self, memory: Memory, code: str) -> None:
        self._made = memory
        for name in ("passphrase", "again"):
            self.query_one(f"#{name}", Input).clear()
        self.query_one("#code", Static).update(code)
        self._step_to("write")

    @on(Button.Pressed, "#written")
    def written(self) -> None:
        self.query_one("#code", Static).update("")
        self._step_to("begin", "#export")

    @on(Button.Pressed, "#export")
    def choose_export(self) -> None:
        """The program goes on to the import page by itself."""
        self.dismiss(self._made)

    @on(Button.Pressed, "#later")
    def action_look_round(self) -> None:
        self.dismiss(self._made)
        self.app.call_later(self.app.run_action, "app.go('search')")

    def action_go_on(self) -> None:
        {"choose": self.make, "write": self.written, "begin": self.choose_export}[self._step]()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._step == "begin" if action == "look_round" else True

    def _step_to(self, name: str, focus: str | None = None) -> None:
        """Nothing has the focus where a second Enter in a row must not lead on."""
        self.query_one(ContentSwitcher).current = self._step = name
        self.set_focus(None if focus is None else self.query_one(focus))
        self.refresh_bindings()

    def _complain(self, sentence: str) -> None:
        self._be_busy(False)
        self.query_one("#problem", Static).update(sentence)

    def _be_busy(self, busy: bool) -> None:
        self.query_one("#busy").display = busy
        self.query_one("#make", Button).disabled = busy
