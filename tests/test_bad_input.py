"""Bad input: one sentence and one hint on stderr, the right exit code, and nothing lost."""

from __future__ import annotations

import base64
import ctypes
import json
import os
import secrets
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from shell import (
    DIARY,
    command,
    environment,
    fingerprint,
    furnished,
    run,
    settle_in,
    start,
    write_lines,
)

from secondme import keys
from secondme.vault.connection import connect

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux")


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnished(tmp_path_factory.mktemp("seed"))


@pytest.fixture(autouse=True)
def vault(seed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault with a key file that holds three messages."""
    shutil.copytree(seed.parent, tmp_path, dirs_exist_ok=True)
    return settle_in(tmp_path, monkeypatch)


def intact() -> None:
    """Everything that was there is there, and nothing contradicts itself."""
    assert {h["native_id"] for h in run("search", "porto kettle", "--json").json} >= {"1", "2", "3"}
    assert run("verify").code == 0


# -- keys -----------------------------------------------------------------------------------------


def test_a_wrong_passphrase_opens_nothing_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    monkeypatch.setenv("SECONDME_PASSPHRASE", "correct horse")
    assert run("--vault", str(other), "init", "--key", "passphrase").code == 0
    before = fingerprint(other)
    monkeypatch.setenv("SECONDME_PASSPHRASE", "battery staple")
    for words in (("search", "porto"), ("import", str(tmp_path / "diary.jsonl")), ("dump",)):
        run("--vault", str(other), *words).refuses(77, "passphrase does not fit")
    assert fingerprint(other) == before


def test_the_key_file_of_another_vault_does_not_open_this_one(vault: Path) -> None:
    before = fingerprint(vault)
    (vault / keys.KEY_FILE).write_bytes(base64.b64encode(secrets.token_bytes(32)))
    run("search", "porto").refuses(77, "key file")
    after = fingerprint(vault)
    assert {n for n in before if before[n] != after[n]} == {keys.KEY_FILE}


def recovery_code(*arguments: str) -> str:
    """The code that `init` shows."""
    told = run(*arguments)
    assert told.code == 0, told.err
    return next(word for word in told.err.split() if word.count("-") == 7)


def test_a_lost_key_file_is_replaced_by_the_recovery_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    code = recovery_code("--vault", str(other), "init", "--key", "file")
    (other / keys.KEY_FILE).unlink()
    run("--vault", str(other), "stats").refuses(77, "recovery code")
    monkeypatch.setenv("SECONDME_PASSPHRASE", code.lower())
    assert run("--vault", str(other), "stats", "--json").json["records"] == 0


KEYCHAIN = '''
"""A keychain that lives in a file beside this module, and can be lost."""

import json
from pathlib import Path

from keyring.backend import KeyringBackend

KEPT = Path(__file__).with_name("kept.json")


class Keychain(KeyringBackend):
    priority = 5

    def _kept(self):
        return json.loads(KEPT.read_text()) if KEPT.exists() else {}

    def get_password(self, service, username):
        return self._kept().get(service + username)

    def set_password(self, service, username, password):
        KEPT.write_text(json.dumps({**self._kept(), service + username: password}))

    def delete_password(self, service, username):
        KEPT.unlink()
'''


def test_a_lost_keychain_is_replaced_by_the_recovery_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lent_keychain.py").write_text(KEYCHAIN)
    other = ("--vault", str(tmp_path / "other"))
    path = os.pathsep.join((environment()["PYTHONPATH"], str(tmp_path)))
    env = {**environment(), "PYTHONPATH": path}
    env["PYTHON_KEYRING_BACKEND"] = "lent_keychain.Keychain"

    def secondme(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*other, *words), capture_output=True, text=True, env={**env, **more}
        )

    made = secondme("init", "--json")
    assert json.loads(made.stdout)["key"] == "keychain"
    code = next(word for word in made.stderr.split() if word.count("-") == 7)
    (tmp_path / "kept.json").unlink()
    lost = secondme("stats")
    assert (lost.returncode, lost.stdout) == (77, "")
    assert "the keychain holds no key" in lost.stderr
    assert "recovery code" in lost.stderr
    assert secondme("stats", SECONDME_PASSPHRASE=code).returncode == 0


# -- models ---------------------------------------------------------------------------------------


def test_a_missing_model_stops_only_what_needs_it() -> None:
    run("distil").refuses(69, "secondme models pull")
    assert run("ask", "What is broken?").code == 0
    intact()


# -- exports --------------------------------------------------------------------------------------


def zipped(path: Path, **members: bytes) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return str(path)


def lines(*texts: str) -> bytes:
    """An export of our own format: one message a text."""
    return "".join(
        json.dumps({"id": f"n{n}", "conversation": "New", "author": "Eve", "text": text}) + "\n"
        for n, text in enumerate(texts)
    ).encode()


def test_a_zip_that_broke_off_is_refused(tmp_path: Path) -> None:
    whole = Path(zipped(tmp_path / "chat.zip", **{"chat.jsonl": lines("hello")}))
    whole.write_bytes(whole.read_bytes()[:-30])
    run("import", str(whole)).refuses(65, "chat.zip")
    intact()


def test_a_zip_with_damage_inside_is_refused(tmp_path: Path) -> None:
    noise = secrets.token_hex(20_000)
    path = Path(zipped(tmp_path / "chat.zip", **{"chat.jsonl": lines(noise)}))
    data = bytearray(path.read_bytes())
    data[2000:2100] = bytes(100)
    path.write_bytes(data)
    run("import", str(path)).refuses(65, "chat.jsonl")
    intact()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", **{"chat.jsonl": bytes(50_000_000)})
    run("import", bomb).refuses(65, "bomb")
    intact()


def test_names_that_climb_out_of_a_zip_write_nothing_outside(tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    names = ("../../climbed.jsonl", "/tmp/../rooted.jsonl", "..\\backwards.jsonl")
    path = zipped(room / "chat.zip", **{n: lines(f"from {n}") for n in names})
    before = {p for p in tmp_path.rglob("*") if p.suffix == ".jsonl"}
    assert run("import", path, "--json").json["imported"] >= 1
    assert {p for p in tmp_path.rglob("*") if p.suffix == ".jsonl"} == before
    assert not Path("/rooted.jsonl").exists()
    intact()


def test_of_json_that_broke_off_the_beginning_is_kept_and_the_end_is_reported(
    tmp_path: Path,
) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_bytes(lines("first light", "second light", "third light")[:-20])
    told = run("import", str(path), "--json").json
    assert (told["imported"], told["skipped"]) == (2, 1)
    assert told["files"][0]["skipped"][0]["where"] == "line 3"
    assert len(run("search", "light", "--json").json) == 2


def test_a_very_long_line_is_one_message(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_bytes(lines("needle " + "hay " * 75_000))
    assert run("import", str(path), "--json").json["imported"] == 1
    (hit,) = run("search", "needle", "--json").json
    assert len(hit["text"]) > 300_000


def test_a_binary_that_is_called_a_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photo.txt"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    run("import", str(path)).refuses(65, "photo.txt")
    intact()


def test_one_bad_file_does_not_stop_the_good_ones(tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    (room / "photo.txt").write_bytes(bytes(range(256)) * 20)
    (room / "good.jsonl").write_bytes(lines("good light"))
    told = run("import", str(room), "--json").json
    assert (told["imported"], told["skipped"]) == (1, 1)


def test_an_empty_file_holds_nothing_and_that_is_no_failure(tmp_path: Path) -> None:
    for name in ("empty.txt", "empty.jsonl"):
        (tmp_path / name).touch()
        assert run("import", str(tmp_path / name), "--json").json["imported"] == 0


def test_a_path_that_is_not_there_stops_the_import_before_it_begins(
    tmp_path: Path, vault: Path
) -> None:
    before = fingerprint(vault)
    run("import", str(tmp_path / "diary.jsonl"), str(tmp_path / "nowhere")).refuses(66, "nowhere")
    assert fingerprint(vault) == before


@linux
@pytest.mark.parametrize("name", [b"n\xff.jsonl", b"p\xff.txt", b"m\xff.md"])
def test_a_file_name_that_is_no_text_is_imported_and_shown(tmp_path: Path, name: bytes) -> None:
    path = os.fsencode(tmp_path) + b"/" + name
    data = lines("found it") if name.endswith(b"jsonl") else b"I found it under the stairs.\n"
    with open(path, "wb") as file:  # noqa: PTH123 - the name cannot be a str
        file.write(data)
    told = run("import", os.fsdecode(path), "--json").json
    assert told["imported"] == 1
    assert told["files"][0]["path"] == os.fsdecode(name)
    assert "\\xff" in run("import", os.fsdecode(path)).out
    assert len(run("search", "found", "--json").json) == 1


# -- the vault ------------------------------------------------------------------------------------


def test_where_there_is_no_vault_the_hint_makes_one(tmp_path: Path) -> None:
    for words in (("stats",), ("search", "x"), ("import", str(tmp_path / "diary.jsonl"))):
        run("--vault", str(tmp_path / "none"), *words).refuses(66, "secondme init")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"version": 1}', b"\xff" * 300])
def test_a_damaged_header_is_said_and_left_alone(vault: Path, damage: bytes) -> None:
    (vault / keys.HEADER).write_bytes(damage)
    before = fingerprint(vault)
    run("search", "porto").refuses(74, "vault.key")
    assert fingerprint(vault) == before


def test_a_lost_header_is_never_replaced_by_a_new_one(vault: Path) -> None:
    (vault / keys.HEADER).unlink()
    before = fingerprint(vault)
    run("search", "porto").refuses(66)
    run("init", "--key", "file").refuses(66, "vault.key")
    assert fingerprint(vault) == before


@pytest.mark.parametrize("page", [0, 1, 5])
def test_a_damaged_page_is_damage_and_not_a_wrong_key(vault: Path, page: int) -> None:
    database = vault / "vault.db"
    data = bytearray(database.read_bytes())
    data[page * 4096 + 100 : page * 4096 + 200] = bytes(100)
    database.write_bytes(data)
    told = run("verify")
    assert told.code == 74 or (told.code, "FOUND" in told.out) == (1, True)
    assert "Traceback" not in told.err
    if page < 2:
        run("search", "porto").refuses(74)


def test_an_emptied_vault_is_damage_and_not_a_new_vault(vault: Path) -> None:
    (vault / "vault.db").write_bytes(b"")
    run("stats").refuses(74, "empty")
    assert (vault / "vault.db").read_bytes() == b""


def test_a_second_writer_waits_and_then_says_so(
    vault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secondme.vault.connection.BUSY_MS", 50)
    other = connect(vault / "vault.db", keys.unlock(vault))
    other.conn.execute("begin immediate")
    try:
        more = write_lines(tmp_path / "more.jsonl", [{**DIARY[2], "id": "4"}])
        run("import", more).refuses(75, "try again")
        assert len(run("search", "porto", "--json").json) == 2  # readers do not wait
    finally:
        other.conn.execute("rollback")
        other.conn.close()
    assert run("import", more, "--json").json["imported"] == 1
    intact()


def without_override() -> None:
    """Make root respect file modes, as everybody else must, from the next exec on."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@linux
def test_a_vault_that_may_not_be_written_is_left_as_it_was(vault: Path, tmp_path: Path) -> None:
    more = write_lines(tmp_path / "more.jsonl", [{**DIARY[2], "id": "4"}])
    before = fingerprint(vault)
    (vault / "vault.db").chmod(0o400)
    vault.chmod(0o500)
    try:
        told = start("import", more, preexec_fn=without_override)
    finally:
        vault.chmod(0o700)
        (vault / "vault.db").chmod(0o600)
    assert told.code in (73, 74)
    told.refuses(told.code, "permissions")
    assert fingerprint(vault) == before
    intact()


@linux
def test_a_vault_cannot_be_made_where_nothing_may_be_written(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(0o500)
    for folder in (locked, locked / "inside"):
        told = start("--vault", str(folder), "init", "--key", "file", preexec_fn=without_override)
        told.refuses(73)
    assert not list(locked.iterdir())


MANY = lines(*(f"light number {n} " + secrets.token_hex(300) for n in range(1_500)))


def small_files() -> None:
    """No file may grow beyond 1 MB: to a program, much like a full disk."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))


@posix
def test_when_nothing_more_can_be_written_what_was_there_is_kept(
    vault: Path, tmp_path: Path
) -> None:
    (tmp_path / "many.jsonl").write_bytes(MANY)
    start("import", str(tmp_path / "many.jsonl"), preexec_fn=small_files).refuses(74)
    intact()
    assert run("import", str(tmp_path / "many.jsonl"), "--json").json["imported"] == 1_500
    intact()


@posix
def test_a_vault_that_could_not_be_made_whole_can_be_made_again(tmp_path: Path) -> None:
    def tiny_files() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))

    words = ("--vault", str(tmp_path / "other"), "init", "--key", "file")
    start(*words, preexec_fn=tiny_files).refuses(74)
    assert run(*words).code == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB; only root may have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "none", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting is not permitted")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@linux
def test_on_a_full_disk_what_was_there_is_kept(small_disk: Path, tmp_path: Path) -> None:
    there = ("--vault", str(small_disk / "vault"))
    assert run(*there, "init", "--key", "file").code == 0
    assert run(*there, "import", str(tmp_path / "diary.jsonl")).code == 0
    (tmp_path / "many.jsonl").write_bytes(MANY)
    start(*there, "import", str(tmp_path / "many.jsonl")).refuses(74, "disk is full")
    assert len(run(*there, "search", "porto", "--json").json) == 2
    assert run(*there, "verify").code == 0


# -- words on the command line --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("serch", "porto"), "serch"),
        (("search", "--lucky", "porto"), "--lucky"),
        (("search",), "QUERY"),
        (("search", "porto", "-k", "0"), "-k"),
        (("search", "porto", "-k", "many"), "-k"),
        (("search", "porto", "--kind", "song"), "song"),
        (("search", "porto", "--now", "2024-02-30"), "2024-02-30"),
        (("search", "yesterday", "--now", "0001-01-01"), "0001-01-01"),
        (("search", "last week", "--now", "9999-12-31"), "9999-12-31"),
        (("search", "porto", "--from", "last week"), "last week"),
        (("search", "porto", "--to", "2024-13"), "2024-13"),
        (("facts", "--as-of", "May"), "May"),
        (("forget", "--from", "24", "--yes"), "24"),
        (("undo", "-1"), "-1"),
        (("undo", "9" * 30), "BATCH"),
        (("forget", "--batch", "9" * 30, "--yes"), "--batch"),
        (("import", "x", "--tz", "Mars/Olympus"), "Mars/Olympus"),
        (("import", "x", "--tz", "../../etc/passwd"), "passwd"),
        (("import", "x", "--date-order", "mixed"), "mixed"),
        (("init", "--key", "thumb"), "thumb"),
        (("search", "po\udcffrto"), "UTF-8"),
        (("search", "porto", "--person", "\ud800"), "UTF-8"),
        (("forget", "\udcff", "--yes"), "UTF-8"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(
    words: tuple[str, ...], named: str, vault: Path
) -> None:
    before = fingerprint(vault)
    told = run(*words)
    told.refuses(64, named)
    assert fingerprint(vault) == before


@pytest.mark.parametrize(
    "words",
    [
        ("import", "diary", "--source", "fax"),
        ("search", "porto", "--person", "Nobody"),
        ("show", "rnothing"),
        ("undo", "7"),
        ("verify", "nothing"),
        ("forget", "rnothing", "--yes"),
        ("facts", "--subject", "Nobody"),
    ],
)
def test_what_is_not_there_is_named(words: tuple[str, ...], tmp_path: Path) -> None:
    given = [str(tmp_path / "diary.jsonl") if word == "diary" else word for word in words]
    run(*given).refuses(64 if "fax" in words else 66, words[-1] if words[-1] != "--yes" else "r")


@pytest.mark.parametrize(
    "query",
    ['"', '"porto', "*", "por*", "AND (", "NOT", "a OR", "NEAR(", "{text}: porto", "-porto", "^x",
     "text:porto", "'; drop table records; --", "%", "\\", "porto\0tea", "\0", "", " ", "🫖",
     "\ud83e", "x" * 100_000, "porto " * 5_000],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["search", "ask"])
def test_no_question_is_a_query_language(verb: str, query: str) -> None:
    typed = query.encode("utf-8", "replace") + b"\nkettle\n"
    told = run(verb, "-", typed=typed)
    assert (told.code, len(told.out.splitlines())) == (0, 2)
    assert "kettle" in told.out.splitlines()[1]


def test_bytes_on_stdin_that_are_no_text_are_a_question_like_any_other() -> None:
    told = start("search", "-", typed=b"\xff\xfe\nkettle\n")
    answers = [json.loads(line) for line in told.out.splitlines()]
    assert [len(hits) for hits in answers] == [0, 1]


def closed_pipe(*words: str) -> tuple[int, bytes]:
    """Exit code and stderr of a command whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            command(*words), stdout=writing, stderr=subprocess.PIPE, env=environment()
        )
    finally:
        with suppress(OSError):
            os.close(writing)
    return done.returncode, done.stderr


@posix
@pytest.mark.parametrize("words", [("dump",), ("verify",), ("search", "porto", "--json")])
def test_a_reader_who_has_heard_enough_is_no_failure(words: tuple[str, ...]) -> None:
    code, said = closed_pipe(*words)
    assert code == 0
    assert b"Traceback" not in said
    assert b"Broken" not in said


@posix
@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_an_old_locale_breaks_no_answer(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("import", write_lines(tmp_path / "x.jsonl", [{"id": "9", "text": "“çay” – 茶 🫖"}]))
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    (hit,) = start("search", "çay", "--json").json
    assert hit["text"] == "“çay” – 茶 🫖"


Spoil = Callable[[Path], None]


@pytest.mark.parametrize(
    "spoil",
    [lambda f: f.write_text("{"), lambda f: f.write_text("[]"), lambda f: f.write_text('{"a": 1}')],
    ids=["broken", "list", "foreign"],
)
def test_a_damaged_list_of_models_is_said(tmp_path: Path, spoil: Spoil) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    spoil(folder / "models.json")
    run("models", "list").refuses(69, "models.json")
