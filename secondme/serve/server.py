"""The process that listens: one line on stdout when ready, a clean end when told to stop."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from secondme.errors import CannotCreate, Refused
from secondme.memory import Memory
from secondme.serve import Endpoint, Upstream
from secondme.serve.patience import Impatient

_HOSTS = ("127.0.0.1", "::1", "localhost")
"""Those that the door knows: see there."""
_KEPT = 30
"""Seconds that an idle connection is kept: longer than clients keep theirs, or one would be closed
just as it is used again."""
_GRACE = 5
"""Seconds that answers under way get when told to stop."""


def serve(
    memory: Memory, host: str, port: int, upstream: str | None, ready: Callable[[str], None]
) -> None:
    """Answer until told to stop. `ready` is called with the base address.

    Raises Refused for a host that others can reach, CannotCreate for a port that is taken, and
    KeyboardInterrupt when it was Ctrl-C that ended it.
    """
    if host not in _HOSTS:
        raise Refused(
            f"Only this machine is served, and not as {host}.",
            "Give 127.0.0.1, ::1 or localhost: on others strangers would hear your memory.",
        )
    endpoint = Endpoint(memory, upstream=Upstream(upstream) if upstream else None)
    server = server_of(endpoint)
    with _listening(host, port) as listener, _ended_by_signals(server) as heard:
        endpoint.port = listener.getsockname()[1]
        # Libraries log what they fail on, and that could be a person's words.
        logging.disable()
        shown = f"[{host}]" if ":" in host else host
        ready(f"http://{shown}:{endpoint.port}/v1")
        server.run([listener])
    memory.close()
    if not endpoint.idle:
        # The model cannot be broken off while it reads, and everything is written down.
        sys.stdout.flush()
        os._exit(130 if signal.SIGINT in heard else 0)
    if signal.SIGINT in heard:
        raise KeyboardInterrupt


def server_of(endpoint: Endpoint) -> uvicorn.Server:
    """uvicorn, without its logs, its headers, or anything we do not use."""
    return uvicorn.Server(
        uvicorn.Config(
            endpoint.application(),
            loop="asyncio",
            http=Impatient,
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=_KEPT,
            timeout_graceful_shutdown=_GRACE,
        )
    )


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle off only for what is called TCP by name; otherwise answers wait 40 ms.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(2048)
        except OSError as error:
            raise CannotCreate(
                f"Port {port} of {host} cannot be listened at.",
                "Another program may have it: give another --port, or 0 for any.",
            ) from error
        yield listener


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[list[int]]:
    """The signals that ended the server. While it runs it hears them itself, and raises them again
    when it has ended; nobody is to die of that.
    """
    heard: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        server.should_exit = True

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
