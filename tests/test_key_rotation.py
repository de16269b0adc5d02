"""Another key for the vault: everything opens as before, nothing opens as it should no more, and no
moment at which the plug is pulled leaves a vault that nobody can open.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from shell import environment, furnished, run, settle_in

from secondme import keys
from secondme.errors import Busy, WrongKey
from secondme.keys import wrapping
from secondme.memory import Memory
from secondme.vault import FILE, Vault
from secondme.vault.connection import connect
from secondme.vault.copies import NEXT

POINTS = (0.4, 0.8, 0.95, 0.97, 0.99)
"""The file and its header change places at the end."""
kills = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cheap scrypt: its parameters travel in the header, so nothing else is different."""
    monkeypatch.setitem(wrapping.SCRYPT, "n", 2**10)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault with a key file and the diary in it; the command line finds it by itself."""
    settle_in(tmp_path, monkeypatch)
    return furnished(tmp_path)


def dumped() -> str:
    told = run("dump", "--now", "2024-06-01")
    assert told.code == 0, told.err
    return told.out


def code_in(words: str) -> str:
    return words.split("shown only now: ")[1].split()[0]


def test_after_a_rotation_everything_is_there_under_another_key(home: Path) -> None:
    before, key = dumped(), keys.unlock(home)
    assert run("key", "rotate").code == 0
    assert dumped() == before
    assert keys.unlock(home) != key
    with pytest.raises(WrongKey):
        Vault(home, key)
    assert run("verify").code == 0
    assert sorted(p.name for p in home.iterdir()) == [FILE, keys.HEADER, keys.KEY_FILE]


def test_an_old_copy_of_the_header_does_not_open_the_new_file(home: Path) -> None:
    old = (home / keys.HEADER).read_bytes()
    assert run("key", "rotate").code == 0
    (home / keys.HEADER).write_bytes(old)
    run("stats").refuses(74, "another vault.key")


def test_every_way_in_opens_the_new_key_but_the_old_recovery_code(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECONDME_NEW_PASSPHRASE", "correct horse")
    assert run("key", "add", "passphrase").out == "Opened by: file, passphrase, recovery\n"
    old = code_in(run("key", "recovery").err)
    monkeypatch.setenv("SECONDME_PASSPHRASE", "correct horse")
    new = code_in(run("key", "rotate").err)
    key = keys.unlock(home)
    assert keys.unlock(home, passphrase="correct horse") == key
    assert keys.unlock(home, recovery=new) == key
    with pytest.raises(WrongKey):
        keys.unlock(home, recovery=old)


def test_a_rotation_wants_the_passphrase_and_the_right_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECONDME_NEW_PASSPHRASE", "correct horse")
    assert run("key", "add", "passphrase").code == 0
    before = (home / keys.HEADER).read_bytes()
    run("key", "rotate").refuses(64, "SECONDME_PASSPHRASE")
    with Memory.open(home, home) as memory, pytest.raises(WrongKey):
        memory.rotate(lambda code: pytest.fail("told"), passphrase="wrong horse")
    (home / keys.KEY_FILE).rename(home / "lost")
    monkeypatch.setenv("SECONDME_PASSPHRASE", "correct horse")
    run("key", "rotate").refuses(66, "no key file")
    assert (home / keys.HEADER).read_bytes() == before
    assert not (home / NEXT).exists()
    assert run("key", "remove", "file").out == "Opened by: passphrase, recovery\n"
    assert run("key", "rotate").code == 0
    assert run("stats").code == 0


def test_nobody_gets_another_key_under_a_vault_that_is_open_elsewhere(home: Path) -> None:
    other = connect(home / FILE, keys.unlock(home))
    before = (home / keys.HEADER).read_bytes()
    run("key", "rotate").refuses(75)
    other.conn.close()
    assert (home / keys.HEADER).read_bytes() == before
    assert run("key", "rotate").code == 0


def test_a_thread_of_the_same_program_is_somebody_else_too(home: Path) -> None:
    with Memory.open(home, home) as memory:
        with memory.another(), pytest.raises(Busy):
            memory.rotate(lambda code: None)
        memory.rotate(lambda code: None)
        assert memory.stats()["records"] == 3
        with memory.another() as other:
            assert other.stats()["records"] == 3


def test_a_backup_from_before_a_rotation_comes_back_under_the_new_key(
    home: Path, tmp_path: Path
) -> None:
    before = dumped()
    assert run("backup", str(tmp_path / "copy")).code == 0
    assert run("key", "rotate").code == 0
    key = keys.unlock(home)
    assert run("forget", "--query", "kettle", "--yes").code == 0
    assert run("restore", str(tmp_path / "copy"), "--yes").code == 0
    assert keys.unlock(home) == key
    assert run("verify").code == 0
    assert dumped() != before
    assert run("stats", "--json").json["records"] == 2


def test_another_recovery_code_voids_the_one_before(home: Path) -> None:
    first = code_in(run("key", "recovery").err)
    second = code_in(run("key", "recovery").err)
    assert first != second
    assert keys.unlock(home, recovery=second) == keys.unlock(home)
    with pytest.raises(WrongKey):
        keys.unlock(home, recovery=first)


def test_the_last_way_in_is_not_closed(home: Path) -> None:
    assert run("key", "list").out == "file\nrecovery\n"
    assert run("key", "remove", "recovery").code == 0
    run("key", "remove", "file").refuses(64, "Nothing but")
    run("key", "remove", "keychain").refuses(66)
    told = run("key", "rotate")
    assert (told.code, told.err) == (0, "")


# -- pulling the plug -----------------------------------------------------------------------------


def doomed(home: Path, verb: str, backup: Path, *step: str) -> subprocess.CompletedProcess[str]:
    script = Path(__file__).with_name("doomed_copies.py")
    command = [sys.executable, str(script), str(home), verb, str(backup), *step]
    return subprocess.run(command, capture_output=True, text=True, env=environment())


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault that has forgotten something since its backup, and how long each act takes."""
    folder = tmp_path_factory.mktemp("scene")
    with pytest.MonkeyPatch.context() as patch:
        settle_in(folder, patch)
        furnished(folder)
        assert run("backup", str(folder / "copy")).code == 0
        assert run("forget", "--query", "kettle", "--yes").code == 0
        later = folder / "later.jsonl"
        later.write_text('{"id": "9", "conversation": "Bea", "text": "a later word"}')
        assert run("import", str(later)).code == 0
    for act in ("restore", "rotate", "anew"):
        shutil.copytree(folder / "vault", folder / act)
        if act == "anew":
            (folder / act / FILE).unlink()
            (folder / act / keys.HEADER).unlink()
        done = doomed(folder / act, "rotate" if act == "rotate" else "restore", folder / "copy")
        assert done.returncode == 0, done.stderr
        (folder / f"{act}.steps").write_text(done.stdout.split()[-1])
    return folder


