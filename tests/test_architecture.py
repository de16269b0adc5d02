"""The shape of the program: who may know whom, and what every verb promises to explain."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from shell import CHECKOUT, run

from secondme.cli import VERBS, cli


def test_the_parts_know_only_whom_they_may() -> None:
    """The contracts stand in pyproject.toml, each with its name in prose."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True, text=True, cwd=CHECKOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "0 broken" in done.stdout


def commands(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every verb and subverb, as its words."""
    found = [path] if path else []
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            found += commands(child, (*path, name))
    return found


@pytest.mark.parametrize("words", commands(cli), ids=" ".join)
def test_every_verb_explains_itself_with_one_real_example(words: tuple[str, ...]) -> None:
    told = run(*words, "--help")
    assert told.code == 0
    assert told.err == ""
    examples = [line for line in told.out.splitlines() if line.startswith("  Example: ")]
    assert len(examples) == 1, told.out
    assert f"secondme {words[0]}" in examples[0] or words[0] == "tui"


def test_the_list_of_verbs_says_what_each_is_for() -> None:
    told = run("--help")
    for name, (_, purpose) in VERBS.items():
        assert f"  {name} " in told.out
        assert purpose.split()[0] in told.out
