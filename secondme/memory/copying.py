"""Copies that leave, copies that come back, and the keys to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from secondme import backup as _backup
from secondme import export as _export
from secondme import keys
from secondme.errors import DiskFull, VaultError
from secondme.memory.opening import Opened, clock
from secondme.vault import FILE, Vault
from secondme.vault.copies import Alone, checked, opens, rekey, room, write_copy


class Copying(Opened):
    """Back up and restore; export; another key, and other ways in."""

    def backup(self, file: Path, *, force: bool = False) -> dict[str, Any]:
        """An encrypted copy in one file, while others read and write."""
        made = _backup.write(self._vault, file, self._now(), force=force)
        return {"path": str(file), **made}

    @classmethod
    def restore(
        cls,
        folder: Path,
        models: Path,
        file: Path,
        *,
        passphrase: str | None = None,
        key_file: Path | None = None,
        ask: Callable[[], str] | None = None,
        agree: Callable[[str], None],
        now: Callable[[], str] = clock,
    ) -> dict[str, Any]:
        """Make a backup the vault in `folder`, less what the vault there has forgotten since.

        `agree` is told what would be replaced and raises to stop. Raises Busy while others have the
        vault open, Refused for another vault's backup, UnreadableBackup.
        """

        def unlock(header: Path, home: Path) -> bytes:
            return keys.unlock(
                header, passphrase=passphrase, key_file=key_file, ask=ask, home=home,
                opens=lambda key: opens(header, key),
            )  # fmt: skip

        with _backup.opened(file):
            pass  # before anybody is asked anything
        if not (folder / FILE).exists():
            if (folder / keys.HEADER).exists():
                agree(f"The keys in {folder} have no vault; the backup's take their place.")
            found = _backup.restore_anew(file, folder, unlock, now())
        elif not (folder / keys.HEADER).exists():
            raise VaultError(
                f"The vault in {folder} has lost its key header.",
                f"A backup is a zip: take {keys.HEADER} out of it.",
            )
        else:
            try:
                here = cls.open(folder, models, passphrase=passphrase, key_file=key_file, ask=ask)
            except DiskFull:
                raise  # the vault is sound, and must not be given up
            except VaultError as error:
                raise VaultError(
                    f"{error} What it has forgotten since the backup cannot be read.",
                    f"Move {folder / FILE} away to restore all the same.",
                ) from error
            with here:
                agree(f"The vault in {folder} is replaced, and what came in since is lost.")
                found = _backup.restore_over(file, here._vault, unlock, now())
        return {"vault": str(folder), **found._asdict()}

    def export(self, folder: Path) -> dict[str, Any]:
        """Everything in plain files, for its owner; importing them gives an equal memory."""
        counts = _export.write(self._vault, folder, self._now(), self.today())
        return {"path": str(folder), **counts}

    # -- keys -------------------------------------------------------------------------------------

    def rotate(
        self,
        tell: Callable[[str], object],
        *,
        passphrase: str | None = None,
        key_file: Path | None = None,
    ) -> None:
        """Encrypt everything anew under another key, which all ways in then open.

        `tell` is given the new recovery code just before it counts: once the file has changed its
        key, it may be the only way in. Raises Busy while others have the vault open.
        """
        vault, folder = self._vault, self._vault.folder
        with Alone(vault) as alone, room(folder) as inside:
            renewed = keys.renew(folder, vault.key, passphrase=passphrase, key_file=key_file)
            try:
                write_copy(vault, inside / FILE)
                rekey(inside / FILE, vault.key, renewed.key)
                checked(inside / FILE, renewed.key)
                if renewed.recovery_code is not None:
                    tell(renewed.recovery_code)
                alone.give_way(inside / FILE)
            finally:
                keys.settle(folder, renewed.key if alone.replaced else vault.key)
        self._vault = Vault(folder, renewed.key)

    def new_recovery_code(self) -> str:
        """The code from before opens the vault no more, but copies of its old header still."""
        return keys.new_recovery(self._vault.folder, self._vault.key)

    def ways_in(self) -> tuple[str, ...]:
        return keys.ways(self._vault.folder)

    def add_way(
        self, kind: keys.Kind, *, passphrase: str | None = None, key_file: Path | None = None
    ) -> None:
        """Let another passphrase, key file or the keychain open the vault too."""
        keys.add_way(
            self._vault.folder, self._vault.key, kind, passphrase=passphrase, key_file=key_file
        )

    def remove_way(self, kind: str) -> None:
        keys.remove_way(self._vault.folder, self._vault.key, kind)
