"""The key header: every way into a vault, and what happens when one is lost, wrong or damaged."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeychain
from keyring.errors import PasswordDeleteError

from secondme import keys
from secondme.errors import (
    CannotCreate,
    DiskFull,
    Missing,
    NotFound,
    Refused,
    SecondMeError,
    UsageError,
    VaultError,
    WrongKey,
)
from secondme.keys import wrapping

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")


class Keychain(KeyringBackend):
    """A keychain in memory that can be lost."""

    priority: float = 5

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError(username)


@pytest.fixture(autouse=True)
def keychain() -> Iterator[Keychain]:
    """No test here ever reaches the keychain of whoever runs it."""
    before = keyring.get_keyring()
    backend = Keychain()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


COST = dict(wrapping.SCRYPT)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cheap scrypt: its parameters travel in the header, so nothing else is different."""
    monkeypatch.setitem(wrapping.SCRYPT, "n", 2**10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "memory"


def without_keychain() -> None:
    keyring.set_keyring(NoKeychain())


def test_the_passphrase_opens_what_it_closed(folder: Path) -> None:
    made = keys.create(folder, "passphrase", passphrase="correct horse")
    assert keys.unlock(folder, passphrase="correct horse") == made.key
    assert keys.unlock(folder, ask=lambda: "correct horse") == made.key
    assert keys.ways(folder) == ("passphrase", "recovery")


def test_a_passphrase_typed_with_another_keyboards_accents_opens_too(folder: Path) -> None:
    made = keys.create(folder, "passphrase", passphrase="cafe\u0301")
    assert keys.unlock(folder, passphrase="caf\u00e9") == made.key


def test_guessing_passphrases_is_expensive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrapping, "SCRYPT", COST)
    made = keys.create(folder, "passphrase", passphrase="x")
    way = json.loads((folder / keys.HEADER).read_text())["ways"]["passphrase"]
    assert 128 * way["n"] * way["r"] * way["p"] >= 32 * 2**20  # bytes of memory a guess (RFC 7914)
    assert keys.unlock(folder, passphrase="x") == made.key


def test_an_empty_passphrase_makes_no_vault(folder: Path) -> None:
    with pytest.raises(UsageError):
        keys.create(folder, "passphrase", passphrase="")
    assert not (folder / keys.HEADER).exists()


def test_the_keychain_opens_without_a_question(folder: Path) -> None:
    made = keys.create(folder, "keychain")
    assert keys.unlock(folder, ask=lambda: pytest.fail("asked")) == made.key


def test_the_recovery_code_opens_when_the_keychain_is_lost(
    folder: Path, keychain: Keychain
) -> None:
    made = keys.create(folder, "keychain")
    keychain.kept.clear()
    with pytest.raises(WrongKey) as caught:
        keys.unlock(folder)
    assert "keychain" in str(caught.value)
    assert "recovery code" in caught.value.hint
    assert keys.unlock(folder, recovery=made.recovery_code) == made.key
    without_keychain()
    assert keys.unlock(folder, ask=lambda: made.recovery_code) == made.key
    assert keys.unlock(folder, passphrase=made.recovery_code) == made.key


def test_after_a_lost_keychain_the_owner_can_move_to_a_new_one(
    folder: Path, keychain: Keychain
) -> None:
    made = keys.create(folder, "keychain")
    keychain.kept.clear()
    key = keys.unlock(folder, recovery=made.recovery_code)
    keys.add_way(folder, key, "keychain")
    assert keys.unlock(folder) == made.key


def test_a_recovery_code_is_read_however_it_was_copied(folder: Path) -> None:
    made = keys.create(folder, "passphrase", passphrase="x")
    sloppy = made.recovery_code.lower().replace("-", "  ").replace("1", "l").replace("0", "O")
    assert keys.unlock(folder, recovery=sloppy) == made.key


def test_a_typing_mistake_in_a_recovery_code_is_told_from_a_wrong_code(folder: Path) -> None:
    code = keys.create(folder, "passphrase", passphrase="x").recovery_code
    for at in (0, 20, len(code) - 1):
        other = "Z" if code[at] != "Z" else "Y"
        with pytest.raises(WrongKey, match="typing mistake"):
            keys.unlock(folder, recovery=code[:at] + other + code[at + 1 :])
    with pytest.raises(WrongKey, match="39 characters instead of 40"):
        keys.unlock(folder, recovery=code[:-1])
    strange = keys.create(folder / "other", "passphrase", passphrase="x").recovery_code
    with pytest.raises(WrongKey, match="does not fit"):
        keys.unlock(folder, recovery=strange)


