"""Verbs that bring records in and take imports back."""

from __future__ import annotations

import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import click

from secondme import paths
from secondme.cli.session import BATCH, TEXT, json_option, memory, note, progress, put, say
from secondme.cli.telling import tell
from secondme.errors import UsageError


@click.command("import", epilog="Example: secondme import 'WhatsApp Chat - Bea.zip' --me Ada")
@click.argument(
    "sources", nargs=-1, required=True, metavar="PATH…", type=click.Path(path_type=Path)
)
@click.option(
    "--source", type=TEXT, help="Read everything as this source instead of recognising it."
)
@click.option(
    "--me", multiple=True, type=TEXT, metavar="NAME", help="You, as exports name you; repeatable."
)
@click.option(
    "--tz", "zone", type=TEXT, metavar="ZONE", help="Zone of exports that write local times."
)
@click.option("--date-order", type=click.Choice(["dmy", "mdy", "ymd"]))
@click.option("--redact-secrets/--keep-secrets", default=None, help="Replace keys, tokens and card "
              "numbers before anything is written; default as before.")  # fmt: skip
@click.option("--ask-again", is_flag=True, help="Take no answers given with earlier imports.")
@click.option("--ask/--no-ask", default=None, help="Ask what exports leave open; default on "
              "terminals, where everything is read once more for it.")  # fmt: skip
@click.option("--read-pictures", is_flag=True, help="Read the words in pictures that were sent; "
              "needs the extra ocr.")  # fmt: skip
@click.option("--transcribe", is_flag=True, help="Write down English voice notes; needs the extra "
              "speech.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what would happen; write nothing.")
@click.option("--distil/--no-distil", default=None, help="Distil afterwards; default on terminals.")
@json_option
def import_(
    sources: tuple[Path, ...],
    source: str | None,
    me: tuple[str, ...],
    zone: str | None,
    date_order: str | None,
    redact_secrets: bool | None,
    ask_again: bool,
    ask: bool | None,
    read_pictures: bool,
    transcribe: bool,
    dry_run: bool,
    distil: bool | None,
    as_json: bool,
) -> None:
    """Read exports: files, folders or zips. Twice is once; one bad record never ends an import.

    Words can be searched the moment this returns. On a terminal, distilling follows and may be
    stopped at any time; scripts call `secondme distil` when they want it.
    """
    from ingest import Options

    options = Options(
        me, zone_named(zone), date_order, paths.local_zone(), redact_secrets=redact_secrets
    )
    opened = memory()
    read = partial(
        _read, opened, sources, source=source, ask_again=ask_again, read_pictures=read_pictures,
        transcribe=transcribe,
    )  # fmt: skip
    if not dry_run and _to_ask(ask, options, as_json=as_json):
        from secondme.cli.asking import answered

        found = read(options, dry_run=True, read_pictures=False, transcribe=False)
        options = answered(found, options, zone_named)
    report = read(options, dry_run=dry_run)
    if as_json:
        put(report)
    else:
        tell(report, dry_run=dry_run)
    if distil or (distil is None and sys.stderr.isatty() and not as_json and not dry_run):
        _distil(opened, forced=bool(distil))


def _read(opened: Any, sources: tuple[Path, ...], options: Any, **how: Any) -> dict[str, Any]:
    counter = progress("records")
    report: dict[str, Any] = opened.import_(
        sources, options, progress=lambda name, done: counter(name, done, 0), **how
    )
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    return report


def _to_ask(ask: bool | None, options: Any, *, as_json: bool) -> bool:
    """Somebody is there to be asked, and something is left to ask."""
    there = sys.stdin.isatty() and sys.stderr.isatty()
    if ask and not there:
        raise UsageError("Nobody is there to ask.", "Give --me, --tz and --date-order.")
    wanted = ask or (ask is None and there and not as_json)
    return wanted and not (options.me and options.zone and options.date_order)


def zone_named(zone: str | None) -> str | None:
    """The zone as given. Raises `UsageError` for one that is not on the map."""
    from zoneinfo import ZoneInfo

    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, KeyError) as error:
            raise UsageError(f"There is no time zone {zone}.", "Try --tz Europe/Berlin.") from error
    return zone


def _distil(opened: Any, *, forced: bool) -> None:
    from secondme.errors import ModelMissing

    try:
        opened.distil(progress=progress("done"))
    except ModelMissing as missing:
        if forced:
            raise
        note(f"Not distilled: {missing} → {missing.hint}")


@click.command("batches", epilog="Example: secondme batches")
@json_option
def batches_(as_json: bool) -> None:
    """List the imports."""
    found = memory().batches()
    if as_json:
        put(found)
        return
    for batch in (b for b in found if "watched" not in b):
        count = batch.get("imported", "?")
        state = "unfinished" if batch["state"] == "running" else batch["state"]
        say(f"{batch['batch']}  {batch['at']}  {state}  {count} imported")
    for path, files in Counter(b["watched"] for b in found if "watched" in b).items():
        say(f"watched: {files} files, each an import, in {path} (--json lists them)")


@click.command("undo", epilog="Example: secondme undo 3")
@click.argument("batch", type=BATCH)
@json_option
def undo_(batch: int, as_json: bool) -> None:
    """Take one import back; what other imports saw too stays."""
    found = memory().undo(batch)
    if as_json:
        put(found)
    else:
        say(f"removed {found['removed']}, kept by other batches {found['kept_by_other_batches']}")
