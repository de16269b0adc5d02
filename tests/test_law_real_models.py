"""The law of forgetting with the bundled models: each history in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from real_histories import GONE, HISTORIES

from models.store import Store
from secondme.paths import models_folder

pytestmark = pytest.mark.model


def dump_of(history: str, folder: Path) -> str:
    script = Path(__file__).with_name("real_histories.py")
    command = [sys.executable, str(script), history, str(folder / "vault"), str(models_folder())]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_real_models_build_the_same_memory_on_every_way_to_it(tmp_path: Path) -> None:
    store = Store(models_folder())
    if store.current("embed") is None or store.current("chat") is None:
        pytest.skip(f"the bundled models are not in {models_folder()}: secondme models pull")
    dumps = {}
    for history in HISTORIES:
        (tmp_path / history).mkdir()
        dumps[history] = dump_of(history, tmp_path / history)
    never_knew = dumps["never_knew"]
    built = {json.loads(line)["type"] for line in never_knew.splitlines()}
    assert built >= {"record", "person", "episode", "fact", "profile", "word", "vector"}
    assert not any(text in never_knew for _, text in GONE if text != "ok")
    assert dumps == dict.fromkeys(HISTORIES, never_knew)
