"""The endpoint's two bars: fifty programs searching at once, and how late the first token comes.

python -m tests.benchmarks.endpoint        # over the vault and models of the environment
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.chat import questions

QUESTION = "Write a short letter to a friend about a rainy walk by the river in Porto."
ROUNDS = 7


def searches(
    environment: Mapping[str, str], *, clients: int = 50, seconds: float = 30.0
) -> dict[str, float | str]:
    """So many programs ask for so long, each as soon as it was answered, no question twice.

    The server is a process of its own; what the clients cost comes on top, on the same cores.
    """
    token = json.loads(_secondme(environment, "token", "new", "bench", "--scope", "read", "--json"))
    try:
        with _serving(environment) as (port, process):
            asyncio.run(_ask(port, token["token"], 1, 2.0))
            before = _cpu(process.pid)
            spent, errors = asyncio.run(_ask(port, token["token"], clients, seconds))
            used = _cpu(process.pid) - before
            rss = _rss(process.pid)
    finally:
        _secondme(environment, "token", "revoke", "bench")
    spent.sort()
    return {
        f"endpoint, {clients} at once: searches a second": round(len(spent) / seconds, 1),
        f"endpoint, {clients} at once: errors": errors,
        f"endpoint, {clients} at once: p50, ms": round(1000 * statistics.median(spent)),
        f"endpoint, {clients} at once: p95, ms": round(1000 * spent[int(0.95 * len(spent))]),
        "endpoint: server CPU a search, ms": round(1000 * used / len(spent), 1),
        "endpoint: RSS, MB": round(rss),
    }


def first_token(rounds: int = ROUNDS) -> dict[str, float | str]:
    """The same prompt to the same model, called directly and through `secondme/raw`, in turns."""
    from models.chat import Manner
    from secondme import paths
    from secondme.memory import Memory
    from secondme.serve import Endpoint
    from secondme.serve.server import server_of

    messages = [{"role": "user", "content": QUESTION}]
    with Memory.open(paths.vault_folder(), paths.models_folder()) as memory:
        token = memory.new_token("bench", ["chat"])
        try:
            with _in_this_process(server_of, Endpoint(memory)) as port:
                bare, through = [], []
                for _ in range(rounds + 1):
                    start = time.perf_counter()
                    for _ in memory.reply(messages, Manner(max_tokens=4)):
                        bare.append(time.perf_counter() - start)
                        break
                    through.append(_first_chunk(port, token, messages))
        finally:
            memory.revoke("bench")
    direct, served = (1000 * statistics.median(times[1:]) for times in (bare, through))
    return {
        "time to first token, llama.cpp alone, ms": round(direct, 1),
        "time to first token, secondme/raw, ms": round(served, 1),
        "time to first token, overhead in %": round(100 * (served / direct - 1), 2),
    }


async def _ask(port: int, token: str, clients: int, seconds: float) -> tuple[list[float], int]:
    """Seconds that each search took, and how many were not answered with hits or an empty list."""
    end = time.perf_counter() + seconds
    rows = await asyncio.gather(*(_client(port, token, i, end) for i in range(clients)))
    return [t for spent, _ in rows for t in spent], sum(errors for _, errors in rows)


async def _client(port: int, token: str, number: int, end: float) -> tuple[list[float], int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    spent: list[float] = []
    errors = 0
    for query in questions(1_000 + number):
        start = time.perf_counter()
        if start >= end:
            break
        writer.write(_request(port, token, json.dumps({"query": query}).encode()))
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            answer = json.loads(await reader.readexactly(length))
        except (OSError, asyncio.IncompleteReadError):
            return spent, errors + 1
        spent.append(time.perf_counter() - start)
        errors += not head.startswith(b"HTTP/1.1 200") or "data" not in answer
    writer.close()
    return spent, errors


def _request(port: int, token: str, body: bytes) -> bytes:
    return (
        b"POST /v1/vector_stores/secondme/search HTTP/1.1\r\n"
        b"host: 127.0.0.1:%d\r\nauthorization: Bearer %s\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n%s" % (port, token.encode(), len(body), body)
    )


def _first_chunk(port: int, token: str, messages: list[dict[str, str]]) -> float:
    """Seconds from sending a request to the first words of its answer."""
    body = {"model": "secondme/raw", "messages": messages, "stream": True, "max_tokens": 4}
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    start = time.perf_counter()
    connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
    taken = 0.0
    for line in connection.getresponse():
        if line.startswith(b"data: {") and not taken:
            choices = json.loads(line[6:])["choices"]
            if choices and choices[0]["delta"].get("content"):
                taken = time.perf_counter() - start
    connection.close()
    return taken


@contextmanager
def _serving(environment: Mapping[str, str]) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "secondme", "serve", "--port", "0"],
        env=dict(environment), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline().rpartition(":")[2].partition("/")[0]), process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def _in_this_process(server_of: object, endpoint: object) -> Iterator[int]:
    import socket

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    endpoint.port = listener.getsockname()[1]  # type: ignore[attr-defined]
    server = server_of(endpoint)  # type: ignore[operator]
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield endpoint.port  # type: ignore[attr-defined]
    finally:
        server.should_exit = True
        thread.join()


def _secondme(environment: Mapping[str, str], *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "secondme", *arguments],
        env=dict(environment), capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def _cpu(pid: int) -> float:
    """CPU seconds that a process has used; nothing where the system does not say so in /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    for name, value in {**searches(os.environ), **first_token()}.items():
        print(f"{name:48} {value}")


if __name__ == "__main__":
    main()
