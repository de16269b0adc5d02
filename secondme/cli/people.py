"""Verbs about people: who is here, and which of them are one."""

from __future__ import annotations

from typing import Any

import click

from secondme.cli.session import TEXT, json_option, memory, put, say


@click.group("people", invoke_without_command=True, epilog="Example: secondme people --json")
@json_option
@click.pass_context
def people_(ctx: click.Context, as_json: bool) -> None:
    """List the people. Names and handles of one person can be merged, and split again.

    People are named as they write, or by the id that the list shows.
    """
    if ctx.invoked_subcommand is None:
        _tell(memory().people(), as_json)


@people_.command("list", epilog="Example: secondme people list --json")
@json_option
def list_(as_json: bool) -> None:
    """List the people, by falling number of records."""
    _tell(memory().people(), as_json)


@people_.command("merge", epilog="Example: secondme people merge Bea bea@example.org")
@click.argument("one", type=TEXT)
@click.argument("other", type=TEXT)
@json_option
def merge_(one: str, other: str, as_json: bool) -> None:
    """Say that two are one person."""
    merged = memory().merge(one, other)
    if as_json:
        put(merged)
    else:
        _tell([merged], as_json)


@people_.command("split", epilog="Example: secondme people split Bea")
@click.argument("person", type=TEXT)
@json_option
def split_(person: str, as_json: bool) -> None:
    """Take back every merge of this person."""
    _tell(memory().split(person), as_json)


@people_.command("suggest", epilog="Example: secondme people suggest")
@json_option
def suggest_(as_json: bool) -> None:
    """List pairs that may be one person: equal names, one number, a contact that was renamed.

    Nothing is merged. `people merge` takes the two ids, and `people split` takes it back.
    """
    pairs = memory().alike()
    if as_json:
        put(pairs)
        return
    if not pairs:
        say("Nobody here looks like somebody else.")
    for pair in pairs:
        say(f"{_named(pair['one'])}  and  {_named(pair['other'])}")
        say(f"  {pair['why']}: secondme people merge {pair['one']['id']} {pair['other']['id']}")


def _named(person: dict[str, Any]) -> str:
    sources = ", ".join(dict.fromkeys(i["source"] for i in person["identities"]))
    return f"{person['name']} ({sources}, {person['records']} records)"


def _tell(people: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        put(people)
        return
    for person in people:
        me = "  (you)" if person["me"] else ""
        say(f"{person['name']}{me}  {person['records']} records  {person['id']}")
