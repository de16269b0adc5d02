"""Importers of other packages, as they are installed: a package and its metadata on the path."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shell import CHECKOUT, run, settle_in

import ingest
from ingest import Options, plugins
from secondme.memory import Memory

DOCS = (CHECKOUT / "docs" / "importers.md").read_text(encoding="utf-8")
LOG = "ACME 1\n1714555800 ada Tea at four?\n1714555860 ben Yes, Ada\nhm\n"
Install = Callable[..., None]


def example(name: str) -> str:
    """A code block of the documentation, by the file that its first line names."""
    found = re.search(rf"```\w+\n# {re.escape(name)}\n(.*?)```", DOCS, re.S)
    assert found is not None, name
    return found[1]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a distribution with one module on the path, as an installer would."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    ingest.importers()
    before, known = set(sys.modules), dict(ingest._registry)

    def installed(module: str, code: str, *, dist: str = "secondme-acme", point: str = "") -> None:
        (site / f"{module}.py").write_text(code, encoding="utf-8")
        info = site / f"{dist.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.0\n")
        points = f"[{plugins.GROUP}]\nacme = {point or module}\n"
        (info / "entry_points.txt").write_text(points)
        ingest.importers.cache_clear()

    yield installed
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(site)):
            del sys.modules[name]
    ingest._registry.clear()
    ingest._registry.update(known)
    monkeypatch.undo()
    ingest.importers.cache_clear()
    assert plugins.load(()) == ()


@pytest.fixture
def acme(install: Install, tmp_path: Path) -> Path:
    """A log of Acme, and the plug-in of the documentation that reads it."""
    install("secondme_acme", example("secondme_acme.py"))
    return log(tmp_path)


def found_in(site: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(CHECKOUT)])}


def log(folder: Path, text: str = LOG) -> Path:
    path = folder / "tea.log"
    path.write_text(text)
    return path


def test_the_template_in_the_documentation_reads_its_export(memory: Memory, acme: Path) -> None:
    told = memory.import_([acme], Options(("ada",)))
    (file,) = told["files"]
    assert (file["source"], told["imported"], told["plugins"]) == ("acme", 2, [])
    assert file["skipped"] == [{"where": "line 4", "reason": "is not a time, a name and words"}]
    (hit,) = [hit for hit in memory.search("four") if hit.author == "ada"]
    assert memory.show(hit.id)["mine"]


def test_an_installed_plug_in_is_found_by_the_program(
    tmp_path: Path, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_in(tmp_path, monkeypatch)
    environment = found_in(tmp_path / "site")
    for words in (["init", "--key", "file"], ["import", str(acme), "--dry-run"]):
        done = subprocess.run(
            [sys.executable, "-m", "secondme", *words],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert "tea.log  acme  2 messages" in done.stdout


def test_the_test_kit_of_the_documentation_passes_and_can_fail(
    install: Install, tmp_path: Path
) -> None:
    install("secondme_acme", example("secondme_acme.py"))
    golden = tmp_path / "tests" / "golden" / "acme"
    golden.mkdir(parents=True)
    (tmp_path / "tests" / "test_acme.py").write_text(example("tests/test_acme.py"))
    path = log(golden)

    def tested() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
            cwd=tmp_path, capture_output=True, text=True, env=found_in(tmp_path / "site"),
            check=False,
        )  # fmt: skip

    from secondme import testing

    testing.write(path)
    assert "2 passed" in (done := tested()).stdout, done.stdout
    path.write_text(LOG.replace("four", "five"))
    assert "1 failed, 1 passed" in (done := tested()).stdout, done.stdout


def test_it_is_asked_before_what_reads_any_text_and_after_what_is_ours(acme: Path) -> None:
    names = [importer.name for importer in ingest.importers()]
    assert names.index("telegram") < names.index("acme") < names.index("markdown")


BROKEN = {
    "it cannot be loaded: ZeroDivisionError": "1 / 0",
    "it cannot be loaded: SystemExit": "raise SystemExit('for good')",
    "it cannot be loaded: ModuleNotFoundError (nowhere_at_all)": "import nowhere_at_all",
    "it registers no importer": "x = 1",
    "there is an importer whatsapp already": (
        "from secondme.plugin import importer\n"
        "@importer('whatsapp', recognises=lambda member: True)\n"
        "def read(member, options):\n    yield 1\n"
    ),
    "“../acme” is no name for an importer": (
        "from secondme.plugin import importer\n"
        "@importer('../acme', recognises=lambda member: True)\n"
        "def read(member, options):\n    yield 1\n"
    ),
    "its acme cannot tell what note.md is: KeyError": (
        "from secondme.plugin import importer\n"
        "@importer('acme', recognises=lambda member: {}[member])\n"
        "def read(member, options):\n    yield 1\n"
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_plug_in_is_named_once_and_skipped(
    memory: Memory, install: Install, tmp_path: Path, fault: str
) -> None:
    install("secondme_acme", BROKEN[fault])
    log(tmp_path)
    (tmp_path / "note.md").write_text("# Tea\n\nat four\n")
    chat = tmp_path / "WhatsApp Chat with Bea.txt"
    chat.write_text("25/02/2024, 09:30 - Ada: tea\n25/02/2024, 09:31 - Bea: no\n")
    paths = [tmp_path / "note.md", chat, tmp_path / "tea.log"]
    told = memory.import_(paths, Options())
    assert told["plugins"] == [{"plugin": "secondme-acme 1.0", "fault": fault}]
    assert [file["source"] for file in told["files"]] == ["markdown", "whatsapp", ""]


def test_the_doctor_names_a_broken_plug_in(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("secondme_acme", "1 / 0")
    settle_in(tmp_path, monkeypatch)
    run("init", "--key", "file")
    out = run("doctor").out
    assert "NO  the plug-in secondme-acme 1.0 can be used" in out
    assert "it cannot be loaded: ZeroDivisionError" in out


READS = """
from secondme.plugin import Record, UnreadableExport, importer

