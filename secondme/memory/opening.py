"""An open memory: its vault, its models, and the clock it was given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

from secondme import keys
from secondme.brains import Library
from secondme.distil.standing import Standing
from secondme.errors import Busy, NotFound, VaultError, WrongKey
from secondme.recall import Sights
from secondme.vault import FILE, Vault, make
from secondme.vault.copies import opens, sweep


def clock() -> str:
    """Now, in UTC. The only look at the clock, for what is outside the build."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Opened:
    """What every group of verbs stands on. Use it in one thread; open another for another."""

    def __init__(self, vault: Vault, library: Library, now: Callable[[], str] = clock) -> None:
        self._vault = vault
        self._library = library
        self._now = now
        self._sights = Sights()
        self._stood: tuple[int, Standing] | None = None

    @classmethod
    def create(
        cls, folder: Path, kind: keys.Kind, *, passphrase: str | None, key_file: Path | None
    ) -> tuple[str, str]:
        """A new vault. Returns (kind of key, recovery code); the code is not kept."""
        if (folder / FILE).exists() and not (folder / keys.HEADER).exists():
            raise NotFound(
                f"The vault in {folder} has lost its key header.",
                "Restore vault.key from a backup.",
            )
        created = keys.create(folder, kind, passphrase=passphrase, key_file=key_file)
        try:
            make(folder, created.key).close()
        except BaseException:
            # Half a vault would refuse both to be opened and to be made again.
            for left in (folder / keys.HEADER, *folder.glob(FILE + "*")):
                left.unlink(missing_ok=True)
            raise
        return created.kind, created.recovery_code

    @classmethod
    def open(
        cls,
        folder: Path,
        models: Path,
        *,
        passphrase: str | None = None,
        key_file: Path | None = None,
        ask: Callable[[], str] | None = None,
        now: Callable[[], str] = clock,
    ) -> Self:
        """Unlock and open. Raises NotFound, WrongKey, or VaultError for a damaged vault."""
        if not (folder / keys.HEADER).exists() and not (folder / FILE).exists():
            raise NotFound(f"There is no vault in {folder}.", "Make one with `secondme init`.")
        key = keys.unlock(
            folder, passphrase=passphrase, key_file=key_file, ask=ask,
            opens=lambda key: opens(folder, key),
        )  # fmt: skip
        if (folder / FILE).exists() and not (folder / FILE).stat().st_size:
            # SQLite takes an empty file for a new database.
            raise VaultError(f"{folder / FILE} is empty.", "Restore it from a backup.")
        try:
            vault = Vault(folder, key)
        except WrongKey as error:
            if not keys.belongs(folder, key):
                raise Busy("The vault has just been given another key.", "Try again.") from error
            # The header has proven this key, so it is the file that does not fit.
            raise VaultError(
                f"{folder / FILE} is damaged, or belongs to another vault.key.",
                "Restore both from one backup. Nothing was changed.",
            ) from error
        # Held open by us, the vault is not being replaced by anybody just now.
        keys.settle(folder, key)
        sweep(folder)
        return cls(vault, Library(models), now)

    def another(self) -> Self:
        """The same memory for another thread: its own connection, the same models and clock."""
        vault = Vault(self._vault.folder, self._vault.key)
        other = type(self)(vault, self._library, self._now)
        other._sights = self._sights
        return other

    def hold_less(self) -> None:
        """Keep little of the vault decrypted: for one that is asked now and then beside others."""
        self._vault.hold_less()

    def interrupt(self) -> None:
        """From another thread: what is being read is not wanted any more. The verb that reads it
        raises VaultError.
        """
        self._vault.interrupt()

    def today(self) -> date:
        """The day by this memory's clock."""
        return date.fromisoformat(self._now()[:10])

    def version(self) -> int:
        """Changes whenever anybody has written to the vault."""
        return self._vault.version()

    def close(self) -> None:
        self._vault.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


A = TypeVar("A", bound=Opened)
P = ParamSpec("P")
R = TypeVar("R")


def at_once(verb: Callable[Concatenate[A, P], R]) -> Callable[Concatenate[A, P], R]:
    """The verb sees one state of the vault, whatever other processes write while it reads."""

    @wraps(verb)
    def seen(self: A, /, *arguments: P.args, **options: P.kwargs) -> R:
        with self._vault.reading():
            return verb(self, *arguments, **options)

    return seen
