"""Starting is cheap: `--help` answers at once and loads nothing that it does not need."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from shell import CHECKOUT, OURS, environment, run, settle_in

from secondme.cli import VERBS

HEAVY = ("sqlcipher3", "sqlite_utils", "sqlite_vec", "llama_cpp", "textual", "numpy")
GOAL_MS, LIMIT_MS = 150, 300


def loaded_after(script: str) -> set[str]:
    """Top-level modules in memory when `script` leaves."""
    watch = "import atexit, sys\natexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
    done = subprocess.run(
        [sys.executable, "-c", watch + script], capture_output=True, text=True, env=environment()
    )
    assert done.stdout.startswith("Usage: secondme"), done.stderr
    return {name.partition(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize(
    "script",
    [
        "import sys; sys.argv = ['secondme', '--help']; import secondme.__main__ as m; m.main()",
        "import runpy, sys; sys.argv = ['secondme', '--help'];"
        " runpy.run_module('secondme', run_name='__main__', alter_sys=True)",
    ],
    ids=["secondme", "python -m secondme"],
)
def test_help_loads_neither_a_database_nor_a_model_nor_the_screen(script: str) -> None:
    loaded = loaded_after(script)
    assert "click" in loaded  # the watch works
    assert not loaded & set(HEAVY)


def test_help_of_one_verb_loads_no_model() -> None:
    loaded = loaded_after(
        "import sys; sys.argv = ['secondme', 'search', '--help'];"
        " import secondme.__main__ as m; m.main()"
    )
    assert not loaded & set(HEAVY)


def test_help_costs_less_than_the_blink_of_an_eye(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warm = {**environment(), "PYTHONPYCACHEPREFIX": str(tmp_path)}
    times = sorted(cpu_ms(warm) for _ in range(6))[:-1]  # the first run compiles
    median = statistics.median(times)
    with capsys.disabled():
        print(f" [--help: {median:.0f} ms of CPU, goal {GOAL_MS}]", end="")
    assert median <= LIMIT_MS


def cpu_ms(env: dict[str, str]) -> float:
    before = os.times()
    subprocess.run(
        [sys.executable, "-m", "secondme", "--help"], env=env, check=True, capture_output=True
    )
    after = os.times()
    return 1000 * sum(after[2:4]) - 1000 * sum(before[2:4])  # of children: user, system


def test_it_starts_from_any_folder_even_one_with_modules_of_our_names(tmp_path: Path) -> None:
    for name in ("models", "tui", "ingest"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a stranger was imported')\n")
    env = {n: v for n, v in os.environ.items() if n not in {f"SECONDME_{o}" for o in OURS}}
    env |= {"PYTHONPATH": str(CHECKOUT), "SECONDME_MODELS": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "secondme", "models", "list", "--json"],
        capture_output=True, text=True, cwd=tmp_path, env=env,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_read_or_made_by_asking_for_help(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_in(tmp_path, monkeypatch)
    assert run(verb, "--help").code == 0
    assert not list(tmp_path.iterdir())
