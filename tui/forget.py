"""Forget: show what would go, ask, let it go, and say truthfully how far that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from secondme.errors import SecondMeError
from secondme.forget import Request
from secondme.memory import Memory
from tui.evidence import day
from tui.footer import Footer
from tui.page import Acting
from tui.safe import one_line, safe

AGAIN = 2.0
"""Seconds until a purge that found another reader is tried again."""
MOST = 20
"""Files, clients and findings named; the rest are counted."""

_STATES = {
    "planning": "Looking for everything that rests on it …",
    "planned": "",
    "removing": "Removing …",
    "removed": "removed: nothing finds it any more. Destroying its bytes …",
    "purging": "purging: another program, or another part of this one, still reads the vault, so"
    " the bytes are not yet destroyed. Trying again every 2 seconds; you may close this, and any"
    " later forget, verify or distil goes on with it.",
    "stuck": "purging: the bytes are not yet destroyed. Any later forget, verify or distil goes on"
    " with it.",
    "done": "done: the bytes are destroyed.",
}


class Removed(Message):
    """Nothing finds the records any more; their bytes are still there."""


class ForgetDialog(Acting[bool], ModalScreen[bool]):
    """Gives True when something was forgotten."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "forget", "Forget for good"),
        Binding("m", "mentions", "Also what names them"),
        Binding("v", "verify", "Verify"),
        Binding("n,escape", "leave", "Leave", key_display="esc"),
    ]

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._request = request
        self._plan: dict[str, Any] = {}
        self._state = "planning"
        self._receipt = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            with VerticalScroll(id="what"):
                yield Static(id="plan", markup=False)
            yield Static(_STATES["planning"], id="state", markup=False)
            yield Static(id="proof", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Leave", id="leave", compact=True)
                yield Button("Also what names them", id="mentions", compact=True)
                yield Button("Forget for good", id="forget", variant="error", compact=True)
                yield Button("Verify", id="verify", compact=True)
            yield Footer()

    def on_mount(self) -> None:
        self._look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys and buttons are there while they mean something."""
        if action == "forget":
            return self._state == "planned" and bool(self._plan["records"])
        if action == "mentions":
            return self._state == "planned" and bool(self._plan.get("also_mentioned_in"))
        if action == "verify":
            return bool(self._receipt) and self._state in ("purging", "stuck", "done")
        return True

    # -- the plan -------------------------------------------------------------------------------

    def _look(self) -> None:
        self._become("planning")
        self.carry_out(
            lambda memory: memory.forgetting(self._request),
            self._planned,
            lane="forget",
            failed=self._give_up,
        )

    def _planned(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self.query_one("#plan", Static).update(_told(plan))
        self._become("planned")

    def _give_up(self, error: SecondMeError) -> None:
        self.program.tell(error)
        self.dismiss(False)

    def action_mentions(self) -> None:
        self._request = replace(self._request, mentions=True)
        self._look()

    # -- the act --------------------------------------------------------------------------------

    def action_forget(self) -> None:
        self._become("removing")

        def removed(receipt: str) -> None:
            self._receipt = receipt
            # A message waits for nobody: the program may be closing while the purge goes on.
            self.post_message(Removed())

        self.carry_out(
            lambda memory: memory.forget(self._request, removed=removed),
            self._forgotten,
            lane="forget",
            every=True,
            failed=self._refused,
        )

    @on(Removed)
    def nothing_finds_it(self) -> None:
        if self._state == "removing":
            self._become("removed")

    def _forgotten(self, found: dict[str, Any]) -> None:
        if self._receipt:
            self.query_one("#plan", Static).update(_told(found["plan"], went=True))
            self._settle(found["state"] == "done")
        else:  # somebody else forgot it meanwhile
            self._look()

    def _refused(self, error: SecondMeError) -> None:
        """Before anything was removed nothing has happened, and after it the purge is still due."""
        self.program.tell(error)
        if self._receipt:
            self._become("stuck")
        else:
            self._look()

    def _settle(self, done: bool) -> None:
        self._become("done" if done else "purging")
        if not done:
            self.set_timer(AGAIN, self._again)

    def _again(self) -> None:
        self.carry_out(
            Memory.finish_purge, self._settle, lane="forget", every=True, failed=self._refused
        )

    # -- the proof ------------------------------------------------------------------------------

    def action_verify(self) -> None:
        self.query_one("#proof", Static).update("Reading every page of the file …")
        self.carry_out(
            lambda memory: memory.verify(self._receipt),
            lambda found: self.query_one("#proof", Static).update(_proof(found)),
            lane="forget",
            every=True,
            failed=self._unproven,
        )

    def _unproven(self, error: SecondMeError) -> None:
        self.query_one("#proof", Static).update("Not verified.")
        self.program.tell(error)

    # -- what stands on the screen --------------------------------------------------------------

    def _become(self, state: str) -> None:
        self._state = state
        line = _STATES[state]
        receipt = f"\nReceipt {self._receipt}" if self._receipt else ""
        self.query_one("#state", Static).update(line + receipt)
        for name in ("forget", "mentions", "verify"):
            self.query_one(f"#{name}", Button).display = bool(self.check_action(name, ()))
        self.refresh_bindings()

    @on(Button.Pressed)
    async def pressed(self, event: Button.Pressed) -> None:
        await self.run_action(str(event.button.id))

    def action_leave(self) -> None:
        if self._state not in ("removing", "removed"):
            self.dismiss(bool(self._receipt))


def _told(plan: dict[str, Any], *, went: bool = False) -> Text:
    """The plan in words."""
    if not plan["records"]:
        return Text("Nothing to forget.", "bold")
    told = Text()
    told.append(
        f"{'Forgotten' if went else 'Forget'}: {_counted(plan['records'], 'record')}\n", "bold"
    )
    rest = ", ".join(_resting(plan))
    told.append(f"{'With them went' if went else 'With them go'} {rest or 'nothing else'}.")
    if not went:
        for line in plan["examples"]:
            told.append(f"\n  {day(line['at'])}  {one_line(line['author'])}: ", "dim")
            told.append(one_line(line["text"], 120))
        if plan["records"] > len(plan["examples"]):
            told.append(f"\n  … and {plan['records'] - len(plan['examples']):,} more", "dim")
    for line in _staying(plan):
        told.append("\n" + line)
    return told


def _resting(plan: dict[str, Any]) -> Iterator[str]:
    for key, name in (
        ("vectors", "vector"),
        ("episodes", "episode"),
        ("facts", "fact"),
        ("profile", "profile line"),
        ("edits", "correction of yours"),
    ):
        if plan.get(key):
            yield _counted(plan[key], name)


def _staying(plan: dict[str, Any]) -> Iterator[str]:
    """What forgetting does not reach."""
    for path in plan["files_outside"][:MOST]:
        yield f"Not touched, and yours to delete: {safe(path)}"
    if len(plan["files_outside"]) > MOST:
        yield f"… and {len(plan['files_outside']) - MOST:,} more files"
    for client, records in list(plan.get("told", {}).items())[:MOST]:
        yield f"{safe(client)} was told {_counted(records, 'record')} of these and may keep them."
    if plan.get("also_mentioned_in"):
        yield f"{_counted(plan['also_mentioned_in'], 'more record')} by others name them."


def _counted(count: int, name: str) -> str:
    if count == 1:
        return f"1 {name}"
    first, _, rest = name.partition(" of ")
    return f"{count:,} {first}s" + (f" of {rest}" if rest else "")


def _proof(found: dict[str, Any]) -> Text:
    checked = ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in found["checked"].items()
    )
    if found["ok"]:
        return Text(f"clean: {checked}")
    proof = Text(f"not clean: {checked}", "bold")
    for finding in found["found"][:MOST]:
        proof.append(f"\nFOUND {safe(finding['where'])}: {safe(finding['what'])}")
    return proof
