"""Verbs over what is distilled: build it, list it."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from secondme.cli.session import (
    PERIOD,
    TEXT,
    json_option,
    memory,
    note,
    now_option,
    progress,
    put,
    say,
    today,
)


@click.command("distil", epilog="Example: secondme distil --only vectors")
@click.option("--only", type=click.Choice(["vectors", "episodes", "facts", "profile"]))
@click.option("--status", is_flag=True, help="Only say how far it is.")
@click.option("--retry-failed", is_flag=True, help="Try failed items once more.")
@json_option
def distil_(only: str | None, status: bool, retry_failed: bool, as_json: bool) -> None:
    """Build what is missing. Stop it at any time: it goes on where it was.

    The profile is worked out from the facts whenever it is shown, so `--only profile` builds facts.
    """
    opened = memory()
    opened.finish_purge()
    if status:
        found = opened.distilled()
    else:
        kinds = (
            ("facts" if only == "profile" else only,) if only else ("vectors", "episodes", "facts")
        )
        found = opened.distil(only=kinds, retry=retry_failed, progress=progress("done"))
    if as_json:
        put(found)
        return
    say(
        f"episodes {found['episodes']}, facts {found['facts']}, vectors {found['vectors']},"
        f" pending {found['pending']}, failed {found['failed']}, coverage {found['coverage']} %"
    )
    for failure in found["failures"]:
        note(f"failed: {failure['kind']} {failure['error']} (tried {failure['attempts']} times)")


@click.command("episodes", epilog="Example: secondme episodes")
@json_option
def episodes_(as_json: bool) -> None:
    """List the episodes by time."""
    found = memory().episodes()
    if as_json:
        put(found)
        return
    for episode in found:
        say(f"{(episode['first'] or '')[:10]:10}  {episode['title']}  [{episode['conversation']}]")
        say(f"            {episode['id']}  {', '.join(episode['keywords'])}")


@click.command("facts", epilog="Example: secondme facts --subject me --as-of 2024-05-01")
@click.option("--subject", type=TEXT, help="Whose: a name, or `me`.")
@click.option("--as-of", type=PERIOD, help="What held then.")
@click.option("--status", type=click.Choice(["current", "superseded", "rejected"]))
@json_option
def facts_(subject: str | None, as_of: str | None, status: str | None, as_json: bool) -> None:
    """List the facts, each with the words it came from.

    Those that you rejected are listed only by `--status rejected`.
    """
    from secondme.memory import as_dict

    found = memory().facts(subject=subject, as_of=as_of, status=status)
    if as_json:
        put([as_dict(fact) for fact in found])
        return
    for fact in found:
        until = f" until {fact.valid_to[:10]}" if fact.valid_to else ""
        say(f"{fact.subject}  {fact.category}  {fact.statement}")
        owned = marks(as_dict(fact))
        say(f"    {fact.id}  {(fact.valid_from or '')[:10]}{until}  ← {fact.evidence[0].id}{owned}")


@click.command("profile", epilog="Example: secondme profile --now 2024-06-01")
@now_option
@json_option
def profile_(now: date | None, as_json: bool) -> None:
    """Show what stands about you now, in your own words."""
    found = memory().profile(now or today())
    if as_json:
        put(found)
        return
    for part in ("status", "bio"):
        if found[part]:
            say(part)
        for line in found[part]:
            source = f"{line['id']} ← {line['evidence'][0]['id']}"
            say(f"    {line['category']}: {line['statement']}  {source}{marks(line)}")


def marks(line: dict[str, Any]) -> str:
    """What the owner said of a fact."""
    return "".join(f"  ({mark})" for mark in ("edited", "pinned") if line[mark])
