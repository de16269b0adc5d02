"""The models themselves, for programs that bring their own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from secondme.memory.opening import Opened

if TYPE_CHECKING:
    from models.chat import ChatModel, Manner, Message
    from models.spoken import Reply


class Speaker(NamedTuple):
    """The chat model in use."""

    name: str
    composes: bool
    """False on the bundled tier, which may select and copy but is not trusted to write."""
    context: int
    """Tokens that prompt and answer may have together."""


class Speaking(Opened):
    """Let the chat model answer, count its tokens, make vectors of texts."""

    def speaker(self) -> Speaker | None:
        """None when no chat model is here."""
        chat = self._library.chat
        if chat is None:
            return None
        return Speaker(chat.name, chat.tier == "abstractive", chat.context)

    def count(self, text: str) -> int:
        """Tokens in a text. Raises ModelMissing, as the next three do."""
        return self._chat().count(text)

    def measure(self, messages: Sequence[Message]) -> int:
        """Tokens of a whole prompt, with all that the model's template puts around messages."""
        return self._chat().measure(messages)

    def spelled(self, text: str) -> list[bytes]:
        """A text in the pieces that the chat model would give it in."""
        return self._chat().spelled(text)

    def reply(self, messages: Sequence[Message], manner: Manner) -> Reply:
        """The chat model's own answer to `messages`; nothing of the memory is in it."""
        return self._chat().stream(messages, manner)

    def embed(self, texts: Sequence[str]) -> tuple[list[Any], int]:
        """A vector of unit length for each text, and the tokens of all. Raises ModelMissing."""
        embedder = self._library.embedder
        if embedder is None:
            self._library.store.need("embed")
            raise AssertionError("a model that is needed is there or raises")
        return [embedder.embed(text) for text in texts], sum(map(embedder.count, texts))

    def _chat(self) -> ChatModel:
        chat = self._library.chat
        if chat is None:
            self._library.store.need("chat")
            raise AssertionError("a model that is needed is there or raises")
        return chat
