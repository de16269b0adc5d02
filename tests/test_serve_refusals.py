"""Whom the endpoint refuses: strangers, web pages, broken and greedy programs."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import Server, StubChat, remember, serving

from secondme.errors import Refused, UsageError
from secondme.serve import Turnstile, Upstream, body, patience
from secondme.vault import Vault

SECRET = "Porto"
CHAT = {"model": "secondme", "messages": [{"role": "user", "content": "Where do I live?"}]}
SEARCH = {"query": "Where do I live?"}
PATHS: list[tuple[str, str, Any]] = [
    ("GET", "/v1/models", None),
    ("POST", "/v1/chat/completions", CHAT),
    ("POST", "/v1/embeddings", {"model": "secondme", "input": "tea"}),
    ("POST", "/v1/vector_stores/secondme/search", SEARCH),
]
EVERY = pytest.mark.parametrize(("method", "path", "sent"), PATHS, ids=[p for _, p, _ in PATHS])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from stubs import KEY

    from secondme.vault import make

    with make(tmp_path_factory.mktemp("vaults") / "vault", KEY) as vault:
        remember(vault, ("Ada", "2024-05-01", f"I live in {SECRET} since last week"))
        with serving(vault, StubChat()) as running:
            running.token("all", "read", "chat")
            yield running


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    return server.token("good", "read", "chat")


def allowed(token: str, **more: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "content-type": "application/json", **more}


def refused(answer: tuple[int, dict[str, str], Any], status: int) -> dict[str, Any]:
    """OpenAI's error object, nothing of the memory, no traceback, no leave for other origins."""
    got, headers, document = answer
    assert got == status, document
    assert set(document) == {"error"}
    error: dict[str, Any] = document["error"]
    assert set(error) == {"message", "type", "param", "code"}
    text = json.dumps(document)
    assert SECRET not in text
    assert "Traceback" not in text
    assert not [name for name in headers if name.startswith("access-control")]
    return error


@EVERY
def test_who_brings_the_right_token_is_answered(
    server: Server, token: str, method: str, path: str, sent: Any
) -> None:
    """Without this, the refusals below would prove nothing."""
    if "embeddings" in path:
        server.memory._library.embedder.count = len  # type: ignore[union-attr,method-assign,assignment]
    status, headers, _ = server.send(method, path, sent, allowed(token))
    assert status == 200
    assert not [name for name in headers if name.startswith("access-control")]


@EVERY
@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer ", "Bearer sm_wrong", "Basic c206c20=", "Bearer " + "x" * 10_000],
    ids=["none", "empty", "bare", "wrong", "basic", "long"],
)
def test_who_brings_none_or_a_wrong_token_is_not(
    server: Server, method: str, path: str, sent: Any, header: str | None
) -> None:
    headers = {"content-type": "application/json"}
    if header is not None:
        headers["authorization"] = header
    answer = server.send(method, path, sent, headers)
    assert refused(answer, 401)["code"] == "invalid_api_key"
    assert answer[1]["www-authenticate"] == "Bearer"


@EVERY
def test_a_revoked_token_opens_nothing_from_that_moment(
    server: Server, method: str, path: str, sent: Any
) -> None:
    name = f"short-lived {path}"
    given = server.token(name, "read", "chat")
    assert server.send("GET", "/v1/models", None, allowed(given))[0] == 200
    server.memory.revoke(name)
    refused(server.send(method, path, sent, allowed(given)), 401)


@pytest.mark.parametrize(
    ("scope", "open_to_it"),
    [
        ("read", {"/v1/models", "/v1/embeddings", "/v1/vector_stores/secondme/search"}),
        ("chat", {"/v1/models", "/v1/chat/completions"}),
        ("write", set()),
    ],
)
def test_a_scope_opens_what_it_names_and_nothing_else(
    server: Server, scope: str, open_to_it: set[str]
) -> None:
    server.memory._library.embedder.count = len  # type: ignore[union-attr,method-assign,assignment]
    narrow = server.token(f"only {scope}", scope)
    for method, path, sent in PATHS:
        answer = server.send(method, path, sent, allowed(narrow))
        if path in open_to_it:
            assert answer[0] == 200
        else:
            assert refused(answer, 403)["code"] == "insufficient_scope"


@EVERY
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost", "http://127.0.0.1:1"]
)
def test_no_web_page_is_answered_even_with_a_token(
    server: Server, token: str, method: str, path: str, sent: Any, origin: str
) -> None:
    answer = server.send(method, path, sent, allowed(token, origin=origin))
    assert refused(answer, 403)["code"] == "origin_not_allowed"


