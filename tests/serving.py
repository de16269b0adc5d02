"""An endpoint that listens, in a thread of this process, and a chat model without weights."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

import openai
from stubs import NOW, StubLibrary

from models.chat import Manner, Message
from models.spoken import Reply
from secondme.brains import Library
from secondme.content_keys import Keys
from secondme.memory import Memory
from secondme.record import Record
from secondme.serve import Endpoint
from secondme.serve.server import server_of
from secondme.vault import Vault


class StubChat:
    """Says what is in its queue; a token is a word. Remembers what it was shown."""

    name = "stub-chat"
    identity = "stub-chat"

    def __init__(self, tier: str = "extractive", context: int = 400) -> None:
        self.tier = tier
        self.context = context
        self.replies: list[str] = []
        self.shown: list[list[dict[str, str]]] = []
        self.pause = 0.0

    def count(self, text: str) -> int:
        return len(text.split())

    def measure(self, messages: Sequence[Message]) -> int:
        return sum(self.count(m["content"]) + 4 for m in messages)

    def spelled(self, text: str) -> list[bytes]:
        return [(word + " ").encode() for word in text.split()]

    def stream(self, messages: Sequence[Message], manner: Manner) -> Reply:
        self.shown.append([dict(m) for m in messages])
        pieces = self.spelled(self.replies.pop(0) if self.replies else "I have nothing to say.")
        most = min(manner.max_tokens, self.context - self.measure(messages))

        def given() -> Iterator[bytes]:
            for piece in pieces[:most]:
                time.sleep(self.pause)
                yield piece

        return Reply(given(), most, manner.stop, prompt=self.measure(messages))  # type: ignore[arg-type]


class TalkingLibrary(StubLibrary):
    def __init__(self, chat: StubChat | None) -> None:
        super().__init__()
        self.chat = chat


class Server(NamedTuple):
    """A running endpoint and the memory behind it."""

    port: int
    memory: Memory
    chat: StubChat | None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def token(self, name: str, *scopes: str) -> str:
        return self.memory.new_token(name, scopes or ("read", "chat"))

    @contextmanager
    def client(self, *scopes: str) -> Iterator[openai.OpenAI]:
        name = f"client {len(self.memory.tokens())}"
        token = self.token(name, *scopes)
        with openai.OpenAI(base_url=self.url, api_key=token, max_retries=0) as client:
            yield client

    def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], Any]:
        """A request as raw as it gets: status, headers, and the JSON of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        data = json.dumps(body) if isinstance(body, (dict, list)) else body
        try:
            connection.request(method, path, data, headers or {})
            answer = connection.getresponse()
            said = answer.read()
            low = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, low, json.loads(said) if said else None
        finally:
            connection.close()


@contextmanager
def serving(vault: Vault, chat: StubChat | None = None, **options: Any) -> Iterator[Server]:
    memory = Memory(vault, cast(Library, TalkingLibrary(chat)), lambda: NOW)
    endpoint = Endpoint(memory, **options)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    endpoint.port = listener.getsockname()[1]
    server = server_of(endpoint)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        yield Server(endpoint.port, memory, chat)
    finally:
        server.should_exit = True
        thread.join()


def remember(vault: Vault, *said: tuple[str, str, str]) -> list[str]:
    """Records of (author, day, text), with the author Ada as the owner. Returns their ids."""
    keys = Keys()
    sighted = [
        keys.sight(
            Record("jsonl", "Talk", text, who, sent_at=f"{day}T09:00:00Z", sent_local=day,
                   zone="explicit", mine=who == "Ada", native_id=str(i))
        )
        for i, (who, day, text) in enumerate(said)
    ]  # fmt: skip
    batch = vault.new_batch(NOW, "here", {})
    vault.records.add(batch, sighted)
    vault.end_batch(batch, {})
    return [one.key for one in sighted]
