"""The endpoint: the memory for other programs on this machine, in OpenAI's words.

    GET  /v1/models
    POST /v1/chat/completions              secondme (with memory), secondme/raw (without)
    POST /v1/embeddings
    POST /v1/vector_stores/secondme/search

Loopback only, a token for each program, and everything told is written down.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from secondme.errors import SecondMeError
from secondme.memory import Memory
from secondme.serve.asking import MODELS
from secondme.serve.chat import completions
from secondme.serve.desk import Desk
from secondme.serve.door import Door, Turnstile, require
from secondme.serve.finding import embeddings, search
from secondme.serve.ledger import Ledger
from secondme.serve.refusals import Refusal, from_error, from_status
from secondme.serve.upstream import Upstream
from secondme.serve.workers import Workers

RATE, BURST = 500.0, 2_000
"""Requests a second that one client may send for long, and at once: far above what a program needs
that is not broken."""

Handler = Callable[[Request, Desk], Awaitable[Response]]


class Endpoint:
    """The application over one memory. `port` is where it listens, once that is known."""

    def __init__(
        self,
        memory: Memory,
        *,
        upstream: Upstream | None = None,
        turnstile: Turnstile | None = None,
        searchers: int | None = None,
    ) -> None:
        self.port = 0
        self.idle = True
        """False after the end when the model was still busy and could not be stopped."""
        self._memory = memory
        self._upstream = upstream
        self._searchers = searchers
        self._desk: Desk | None = None
        self._turnstile = turnstile or Turnstile(RATE, BURST)

    def application(self) -> ASGIApp:
        routes = [
            self._route("GET", "/v1/models", _models, "read", "chat"),
            self._route("GET", "/v1/models/{model:path}", _model, "read", "chat"),
            self._route("POST", "/v1/chat/completions", completions, "chat"),
            self._route("POST", "/v1/embeddings", embeddings, "read"),
            self._route("POST", "/v1/vector_stores/{store}/search", search, "read"),
        ]
        inside = Starlette(
            routes=routes,
            lifespan=self._lifespan,
            exception_handlers={HTTPException: _unroutable},
        )
        inside.router.redirect_slashes = False
        return Door(
            inside,
            known=self._memory.client,
            port=lambda: self.port,
            turnstile=self._turnstile,
        )

    def _route(self, method: str, path: str, handler: Handler, *scopes: str) -> Route:
        async def handle(request: Request) -> Response:
            desk = self._desk
            assert desk is not None
            try:
                require(desk.client(request), *scopes)
                return await handler(request, desk)
            except Exception as error:
                return from_error(error).response()

        return Route(path, handle, methods=[method])

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        workers = Workers(self._memory, self._searchers)
        ledger = Ledger(self._memory)
        self._desk = Desk(workers, ledger, self._upstream)
        try:
            yield
        finally:
            self.idle = workers.close()
            try:
                await ledger.close()
            except SecondMeError as error:
                print(f"What was told last is not on record: {error}", file=sys.stderr)


async def _models(request: Request, desk: Desk) -> Response:
    return JSONResponse({"object": "list", "data": [_described(name) for name in MODELS]})


async def _model(request: Request, desk: Desk) -> Response:
    name = request.path_params["model"]
    if name not in MODELS:
        raise Refusal(404, "There is no such model.", "model_not_found")
    return JSONResponse(_described(name))


def _described(name: str) -> dict[str, str | int]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "secondme"}


async def _unroutable(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return from_status(error.status_code).response()


__all__ = ["Endpoint", "Turnstile", "Upstream"]
