"""The verb that opens the screen."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from secondme import paths
from secondme.errors import NotFound, UsageError, VaultError, WrongKey

if TYPE_CHECKING:
    from pathlib import Path

    from secondme.keys import Kind
    from secondme.memory import Memory


@click.command("tui", epilog="Example: secondme tui")
@click.pass_context
def tui_(ctx: click.Context) -> None:
    """Open the screen: make or unlock a vault, import, search, ask, correct, forget."""
    # It is drawn on stderr.
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise UsageError(
            "The screen needs a terminal.", "Use a verb: `secondme --help` lists them."
        )
    from tui.app import SecondMeApp

    way = Door(paths.vault_folder(ctx.find_root().obj))
    app = SecondMeApp(unlock=way.unlock, create=way.create)
    app.run()
    if app.failure is not None:
        raise app.failure
    ctx.exit(70 if app.return_code else 0)


class Door:
    """The ways into the vault in one folder, for a screen that asks for what it needs itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def unlock(self, words: str | None) -> Memory:
        """With `words` as passphrase or recovery code; without, by what the environment and the
        vault's own header offer. NotFound means that a vault can be made here.
        """
        if words is not None:
            return self._open(None, None, words)
        try:
            return self._open(os.environ.get("SECONDME_PASSPHRASE"), paths.key_file(), None)
        except NotFound as error:
            from secondme.keys import HEADER
            from secondme.vault import FILE

            if (self._folder / HEADER).exists():  # it is the key file that is not there
                raise WrongKey(str(error), error.hint) from error
            if (self._folder / FILE).exists():
                raise VaultError(
                    f"The vault in {self._folder} has lost its key header.",
                    "Restore vault.key from a backup.",
                ) from error
            raise

    def create(self, kind: Kind, passphrase: str | None) -> tuple[Memory, str]:
        """A new vault, open, and its recovery code, which is kept nowhere."""
        from secondme.memory import Memory

        key_file = paths.key_file() if kind == "file" else None
        _, code = Memory.create(self._folder, kind, passphrase=passphrase, key_file=key_file)
        return self._open(passphrase, key_file, None), code

    def _open(self, passphrase: str | None, key_file: Path | None, words: str | None) -> Memory:
        from secondme.memory import Memory

        return Memory.open(
            self._folder,
            paths.models_folder(),
            passphrase=passphrase,
            key_file=key_file,
            # Asked, a code with a typing mistake is said to be one.
            ask=None if words is None else lambda: words,
        )