@kills
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("verb", ["restore", "rotate"])
def test_a_killed_replacement_leaves_the_old_vault_or_the_new_one(
    verb: str, point: float, scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_in(tmp_path, monkeypatch)
    home = tmp_path / "vault"
    shutil.copytree(scene / "vault", home)
    step = max(1, int(point * int((scene / f"{verb}.steps").read_text())))
    killed = doomed(home, verb, scene / "copy", str(step))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    records = run("stats", "--json").json["records"]
    assert records in ((2, 3) if verb == "restore" else (3,))
    assert run("verify").code == 0
    assert run("search", "kettle").out == ""
    assert '"next"' not in (home / keys.HEADER).read_text()
    assert not (home / NEXT).exists()
    again = ("restore", str(scene / "copy"), "--yes") if verb == "restore" else ("key", "rotate")
    assert run(*again).code == 0
    assert run("stats", "--json").json["records"] == (2 if verb == "restore" else 3)


@kills
@pytest.mark.parametrize("point", POINTS)
def test_a_restore_into_nothing_that_was_killed_goes_on_when_it_is_run_again(
    point: float, scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_in(tmp_path, monkeypatch)
    step = max(1, int(point * int((scene / "anew.steps").read_text())))
    home = tmp_path / "vault"
    home.mkdir()
    shutil.copy(scene / "vault" / keys.KEY_FILE, home)
    killed = doomed(home, "restore", scene / "copy", str(step))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert run("stats").code in (0, 66)
    assert run("restore", str(scene / "copy"), "--yes").code == 0
    assert run("stats", "--json").json["records"] == 3
