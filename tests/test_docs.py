"""Documentation that cannot drift: commands it names exist, and every verb and source is in it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import ingest
from secondme.cli import VERBS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SOURCES = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")


def test_the_readme_opens_with_the_two_commands_and_they_are_in_the_makefile() -> None:
    first = README.split("```sh\n", 1)[1].split("```", 1)[0]
    assert [line.split()[:2] for line in first.splitlines()] == [["make", "demo"], ["make", "test"]]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^demo:", makefile, re.M)
    assert re.search(r"^test:", makefile, re.M)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_is_in_the_readme(verb: str) -> None:
    assert f"`{verb}`" in README


def test_every_verb_the_readme_calls_exists() -> None:
    called = set(re.findall(r"secondme ([a-z]+)", README))
    assert called - {"without"} <= set(VERBS)


def test_every_source_is_documented() -> None:
    cells = re.findall(r"^\| (`[^|]*`) \|", SOURCES, re.M)
    documented = {name for cell in cells for name in re.findall(r"`([a-z-]+)`", cell)}
    assert documented == {importer.name for importer in ingest.importers()}


def test_every_dependency_has_a_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    architecture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    names = [re.split(r"[<>=]", line)[0] for line in project["dependencies"]]
    assert [name for name in names if name not in architecture] == []


def test_a_readme_session_runs_as_printed(tmp_path: Path) -> None:
    chat = tmp_path / "WhatsApp Chat with Bea.txt"
    chat.write_text(
        "01/05/2024, 09:30 - Ada: We ate sardines in Lisbon\n"
        "01/05/2024, 09:31 - Bea: Rosa was there too\n",
        encoding="utf-8",
    )
    session = README.split("## Using it", 1)[1].split("```sh\n", 1)[1].split("```", 1)[0]
    lines = [line.split("#")[0].strip() for line in session.splitlines()]
    skipped = ("distil", "init")  # one needs a model, the other is made with a key file here
    vault = ["--vault", str(tmp_path / "vault")]
    _secondme(tmp_path, *vault, "init", "--key", "file")
    for line in lines:
        words = [w.strip('"') for w in re.findall(r'"[^"]*"|\S+', line)][3:]
        if words[0] not in skipped:
            extra = ["--yes"] if words[0] == "forget" else []
            _secondme(tmp_path, *vault, *words, *extra)


def _secondme(where: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "secondme", *arguments],
        cwd=where, capture_output=True, text=True, check=False,
        env={"SECONDME_MODELS": str(where / "none"), "PATH": "", "HOME": str(where)},
    )  # fmt: skip
    assert done.returncode == 0, (arguments, done.stderr)
