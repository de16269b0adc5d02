"""Verbs about what is watched: folders and exports whose changes are read as they come."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from secondme import paths
from secondme.cli.imports import zone_named
from secondme.cli.session import TEXT, confirmed, json_option, memory, note, put, say
from secondme.errors import NotFound, UsageError

SHOWN = 5
PATH = click.Path(path_type=Path)


@click.group("watch", epilog="Example: secondme watch add ~/Notes && secondme watch run")
def watch_() -> None:
    """Folders and exports that are read again when they change.

    What is gone from a note is gone from the memory; a chat only ever grows. A file that is deleted
    is not forgotten: `watch list` shows it, and `watch answer` settles it.
    """


@watch_.command("add", epilog="Example: secondme watch add ~/Notes --me Ada")
@click.argument("path", type=PATH)
@click.option("--source", type=TEXT, help="Read everything as this source.")
@click.option(
    "--me", multiple=True, type=TEXT, metavar="NAME", help="You, as exports name you; repeatable."
)
@click.option(
    "--tz", "zone", type=TEXT, metavar="ZONE", help="Zone of exports that write local times."
)
@click.option("--date-order", type=click.Choice(["dmy", "mdy", "ymd"]))
def add_(
    path: Path, source: str | None, me: tuple[str, ...], zone: str | None, date_order: str | None
) -> None:
    """Watch a folder or a single export. Added again with other options, it is read anew.

    Nothing is read yet: `watch run` does that.
    """
    from ingest import Options

    path = _absolute(path)
    if not path.exists():
        raise NotFound(f"There is no {path}.", "Check the path.")
    opened = memory()
    if any(path == ours or ours in path.parents for ours in opened.not_to_watch()):
        raise UsageError(f"{path} is secondme's own.", "Watch the folder with your files.")
    options = Options(me, zone_named(zone), date_order, paths.local_zone())
    opened.watch(path, options, source=source)
    note(f"{path} is watched while `secondme watch run` runs.")


@watch_.command("remove", epilog="Example: secondme watch remove ~/Notes")
@click.argument("path", type=PATH)
def remove_(path: Path) -> None:
    """Stop watching a path. What was read from it stays."""
    path = _absolute(path)
    memory().unwatch(path)
    note(f"{path} is not watched any more. What was read from it stays.")


@watch_.command("list", epilog="Example: secondme watch list --json")
@json_option
def list_(as_json: bool) -> None:
    """List what is watched, and which files there are gone or cannot be read."""
    found = memory().watched()
    if as_json:
        put(found)
        return
    for watch in found:
        say(f"{watch['path']}  {watch['files']} files  {watch['last'] or 'nothing read yet'}")
        for state in ("missing", "unreadable"):
            _name(state, watch[state])


def _name(state: str, names: list[str]) -> None:
    for name in names[:SHOWN]:
        say(f"  {state}: {name or '(its name was forgotten)'}")
    if len(names) > SHOWN:
        say(f"  … and {len(names) - SHOWN} more {state}")


@watch_.command("answer", epilog="Example: secondme watch answer ~/Notes/old.md --keep")
@click.argument("path", type=PATH)
@click.option("--keep", "choice", flag_value="keep", help="Keep what they said; ask no more.")
@click.option("--take-back", "choice", flag_value="take-back", help="Take it back, like undo.")
@click.option("--forget", "choice", flag_value="forget", help="Forget it exactly, for good.")
@click.option("--yes", is_flag=True, help="With --forget: do not ask.")
@json_option
def answer_(path: Path, choice: str | None, yes: bool, as_json: bool) -> None:
    """Say what becomes of the words of files that are gone: of one, or of all below a folder."""
    from secondme.watch import answer

    if choice is None:
        raise UsageError("Nothing was answered.", "Add --keep, --take-back or --forget.")
    opened = memory()
    if choice == "forget" and not yes and not confirmed("Forget this for good?", "--yes"):
        raise click.Abort
    found = answer(opened, _absolute(path), choice)
    if as_json:
        put(found)
    else:
        say(
            f"{found['files']} files settled, {found['removed']} records taken back,"
            f" {found['forgotten']} forgotten"
        )


@watch_.command("run", epilog="Example: secondme watch run --distil")
@click.option("--once", is_flag=True, help="Look once and end.")
@click.option("--distil", is_flag=True, help="Distil when there is nothing to read.")
@click.option("--settle", type=click.FloatRange(0.0, 3600.0), default=2.0, metavar="SECONDS",
              help="How long a file must have been left alone; default 2.")  # fmt: skip
def run_(once: bool, distil: bool, settle: float) -> None:
    """Read what is new, and go on reading what changes until Ctrl-C.

    It may be killed at any time: the next run finds out what it missed.
    """
    from secondme import watch

    opened = memory()
    act: Any = watch.once if once else watch.run
    act(opened, note, settle=settle, distil=distil)


def _absolute(path: Path) -> Path:
    """Without `..`, and with links kept: exports are called after the folder that was named."""
    return Path(os.path.abspath(path))  # noqa: PTH100
