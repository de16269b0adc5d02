"""The questions of an export, asked on a terminal before anything of it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from secondme.cli.session import note, printable
from secondme.cli.telling import one_line
from secondme.errors import UsageError

if TYPE_CHECKING:
    from ingest import Options

_NAMED = re.compile("[^0-9;, ]")
ORDERS = {"dmy": "day/month/year", "mdy": "month/day/year", "ymd": "year/month/day"}


def answered(
    report: Mapping[str, Any], options: Options, zone_named: Callable[[str], str | None]
) -> Options:
    """The options with what the owner says to the questions of a dry run. Enter takes the guess,
    and a minus leaves it open.
    """
    for question in report["questions"]:
        about = question["about"]
        if about == "me":
            options = replace(options, me=(*options.me, *_people(question)))
        elif about == "date-order":
            options = replace(options, date_order=_order(question))
        elif about == "tz":
            options = replace(options, zone=_zone(question, zone_named))
    return options


def _people(question: Mapping[str, Any]) -> tuple[str, ...]:
    choices = question["choices"]
    _list(question, choices)
    while True:
        said = _typed("Numbers or names, with semicolons between them", question["guess"])
        parts = said.split(";") if _NAMED.search(said) else re.split("[;, ]", said)
        found = [_chosen(part.strip(), choices) for part in parts if part.strip()]
        if not any(name.isdecimal() and name not in choices for name in found):
            return tuple(dict.fromkeys(found))
        note(f"There are {len(choices)} numbers to choose from.")


def _order(question: Mapping[str, Any]) -> str | None:
    choices = [choice for choice in question["choices"] if choice in ORDERS]
    _list(question, [ORDERS[choice] for choice in choices])
    while True:
        said = _chosen(_typed("Number", question["guess"]), choices)
        if said in ORDERS or not said:
            return said or None
        note(f"Type a number, or one of {', '.join(choices)}.")


def _zone(question: Mapping[str, Any], zone_named: Callable[[str], str | None]) -> str | None:
    _list(question, [])
    while True:
        said = _typed("Zone, like Europe/Berlin", question["guess"])
        try:
            return zone_named(said) if said else None
        except UsageError as error:
            note(f"{error} {error.hint}")


def _list(question: Mapping[str, Any], choices: list[str]) -> None:
    files = f" (asked by {question['files']:,} files)" if question["files"] > 1 else ""
    note(f"{one_line(question['text'], 300)}{files}")
    for number, choice in enumerate(choices, 1):
        note(f"  {number}  {one_line(choice, 60)}")


def _typed(what: str, guess: str) -> str:
    """Empty for a minus."""
    shown = printable(one_line(guess, 60)) if guess else "-"
    said = str(click.prompt(f"{what}, - for none", default=shown, err=True)).strip()
    if said == shown:
        return guess
    return "" if said == "-" else said


def _chosen(said: str, choices: list[str]) -> str:
    """The choice of that number, or what was said itself."""
    if said.isdecimal() and 0 < int(said) <= len(choices):
        return choices[int(said) - 1]
    return said
