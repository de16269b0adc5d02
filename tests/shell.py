"""The command line as a person or a script meets it: in this process, or as one of its own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from secondme.__main__ import _run

CHECKOUT = Path(__file__).resolve().parent.parent
OURS = ("VAULT", "PASSPHRASE", "KEY_FILE", "MODELS")

DIARY = [
    {"id": "1", "conversation": "Bea", "author": "Ada", "at": "2024-05-01T09:30:00Z",
     "text": "I live in Porto since last week", "me": True},
    {"id": "2", "conversation": "Bea", "author": "Bea", "at": "2024-05-01T09:31:00Z",
     "text": "Porto! Is there tea in Porto?"},
    {"id": "3", "conversation": "Office", "author": "Beatrice", "at": "2024-06-01T08:00:00Z",
     "text": "The kettle is broken again"},
]  # fmt: skip


class Told(NamedTuple):
    """What a command left behind: its exit code and what it wrote where."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout; fails when there is anything else."""
        assert self.code == 0, self.err
        return json.loads(self.out)

    def refuses(self, code: int, *words: str) -> None:
        """One sentence, one hint, the right code, nothing on stdout, never a traceback."""
        assert self.code == code, (self.code, self.out, self.err)
        assert self.out == ""
        lines = self.err.splitlines()
        assert len(lines) == 2, self.err
        assert not lines[0].startswith("→")
        assert lines[1].startswith("→ ")
        assert lines[1] != "→ "
        for word in words:
            assert word in self.err, self.err


def settle_in(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """Point the environment at a vault and a models folder that are not there yet."""
    for name in OURS:
        patch.delenv(f"SECONDME_{name}", raising=False)
    patch.setenv("SECONDME_VAULT", str(folder / "vault"))
    patch.setenv("SECONDME_MODELS", str(folder / "models"))
    patch.setenv("TZ", "Europe/Lisbon")
    return folder / "vault"


def furnished(folder: Path) -> Path:
    """A vault with a key file and the diary in it, made once to be copied for each test."""
    with pytest.MonkeyPatch.context() as patch:
        vault = settle_in(folder, patch)
        assert run("init", "--key", "file").code == 0
        assert run("import", write_lines(folder / "diary.jsonl")).code == 0
    return vault


def run(*arguments: str, typed: str | bytes = "") -> Told:
    """Run a command in this process, with `typed` on a stdin that is no terminal."""
    with CliRunner().isolation(input=typed) as (out, err, _):
        code = _run(list(arguments))
        sys.stdout.flush()
        sys.stderr.flush()
        return Told(code, out.getvalue().decode(), err.getvalue().decode())


def start(*arguments: str | bytes, typed: bytes = b"", limit: int = 60, **options: Any) -> Told:
    """Run a command as a process of its own."""
    done = subprocess.run(
        command(*arguments), input=typed, capture_output=True, timeout=limit, env=environment(),
        **options,
    )  # fmt: skip
    return Told(done.returncode, done.stdout.decode(), done.stderr.decode())


def command(*arguments: str | bytes) -> Sequence[str | bytes]:
    return [sys.executable, "-m", "secondme", *arguments]


def environment() -> dict[str, str]:
    """This process's, with our code on the path and compiled code kept between starts."""
    kept = {name: value for name, value in os.environ.items() if name[:10] != "PYTHONDONT"}
    return {**kept, "PYTHONPATH": str(CHECKOUT)}


def write_lines(path: Path, lines: Sequence[dict[str, Any]] = DIARY) -> str:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file below `folder` with the hash of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
