"""Pulling the plug: whatever is killed, wherever, the vault opens and the same command finishes."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from doomed import act
from stubs import KEY, NOW, StubLibrary

from ingest import Options
from secondme.brains import Library
from secondme.memory import Memory
from secondme.vault import Vault, make

TEXTS = ("I live in Porto", "the old lamp broke", "ok", "there is tea in the kitchen", "I love tea")
POINTS = (0.03, 0.5, 0.9)
MESSAGES = 80
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")


def run(folder: Path, verb: str, export: Path, *when: str) -> subprocess.CompletedProcess[str]:
    script = Path(__file__).with_name("doomed.py")
    command = [sys.executable, str(script), str(folder), verb, str(export), *when]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def opened(folder: Path) -> Memory:
    return Memory(Vault(folder, KEY), cast(Library, StubLibrary()), lambda: NOW)


def dumped(folder: Path) -> list[str]:
    with opened(folder) as memory:
        memory.distil()
        return list(memory.dump())


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "chats.jsonl"
    lines = [
        {
            "id": f"m{i}",
            "conversation": f"chat {i % 3}",
            "author": ("Ada", "Owner", "Ben")[i % 3 if i % 2 else 1],
            "at": f"2024-05-{1 + i // 20:02}T10:{i % 60:02}:00Z",
            "text": f"{TEXTS[i % 5]} {i}",
        }
        for i in range(MESSAGES)
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory, export: Path) -> dict[str, Path]:
    """A vault as it stands before each verb, and, under `end`, after all of them."""
    here = tmp_path_factory.mktemp("stages")
    now = here / "now"
    make(now, KEY).close()
    found = {}
    for verb in ("import", "distil", "forget", "end"):
        found[verb] = Path(shutil.copytree(now, here / verb))
        with opened(now) as memory:
            act(memory, verb, export)
    return found


@pytest.fixture(scope="module")
def steps(
    stages: dict[str, Path], export: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, int]:
    """How long each verb takes when nobody kills it."""
    here = tmp_path_factory.mktemp("steps")
    found = {}
    for verb in ("import", "distil", "forget"):
        shutil.copytree(stages[verb], here / verb)
        done = run(here / verb, verb, export)
        assert done.returncode == 0, done.stderr
        found[verb] = int(done.stdout)
    return found


@pytest.fixture(scope="module")
def undisturbed(stages: dict[str, Path]) -> dict[str, list[str]]:
    """What the vault amounts to after each verb."""
    distilled = dumped(stages["forget"])
    return {"import": distilled, "distil": distilled, "forget": dumped(stages["end"])}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("verb", ["import", "distil", "forget"])
def test_a_killed_command_loses_nothing_and_finishes_when_it_is_run_again(
    verb: str,
    point: float,
    stages: dict[str, Path],
    steps: dict[str, int],
    undisturbed: dict[str, list[str]],
    export: Path,
    tmp_path: Path,
) -> None:
    folder = Path(shutil.copytree(stages[verb], tmp_path / "vault"))
    killed = run(folder, verb, export, str(max(1, int(point * steps[verb]))))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with opened(folder) as memory:
        assert memory._vault.integrity() == []
        act(memory, verb, export)
        assert memory.verify()["found"] == []
        assert len(memory.batches()) == 1
        state = memory.batches()[0]["state"]
    assert state == "done"
    assert dumped(folder) == undisturbed[verb]


def test_an_import_keeps_what_it_had_committed_when_it_was_killed(
    stages: dict[str, Path], steps: dict[str, int], export: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(stages["import"], tmp_path / "vault"))
    run(folder, "import", export, str(steps["import"] * 3 // 4))
    with opened(folder) as memory:
        kept = memory._vault.records.count()
        assert 0 < kept < MESSAGES
        again = memory.import_([export], Options(me=("Owner",)))
        assert (again["imported"], again["duplicate"]) == (MESSAGES - kept, kept)
        assert memory.undo(again["batch"]) == {"removed": MESSAGES, "kept_by_other_batches": 0}


@pytest.mark.parametrize(
    ("statement", "state"),
    [
        ("update receipts set state", "removed"),
        ("values ('rebuild')", "purging"),
        ("vacuum", "purging"),
    ],
)
def test_verify_completes_a_forgetting_that_was_killed_before_the_bytes_were_gone(
    statement: str, state: str, stages: dict[str, Path], export: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(stages["forget"], tmp_path / "vault"))
    killed = run(folder, "forget", export, statement)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with opened(folder) as memory:
        receipts = memory._vault.receipts
        assert [r.state for r in receipts.all()] == [state]
        assert not any("lamp" in hit.text for hit in memory.search("lamp"))
        checked = memory.verify()
        assert checked["found"] == []
        assert checked["checked"]["page_gaps"] == "hold no words"
        assert [r.state for r in receipts.all()] == ["done"]
