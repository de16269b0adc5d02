"""Bring an export in: choose it, see what is in it, answer what only you can, import, take back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, DataTable, Input, ProgressBar, Select, Static

from ingest import Options
from secondme import paths
from secondme.errors import SecondMeError, UsageError, from_system
from secondme.memory import Memory
from tui import preview
from tui.chooser import ExportTree, Names, Zones, shown_path, typed_path
from tui.footer import Footer
from tui.page import Page
from tui.preview import Seen
from tui.safe import one_line
from tui.under_way import Stopped, UnderWay

ORDERS = (("day/month/year", "dmy"), ("month/day/year", "mdy"), ("year/month/day", "ymd"))
FIELDS = {"me": "#me", "tz": "#zone", "date-order": "#order"}
"""Where the owner answers what an importer asks, by what the question is about."""
BEGIN = (
    "Choose a file, a folder or a zip: chats, mail, notes. Nothing is written before you import it."
)


class ImportPage(Page):
    """On the left what is on disk, on the right what is in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "look", "Preview"),
        Binding("ctrl+s", "bring_in", "Import"),
        Binding("ctrl+g", "redact", "Replace secrets"),
        Binding("ctrl+b", "batches", "Imports made"),
        Binding("escape", "stop", "Stop"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._seen: Seen | None = None
        """The preview that an import would carry out."""
        self._files: list[dict[str, Any]] = []
        self._said = dict.fromkeys(FIELDS, "")
        """What the fields hold without being an answer: nothing, a guess, or an answer given."""
        self._answers = dict.fromkeys(FIELDS, "")
        self._redact: bool | None = None
        """Whether secrets are replaced; None for as in earlier imports."""
        self._work: UnderWay | None = None

    def compose(self) -> ComposeResult:
        with Horizontal():
            with Vertical(id="choose-export"):
                yield Input(placeholder="A file, folder or zip", id="path")
                yield ExportTree(Path.home(), id="tree")
            with Vertical(id="preview"):
                with Horizontal(id="answers"):
                    yield Input(placeholder="your name; another", id="me")
                    yield Input(suggester=Zones(), placeholder="as written", id="zone")
                    yield Select(ORDERS, prompt="as written", id="order")
                yield Static(id="asked", markup=False)
                yield DataTable(id="files", cursor_type="row", zebra_stripes=True)
                with VerticalScroll():
                    yield Static(BEGIN, id="about-file", markup=False)
                yield Static(id="state", markup=False)
                yield ProgressBar(id="bar-of-work", show_eta=False)
                with Horizontal(classes="buttons"):
                    yield Button("Preview", id="look", compact=True)
                    yield Button("Import", id="bring-in", variant="primary", compact=True)
                    yield Button("Imports made", id="batches", compact=True)
        yield Footer()

    def on_mount(self) -> None:
        for about, title in (("me", "You are"), ("tz", "Time zone"), ("date-order", "Dates")):
            self.query_one(FIELDS[about]).border_title = title
        table = self._table
        for label, width in preview.COLUMNS.items():
            table.add_column(label, width=width)
        self._clock = self.set_interval(0.2, self._show_progress, pause=True)
        self._rest("")
        self.query_one("#path").focus()
        self.carry_out(_names_of_owner, self._suggest, lane="import")

    @property
    def _table(self) -> DataTable[Any]:
        return self.query_one("#files", DataTable)

    # -- choosing -------------------------------------------------------------------------------

    @on(ExportTree.FileSelected)
    def file_chosen(self, event: ExportTree.FileSelected) -> None:
        self.query_one("#path", Input).value = shown_path(event.path)
        self.action_look()

    @on(ExportTree.DirectorySelected)
    def folder_chosen(self, event: ExportTree.DirectorySelected) -> None:
        """It opens in the tree; whether all of it is meant, only the person knows."""
        self.query_one("#path", Input).value = shown_path(event.path)

    @on(Input.Changed, "#path")
    def other_path(self) -> None:
        self._seen = self._redact = None
        self.refresh_bindings()

    @on(Input.Submitted, "#path")
    @on(Button.Pressed, "#look")
    def action_look(self) -> None:
        """Read the export and write nothing."""
        self._take_answers()
        self._start(self._wanted(dry_run=True), self._looked, "reading")

    # -- answering ------------------------------------------------------------------------------

    @on(Input.Submitted, "#me")
    @on(Input.Submitted, "#zone")
    def answered(self, event: Input.Submitted) -> None:
        """Said with Enter, a guess that was left as it stands is an answer too."""
        about = next(name for name, field in FIELDS.items() if field == f"#{event.input.id}")
        self._answers[about] = self._said[about] = self._field(about)
        self.action_look()

    @on(Input.Blurred, "#me")
    @on(Input.Blurred, "#zone")
    @on(Select.Changed, "#order")
    def left(self) -> None:
        if self._seen is not None and self._take_answers():
            self.action_look()

    def _take_answers(self) -> bool:
        """Whether the fields say something that they did not say before."""
        now = {about: self._field(about) for about in FIELDS}
        fresh = {about: text for about, text in now.items() if text != self._said[about]}
        self._answers |= fresh
        self._said |= fresh
        return bool(fresh)

    def _field(self, about: str) -> str:
        field = self.query_one(FIELDS[about])
        if isinstance(field, Select):
            return "" if field.is_blank() else str(field.value)
        assert isinstance(field, Input)
        return field.value.strip()

    def _fill(self, about: str, guess: str) -> None:
        """A guess stands in its field until the owner says better."""
        if self._answers[about] or self._field(about) != self._said[about]:
            return
        self._said[about] = guess
        field = self.query_one(FIELDS[about])
        if isinstance(field, Input):
            field.value = guess
        elif isinstance(field, Select):
            field.value = guess or Select.NULL

    def _suggest(self, names: list[str]) -> None:
        self.query_one("#me", Input).suggester = Names(names)

    # -- importing ------------------------------------------------------------------------------

    @on(Button.Pressed, "#bring-in")
    def action_bring_in(self) -> None:
        if self._seen is None or self._work is not None:
            return
        self._take_answers()
        self._start(self._wanted(dry_run=False), self._brought_in, "importing")

    def action_stop(self) -> None:
        if self._work is not None:
            self._work.stop()
            self._say("stopping …")

    def action_redact(self) -> None:
        """Replace secrets before they are written, or keep them after all."""
        if self._seen is not None and self._work is None:
            self._redact = not self._seen.redacted
            self.action_look()

    @on(Button.Pressed, "#batches")
    def action_batches(self) -> None:
        from tui.batches import BatchesPage

        self.app.push_screen(BatchesPage())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "stop":
            return self._work is not None
        if action == "redact":
            return self._seen is not None and self._work is None and self._seen.secrets
        if action == "bring_in":
            return True if self._seen is not None and self._work is None else None
        return True

    def _wanted(self, *, dry_run: bool) -> Callable[[Memory, UnderWay], Seen]:
        """The verb over what the page says now: the widgets are read here, not in the thread."""
        text = self.query_one("#path", Input).value.strip()
        me = tuple(name.strip() for name in self._answers["me"].split(";") if name.strip())
        zone, order = self._answers["tz"] or None, self._answers["date-order"] or None
        redact = self._redact

        def verb(memory: Memory, work: UnderWay) -> Seen:
            if not text:
                raise UsageError("Nothing is chosen.", "Type a path, or choose in the tree.")
            options = Options(me, _checked(zone), order, paths.local_zone(), redact_secrets=redact)
            try:
                report = memory.import_(
                    [typed_path(text)], options, dry_run=dry_run, progress=_in_all(work)
                )
            except OSError as error:
                raise from_system(error) from error
            return Seen.of(report, done=not dry_run)

        return verb

    def _start(
        self,
        verb: Callable[[Memory, UnderWay], Seen],
        then: Callable[[Seen], None],
        doing: str,
    ) -> None:
        if self._work is not None:
            return
        work = self._work = UnderWay()
        due = self._seen.records if self._seen is not None else None
        self.query_one(ProgressBar).update(total=due, progress=0)
        self.query_one(ProgressBar).display = True
        self._clock.resume()
        self._say(f"{doing} …")
        self.refresh_bindings()

        def carried(memory: Memory) -> Seen | None:
            try:
                return verb(memory, work)
            except Stopped:
                return None

        def ended(seen: Seen | None) -> None:
            self._rest("Stopped. What was finished is kept.")
            if seen is not None:
                then(seen)

        self.carry_out(carried, ended, lane="import", every=True, failed=self._failed)

    def _show_progress(self) -> None:
        if self._work is not None and self._work.far.what and not self._work.stopping:
            far = self._work.far
            self.query_one(ProgressBar).update(progress=far.done)
            self._say(f"{one_line(far.what, 60)}: {far.done:,} records read")

    def _looked(self, seen: Seen) -> None:
        self._seen = seen
        self._list(seen.files)
        guesses = {question["about"]: question["guess"] for question in seen.questions}
        for about in FIELDS:
            self._fill(about, guesses.get(about, ""))
        asked = "\n".join(f"? {one_line(question['text'])}" for question in seen.questions)
        self.query_one("#asked", Static).update(asked)
        self._suggest(seen.people)
        self._rest(seen.total)

    def _brought_in(self, seen: Seen) -> None:
        self._seen = None
        self._list(seen.files)
        self.query_one("#asked", Static).update("")
        self._rest(seen.total)

    def _failed(self, error: SecondMeError) -> None:
        self._seen = None
        self._list([])
        self._rest(f"{error}\n→ {error.hint}", bad=True)

    def _list(self, files: list[dict[str, Any]]) -> None:
        self._files = files
        self._table.clear()
        self._table.add_rows(map(preview.row, files))
        self.query_one("#about-file", Static).update("")

    @on(DataTable.RowHighlighted, "#files")
    def file_highlighted(self, event: DataTable.RowHighlighted) -> None:
        if event.cursor_row < len(self._files):
            self.query_one("#about-file", Static).update(
                preview.about(self._files[event.cursor_row])
            )

    # -- what is going on -----------------------------------------------------------------------

    def _rest(self, sentence: str, *, bad: bool = False) -> None:
        self._work = None
        self._clock.pause()
        self.query_one(ProgressBar).display = False
        self._say(sentence, bad=bad)
        self.query_one("#bring-in", Button).disabled = self._seen is None
        self.refresh_bindings()

    def _say(self, sentence: str, *, bad: bool = False) -> None:
        state = self.query_one("#state", Static)
        state.set_class(bad, "problem")
        state.update(sentence)


def _in_all(work: UnderWay) -> Callable[[str, int], None]:
    """Importers count the records of each file; the bar counts those of all."""
    before, last, of_last = 0, "", 0

    def tell(name: str, read: int) -> None:
        nonlocal before, last, of_last
        if name != last:
            before += of_last
        last, of_last = name, read
        work(name, before + read)

    return tell


def _checked(zone: str | None) -> str | None:
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, KeyError) as error:
            hint = "Names are like Europe/Berlin."
            raise UsageError(f"There is no time zone {zone}.", hint) from error
    return zone


def _names_of_owner(memory: Memory) -> list[str]:
    """The names under which the owner is known from earlier imports."""
    owner = [identity for p in memory.people() if p["me"] for identity in p["identities"]]
    return sorted({name for one in owner for name in (one["name"], one["handle"]) if name})
