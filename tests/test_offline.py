"""No byte leaves the machine: by the guard in the process, and by a machine without a network."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shell import environment, write_lines

from secondme.offline import loopback

# Addresses set aside for documentation (RFC 5737, RFC 3849): nobody has them.
ATTEMPTS = {
    "connection": "socket.create_connection(('192.0.2.1', 80), timeout=1)",
    "connection by IPv6": "socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))",
    "connection that reports a number": "socket.socket().connect_ex(('192.0.2.1', 80))",
    "datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    "message": "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('192.0.2.1', 53))",
    "name lookup": "socket.getaddrinfo('example.invalid', 80)",
    "old name lookup": "socket.gethostbyname('example.invalid')",
    "number lookup": "socket.gethostbyaddr('192.0.2.1')",
    "web request": "urllib.request.urlopen('http://example.invalid/')",
    "mapped address": "socket.socket(socket.AF_INET6).connect(('::ffff:192.0.2.1', 80))",
    "socket open to all": "socket.socket().bind(('', 0))",
    "socket open to all by number": "socket.socket().bind(('0.0.0.0', 0))",
}


def guarded(statement: str) -> str:
    """What a guarded process says after it tried the statement."""
    program = f"""
import socket, urllib.request
from secondme.errors import Refused
from secondme.offline import guard
guard()
try:
    {statement}
    print("done")
except Refused as error:
    print("refused", bool(error.hint))
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], env=environment(), capture_output=True,
        timeout=30, check=True,
    )  # fmt: skip
    return done.stdout.decode().strip()


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_gets_past_the_guard(attempt: str) -> None:
    assert guarded(ATTEMPTS[attempt]) == "refused True"


@pytest.mark.parametrize(
    "statement",
    [
        "s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())",
        "s = socket.create_server(('127.0.0.1', 0)); a = ('localhost', s.getsockname()[1]);"
        " socket.create_connection(a)",
        "a, b = socket.socketpair(); a.send(b'x'); b.recv(1)",
    ],
)
def test_this_machine_may_speak_with_itself(statement: str) -> None:
    assert guarded(statement) == "done"


def test_only_loopback_is_this_machine() -> None:
    here = ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "::1"]
    elsewhere = ["", "0.0.0.0", "::", "10.0.0.1", "192.168.1.1", "::ffff:127.0.0.1", "localhost.",
                 "evil.localhost", "127.0.0.1.example.invalid", "2130706433"]  # fmt: skip
    assert [h for h in here if not loopback(h)] == []
    assert [h for h in elsewhere if loopback(h)] == []


def test_the_program_is_guarded_before_it_reads_its_arguments(tmp_path: Path) -> None:
    """A verb that opened a socket would be stopped: here, one put in by a hostile module."""
    program = """
import socket, sys
import secondme.__main__ as program
program._run = lambda arguments: socket.create_connection(("192.0.2.1", 80), timeout=1)
program.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, timeout=30
    )
    assert done.returncode == 70
    assert b"Refused" in done.stderr


# -- a machine without a network ------------------------------------------------------------------

JOB = """
set -eu
{python} - <<'PROOF'
import socket
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)
except OSError as error:
    assert error.errno == 101, error  # ENETUNREACH: not even loopback is up
else:
    raise SystemExit("there is a network here")
PROOF
secondme="{python} -m secondme"
$secondme init --key file > /dev/null
$secondme import {diary} --json
$secondme distil > /dev/null || test $? -eq 69  # 69 where no model was pulled
$secondme search porto --json
$secondme ask 'Where do I live?' --json
$secondme facts --json
$secondme forget --conversation Bea --yes --json
$secondme verify --json
$secondme dump | wc -l
"""


def _no_network() -> list[str]:
    """The command that runs another one without any network interface. Skips where it cannot."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed (Linux with util-linux)")
    for way in (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"]):
        if subprocess.run([*way, "true"], capture_output=True, timeout=10).returncode == 0:
            return way
    pytest.skip("network namespaces are not allowed here")


@pytest.mark.model
def test_the_whole_job_runs_on_a_machine_without_any_network(tmp_path: Path) -> None:
    diary = write_lines(tmp_path / "diary.jsonl")
    script = JOB.format(python=sys.executable, diary=diary)
    done = subprocess.run(
        [*_no_network(), "sh", "-c", script], capture_output=True, timeout=300, cwd=tmp_path,
        env={**environment(), "SECONDME_VAULT": str(tmp_path / "vault")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    said = done.stdout.decode().splitlines()
    assert '"imported": 3' in said[0]
    assert "Porto" in said[1]
    assert '"state": "done"' in said[-3]
    assert '"ok": true' in said[-2]