@EVERY
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "localhost:1"]
)
def test_a_name_that_was_bent_to_this_machine_is_not_answered(
    server: Server, token: str, method: str, path: str, sent: Any, host: str
) -> None:
    headers = allowed(token, host=host.format(port=server.port))
    answer = server.send(method, path, sent, headers)
    assert refused(answer, 421)["code"] == "host_not_allowed"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machines_own_names_are_answered(server: Server, token: str, host: str) -> None:
    headers = allowed(token, host=f"{host}:{server.port}")
    assert server.send("GET", "/v1/models", None, headers)[0] == 200


@pytest.mark.parametrize(("method", "path", "sent"), PATHS[1:], ids=[p for _, p, _ in PATHS[1:]])
@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
def test_what_a_page_could_send_without_asking_is_no_request(
    server: Server, token: str, method: str, path: str, sent: Any, kind: str
) -> None:
    answer = server.send(method, path, sent, {**allowed(token), "content-type": kind})
    assert refused(answer, 415)["code"] == "unsupported_media_type"


@pytest.mark.parametrize("path", ["/v1/models", "/v1/chat/completions"])
def test_a_browsers_question_whether_it_may_is_refused(
    server: Server, token: str, path: str
) -> None:
    asking = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    refused(server.send("OPTIONS", path, None, asking), 403)
    refused(server.send("OPTIONS", path, None, allowed(token)), 405)


def test_other_paths_and_methods_are_refused_in_the_same_shape(server: Server, token: str) -> None:
    refused(server.send("GET", "/", None, allowed(token)), 404)
    refused(server.send("GET", "/v1/files", None, allowed(token)), 404)
    refused(server.send("GET", "/v1/models/", None, allowed(token)), 404)
    refused(server.send("GET", "/v1/chat/completions", None, allowed(token)), 405)
    refused(server.send("DELETE", "/v1/models", None, allowed(token)), 405)
    other = "/v1/vector_stores/other/search"
    refused(server.send("POST", other, SEARCH, allowed(token)), 404)


@pytest.mark.parametrize(
    "sent",
    [
        "", "{", "[]", '"x"', "[" * 100_000, '{"query": "\\ud800"}', b"\xff\xfe",
        '{"query": ' + "9" * 5000,
    ],
    ids=["empty", "cut", "list", "text", "deep", "half a letter", "bytes", "long number"],
)  # fmt: skip
def test_what_is_no_request_is_refused_and_never_an_accident(
    server: Server, token: str, sent: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    refused(server.send("POST", PATHS[3][1], sent, allowed(token)), 400)
    assert capfd.readouterr().err == ""


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(min_size=1, max_size=60))
def test_whatever_is_asked_is_answered_or_refused(server: Server, token: str, words: str) -> None:
    """Operators, quotation marks, NULs: none of it is more than words."""
    chat = {"model": "secondme", "messages": [{"role": "user", "content": words}]}
    for path, sent in ((PATHS[3][1], {"query": words}), (PATHS[1][1], chat)):
        status, _, _ = server.send("POST", path, sent, allowed(token))
        assert status in ((200,) if words.strip() else (400,))


def test_a_body_has_a_largest_size_also_when_it_does_not_say_how_long_it_is(
    server: Server, token: str
) -> None:
    large = json.dumps({"query": "x" * body.LARGEST})
    refused(server.send("POST", PATHS[3][1], large, allowed(token)), 413)

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(large), 65536):
            yield large[start : start + 65536].encode()

    refused(server.send("POST", PATHS[3][1], chunks(), allowed(token)), 413)


def test_a_body_that_does_not_end_is_given_up(
    server: Server, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "SECONDS", 0.2)
    monkeypatch.setattr(patience, "SECONDS", 0.6)
    head = f"POST {PATHS[3][1]} HTTP/1.1\r\nhost: localhost:{server.port}\r\n"
    named = allowed(token) | {"content-length": "100"}
    head += "".join(f"{name}: {value}\r\n" for name, value in named.items())
    assert b" 408 " in until_closed(server.port, f"{head}\r\n{{".encode())


