"""The program on the screen: opens a memory, and leads from page to page.

The memory and all it stands on are imported once something can be seen.
"""

from __future__ import annotations

import gc
from asyncio import to_thread
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from secondme.errors import NotFound, SecondMeError, WrongKey
from tui.page import Page
from tui.places import PLACES

if TYPE_CHECKING:
    from secondme.forget import Request
    from secondme.keys import Kind
    from secondme.memory import Memory
    from tui.memories import Memories

    Unlock = Callable[[str | None], Memory]
    Create = Callable[[Kind, str | None], tuple[Memory, str]]

LOOK_EVERY = 1.0
"""Seconds between looks at whether somebody has written to the vault."""
DARK, LIGHT = "textual-dark", "textual-light"


class SecondMeApp(App[None]):
    """With an open memory it begins at the search. Without one it unlocks the vault by `unlock`,
    asks for a passphrase when that takes one, or makes a new vault by `create`.
    """

    TITLE = "secondme"
    CSS_PATH = "app.tcss"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        name: place.open for name, place in PLACES.items()
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark", "help", "Help", key_display="f1"),
        *(
            # The bar on top of every page shows these.
            Binding(place.key, f"go('{name}')", place.label, show=False)
            for name, place in PLACES.items()
        ),
        Binding("f9", "forget_some", "Forget by name"),
        Binding("ctrl+t", "light_or_dark", "Light/dark"),
        Binding("ctrl+q", "quit", "Quit", priority=True),
    ]

    memories: Memories

    def __init__(
        self,
        opened: Memory | None = None,
        *,
        unlock: Unlock | None = None,
        create: Create | None = None,
    ) -> None:
        super().__init__()
        self._opened = opened
        self._unlock = unlock
        self._create = create
        self.version = 0
        """Of the vault, when it was last looked at."""
        self.failure: SecondMeError | None = None
        """Why the vault could not be opened at all; the program has ended then."""

    @property
    def is_open(self) -> bool:
        return hasattr(self, "memories")

    def on_mount(self) -> None:
        self.theme = DARK
        if self._opened is not None:
            self.use(self._opened)
        else:
            self.call_after_refresh(self._open_quietly)

    def compose(self) -> ComposeResult:
        yield Static("Opening your memory …", id="opening")

    async def on_unmount(self) -> None:
        if self.is_open:
            await to_thread(self.memories.close)

    # -- opening --------------------------------------------------------------------------------

    @work(thread=True)
    def _open_quietly(self) -> None:
        """With the keys that are at hand; a person is asked only when they do not do."""
        from secondme.memory import translated

        assert self._unlock is not None
        try:
            with translated():
                memory = self._unlock(None)
        except (NotFound, WrongKey) as error:
            self.call_from_thread(self._ask_for_a_way_in, error)
        except SecondMeError as error:
            self.failure = error
            self.call_from_thread(self.exit)
        else:
            self.call_from_thread(self.use, memory)

    def _ask_for_a_way_in(self, error: SecondMeError) -> None:
        if isinstance(error, NotFound) and self._create is not None:
            from tui.first_run import FirstRunScreen

            self.push_screen(FirstRunScreen(self._create), self._begin)
        elif self._unlock is not None:
            from tui.unlock import UnlockScreen

            self.push_screen(UnlockScreen(self._unlock), self._go_on)

    def _begin(self, memory: Memory | None) -> None:
        """A new vault is empty, so the first thing to do is to bring something in."""
        if memory is not None:
            self.use(memory, "import")

    def _go_on(self, memory: Memory | None) -> None:
        if memory is not None:
            self.use(memory)

    def use(self, memory: Memory, page: str = "search") -> None:
        if self._exit:  # nobody waited for the key
            memory.close()
            return
        from tui.memories import Memories

        # A full collection looks at every fact that a page holds: 0.2 s in which no key is heard.
        gc.set_threshold(700, 10, 1_000)
        self.memories = Memories(memory)
        self.version = memory.version()
        self.switch_mode(page)
        self.set_interval(LOOK_EVERY, self._look)

    # -- pages ----------------------------------------------------------------------------------

    def go(self, page: str) -> None:
        """To a page as it was left; to its beginning when it is in front already."""
        if page != self.current_mode:
            self.switch_mode(page)
            return
        while len(self.screen_stack) > 1 and isinstance(self.screen, Page):
            self.pop_screen()

    def action_go(self, page: str) -> None:
        self.go(page)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("go", "forget_some"):
            return self.is_open
        return super().check_action(action, parameters)

    def open_record(self, key: str) -> None:
        from tui.reader import ReaderPage

        self.push_screen(ReaderPage(key))

    def open_line(self, key: str) -> None:
        """A fact or an episode, with the words it rests on."""
        from tui.derived import DerivedPage

        self.push_screen(DerivedPage(key))

    def forget(self, what: Request | Sequence[str]) -> None:
        """Ask whether to forget this, and do it; what is on the screen is read again after."""
        from secondme.forget import Request
        from tui.forget import ForgetDialog

        request = what if isinstance(what, Request) else Request(ids=tuple(what))
        self.push_screen(ForgetDialog(request))

    def action_forget_some(self) -> None:
        """By name, conversation, days or words instead of by what is highlighted."""
        from tui.forget_some import ForgetForm

        def plan(request: Request | None) -> None:
            if request is not None:
                self.forget(request)

        self.push_screen(ForgetForm(), plan)

    def tell(self, error: SecondMeError) -> None:
        self.notify(f"{error}\n→ {error.hint}", severity="error", markup=False)

    def action_help(self) -> None:
        from tui.help import HelpScreen

        self.push_screen(HelpScreen())

    def action_press(self, key: str) -> None:
        """A key clicked in the footer."""
        self.simulate_key(key)

    def action_light_or_dark(self) -> None:
        self.theme = LIGHT if self.theme == DARK else DARK

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every act that has a key here. Textual's own would also save screenshots: plain text of
        a life, unencrypted on the disk.
        """
        seen = set()
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.action in seen or not (binding.show or binding.action.startswith("go(")):
                continue
            seen.add(binding.action)
            yield self._command(active.node, binding)

    def _command(self, node: object, binding: Binding) -> SystemCommand:
        async def act() -> None:
            await self.run_action(binding.action, node)  # type: ignore[arg-type]

        return SystemCommand(binding.description, self.get_key_display(binding), act)

    # -- others who write -----------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="look")
    def _look(self) -> None:
        try:
            with self.memories.lane("look") as memory:
                version = memory.version()
        except SecondMeError:
            return  # whoever needs the vault now will be told; the next look is a second away
        self.call_from_thread(self._looked, version)

    def _looked(self, version: int) -> None:
        self.version = version
        for page in self.screen_stack:
            if isinstance(page, Page):
                page.keep_up()

    def _fatal_error(self) -> None:
        """A bug. Textual would print every local variable, and they hold the owner's words."""
        from rich.traceback import Traceback

        self.panic(Traceback(show_locals=False, width=None))
