"""Programs that ask over HTTP: their tokens, and the log of what they were told."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from hmac import compare_digest
from typing import Any, NamedTuple

from secondme.errors import NotFound, UsageError
from secondme.memory.opening import Opened
from secondme.vault.clients import Disclosure, Token

SCOPES = ("read", "chat", "write")
"""read: search and embed · chat: talk with the memory · write: reserved, nothing needs it yet"""
_PREFIX = "sm_"
"""Lets people and secret scanners see what a stray string is."""
_BYTES = 32


class Client(NamedTuple):
    """Somebody whose token was known."""

    name: str
    scopes: tuple[str, ...]


class Telling(Opened):
    """Hand out tokens, take them back, know them again; write down what was told."""

    def new_token(self, name: str, scopes: Sequence[str]) -> str:
        """A token for the program called `name`: shown once, for only its hash is kept."""
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            raise UsageError("A token needs a scope: read, chat or write.", "Add `--scope chat`.")
        if not name.strip() or not name.isprintable():
            raise UsageError("A token needs a name of printable letters.", "Name the program.")
        token = _PREFIX + secrets.token_urlsafe(_BYTES)
        ordered = tuple(scope for scope in SCOPES if scope in scopes)
        self._vault.clients.admit(Token(name, _digest(token), ordered, self._now()))
        return token

    def tokens(self) -> list[dict[str, Any]]:
        return [
            {"name": t.name, "scopes": list(t.scopes), "made_at": t.made_at}
            for t in self._vault.clients.tokens()
        ]

    def revoke(self, name: str) -> None:
        """From the next request on, its token is nobody's."""
        if not self._vault.clients.revoke(name):
            raise NotFound(f"There is no token called {name}.", "`secondme token list` shows them.")

    def client(self, token: str) -> Client | None:
        """Whose token this is. Looked up each time, so that revoking works at once."""
        given = _digest(token)
        found = None
        # All are compared, so that the time it takes says nothing about any of them.
        for known in self._vault.clients.tokens():
            if compare_digest(given, known.hash):
                found = Client(known.name, known.scopes)
        return found

    def tell(self, disclosures: Sequence[Disclosure]) -> None:
        """Write down what was told to whom."""
        self._vault.clients.tell(disclosures)

    def told(self, client: str | None = None, *, most: int = 100) -> list[dict[str, Any]]:
        """What was told lately, newest first: when, to whom, how many records, and the ids of those
        that are still here.
        """
        return [
            {**told._asdict(), "ids": list(told.ids)}
            for told in self._vault.clients.log(client, most)
        ]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