@pytest.mark.parametrize(
    "sent", [b"", b"GET /v1/models HTTP/1.1\r\nhost: lo"], ids=["none", "half"]
)
def test_a_connection_that_asks_nothing_is_closed(
    server: Server, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SECONDS", 0.2)
    assert until_closed(server.port, sent) == b""


def test_what_is_not_http_is_refused_in_the_same_shape(server: Server) -> None:
    head, _, said = until_closed(server.port, b"hello\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert json.loads(said)["error"]["code"] == "invalid_http"


def until_closed(port: int, sent: bytes) -> bytes:
    """Everything that the server says until it hangs up, which it must do soon."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        heard = b""
        while piece := connection.recv(65536):
            heard += piece
        return heard


def test_a_failure_inside_says_nothing_of_what_failed(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(vault, StubChat()) as server:
        given = server.token("x", "read")

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError(f"{SECRET} in an error's words")

        monkeypatch.setattr(type(server.memory), "search", fail)
        answer = server.send("POST", PATHS[3][1], SEARCH, allowed(given))
    assert refused(answer, 500)["code"] == "internal_error"
    logged = capfd.readouterr().err
    assert "RuntimeError" in logged
    assert SECRET not in logged


def test_a_program_that_never_stops_asking_is_told_to_wait(vault: Vault) -> None:
    with serving(vault, StubChat(), turnstile=Turnstile(0.5, 3)) as server:
        first, second = (allowed(server.token(name, "read")) for name in ("greedy", "modest"))
        statuses = [server.send("GET", "/v1/models", None, first)[0] for _ in range(3)]
        last = server.send("GET", "/v1/models", None, first)
        assert statuses == [200, 200, 200]
        assert refused(last, 429)["code"] == "rate_limit_exceeded"
        assert int(last[1]["retry-after"]) >= 1
        assert server.send("GET", "/v1/models", None, second)[0] == 200


def test_a_bucket_fills_again_with_time() -> None:
    now = [0.0]
    turnstile = Turnstile(2.0, 2, lambda: now[0])
    assert [turnstile.wait("a") for _ in range(3)] == [0.0, 0.0, 0.5]
    now[0] = 0.5
    assert turnstile.wait("a") == 0.0
    now[0] = 60.0
    assert [turnstile.wait("a") > 0 for _ in range(3)] == [False, False, True]


def test_the_client_library_knows_every_refusal_by_name(server: Server) -> None:
    asked: Any = CHAT["messages"]
    cases = [
        ("sm_wrong", openai.AuthenticationError, {}),
        (server.token("reader", "read"), openai.PermissionDeniedError, {}),
        (server.token("chatter", "chat"), openai.NotFoundError, {"model": "other"}),
        (server.token("talker", "chat"), openai.BadRequestError, {"temperature": 9}),
    ]
    for key, expected, more in cases:
        with openai.OpenAI(base_url=server.url, api_key=key, max_retries=0) as client:
            given: Any = {"model": "secondme", "messages": asked, **more}
            with pytest.raises(expected):
                client.chat.completions.create(**given)


def test_a_token_is_kept_only_as_its_hash(vault: Vault) -> None:
    with serving(vault, None) as server:
        given = server.token("program", "read")
        assert given.startswith("sm_")
        assert len(given) == 3 + 43  # 32 bytes in base64
        lines = list(vault._db.conn.execute("select * from tokens"))
        assert given not in str(lines)
        assert given[3:] not in str(lines)
        with pytest.raises(UsageError):
            server.token("program", "read")
        with pytest.raises(UsageError):
            server.token("another", "everything")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/v1",
        "127.0.0.1:8080",
        "http://",
        "http://127.0.0.1:x/v1",
        "file:///x",
        "http://[::1/v1",
        "http://[x]/v1",
    ],
)
def test_what_is_no_upstream_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        Upstream(url)


@pytest.mark.parametrize(
    "url", ["http://example.org/v1", "http://10.0.0.1:8080/v1", "http://0.0.0.0:8080/v1"]
)
def test_an_upstream_elsewhere_would_let_memory_leave_the_machine(url: str) -> None:
    with pytest.raises(Refused):
        Upstream(url)


def test_waiting_for_a_slow_answer_keeps_nobody_else_waiting(vault: Vault) -> None:
    remember(vault, ("Ada", "2024-05-01", "I live in Porto"))
    chat = StubChat(context=5_000)
    chat.pause = 0.02
    chat.replies = ["word " * 200]
    with serving(vault, chat) as server, server.client() as client:
        stream = client.chat.completions.create(
            model="secondme/raw", messages=[{"role": "user", "content": "Talk."}], stream=True
        )
        next(iter(stream))
        began = time.monotonic()
        assert client.vector_stores.search("secondme", query="Porto").data
        assert time.monotonic() - began < 2
        stream.close()
