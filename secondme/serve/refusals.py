"""What a program is told when it is not answered: always OpenAI's error object, never a traceback.

{"error": {"message": …, "type": …, "param": …, "code": …}}
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from secondme.errors import Busy, Missing, NotFound, Refused, SecondMeError, UsageError

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


class Refusal(Exception):  # noqa: N818, it is named for what it is
    """A request that is not carried out; carries all of its answer."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str | None = None,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.headers = dict(headers or {})

    def error(self) -> dict[str, Any]:
        usual = "invalid_request_error" if self.status < 500 else "server_error"
        return {
            "message": self.message,
            "type": _TYPES.get(self.status, usual),
            "param": self.param,
            "code": self.code,
        }

    def response(self) -> JSONResponse:
        return JSONResponse({"error": self.error()}, self.status, self.headers)


def bad(message: str, param: str, code: str | None = None) -> Refusal:
    """The request itself is wrong, in its field `param`."""
    return Refusal(400, message, code, param=param)


def too_long(tokens: int, context: int) -> Refusal:
    return bad(
        f"The messages have {tokens} tokens; the model's context holds {context}.",
        "messages",
        "context_length_exceeded",
    )


def from_status(status: int) -> Refusal:
    """For what the router itself refuses: no such path, no such method there."""
    codes = {404: "unknown_url", 405: "method_not_allowed"}
    return Refusal(status, f"{HTTPStatus(status).phrase}.", codes.get(status))


def from_error(error: Exception) -> Refusal:
    """An error of ours as an answer. What failed inside is named on stderr by its type and place
    alone, for its words may be a person's.
    """
    if isinstance(error, Refusal):
        return error
    told = f"{error} {getattr(error, 'hint', '')}".strip()
    match error:
        case UsageError():
            return Refusal(400, told, "bad_request")
        case NotFound():
            return Refusal(404, told, "not_found")
        case Refused():
            return Refusal(403, told, "refused")
        case Missing():
            return Refusal(503, told, "model_missing")
        case Busy():
            return Refusal(503, "The vault is busy.", "busy", headers={"retry-after": "1"})
    if not isinstance(error, SecondMeError):
        print(f"A request failed inside: {_place(error)}.", file=sys.stderr, flush=True)
    return Refusal(500, "The memory could not do that.", "internal_error")


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else ""
    return type(error).__name__ + where
