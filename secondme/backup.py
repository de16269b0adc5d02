"""Backups: the vault and its key header in one encrypted file, and the way back.

    secondme-backup.json    {"format": 1, "made_at": "2026-05-01T09:30:00Z"}
    vault.db                the encrypted database, every page of it written from what is alive
    vault.key               its header: the ways in, as they were

An uncompressed zip, so that anybody can get at the parts. A key file is not in it: the recovery
code, or whatever else opened the vault then, opens the backup.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from secondme import keys
from secondme.durable import sync_folder, write_whole
from secondme.errors import CannotCreate, DiskFull, NotFound, UnreadableBackup, VaultError, WrongKey
from secondme.vault import FILE, Vault
from secondme.vault.copies import Alone, checked, honour, opens, place, rekey, room, write_copy
from secondme.vault.outputs import Output

_ABOUT = "secondme-backup.json"
_PARTS = {_ABOUT, FILE, keys.HEADER}
_FORMAT = 1
_SMALL = 64 * 1024

Unlock = Callable[[Path, Path], bytes]
"""The key in the header of the first folder; the second is the vault's own, where a key file may
lie."""


class Restored(NamedTuple):
    records: int
    forgotten: int
    """Records of the backup that the vault has forgotten since."""
    made_at: str


# -- writing ----------------------------------------------------------------------------------


def write(vault: Vault, file: Path, at: str, *, force: bool = False) -> dict[str, int]:
    """Back the open vault up into `file`, which has its name only once it was found sound.

    Returns `{records, bytes}`. Raises CannotCreate where something stands already, or DiskFull;
    nothing half-written stays.
    """
    refuse_place(file, vault.folder)
    if file.is_dir() or (os.path.lexists(file) and not force):
        raise CannotCreate(f"There is a {file} already.", "Choose another name, or --force.")
    with leaving(vault, output(file, "backup", at)):
        records = _write(vault, file, at)
    return {"records": records, "bytes": file.stat().st_size}


def _write(vault: Vault, file: Path, at: str) -> int:
    part = file.with_name(f".{file.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)  # what a crash left
        part.mkdir(mode=0o700)
        write_copy(vault, part / FILE)
        records = _sound(part, vault.key)
        shutil.copyfile(vault.folder / keys.HEADER, part / keys.HEADER)
        packed = _pack(part, at)
        with opened(packed) as backup:
            backup.prove()
        packed.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise unwritten(file, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return records


@contextmanager
def leaving(vault: Vault, made: Output) -> Iterator[None]:
    """What is made inside is on record before its first byte: not even a crash leaves pages that no
    plan of a forgetting names.
    """
    before = vault.outputs.every()
    vault.outputs.note(made)
    try:
        yield
    except BaseException:
        if all(known.path != made.path for known in before):
            vault.outputs.drop(made.path)
        raise


def refuse_place(path: Path, folder: Path) -> None:
    """What leaves the vault must not lie in its own folder: they would be lost together."""
    if folder.resolve() in (path.resolve(), *path.resolve().parents):
        raise CannotCreate(f"{path} is in the vault's own folder.", "Choose another place.")
    if not path.resolve().parent.is_dir():
        raise CannotCreate(f"There is no folder {path.parent}.", "Make it first.")


def _sound(folder: Path, key: bytes) -> int:
    """The records in a copy, in which nothing of what was removed is left either."""
    with Vault(folder, key) as copy:
        if copy.receipts.unfinished():
            copy.purge()
    return checked(folder / FILE, key)


def _pack(part: Path, at: str) -> Path:
    packed = part / "packed"
    handle = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(_ABOUT, json.dumps({"format": _FORMAT, "made_at": at}))
            for name in (FILE, keys.HEADER):
                archive.write(part / name, name)
        file.flush()
        os.fsync(file.fileno())
    return packed


def unwritten(path: Path, error: OSError) -> CannotCreate | DiskFull:
    """What to say when an output could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull(f"No room to write {path}.", "Free some space; nothing was changed.")
    return CannotCreate(f"{path} cannot be written: {error.strerror}.", "Choose another place.")


# -- reading ----------------------------------------------------------------------------------