def test_a_recovery_code_has_eight_groups_and_no_look_alikes(folder: Path) -> None:
    code = keys.create(folder, "passphrase", passphrase="x").recovery_code
    groups = code.split("-")
    assert [len(group) for group in groups] == [5] * 8
    assert not set(code) & set("ILOU")


def test_a_new_recovery_code_ends_the_old_one(folder: Path) -> None:
    made = keys.create(folder, "passphrase", passphrase="x")
    code = keys.new_recovery(folder, made.key)
    assert keys.unlock(folder, recovery=code) == made.key
    with pytest.raises(WrongKey):
        keys.unlock(folder, recovery=made.recovery_code)


def test_the_key_file_opens_and_the_header_remembers_where_it_lies(
    folder: Path, tmp_path: Path
) -> None:
    stick = tmp_path / "stick.key"
    made = keys.create(folder, "file", key_file=stick)
    assert keys.unlock(folder) == made.key
    assert keys.unlock(folder, key_file=stick) == made.key
    stick.rename(tmp_path / "moved.key")
    with pytest.raises(WrongKey, match=r"stick\.key is not there"):
        keys.unlock(folder)
    assert keys.unlock(folder, key_file=tmp_path / "moved.key") == made.key


def test_a_vault_folder_with_its_key_file_can_be_moved(folder: Path, tmp_path: Path) -> None:
    made = keys.create(folder, "file")
    folder.rename(tmp_path / "elsewhere")
    assert keys.unlock(tmp_path / "elsewhere") == made.key


