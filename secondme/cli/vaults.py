"""Verbs about the vault as a whole: make it, measure it, check it, write it out."""

from __future__ import annotations

from datetime import date

import click

from secondme import paths
from secondme.cli.session import (
    json_option,
    memory,
    new_passphrase,
    note,
    now_option,
    plain,
    put,
    put_line,
    say,
    today,
)
from secondme.errors import VaultError


@click.command("init", epilog="Example: secondme init --key file")
@click.option("--key", "kind", type=click.Choice(["keychain", "passphrase", "file"]))
@json_option
@click.pass_context
def init_(ctx: click.Context, kind: str | None, as_json: bool) -> None:
    """Make a vault. Prints the recovery code once, on stderr: it opens the vault when all else is
    lost, and nobody can print it again.
    """
    from secondme import keys
    from secondme.memory import Memory

    folder = paths.vault_folder(ctx.find_root().obj)
    chosen = kind or keys.default_kind()
    passphrase = _new_passphrase() if chosen == "passphrase" else None
    made, code = Memory.create(
        folder,
        chosen,  # type: ignore[arg-type]
        passphrase=passphrase,
        key_file=paths.key_file(),
    )
    note(f"Made an encrypted vault in {folder} (key: {made}).")
    note(f"Recovery code, shown only now: {code}")
    note("Write it down and keep it away from this machine.")
    if as_json:
        put({"vault": str(folder), "key": made})


def _new_passphrase() -> str:
    return new_passphrase("SECONDME_PASSPHRASE", ", or use --key file")


@click.command("stats", epilog="Example: secondme stats --json")
@json_option
def stats_(as_json: bool) -> None:
    """Sizes and coverage."""
    found = memory().stats()
    if as_json:
        put(found)
        return
    for name, value in found.items():
        say(f"{name}: {plain(value)}")


@click.command("doctor", epilog="Example: secondme doctor")
@json_option
@click.pass_context
def doctor_(ctx: click.Context, as_json: bool) -> None:
    """Say what is wrong and the command that mends it; exit 1 when something is."""
    try:
        found = memory().doctor()
    except VaultError as error:
        hint = "Put back a copy of the vault's folder."
        found = {"ok": False, "checks": [{"check": str(error), "ok": False, "hint": hint}]}
    if as_json:
        put(found)
    else:
        for check in found["checks"]:
            say(f"{'ok ' if check['ok'] else 'NO '} {check['check']}")
            if check["hint"]:
                say(f"    → {check['hint']}")
    ctx.exit(0 if found["ok"] else 1)


@click.command("dump", epilog="Example: secondme dump --now 2024-06-01 > memory.jsonl")
@now_option
@click.option("--json", "as_json", is_flag=True, help="The same: dump always prints JSON lines.")
def dump_(now: date | None, as_json: bool) -> None:
    """Write the built memory as canonical JSON lines: equal memories give equal bytes."""
    for line in memory().dump(now or today()):
        put_line(line)
