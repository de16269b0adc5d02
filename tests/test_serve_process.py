"""`secondme serve` as a person starts and ends it, and the recipes of the README as printed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openai
import pytest
from shell import CHECKOUT, command, environment, run, settle_in

CHAT = (
    "01/05/2024, 09:30 - Ada: We ate grilled sardines in Lisbon\n"
    "01/05/2024, 09:31 - Bea: Rosa was there too\n"
)


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = settle_in(tmp_path, monkeypatch)
    assert run("init", "--key", "file").code == 0
    export = tmp_path / "WhatsApp Chat with Bea.txt"
    export.write_text(CHAT, encoding="utf-8")
    assert run("import", str(export), "--me", "Ada", "--no-distil").code == 0
    return folder


@contextmanager
def served(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of its own, and the address it printed."""
    process = subprocess.Popen(
        command("serve", "--port", "0", *options),
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)], ids=["SIGTERM", "Ctrl-C"]
)
def test_it_says_where_it_is_and_ends_cleanly(vault: Path, number: int, code: int) -> None:
    token = run("token", "new", "notes", "--scope", "read", "--json").json["token"]
    with served() as (process, address):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", address)
        with openai.OpenAI(base_url=address, api_key=token, max_retries=0) as client:
            assert client.vector_stores.search("secondme", query="sardines").data
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, "")
    assert "Traceback" not in err
    assert "sardines" not in err
    (line,) = run("token", "log", "notes", "--json").json
    assert (line["client"], line["act"], line["records"]) == ("notes", "search", len(line["ids"]))


def test_a_token_taken_back_in_another_process_is_refused_at_once(vault: Path) -> None:
    token = run("token", "new", "notes", "--scope", "chat", "--json").json["token"]
    with (
        served() as (_, address),
        openai.OpenAI(base_url=address, api_key=token, max_retries=0) as client,
    ):
        assert client.models.list().data
        assert run("token", "revoke", "notes").code == 0
        with pytest.raises(openai.AuthenticationError):
            client.models.list()


def test_what_is_forgotten_in_another_process_is_told_to_nobody_again(vault: Path) -> None:
    token = run("token", "new", "notes", "--scope", "read", "--json").json["token"]
    with (
        served() as (process, address),
        openai.OpenAI(base_url=address, api_key=token, max_retries=0) as client,
    ):
        assert client.vector_stores.search("secondme", query="sardines").data
        told = run("forget", "--query", "sardines", "--yes", "--json").json
        assert told["state"] == "done"
        texts = [
            found.content[0].text
            for found in client.vector_stores.search("secondme", query="grilled sardines Rosa")
        ]
        assert "Rosa was there too" in texts
        assert not [text for text in texts if "sardines" in text]
        process.terminate()
        process.communicate(timeout=30)
    assert run("verify").code == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "example.org", "127.0.0.2"])
def test_only_this_machine_is_served(vault: Path, host: str) -> None:
    run("serve", "--host", host, "--port", "0").refuses(77, "this machine")


def test_an_upstream_elsewhere_is_refused(vault: Path) -> None:
    run("serve", "--port", "0", "--upstream", "http://example.org/v1").refuses(77, "upstream")
    run("serve", "--port", "0", "--upstream", "nonsense").refuses(64, "nonsense")


def test_a_port_that_is_taken_is_said(vault: Path) -> None:
    with served() as (_, address):
        port = address.rpartition(":")[2].partition("/")[0]
        run("serve", "--port", port).refuses(73, port)


def test_a_token_is_shown_once_and_listed_without_itself(vault: Path) -> None:
    made = run("token", "new", "notes", "--scope", "chat", "--scope", "read", "--json").json
    assert (made["name"], made["scopes"]) == ("notes", ["read", "chat"])
    listed = run("token", "list", "--json")
    assert made["token"] not in listed.out
    (line,) = listed.json
    assert (line["name"], line["scopes"]) == ("notes", ["read", "chat"])
    run("token", "new", "notes", "--scope", "read").refuses(64, "notes")
    run("token", "new", " ", "--scope", "read").refuses(64, "name")
    run("token", "new", "other").refuses(64, "scope")
    assert run("token", "revoke", "notes").code == 0
    run("token", "revoke", "notes").refuses(66, "notes")
    assert run("token", "list", "--json").json == []


def test_nobody_was_told_anything_yet(vault: Path) -> None:
    assert run("token", "log", "--json").json == []


def test_the_plan_to_forget_names_who_was_told(vault: Path) -> None:
    token = run("token", "new", "notes", "--scope", "read", "--json").json["token"]
    with served() as (process, address):
        with openai.OpenAI(base_url=address, api_key=token) as client:
            client.vector_stores.search("secondme", query="sardines")
        process.terminate()
        process.communicate(timeout=30)
    told = run("forget", "--query", "sardines", "--dry-run")
    assert "notes was told 1 of them" in told.out


def test_the_readmes_recipe_runs_as_printed(vault: Path, tmp_path: Path) -> None:
    recipe = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    recipe = recipe.split("## For other programs", 1)[1]
    lines = recipe.split("```sh\n", 1)[1].split("```", 1)[0].splitlines()
    commands = [line.split("#")[0].split()[3:] for line in lines]
    new, serve, log = commands
    token = run(*new).out.strip()
    script = recipe.split("```python\n", 1)[1].split("```", 1)[0]
    assert serve[:2] == ["serve", "--port"]
    with served() as (process, address):
        printed = script.replace("http://127.0.0.1:7341/v1", address)
        assert printed != script  # no fixed port in a test: others may run beside it
        done = subprocess.run(
            [sys.executable, "-c", printed],
            capture_output=True, text=True, timeout=60,
            env={**os.environ, "SECONDME_TOKEN": token},
        )  # fmt: skip
        process.terminate()
        process.communicate(timeout=30)
    assert done.returncode == 0, done.stderr
    assert "We ate grilled sardines in Lisbon" in done.stdout
    assert "1 Ada We ate grilled sardines in Lisbon" in done.stdout
    assert "notes" in run(*log).out
