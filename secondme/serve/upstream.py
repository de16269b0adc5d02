"""Another program on this machine composes in place of the local model: llama.cpp's server, Ollama,
LM Studio, anything that speaks OpenAI's chat completions over plain HTTP on the loopback interface.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Generator, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from models.chat import Manner, Message
from models.spoken import Reply
from secondme.errors import Refused, UsageError
from secondme.offline import loopback
from secondme.serve.refusals import Refusal, bad

_SILENCE = 300.0
"""Seconds without a byte after which an upstream is given up."""
_UNBOUNDED = 1_000_000
# What reading an answer raises that is broken off, no JSON, or JSON of another shape.
_GARBLED = (
    OSError,
    http.client.HTTPException,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
)


class Upstream:
    """Where it is, and the one call that is made of it."""

    def __init__(self, url: str) -> None:
        wrong = UsageError(f"{url} is no upstream.", "Give one like http://127.0.0.1:8080/v1.")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise wrong from None
        if parts.scheme != "http" or not parts.hostname or parts.query:
            raise wrong
        if not loopback(parts.hostname):
            raise Refused(
                "The upstream must be on this machine: no byte leaves it.",
                "Give one like http://127.0.0.1:8080/v1.",
            )
        self._address = parts.hostname, port or 80
        self._path = parts.path.rstrip("/")
        self._model = ""

    def reply(self, messages: Sequence[Message], manner: Manner) -> Reply:
        """Its answer as it comes. Raises a refusal with 502 when it gives none."""
        body: dict[str, Any] = {
            "model": self._named(),
            "messages": list(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": manner.temperature,
            "top_p": manner.top_p,
            "seed": manner.seed,
        }
        if manner.max_tokens:
            body["max_tokens"] = manner.max_tokens
        if manner.stop:
            body["stop"] = list(manner.stop)
        return _Relayed(self._send("POST", "/chat/completions", body), manner)

    def _named(self) -> str:
        """The first of its models: many servers want it by name."""
        if not self._model:
            answer = self._send("GET", "/models", None)
            try:
                self._model = str(json.loads(answer.read())["data"][0]["id"])
            except (*_GARBLED, LookupError):
                self._model = "default"
        return self._model

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(*self._address, timeout=_SILENCE)
        data = None if body is None else json.dumps(body)
        try:
            connection.request(
                method, self._path + path, data, {"content-type": "application/json"}
            )
            answer = connection.getresponse()
            if answer.status == 200:
                return answer
            said = answer.read(10_000)
        except (OSError, http.client.HTTPException) as error:
            raise _silent() from error
        if answer.status == 400 and b"context" in said:
            raise bad("That is longer than its context.", "messages", "context_length_exceeded")
        raise Refusal(502, f"The upstream answered {answer.status}.", "upstream_failed")


class _Relayed(Reply):
    """Counts and the reason for the end are taken from the upstream where it tells them."""

    def __init__(self, answer: http.client.HTTPResponse, manner: Manner) -> None:
        super().__init__(self._deltas(answer), manner.max_tokens or _UNBOUNDED, manner.stop)
        self._told: dict[str, Any] = {}
        self._ended = ""

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        self.tokens = self._figure("completion_tokens", self.tokens)
        self.prompt = self._figure("prompt_tokens", 0)
        if self._ended in ("stop", "length"):
            self.finish = self._ended

    def _figure(self, name: str, usual: int) -> int:
        told = self._told.get(name)
        return told if type(told) is int and told >= 0 else usual

    def _deltas(self, answer: http.client.HTTPResponse) -> Generator[bytes, None, None]:
        """Raises a refusal for an answer that comes to no end: half of one is not to pass for all
        of it.
        """
        done = False
        try:
            for line in answer:
                if line.startswith(b"data:"):
                    data = line[5:].strip()
                    done = done or data == b"[DONE]"
                    if text := "" if done else self._heard(json.loads(data)):
                        yield text.encode("utf-8", "replace")
        except _GARBLED as error:
            raise _silent() from error
        finally:
            answer.close()
        if not (done or self._ended):
            raise Refusal(502, "The upstream broke off.", "upstream_failed")

    def _heard(self, chunk: dict[str, Any]) -> str:
        if chunk.get("error"):
            raise Refusal(502, "The upstream failed.", "upstream_failed")
        self._told = dict(chunk.get("usage") or self._told)
        for choice in chunk.get("choices") or ():
            self._ended = choice.get("finish_reason") or self._ended
            return str((choice.get("delta") or {}).get("content") or "")
        return ""


def _silent() -> Refusal:
    return Refusal(502, "The upstream does not answer.", "upstream_failed")
