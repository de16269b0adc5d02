"""What every route works with: the threads, the log of disclosures, who is asking."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from secondme.memory.clients import Client
from secondme.serve.ledger import Ledger
from secondme.serve.upstream import Upstream
from secondme.serve.workers import Workers


@dataclass(frozen=True, slots=True)
class Desk:
    """Lives as long as the server does."""

    workers: Workers
    ledger: Ledger
    upstream: Upstream | None = None

    def client(self, request: Request) -> Client:
        """Whom the door let in."""
        found: Client = request.scope["state"]["client"]
        return found