@importer("acme", recognises=lambda member: member.head.startswith(b"ACME"))
def read(member, options):
    yield Record("acme", "tea", "first", "ada")
    {then}
"""
WRONG = {
    "raise RuntimeError('pin 1234')": "broke at tea.log: RuntimeError.",
    "raise UnreadableExport('No more.', 'Pity.')": "No more. Pity.",
    "raise RecursionError": "broke at tea.log: RecursionError.",
    "yield 'words'": "a str is nothing that an importer yields",
    "yield Record('whatsapp', 'tea', 'x')": "source is not acme",
    "yield Record('acme', 'tea', None)": "text is no text",
    "yield Record('acme', 'tea', 'x', sent_at='yesterday')": "sent_at is not like",
    "yield Record('acme', 'tea', 'x', sent_at='2024-13-01T00:00:00Z', zone='unix')": "sent_at is",
    "yield Record('acme', 'tea', 'x', sent_at='2024-01-01T00:00:00Z')": "zone is none",
    "yield Record('acme', 'tea', 'x', native_id=7)": "native_id is neither text nor None",
    "yield Record('acme', 'tea', 'x', mine=1)": "mine is neither True nor False",
    "yield Record('acme', 'tea', 'x', mine=True, role='assistant')": "not the owner's",
    "yield Record('acme', 'tea', 'x', meta='[1]')": "meta is no JSON object",
    "yield Record('acme', 'tea', 'x', attachments=['a'])": "attachments is no tuple",
    "yield Record('acme', 'tea', 'x', role='boss')": "role is none of person",
}


@pytest.mark.parametrize("then", WRONG)
def test_what_a_plug_in_does_wrong_is_a_line_in_the_report(
    memory: Memory, install: Install, tmp_path: Path, then: str
) -> None:
    install("secondme_acme", READS.format(then=then))
    told = memory.import_([log(tmp_path)], Options())
    assert told["imported"] == 1, "what it had read is kept"
    (unread,) = told["files"][0]["skipped"]
    assert WRONG[then] in unread["reason"]
    assert "1234" not in str(told), "what an error says may be what somebody wrote"


def test_a_plug_in_that_gives_nothing_but_nonsense_is_stopped(
    memory: Memory, install: Install, tmp_path: Path
) -> None:
    install("secondme_acme", READS.format(then="while True: yield 0"))
    told = memory.import_([log(tmp_path)], Options())
    assert told["imported"] == 1
    assert told["skipped"] < 50