def test_a_file_that_is_no_key_file_is_refused_and_left_alone(folder: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ada, größte Grüße\n", "utf-8")
    letter.chmod(0o600)
    with pytest.raises(Refused, match="not a key file"):
        keys.create(folder, "file", key_file=letter)
    assert letter.read_text("utf-8").startswith("Dear Ada")
    assert not (folder / keys.HEADER).exists()


@posix
def test_a_header_cannot_make_us_read_a_pipe_or_a_device(folder: Path, tmp_path: Path) -> None:
    keys.create(folder, "file")
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (str(tmp_path / "pipe"), "/dev/zero"):
        _change(folder, lambda tree, path=path: tree["ways"]["file"].update(path=path))
        with pytest.raises(Refused, match="not a key file"):
            keys.unlock(folder)


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_can_read_is_refused(folder: Path, mode: int) -> None:
    keys.create(folder, "file")
    (folder / keys.KEY_FILE).chmod(mode)
    with pytest.raises(Refused) as caught:
        keys.unlock(folder)
    assert not isinstance(caught.value, WrongKey)
    assert caught.value.hint.startswith("chmod 600")


@posix
def test_nobody_else_can_read_what_is_written(folder: Path) -> None:
    keys.create(folder, "file")
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in (keys.HEADER, keys.KEY_FILE):
        assert (folder / name).stat().st_mode & 0o777 == 0o600


def test_what_is_given_must_fit_even_when_the_keychain_would_open(folder: Path) -> None:
    made = keys.create(folder, "keychain")
    keys.add_way(folder, made.key, "passphrase", passphrase="right")
    with pytest.raises(WrongKey):
        keys.unlock(folder, passphrase="wrong")
    assert keys.unlock(folder, passphrase="right") == made.key


def test_a_passphrase_meant_for_another_vault_does_not_keep_the_keychain_from_opening(
    folder: Path,
) -> None:
    made = keys.create(folder, "keychain")
    assert keys.unlock(folder, passphrase="SECONDME_PASSPHRASE of some other vault") == made.key


def test_when_everything_is_wrong_the_vault_stays_locked_and_untouched(
    folder: Path, tmp_path: Path, keychain: Keychain
) -> None:
    made = keys.create(folder, "file", key_file=tmp_path / "a.key")
    keys.add_way(folder, made.key, "passphrase", passphrase="right")
    keys.add_way(folder, made.key, "keychain")
    keys.create(tmp_path / "other", "file", key_file=tmp_path / "b.key")
    before = (folder / keys.HEADER).read_bytes()
    keychain.kept = dict.fromkeys(keychain.kept, "QUJD")
    (tmp_path / "a.key").unlink()
    with pytest.raises(WrongKey) as caught:
        keys.unlock(folder, passphrase="wrong", key_file=tmp_path / "b.key")
    assert caught.value.code == 77
    with pytest.raises(WrongKey) as caught:
        keys.unlock(folder, ask=lambda: "wrong")
    assert "keychain" in str(caught.value)
    assert "passphrase" in str(caught.value)
    for way in ("key file", "keychain", "passphrase", "recovery code"):
        assert way in caught.value.hint
    assert (folder / keys.HEADER).read_bytes() == before


def test_a_wrong_key_changes_no_way(folder: Path) -> None:
    made = keys.create(folder, "passphrase", passphrase="right")
    before = (folder / keys.HEADER).read_bytes()
    wrong = bytes(32)
    with pytest.raises(WrongKey):
        keys.add_way(folder, wrong, "passphrase", passphrase="new")
    with pytest.raises(WrongKey):
        keys.remove_way(folder, wrong, "recovery")
    with pytest.raises(WrongKey):
        keys.new_recovery(folder, wrong)
    assert (folder / keys.HEADER).read_bytes() == before
    assert keys.unlock(folder, passphrase="right") == made.key


def test_a_changed_passphrase_replaces_the_old_one(folder: Path) -> None:
    made = keys.create(folder, "passphrase", passphrase="old")
    keys.add_way(folder, made.key, "passphrase", passphrase="new")
    assert keys.unlock(folder, passphrase="new") == made.key
    with pytest.raises(WrongKey):
        keys.unlock(folder, passphrase="old")


def test_a_removed_way_opens_nothing_and_the_last_one_cannot_go(
    folder: Path, keychain: Keychain
) -> None:
    made = keys.create(folder, "keychain")
    keys.add_way(folder, made.key, "passphrase", passphrase="words")
    keys.remove_way(folder, made.key, "keychain")
    assert not keychain.kept
    with pytest.raises(NotFound):
        keys.remove_way(folder, made.key, "keychain")
    keys.remove_way(folder, made.key, "recovery")
    with pytest.raises(WrongKey):
        keys.unlock(folder, ask=lambda: made.recovery_code)
    with pytest.raises(Refused):
        keys.remove_way(folder, made.key, "passphrase")
    assert keys.unlock(folder, passphrase="words") == made.key


def test_a_vault_is_never_made_over_another(folder: Path) -> None:
    made = keys.create(folder, "passphrase", passphrase="first")
    with pytest.raises(CannotCreate):
        keys.create(folder, "passphrase", passphrase="second")
    assert keys.unlock(folder, passphrase="first") == made.key


def test_where_there_is_no_vault_nothing_is_found(folder: Path) -> None:
    with pytest.raises(NotFound):
        keys.unlock(folder, passphrase="any")


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"null",
        b"[1, 2]",
        b'{"version": 1}',
        b'{"version": 1, "vault": "v", "check": "c", "ways": {"passphrase": 7}}',
        b"\xff\x00\xff",
        b"[" * 60_000,
    ],
)
def test_a_damaged_header_is_reported_and_never_overwritten(folder: Path, damage: bytes) -> None:
    made = keys.create(folder, "passphrase", passphrase="x")
    header = folder / keys.HEADER
    header.write_bytes(damage)
    acts = (
        lambda: keys.unlock(folder, passphrase="x"),
        lambda: keys.new_recovery(folder, made.key),
        lambda: keys.create(folder, "passphrase", passphrase="x"),
    )
    for act in acts:
        with pytest.raises((VaultError, CannotCreate)):
            act()
    assert header.read_bytes() == damage


def test_a_header_cut_off_anywhere_never_opens(folder: Path) -> None:
    keys.create(folder, "passphrase", passphrase="x")
    header = folder / keys.HEADER
    whole = header.read_bytes()
    for length in range(0, len(whole) - 2, 37):
        header.write_bytes(whole[:length])
        with pytest.raises(VaultError):
            keys.unlock(folder, passphrase="x")


def test_a_header_from_a_later_version_is_not_guessed_at(folder: Path) -> None:
    keys.create(folder, "passphrase", passphrase="x")
    _change(folder, lambda tree: tree.update(version=2))
    with pytest.raises(VaultError, match="another version"):
        keys.unlock(folder, passphrase="x")


