"""The verb that opens the screen."""

from __future__ import annotations

import sys

import click

from secondme.cli.session import memory
from secondme.errors import UsageError


@click.command("tui", epilog="Example: secondme tui")
def tui_() -> None:
    """Open the screen: search as you type, and read what was found where it was said."""
    if not sys.stdout.isatty():
        raise UsageError(
            "The screen needs a terminal.", "Use a verb: `secondme --help` lists them."
        )
    from tui.app import SecondMeApp

    SecondMeApp(memory()).run()
