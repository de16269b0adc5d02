"""A request's body: JSON, of bounded size, sent in bounded time, checked field by field."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from starlette.requests import ClientDisconnect, Request

from secondme.serve.refusals import Refusal, bad

LARGEST = 1024 * 1024
SECONDS = 20.0
"""In which a body must have come."""


async def read(request: Request) -> Fields:
    """The JSON object that was sent. Raises 415, 413, 408 or 400."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or "content-encoding" in request.headers:
        raise Refusal(415, "Send plain application/json.", "unsupported_media_type")
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared[:12]) > LARGEST:
        raise _too_large()
    try:
        async with asyncio.timeout(SECONDS):
            data = await _collected(request)
    except TimeoutError:
        raise Refusal(408, "The request did not come to its end.", "timeout") from None
    except ClientDisconnect:
        raise Refusal(400, "The request was broken off.", "broken_off") from None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON.", "invalid_json") from None
    if not isinstance(found, dict):
        raise Refusal(400, "The body is not a JSON object.", "invalid_json")
    return Fields(found)


async def _collected(request: Request) -> bytes:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > LARGEST:
            raise _too_large()
    return bytes(data)


def _too_large() -> Refusal:
    return Refusal(413, f"A body may have {LARGEST} bytes.", "too_large")


class Fields:
    """A JSON object read by name. Unknown fields are let be; `null` is the same as absent."""

    def __init__(self, found: dict[str, Any], within: str = "") -> None:
        self._found = found
        self._within = within

    def __contains__(self, name: str) -> bool:
        return self._found.get(name) is not None

    def raw(self, name: str) -> Any:
        return self._found.get(name)

    def text(self, name: str) -> str | None:
        value = self.raw(name)
        return None if value is None else as_text(value, self._within + name)

    def whole(self, name: str, least: int, most: int) -> int | None:
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise bad(f"`{name}` must be a whole number from {least} to {most}.", self._at(name))
        return value

    def number(self, name: str, least: float, most: float) -> float | None:
        value = self.raw(name)
        if value is None:
            return None
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        # Nothing that is no number, endless, or too large for a float lies between the two.
        if not fits or not least <= value <= most:
            raise bad(f"`{name}` must be a number from {least} to {most}.", self._at(name))
        return float(value)

    def flag(self, name: str, usual: bool) -> bool:
        value = self.raw(name)
        if value is None:
            return usual
        if not isinstance(value, bool):
            raise bad(f"`{name}` must be true or false.", self._at(name))
        return value

    def part(self, name: str) -> Fields:
        """The object in a field; an empty one when it is absent."""
        value = self.raw(name)
        if value is not None and not isinstance(value, dict):
            raise bad(f"`{name}` must be an object.", self._at(name))
        return Fields(value or {}, f"{self._at(name)}.")

    def texts(self, name: str, most: int) -> list[str]:
        """A text, or a list of texts, as a list; empty when it is absent."""
        value = self.raw(name)
        if value is None:
            return []
        values: Sequence[Any] = value if isinstance(value, list) else [value]
        if len(values) > most:
            raise bad(f"`{name}` may have {most} items.", self._at(name))
        return [as_text(one, self._at(name)) for one in values]

    def _at(self, name: str) -> str:
        return self._within + name


def as_text(value: Any, param: str) -> str:
    """Raises 400 for what is no text, or holds half a character (an unpaired surrogate)."""
    if not isinstance(value, str):
        raise bad(f"`{param}` must be text.", param)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise bad(f"`{param}` holds half of a character.", param) from None
    return value
