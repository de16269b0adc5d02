"""Verbs by which the owner puts right what was read: they win over every later build."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from secondme.cli.distilling import marks
from secondme.cli.session import TEXT, json_option, memory, note, put, say
from secondme.errors import UsageError

if TYPE_CHECKING:
    from secondme.memory import Memory

KEYS = {
    "contradiction": {"n": "the newer holds", "o": "the older holds", "b": "both hold"},
    "unsure": {"y": "it is so", "x": "it is not so", "e": "edit"},
}
KEEP = {"n": "newer", "o": "older", "b": "both"}
LEAVE = {"s": "skip", "q": "quit"}


@click.command("edit", epilog='Example: secondme edit k8d1f03a27c9b --text "I live in Porto"')
@click.argument("fact", type=TEXT)
@click.option("--text", type=TEXT, help="Your words in place of the line.")
@click.option("--reject", "act", flag_value="reject", help="It is not so: nothing may use it.")
@click.option("--pin", "act", flag_value="pin", help="It holds, whatever is said later.")
@click.option("--unpin", "act", flag_value="unpin", help="Take the pin out.")
@click.option("--undo", "act", flag_value="undo", help="Take back all that you said about it.")
@json_option
def edit_(fact: str, text: str | None, act: str | None, as_json: bool) -> None:
    """Put a fact or a line of the profile right. Without an option your editor opens.

    A correction is kept beside the records: it outlives every build and every change of models, and
    goes when the words it is about are forgotten.
    """
    if text is not None and act is not None:
        raise UsageError("A fact is either rewritten or something else.", "Give one option.")
    opened = memory()
    if act is None:
        if text is None:
            text = _edited(_line(fact, opened.show(fact)))
        edited = opened.show(fact) if text is None else opened.edit(fact, text)
    elif act in ("pin", "unpin"):
        edited = opened.pin(fact, act == "pin")
    else:
        edited = opened.reject(fact) if act == "reject" else opened.unedit(fact)
    put(edited) if as_json else _tell(edited)


def _line(key: str, thing: dict[str, Any]) -> str:
    if thing["kind"] != "fact":
        raise UsageError(
            f"{key} is not a fact.", "Take the id of a line of `secondme facts` or `profile`."
        )
    return str(thing["statement"])


def _edited(line: str) -> str | None:
    """The line as the owner left it in their editor; None when they changed nothing."""
    if not sys.stdin.isatty():
        raise UsageError("Nobody is there to use an editor.", "Give --text.")
    changed = click.edit(line + "\n", extension=".txt")
    return None if changed is None or changed.strip() == line.strip() else changed


@click.command(
    "review", epilog="Example: secondme review --resolve k8d1f03a27c9b k03b2e51f9a7c both"
)
@click.option(
    "--resolve",
    nargs=3,
    type=TEXT,
    metavar="FACT FACT newer|older|both",
    help="Of two facts, say which one holds; what is left is listed.",
)
@json_option
def review_(resolve: tuple[str, str, str] | None, as_json: bool) -> None:
    """Walk through facts of which only one can hold now, and those read with little confidence.

    At a terminal one key decides each; elsewhere the list is printed.
    """
    opened = memory()
    if resolve:
        opened.resolve(*resolve)
    doubts = opened.review()
    if as_json:
        put(doubts)
    elif resolve or not (sys.stdin.isatty() and sys.stdout.isatty()):
        for doubt in doubts:
            _show(doubt)
    else:
        _walk(opened, doubts)


def _walk(opened: Memory, doubts: list[dict[str, Any]]) -> None:
    """One decision may settle other doubts, too: the list is asked for anew after each."""
    skipped = set()
    while doubts:
        doubt = doubts[0]
        say(f"{len(doubts)} to review")
        _show(doubt)
        key = _key({**KEYS[doubt["kind"]], **LEAVE})
        if key == "q":
            return
        if key == "s" or not _decided(opened, doubt, key):
            skipped.add((doubt["id"], doubt["other"]))
        doubts = [d for d in opened.review() if (d["id"], d["other"]) not in skipped]
    say("Nothing is left to review.")


def _key(keys: dict[str, str]) -> str:
    note(", ".join(f"{key}: {what}" for key, what in keys.items()))
    while True:
        try:
            key = click.getchar().lower()
        except EOFError:
            return "q"
        if key in keys:
            return key


def _decided(opened: Memory, doubt: dict[str, Any], key: str) -> bool:
    """False when the owner changed nothing after all."""
    fact = doubt["id"]
    if key in KEEP:
        opened.resolve(fact, doubt["other"], KEEP[key])
    elif key == "y":
        opened.pin(fact)
    elif key == "x":
        opened.reject(fact)
    else:
        text = _edited(doubt["facts"][0]["statement"])
        if text is None:
            return False
        opened.edit(fact, text)
    return True


def _show(doubt: dict[str, Any]) -> None:
    say(doubt["kind"])
    for fact in doubt["facts"]:
        _tell(fact)
        quote = fact["evidence"][0]
        say(f"        {' '.join(quote['quote'].split())}  ← {quote['id']}")


def _tell(fact: dict[str, Any]) -> None:
    say(f"    {fact['subject']}  {fact['category']}  {fact['statement']}")
    status = "" if fact["status"] == "current" else f"  {fact['status']}"
    say(f"    {fact['id']}  {(fact['valid_from'] or '')[:10]}{status}{marks(fact)}")
