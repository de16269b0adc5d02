"""Who comes in: this machine's own programs that bring a token, and no web page.

A page in a browser can send requests to this machine, and with a name of its own that resolves to
us (DNS rebinding) it could even read the answers. So the Host must be one of ours, an Origin of
anybody else's is refused, there are no CORS headers, and a body must be JSON, which a page cannot
send without asking first.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from secondme.memory.clients import Client
from secondme.serve.refusals import Refusal, from_error

_LONGEST_TOKEN = 200


class Turnstile:
    """Lets each client through at `rate` a second, and at most `burst` at once: a token bucket."""

    def __init__(
        self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, name: str) -> float:
        """0 when the client may pass, which counts; else the seconds until it may."""
        now = self._clock()
        left, since = self._buckets.get(name, (float(self._burst), now))
        left = min(float(self._burst), left + (now - since) * self._rate)
        passes = left >= 1
        self._buckets[name] = (left - passes, now)
        return 0.0 if passes else (1 - left) / self._rate


class Door:
    """Around the whole application: nothing inside sees a request that may not come in."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        known: Callable[[str], Client | None],
        port: Callable[[], int],
        turnstile: Turnstile,
    ) -> None:
        self._app = app
        self._known = known
        self._port = port
        self._turnstile = turnstile

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            scope["state"]["client"] = self._admitted(Headers(scope=scope))
        except Exception as error:
            await from_error(error).response()(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _admitted(self, headers: Headers) -> Client:
        hosts = self._hosts()
        if headers.getlist("host") not in [[host] for host in hosts]:
            raise Refusal(421, "This address is not called that.", "host_not_allowed")
        if any(
            origin not in {f"http://{h}" for h in hosts} for origin in headers.getlist("origin")
        ):
            raise Refusal(403, "Web pages may not ask.", "origin_not_allowed")
        client = self._known(_bearer(headers))
        if client is None:
            raise _unknown("No such token, or it was revoked.")
        if wait := self._turnstile.wait(client.name):
            seconds = str(int(wait) + 1)
            raise Refusal(
                429, "Too many requests.", "rate_limit_exceeded", headers={"retry-after": seconds}
            )
        return client

    def _hosts(self) -> list[str]:
        port = self._port()
        names = ("127.0.0.1", "localhost", "[::1]")
        # Programs leave out the port that is usual.
        return [f"{name}:{port}" for name in names] + (list(names) if port == 80 else [])


def require(client: Client, *scopes: str) -> None:
    """Raises the refusal when the client has none of these scopes."""
    if not set(scopes) & set(client.scopes):
        wanted = " or ".join(scopes)
        raise Refusal(403, f"This token has no scope {wanted}.", "insufficient_scope")


def _bearer(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > _LONGEST_TOKEN:
        raise _unknown("A token is needed: `secondme token new NAME --scope chat` makes one.")
    return token


def _unknown(message: str) -> Refusal:
    return Refusal(401, message, "invalid_api_key", headers={"www-authenticate": "Bearer"})
