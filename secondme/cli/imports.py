"""Verbs that bring records in and take imports back."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

from secondme import paths
from secondme.cli.session import BATCH, TEXT, json_option, memory, note, progress, put, say
from secondme.errors import UsageError

SHOWN = 5


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
@click.option("--dry-run", is_flag=True, help="Show what would happen; write nothing.")
@click.option("--distil/--no-distil", default=None, help="Distil afterwards; default on terminals.")
@json_option
def import_(
    sources: tuple[Path, ...],
    source: str | None,
    me: tuple[str, ...],
    zone: str | None,
    date_order: str | None,
    dry_run: bool,
    distil: bool | None,
    as_json: bool,
) -> None:
    """Read exports: files, folders or zips. Twice is once; one bad record never ends an import.

    Words can be searched the moment this returns. On a terminal, distilling follows and may be
    stopped at any time; scripts call `secondme distil` when they want it.
    """
    from ingest import Options

    options = Options(me, zone_named(zone), date_order, paths.local_zone())
    opened = memory()
    counter = progress("records")
    report = opened.import_(
        sources, options, source=source, dry_run=dry_run,
        progress=lambda name, done: counter(name, done, 0),
    )  # fmt: skip
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    if as_json:
        put(report)
    else:
        _tell(report, dry_run)
    if distil or (distil is None and sys.stderr.isatty() and not as_json and not dry_run):
        _distil(opened, forced=bool(distil))


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


def _tell(report: dict[str, Any], dry_run: bool) -> None:
    for file in report["files"]:
        counts = file["by_kind"].items()
        kinds = ", ".join(f"{n} {kind}{'s' if n != 1 else ''}" for kind, n in counts)
        say(f"{file['path']}  {file['source'] or '?'}  {kinds or 'nothing read'}")
        if file["first"]:
            say(f"  {file['first'][:10]} … {file['last'][:10]}, {', '.join(file['people'][:6])}")
        for unread in file["skipped"][:SHOWN]:
            say(f"  not read: {unread['where']}: {unread['reason']}")
        if len(file["skipped"]) > SHOWN:
            say(f"  … and {len(file['skipped']) - SHOWN} more not read")
        for question in file["questions"]:
            guess = f" (taken: {question['guess']})" if question["guess"] else ""
            say(f"  {question['text']}{guess} → {question['option']}")
    verb = "would import" if dry_run else "imported"
    say(
        f"{verb} {report['imported']}, already here {report['duplicate']},"
        f" forgotten before {report['tombstoned']}, not read {report['skipped']}"
    )
    if report["batch"] and report["imported"]:
        note(f"Batch {report['batch']}: take it back with `secondme undo {report['batch']}`.")


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
