"""The models at hand, opened when they are first needed and never before.

`--help`, importing and word search must not pay for a model; a missing one is not an error until
something cannot do without it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from models.store import ModelFile, Store
from secondme.distil import Brains

if TYPE_CHECKING:
    from models.chat import ChatModel
    from models.compose import Composer
    from models.embed import Embedder
    from models.facts import FactReader


T = TypeVar("T")


class _opened(Generic[T]):  # noqa: N801, it is used as a word before a method
    """Opened by the first thread that asks; the others wait for it and share it."""

    def __init__(self, opening: Callable[[Any], T]) -> None:
        self._opening = opening
        self._name = opening.__name__

    def __get__(self, library: Library, owner: object = None) -> T:
        with library.opening:
            if self._name not in library.__dict__:
                library.__dict__[self._name] = self._opening(library)
            found: T = library.__dict__[self._name]
            return found


class Library:
    """The models in one folder, by what they are for. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        self.opening = RLock()

    @_opened
    def embedder(self) -> Embedder | None:
        file = self.store.current("embed")
        if file is None:
            return None
        from models.embed import Embedder

        return Embedder(file)

    @_opened
    def chat(self) -> ChatModel | None:
        file = self.store.current("chat")
        if file is None:
            return None
        from models.chat import ChatModel

        return ChatModel(file)

    @_opened
    def reader(self) -> FactReader | None:
        file = self.store.current("chat")
        if self.embedder is None or file is None:
            return None
        from models.facts import FactReader

        return FactReader(self.embedder, _Judge(self, file))

    @_opened
    def composer(self) -> Composer | None:
        """None on the bundled tier, which selects and copies but does not compose."""
        file = self.store.current("chat")
        if file is None or file.tier != "abstractive" or self.chat is None:
            return None
        from models.compose import Composer

        return Composer(self.chat, file.name)

    def look_again(self, role: str) -> None:
        """Another model may be in use for `role`. Who holds the one before may go on with it."""
        for name in ("reader", *(("embedder",) if role == "embed" else ("chat", "composer"))):
            self.__dict__.pop(name, None)

    def brains(self, ready: Collection[str] = ()) -> Brains:
        """`ready` for building these kinds: a model that cannot be opened says so now, and not as
        the failure of every record.
        """
        if "facts" in ready and self.embedder is not None:
            _ = self.chat
        return Brains(self.embedder, self.reader, self.composer)


class _Judge:
    """The chat model by its identity, which is all that most need of it: looking how far distilling
    is must not cost the memory of its weights.
    """

    def __init__(self, library: Library, file: ModelFile) -> None:
        from models.chat import identity

        self.identity = identity(file)
        self._library = library

    def yes_no(self, prompt: str, *, before: Sequence[dict[str, str]] = ()) -> float:
        chat = self._library.chat
        assert chat is not None
        return chat.yes_no(prompt, before=before)
