"""The models at hand, opened when they are first needed and never before.

`--help`, importing and word search must not pay for a model; a missing one is not an error until
something cannot do without it.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from models.store import Store
from secondme.distil import Brains

if TYPE_CHECKING:
    from models.chat import ChatModel
    from models.compose import Composer
    from models.embed import Embedder
    from models.facts import FactReader


class Library:
    """The models in one folder, by what they are for. Not thread-safe: one thread owns it."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)

    @cached_property
    def embedder(self) -> Embedder | None:
        file = self.store.current("embed")
        if file is None:
            return None
        from models.embed import Embedder

        return Embedder(file)

    @cached_property
    def chat(self) -> ChatModel | None:
        file = self.store.current("chat")
        if file is None:
            return None
        from models.chat import ChatModel

        return ChatModel(file)

    @cached_property
    def reader(self) -> FactReader | None:
        if self.embedder is None or self.chat is None:
            return None
        from models.facts import FactReader

        return FactReader(self.embedder, self.chat)

    @cached_property
    def composer(self) -> Composer | None:
        """None on the bundled tier, which selects and copies but does not compose."""
        file = self.store.current("chat")
        if file is None or file.tier != "abstractive" or self.chat is None:
            return None
        from models.compose import Composer

        return Composer(self.chat, file.name)

    def brains(self) -> Brains:
        return Brains(self.embedder, self.reader, self.composer)
