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

# Bidirectional controls can make a line read as another one, escapes can repaint the terminal, and
# halves of surrogate pairs (a file name's bytes that are no UTF-8) cannot be written at all.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_PERIOD = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_YEARS = range(1900, 3000)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


class Text(click.ParamType[str]):
    """Words on the command line. Only file names may hold bytes that are no text."""

    name = "TEXT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            str(value).encode()
        except UnicodeEncodeError:
            self.fail("it holds bytes that are not UTF-8 text.", param, ctx)
        return str(value)


class Period(click.ParamType[str]):
    """A year, a month or a day: `2024`, `2024-05`, `2024-05-31`, kept as written."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not _PERIOD.fullmatch(text) or _day(text + "-01-01"[len(text) - 4 :]) is None:
            self.fail(f"{text} is not a date like 2024-05-31, 2024-05 or 2024.", param, ctx)
        return text


class Day(click.ParamType[date]):
    """An ISO date on the command line."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        day = value if isinstance(value, date) else _day(str(value))
        if day is None:
            self.fail(f"{value} is not a date like 2024-05-31.", param, ctx)
        return day


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Further out, "last week" would fall off the calendar.
    return day if day.year in _YEARS else None


TEXT = Text()
PERIOD = Period()
BATCH = click.IntRange(1, 10**9)

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
        ask=typed_passphrase if sys.stdin.isatty() else None,
    )
    context.call_on_close(opened.close)
    return opened


def typed_passphrase() -> str:
    return str(click.prompt("Passphrase or recovery code", hide_input=True, err=True))


def new_passphrase(variable: str, instead: str = "") -> str:
    """Typed twice, or from the environment; `instead` is what else can be done."""
    given = os.environ.get(variable)
    if given:
        return given
    if not sys.stdin.isatty():
        raise UsageError(
            "A passphrase is needed, and nobody is there to type it.",
            f"Set {variable}{instead}.",
        )
    return str(click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True))


def confirmed(question: str, option: str) -> bool:
    """Ask, or name the option that answers when nobody can be asked."""
    if not sys.stdin.isatty():
        raise UsageError("This needs a yes, and nobody is there to ask.", f"Add {option}.")
    return click.confirm(question, err=True)


def printable(text: str) -> str:
    """Text from records as people may read it: control characters are shown, not obeyed.

    Directions are left out instead: honest right-to-left text is full of them.
    """
    return _CONTROL.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # how Python carries a byte of a file name that is no UTF-8
        code -= 0xDC00
    if code < 256:
        return f"\\x{code:02x}"
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else ""


def say(text: str = "") -> None:
    """One line of answer on stdout."""
    click.echo(printable(text))


def plain(value: Any) -> str:
    """A value as a person reads it: no brackets, no quotes."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {plain(one)}" for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(one) for one in value)
    return str(value)


def note(text: str) -> None:
    """One line for the person, on stderr."""
    click.echo(printable(text), err=True)


def put(document: Any) -> None:
    """One JSON document on one line of stdout."""
    put_line(json.dumps(document, ensure_ascii=False, default=_plain))


def put_line(document: str) -> None:
    """JSON that is written already. What a terminal would obey is escaped, which loses nothing."""
    click.echo(_CONTROL.sub(lambda m: f"\\u{ord(m[0]):04x}", document))


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
