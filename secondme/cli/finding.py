"""Verbs that find: search, ask, show."""

from __future__ import annotations

import sys
from collections.abc import Iterator
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
    plain,
    put,
    say,
    today,
)


def _queries(given: str) -> Iterator[str]:
    """The query itself, or every line of stdin for `-`."""
    if given != "-":
        yield given
        return
    for line in sys.stdin:
        yield line.rstrip("\n")


@click.command(
    "search", epilog="Example: secondme search 'where did we eat in Lisbon' --person Bea"
)
@click.argument("query", type=TEXT)
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many.")
@now_option
@click.option("--from", "since", type=PERIOD, help="Sent at or after, like 2024 or 2024-05-31.")
@click.option("--to", "until", type=PERIOD, help="Sent before.")
@click.option("--person", type=TEXT, help="Only what this person wrote.")
@click.option("--source", type=TEXT, help="Only from this source.")
@click.option("--kind", type=click.Choice(["record", "episode", "fact"]))
@click.option("--explain", is_flag=True, help="Show every part of each score.")
@json_option
def search_(
    query: str,
    k: int,
    now: date | None,
    since: str | None,
    until: str | None,
    person: str | None,
    source: str | None,
    kind: str | None,
    explain: bool,
    as_json: bool,
) -> None:
    """Find what was said, best first. QUERY `-` reads one query a line and answers one JSON line
    each.
    """
    from secondme.memory import as_dict

    opened = memory()
    day = now or today()
    for text in _queries(query):
        hits = opened.search(
            text, k=k, kind=kind, person=person, source=source, since=since, until=until, now=day
        )
        if as_json or query == "-":
            put([as_dict(hit) for hit in hits])
            continue
        for hit in hits:
            # A fact's statement names its subject already.
            who = f"{hit.author}: " if hit.author and hit.kind == "record" else ""
            say(f"{(hit.at or '')[:10]:10}  {who}{hit.text}")
            say(f"            {hit.id}  {hit.source}  {hit.conversation}")
            if explain:
                parts = ", ".join(f"{name} {value}" for name, value in hit.why.items())
                say(f"            {hit.score}  {parts}")
        if not hits:
            note("Nothing relevant.")
    for sentence in opened.notes():
        note(sentence)


@click.command("ask", epilog="Example: secondme ask 'When did I move to Porto?'")
@click.argument("question", type=TEXT)
@now_option
@json_option
def ask_(question: str, now: date | None, as_json: bool) -> None:
    """Answer with citations, or say that the memory does not know."""
    opened = memory()
    for text in _queries(question):
        found: dict[str, Any] = opened.ask(text, now=now or today())
        if as_json or question == "-":
            put(found)
            continue
        say(found["answer"])
        for citation in found["citations"]:
            note(f"[{citation['n']}] secondme show {citation['id']}")


@click.command("show", epilog="Example: secondme show r3f2a (an id's first letters do)")
@click.argument("id", type=TEXT)
@json_option
def show_(id: str, as_json: bool) -> None:
    """Show one record, episode or fact with its evidence and neighbours."""
    found = memory().show(id)
    if as_json:
        put(found)
        return
    for name, value in found.items():
        if value in ("", None, [], ()):
            continue
        if isinstance(value, list) and isinstance(value[0], dict):
            say(f"{name}:")
            for line in value:
                quote = line.get("quote") or f"{line['author']}: {line['text']}"
                say(f"    {line['id']}  {quote}")
        else:
            say(f"{name}: {plain(value)}")
