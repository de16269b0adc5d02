"""What verbs share: opening the memory they act on, and talking to stdout and stderr.

Answers go to stdout, everything else to stderr. No verb asks when stdin is not a terminal.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secondme import paths
from secondme.errors import UsageError

if TYPE_CHECKING:
    from secondme.memory import Memory

# Bidirectional controls can make a line read as another one; escapes can repaint the terminal.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


class Day(click.ParamType[date]):
    """An ISO date on the command line."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value)[:10])
        except ValueError:
            self.fail(f"{value} is not a date like 2024-05-31.", param, ctx)


now_option = click.option(
    "--now", type=Day(), help="The day that 'yesterday' and 'recent' count from; default today."
)


def today() -> date:
    return date.today()


def memory() -> Memory:
    """The memory of the current command, unlocked."""
    from secondme.memory import Memory

    context = click.get_current_context()
    folder = paths.vault_folder(context.find_root().obj)
    opened = Memory.open(
        folder,
        paths.models_folder(),
        passphrase=os.environ.get("SECONDME_PASSPHRASE"),
        key_file=paths.key_file(),
        ask=_ask if sys.stdin.isatty() else None,
    )
    context.call_on_close(opened.close)
    return opened


def _ask() -> str:
    return str(click.prompt("Passphrase or recovery code", hide_input=True, err=True))


def confirmed(question: str, option: str) -> bool:
    """Ask, or name the option that answers when nobody can be asked."""
    if not sys.stdin.isatty():
        raise UsageError("This needs a yes, and nobody is there to ask.", f"Add {option}.")
    return click.confirm(question, err=True)


def printable(text: str) -> str:
    """Text from records as it may go to a terminal: control characters are shown, not obeyed."""
    return _CONTROL.sub(lambda m: f"\\x{ord(m[0]):02x}" if ord(m[0]) < 256 else "", text)


def say(text: str = "") -> None:
    """One line of answer on stdout."""
    click.echo(printable(text) if sys.stdout.isatty() else text)


def note(text: str) -> None:
    """One line for the person, on stderr."""
    click.echo(printable(text), err=True)


def put(document: Any) -> None:
    """One JSON document on one line of stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return value._asdict()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(type(value).__name__)


def progress(unit: str) -> Callable[[str, int, int], None]:
    """A counter on stderr for terminals; silent elsewhere. Called with (what, done, due)."""
    if not sys.stderr.isatty():
        return lambda what, done, due: None

    def show(what: str, done: int, due: int) -> None:
        of = f" of {due:,}" if due else ""
        click.echo(f"\r\x1b[K{printable(what)}: {done:,}{of} {unit}", nl=False, err=True)
        if due and done >= due:
            click.echo(err=True)

    return show
