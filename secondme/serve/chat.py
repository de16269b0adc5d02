"""POST /v1/chat/completions, in one piece or as server-sent events."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from secondme.serve import body
from secondme.serve.asking import Asked, asked
from secondme.serve.desk import Desk
from secondme.serve.refusals import from_error
from secondme.serve.turns import Turn, prepare

_DONE = "data: [DONE]\n\n"


async def completions(request: Request, desk: Desk) -> Response:
    wanted = asked(await body.read(request))
    turn = await desk.workers.do(
        partial(prepare, asked=wanted, upstream=desk.upstream, today=date.today())
    )
    turn.admit(desk.workers)
    desk.ledger.note(desk.client(request).name, "chat", turn.told)
    completion = Completion(wanted, turn, desk)
    if wanted.stream:
        headers = {"cache-control": "no-store"}
        events = completion.events()
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)
    return await completion.whole(request)


class Completion:
    """One answer in OpenAI's shapes."""

    def __init__(self, wanted: Asked, turn: Turn, desk: Desk) -> None:
        self._wanted = wanted
        self._turn = turn
        self._desk = desk
        self._head = {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "created": int(time.time()),
            "model": wanted.model,
        }

    async def whole(self, request: Request) -> Response:
        speaking = asyncio.create_task(self._said())
        leaving = asyncio.create_task(_left(request))
        try:
            await asyncio.wait({speaking, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not speaking.done():
                # Nobody is listening any more, and the model is wanted elsewhere.
                return Response(status_code=499)
            return self._document(speaking.result())
        finally:
            speaking.cancel()
            leaving.cancel()

    async def _said(self) -> str:
        async with aclosing(self._turn.words(self._desk.workers)) as words:
            return "".join([piece async for piece in words])

    def _document(self, said: str) -> Response:
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": said, "refusal": None},
            "logprobs": None,
            "finish_reason": self._turn.finish,
        }
        return JSONResponse(
            {
                **self._head,
                "object": "chat.completion",
                "choices": [choice],
                "usage": self._turn.usage,
                **self._turn.memory(),
            }
        )

    async def events(self) -> AsyncGenerator[str, None]:
        """The role, the words as they come, the reason for the end, and if wanted the usage. What
        goes wrong half-way is an event, too: the status was sent long ago.
        """
        yield self._event({"role": "assistant", "content": "", "refusal": None})
        try:
            async with aclosing(self._turn.words(self._desk.workers)) as words:
                async for piece in words:
                    yield self._event({"content": piece})
        except Exception as error:
            yield _data({"error": from_error(error).error()})
            return
        yield self._event({}, self._turn.finish, **self._turn.memory())
        if self._wanted.usage:
            yield self._chunk([], usage=self._turn.usage, **self._turn.memory())
        yield _DONE

    def _event(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return self._chunk([choice], **({"usage": None} if self._wanted.usage else {}), **more)

    def _chunk(self, choices: list[dict[str, Any]], **more: Any) -> str:
        return _data({**self._head, "object": "chat.completion.chunk", "choices": choices, **more})


async def _left(request: Request) -> None:
    """Until the client has hung up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _data(document: dict[str, Any]) -> str:
    """An event. In ASCII, because many clients take U+2028 and U+0085 for ends of lines."""
    return f"data: {json.dumps(document, separators=(',', ':'))}\n\n"