@pytest.mark.parametrize("part", ["salt", "nonce", "wrapped"])
def test_a_tampered_entry_does_not_open_and_the_recovery_code_still_does(
    folder: Path, part: str
) -> None:
    made = keys.create(folder, "passphrase", passphrase="x")

    def flip(tree: dict[str, dict[str, dict[str, str]]]) -> None:
        old = tree["ways"]["passphrase"][part]
        tree["ways"]["passphrase"][part] = ("B" if old[0] == "A" else "A") + old[1:]

    _change(folder, flip)
    with pytest.raises(WrongKey):
        keys.unlock(folder, passphrase="x")
    assert keys.unlock(folder, recovery=made.recovery_code) == made.key


def test_an_entry_cannot_pass_for_another_kind_or_another_vault(
    folder: Path, tmp_path: Path
) -> None:
    key_file = tmp_path / "shared.key"
    keys.create(folder, "file", key_file=key_file)
    other = tmp_path / "other"
    keys.create(other, "file", key_file=key_file)
    strange = json.loads((other / keys.HEADER).read_text())["ways"]["file"]
    _change(folder, lambda tree: tree["ways"].update(file=strange))
    with pytest.raises(WrongKey):
        keys.unlock(folder, key_file=key_file)


@pytest.mark.parametrize("cost", [2**40, -1, float("inf")])
def test_a_header_that_asks_for_all_memory_is_damaged(folder: Path, cost: float) -> None:
    keys.create(folder, "passphrase", passphrase="x")
    _change(folder, lambda tree: tree["ways"]["passphrase"].update(n=cost))
    with pytest.raises(VaultError):
        keys.unlock(folder, passphrase="x")


def test_a_full_disk_leaves_the_old_header_and_no_crumbs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = keys.create(folder, "passphrase", passphrase="old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        keys.add_way(folder, made.key, "passphrase", passphrase="new")
    monkeypatch.undo()
    assert [path.name for path in folder.iterdir()] == [keys.HEADER]
    assert keys.unlock(folder, passphrase="old") == made.key


def test_a_vault_that_could_not_be_made_leaves_nothing_in_the_keychain(
    folder: Path, keychain: Keychain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        keys.create(folder, "keychain")
    assert not keychain.kept
    assert not list(folder.iterdir())


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        for folder in (tmp_path, tmp_path / "new"):
            with pytest.raises(CannotCreate):
                keys.create(folder, "passphrase", passphrase="x")
    finally:
        tmp_path.chmod(0o700)


def test_without_a_keychain_a_passphrase_is_the_default(keychain: Keychain) -> None:
    assert keys.default_kind() == "keychain"
    without_keychain()
    assert keys.default_kind() == "passphrase"
    keychain.priority = 0.5  # what a plain-text file calls itself
    keyring.set_keyring(keychain)
    assert keys.default_kind() == "passphrase"


def test_a_keychain_vault_is_not_made_without_a_keychain(folder: Path) -> None:
    without_keychain()
    with pytest.raises(Missing) as caught:
        keys.create(folder, "keychain")
    assert "passphrase" in caught.value.hint
    assert not (folder / keys.HEADER).exists()


def test_no_secret_shows_in_a_repr_an_error_or_the_header(folder: Path, keychain: Keychain) -> None:
    made = keys.create(folder, "keychain", random=lambda n: b"\x5a" * n)
    keys.add_way(folder, made.key, "passphrase", passphrase="hunter2 hunter2")
    header = (folder / keys.HEADER).read_text()
    said = [repr(made), header]
    for offer in ("hunter3", made.recovery_code[:-1] + "0"):
        with pytest.raises(SecondMeError) as caught:
            keys.unlock(folder, passphrase=offer)
        said += [str(caught.value), caught.value.hint]
    for secret in (made.key.hex(), repr(made.key)[2:-1], made.recovery_code, "hunter"):
        assert not [text for text in said if secret in text]
    assert not [text for text in said if next(iter(keychain.kept.values())) in text]


def _change(folder: Path, change: object) -> None:
    header = folder / keys.HEADER
    tree = json.loads(header.read_text())
    assert callable(change)
    change(tree)
    header.write_text(json.dumps(tree))
