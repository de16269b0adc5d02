"""The verb that changes what opens the vault."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from secondme import paths
from secondme.cli.session import memory, new_passphrase, note, say
from secondme.errors import UsageError

if TYPE_CHECKING:
    from secondme.memory import Memory

_KINDS = click.Choice(["keychain", "passphrase", "file"])


@click.group("key", epilog="Example: secondme key rotate")
def key_() -> None:
    """Change what opens the vault: another key, another recovery code, other ways in."""


@key_.command("rotate", epilog="Example: secondme key rotate")
def rotate() -> None:
    """Encrypt the whole vault anew, under another key.

    All ways in open it as before, but for the recovery code: a new one is printed, once. Copies of
    the old vault.key open the new file no more; backups made before keep the old key.
    """
    opened = memory()
    opened.rotate(_show_code, passphrase=_passphrase(opened), key_file=paths.key_file())
    say("The vault has another key.")


def _passphrase(opened: Memory) -> str | None:
    if "passphrase" not in opened.ways_in():
        return None
    given = os.environ.get("SECONDME_PASSPHRASE")
    if given or not sys.stdin.isatty():
        return given
    return str(click.prompt("Passphrase once more", hide_input=True, err=True))


@key_.command("recovery", epilog="Example: secondme key recovery")
def recovery() -> None:
    """Print another recovery code, once; the one before opens the vault no more."""
    _show_code(memory().new_recovery_code())


def _show_code(code: str) -> None:
    note(f"Recovery code, shown only now: {code}")
    note("Write it down and keep it away from this machine. The one before is void.")


@key_.command("list", epilog="Example: secondme key list")
def ways() -> None:
    """List what opens the vault."""
    for kind in memory().ways_in():
        say(kind)


@key_.command("add", epilog="Example: secondme key add passphrase")
@click.argument("kind", type=_KINDS)
def add(kind: str) -> None:
    """Let something else open the vault too; a passphrase that is there already is replaced.

    Without a terminal, SECONDME_NEW_PASSPHRASE holds the new passphrase.
    """
    opened = memory()
    passphrase = new_passphrase("SECONDME_NEW_PASSPHRASE") if kind == "passphrase" else None
    opened.add_way(
        kind,  # type: ignore[arg-type]
        passphrase=passphrase,
        key_file=paths.key_file(),
    )
    say(f"Opened by: {', '.join(opened.ways_in())}")


@key_.command("remove", epilog="Example: secondme key remove keychain")
@click.argument("kind", type=click.Choice(["keychain", "passphrase", "file", "recovery"]))
def remove(kind: str) -> None:
    """Close one way in. Copies of the old vault.key still know it: `key rotate` ends that, too."""
    opened = memory()
    if opened.ways_in() == (kind,):
        raise UsageError(f"Nothing but the {kind} opens this vault.", "secondme key add …")
    opened.remove_way(kind)
    say(f"Opened by: {', '.join(opened.ways_in())}")
