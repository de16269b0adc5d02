"""Verbs for other programs: serve, and the tokens they come in with."""

from __future__ import annotations

import click

from secondme.cli.session import TEXT, json_option, memory, note, put, say

PORT = 7341
_PORTS = click.IntRange(0, 65535)


@click.command("serve", epilog="Example: secondme serve --port 7341")
@click.option("--host", default="127.0.0.1", show_default=True, type=TEXT, help="Loopback only.")
@click.option(
    "--port", default=PORT, show_default=True, type=_PORTS, help="Where to listen; 0 for any port."
)
@click.option(
    "--upstream",
    type=TEXT,
    metavar="URL",
    help="Another OpenAI-compatible server on this machine that composes the answers.",
)
def serve_(host: str, port: int, upstream: str | None) -> None:
    """Serve the memory to other programs on this machine, in the words of OpenAI's API.

    Prints its address when it is ready, and runs until Ctrl-C. Each program needs a token of
    `secondme token new`.
    """
    from secondme.serve.server import serve

    opened = memory()

    def ready(address: str) -> None:
        click.echo(address)
        if not opened.tokens():
            note("No program has a token yet: `secondme token new NAME --scope chat`.")

    serve(opened, host, port, upstream, ready)


@click.group("token", epilog="Example: secondme token new notes-app --scope chat --scope read")
def token_() -> None:
    """Tokens for the programs that may ask `secondme serve`, and what each of them was told."""


@token_.command("new", epilog="Example: secondme token new editor --scope read --scope chat")
@click.argument("name", type=TEXT)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(["read", "chat", "write"]),
    help="read: search and embed; chat: talk; write: reserved, nothing needs it yet. Repeatable.",
)
@json_option
def new_(name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a token and show it, this once: only a hash of it is kept."""
    from secondme.memory.clients import SCOPES

    token = memory().new_token(name, scopes)
    if as_json:
        put({"name": name, "scopes": [s for s in SCOPES if s in scopes], "token": token})
        return
    say(token)
    note("Shown this once. Give it to the program as its API key.")


@token_.command("list", epilog="Example: secondme token list --json")
@json_option
def list_(as_json: bool) -> None:
    """List the tokens by name, without what they are."""
    tokens = memory().tokens()
    if as_json:
        put(tokens)
        return
    for token in tokens:
        say(f"{token['name']}  {', '.join(token['scopes'])}  {token['made_at']}")
    if not tokens:
        note("There are none.")


@token_.command("revoke", epilog="Example: secondme token revoke editor")
@click.argument("name", type=TEXT)
@json_option
def revoke_(name: str, as_json: bool) -> None:
    """Take a token back. A server that is running refuses it from its next request on."""
    memory().revoke(name)
    put({"revoked": name}) if as_json else say(f"{name} is revoked.")


@token_.command("log", epilog="Example: secondme token log editor --json")
@click.argument("name", required=False, type=TEXT)
@click.option("-n", "most", default=100, show_default=True, type=click.IntRange(1, 1_000_000))
@json_option
def log_(name: str | None, most: int, as_json: bool) -> None:
    """List what was told to whom, newest first: when, how many records, and the ids of those that
    are still here. A running server writes about once a second.
    """
    told = memory().told(name, most=most)
    if as_json:
        put(told)
        return
    for one in told:
        gone = one["records"] - len(one["ids"])
        since = f", {gone} forgotten since" if gone else ""
        say(f"{one['at']}  {one['client']}  {one['act']}  {one['records']} records{since}")
    if not told:
        note("Nothing was told.")
