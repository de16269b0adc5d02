"""Verbs that forget and prove it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from secondme.cli.session import BATCH, PERIOD, TEXT, confirmed, json_option, memory, note, put, say


@click.command("forget", epilog="Example: secondme forget --person Rosa --mentions --dry-run")
@click.argument("ids", nargs=-1, type=TEXT)
@click.option("--query", type=TEXT, help="Records that hold all of these words.")
@click.option("--person", type=TEXT, help="Records that this person wrote.")
@click.option("--mentions", is_flag=True, help="With --person: also records that name them.")
@click.option("--conversation", type=TEXT, help="Everything in this conversation.")
@click.option("--source", type=TEXT, help="Everything from this source.")
@click.option("--batch", type=BATCH, metavar="BATCH", help="Everything that this import brought.")
@click.option("--from", "since", type=PERIOD, help="Sent at or after.")
@click.option("--to", "until", type=PERIOD, help="Sent before.")
@click.option("--dry-run", is_flag=True, help="Show the plan; touch nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_context
def forget_(
    ctx: click.Context,
    ids: tuple[str, ...],
    query: str | None,
    person: str | None,
    mentions: bool,
    conversation: str | None,
    source: str | None,
    batch: int | None,
    since: str | None,
    until: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Forget records and everything that rests on them. Several options narrow each other; ids are
    forgotten besides."""
    from secondme.errors import NotFound
    from secondme.forget import Request
    from secondme.vault.filters import Filter

    within = Filter(None, source, since, until, conversation, batch)
    request = Request(ids, query, person, mentions, within)
    opened = memory()
    plan = opened.forgetting(request)
    if not plan["records"] and (conversation or source):
        raise NotFound("Nothing here is what these options name.", "Check their spelling.")
    if dry_run:
        put({"plan": plan, "receipt": None, "state": "planned"}) if as_json else _tell(plan, say)
        return
    if not (as_json and yes):
        _tell(plan, note)
    if not yes and plan["records"] and not confirmed("Forget this for good?", "--yes"):
        raise click.Abort
    found = opened.forget(request)
    if as_json:
        put(found)
    elif found["receipt"]:
        say(f"{found['state']}. Receipt {found['receipt']}: secondme verify {found['receipt']}")
    else:
        say("Nothing to forget.")
    if found["state"] == "purging":
        note("Another process is reading the vault, so the bytes are still on disk.")
        note("→ Close it and run `secondme verify`.")
        ctx.exit(75)


def _tell(plan: dict[str, Any], out: Callable[[str], None]) -> None:
    out(
        f"{plan['records']} records, {plan['vectors']} vectors, {plan['facts']} facts,"
        f" {plan['episodes']} episodes, {plan['profile']} profile lines,"
        f" {plan['edits']} corrections of yours"
    )
    for example in plan["examples"]:
        out(f"    {(example['at'] or '')[:10]:10}  {example['author']}: {example['text']}")
    for path in plan["files_outside"]:
        out(f"Not touched, and yours to delete: {path}")
    for client, told in plan["told"].items():
        out(f"{client} was told {told} of them, and cannot be made to forget.")
    if plan.get("also_mentioned_in"):
        out(f"{plan['also_mentioned_in']} more records name them: add --mentions to forget those.")


@click.command("verify", epilog="Example: secondme verify")
@click.argument("receipt", required=False, type=TEXT)
@json_option
@click.pass_context
def verify_(ctx: click.Context, receipt: str | None, as_json: bool) -> None:
    """Check one or all receipts and the vault, trusting nothing of the store; exit 1 when anything
    is found.
    """
    found = memory().verify(receipt)
    if as_json:
        put(found)
    else:
        for name, value in found["checked"].items():
            say(f"{name}: {value}")
        for finding in found["found"]:
            say(f"FOUND {finding['where']}: {finding['what']}")
        say("clean" if found["ok"] else "not clean")
    ctx.exit(0 if found["ok"] else 1)
