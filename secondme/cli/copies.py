"""Verbs that make copies and bring them back."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from secondme import paths
from secondme.cli.session import (
    confirmed,
    json_option,
    memory,
    note,
    put,
    say,
    typed_passphrase,
)

_PATH = click.Path(path_type=Path)


@click.command("backup", epilog="Example: secondme backup /media/stick/memory.secondme")
@click.argument("file", type=_PATH)
@click.option("--force", is_flag=True, help="Replace FILE when it is there.")
@json_option
def backup_(file: Path, force: bool, as_json: bool) -> None:
    """Write an encrypted copy into one file, while other processes go on.

    Whatever opens the vault today opens the copy, the recovery code included; a key file is not
    in it. FILE gets its name only once it was opened and found sound.
    """
    found = memory().backup(file, force=force)
    if as_json:
        put(found)
    else:
        say(f"{file}: {found['records']} records, {found['bytes']:,} bytes, encrypted.")


@click.command("export", epilog="Example: secondme export ~/my-memory")
@click.argument("folder", metavar="DIR", type=_PATH)
@json_option
def export_(folder: Path, as_json: bool) -> None:
    """Write everything out, unencrypted: Markdown to read, JSON lines for other programs.

    DIR must be new or empty. `secondme import DIR` gives the same memory back, your edits included.
    """
    found = memory().export(folder)
    note("What was written is not encrypted: whoever can read the folder can read your memory.")
    if as_json:
        put(found)
    else:
        say(f"{folder}: " + ", ".join(f"{n} {what}" for what, n in found.items() if what != "path"))


@click.command("restore", epilog="Example: secondme restore /media/stick/memory.secondme")
@click.argument("file", type=_PATH)
@click.option("--yes", is_flag=True, help="Do not ask before a vault is replaced.")
@json_option
@click.pass_context
def restore_(ctx: click.Context, file: Path, yes: bool, as_json: bool) -> None:
    """Make a backup the vault again.

    Where a vault stands, it is replaced, and what it has forgotten since the backup stays
    forgotten; its ways in stay, too. Another vault's backup is refused.
    """
    from secondme.memory import Memory

    def agree(what: str) -> None:
        if not yes and not confirmed(f"{what} Go on?", "--yes"):
            raise click.Abort

    found = Memory.restore(
        paths.vault_folder(ctx.find_root().obj),
        paths.models_folder(),
        file,
        passphrase=os.environ.get("SECONDME_PASSPHRASE"),
        key_file=paths.key_file(),
        ask=typed_passphrase if sys.stdin.isatty() else None,
        agree=agree,
    )
    if as_json:
        put(found)
        return
    say(f"{found['vault']}: {found['records']} records, as backed up at {found['made_at']}.")
    if found["forgotten"]:
        say(f"{found['forgotten']} records of the backup were forgotten since, and stay so.")
