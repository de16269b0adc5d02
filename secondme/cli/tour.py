"""Verbs that run on the built-in life: the tour, and the measurement."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from secondme import paths
from secondme.cli.session import json_option, note, progress, put, say


@click.command("demo", epilog="Example: secondme demo")
@json_option
@click.pass_context
def demo_(ctx: click.Context, as_json: bool) -> None:
    """The whole tour in a throw-away vault: import, distil, ask, forget, prove. Takes minutes."""
    from secondme.tour import tour

    vault = Path(tempfile.mkdtemp(prefix="secondme-demo-")) / "vault"
    tell = note if as_json else say
    found = tour(vault, paths.models_folder(), tell, progress("done"))
    if as_json:
        put(found)
    else:
        say("Look further:")
        say(f"   {_program()} --vault {vault} search 'the day we moved'")
        say(f"   {_program()} --vault {vault} facts --subject me")
        say(f"When you have seen enough: rm -r {vault.parent}")
    ctx.exit(0 if found["verified"] and not found["still_named"] else 1)


def _program() -> str:
    """How this was called: a checkout's `.venv` is seldom on the path."""
    return "secondme" if shutil.which("secondme") else sys.argv[0]


@click.command("eval", epilog="Example: secondme eval --json")
@json_option
def eval_(as_json: bool) -> None:
    """Measure quality on the built-in life, with the models in use."""
    from secondme.evaluate import evaluate
    from secondme.tour import live

    with (
        tempfile.TemporaryDirectory(prefix="secondme-eval-") as room,
        live(Path(room) / "vault", paths.models_folder()) as memory,
    ):
        memory.distil(progress=progress("done"))
        found = evaluate(memory)
    if as_json:
        put(found)
        return
    for part, measures in found.items():
        say(part)
        for name, value in measures.items():
            say(f"    {name}: {_line(value)}")


def _line(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{k} {v}" for k, v in value.items())
    return str(value)