class Backup:
    """An open backup, trusted in nothing but its form."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        entries = archive.infolist()
        stored = all(e.compress_type == zipfile.ZIP_STORED for e in entries)
        fitting = sum(e.file_size for e in entries) <= size
        small = all(e.file_size <= _SMALL for e in entries if e.filename != FILE)
        named = sorted(e.filename for e in entries) == sorted(_PARTS)
        if not (named and stored and fitting and small):
            raise ValueError
        about = json.loads(archive.read(_ABOUT))
        if about["format"] != _FORMAT:
            raise UnreadableBackup("This backup is of a newer secondme.", "Update secondme.")
        self.made_at = str(about["made_at"])
        self._archive = archive

    def prove(self) -> None:
        """Read all of it against its checksums."""
        with _readable(str(self._archive.filename)):
            if self._archive.testzip() is not None:
                raise ValueError

    def unpack(self, folder: Path) -> None:
        """Its database and header into an empty folder."""
        for name in (FILE, keys.HEADER):
            try:
                handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with (
                    os.fdopen(handle, "wb") as to,
                    _readable(str(self._archive.filename)),
                    self._archive.open(name) as part,
                ):
                    shutil.copyfileobj(part, to, 1 << 20)
            except OSError as error:
                raise unwritten(folder, error) from error


@contextmanager
def opened(file: Path) -> Iterator[Backup]:
    """Raises NotFound, or UnreadableBackup for what is cut short, altered or something else."""
    if not file.is_file():
        raise NotFound(f"There is no backup {file}.", "Check the path.")
    with _readable(str(file)):
        archive = zipfile.ZipFile(file)
        backup = Backup(archive, file.stat().st_size)
    with archive:
        yield backup


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise UnreadableBackup(
            f"{Path(name).name} is no whole backup of secondme's.", "Take another copy of it."
        ) from error


_DAMAGE = (
    zipfile.BadZipFile, EOFError, ValueError, KeyError, TypeError, NotImplementedError,
    RuntimeError, RecursionError,
)  # fmt: skip
"""What Python's zip and JSON readers raise of bytes that are none."""


# -- the way back -----------------------------------------------------------------------------


def restore_anew(file: Path, folder: Path, unlock: Unlock, at: str) -> Restored:
    """Make the backup the vault in `folder`, where there is none. A crash leaves nothing, or all
    but the database, and the same command goes on from there.
    """
    with opened(file) as backup, _made(folder), room(folder) as inside:
        backup.unpack(inside)
        key = unlock(inside, folder)
        with _copy_of(inside, key) as copy:
            copy.outputs.note(output(file, "backup", at))
        records = checked(inside / FILE, key)
        write_whole(folder / keys.HEADER, (inside / keys.HEADER).read_bytes())
        place(inside / FILE, folder)
    return Restored(records, 0, backup.made_at)


def restore_over(file: Path, vault: Vault, unlock: Unlock, at: str) -> Restored:
    """Put the backup in the place of the open vault, which is closed by it, without what the vault
    has forgotten since. The ways in stay the vault's own.

    Raises Busy while others have the vault open; whatever is raised, the vault is as it was.
    """
    with opened(file) as backup, Alone(vault) as alone, room(vault.folder) as inside:
        backup.unpack(inside)
        key = vault.key if opens(inside, vault.key) else unlock(inside, vault.folder)
        with _copy_of(inside, key) as copy:
            forgotten = honour(copy, vault, at)
            copy.outputs.note(output(file, "backup", at))
            if (forgotten or copy.receipts.unfinished()) and not copy.purge():
                raise VaultError("The backup could not be purged.", "Nothing was changed.")
        if key != vault.key:
            rekey(inside / FILE, key, vault.key)
        records = checked(inside / FILE, vault.key)
        alone.give_way(inside / FILE)
    return Restored(records, forgotten, backup.made_at)


def output(path: Path, kind: str, at: str) -> Output:
    spelt = str(path.resolve()).encode("utf-8", "backslashreplace").decode()
    return Output(spelt, kind, at)


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """The folder, which is gone again when nothing comes to lie in it."""
    new = not folder.exists()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotCreate(f"{folder} cannot be made.", "Check its permissions.") from error
    try:
        yield
    finally:
        if new:
            with suppress(OSError):
                folder.rmdir()


@contextmanager
def _copy_of(inside: Path, key: bytes) -> Iterator[Vault]:
    """The vault that was unpacked, once it was found sound."""
    try:
        checked(inside / FILE, key)
    except WrongKey as error:
        # The header beside it has proven the key.
        raise UnreadableBackup("This backup is damaged.", "Take another copy of it.") from error
    with Vault(inside, key) as copy:
        yield copy
