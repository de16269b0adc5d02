"""One answer to a conversation: in quotes, by a model that is shown quotes, or by the bare model.

The caller's own messages come first: they fit, or the request is refused. What the context then has
left over holds room for the answer and memory, best first.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.spoken import Reply
from secondme.memory import Memory
from secondme.memory.speaking import Speaker
from secondme.record import Hit
from secondme.serve.asking import Asked
from secondme.serve.quoting import Quotation, cited, quotations
from secondme.serve.refusals import bad, too_long
from secondme.serve.upstream import Upstream
from secondme.serve.workers import Workers

_HITS = 12
_ROOM = 512
"""Tokens kept for an answer whose caller sets no bound; of a small context, a quarter."""
_SHARE = 0.5
"""How much of the context may be memory."""
_UPSTREAM_BUDGET = 1_024
"""Tokens of memory for an upstream, whose context nobody here knows."""
_BYTES_A_TOKEN = 2
"""Where no model counts: fewer bytes than usual tokenizers put into one."""
_UNBOUNDED = 2**31
_WORD = re.compile(r"\s*\S+|\s+")

Message = dict[str, str]


@dataclass
class Turn:
    """Iterate once over `words`; then `usage`, `finish` and `memory` are known."""

    reply: Reply | Callable[[Memory], Reply]
    """What is known already, or how a model begins to say it."""
    told: tuple[str, ...] = ()
    """The records that left for this answer."""
    grounds: Callable[[str], dict[str, Any]] | None = None
    """What of the memory an answer rests on; None where memory is off."""
    _said: str = ""

    def admit(self, workers: Workers) -> None:
        """Raises the refusal when a model is needed and too many wait for it."""
        if not isinstance(self.reply, Reply):
            workers.admit()

    async def words(self, workers: Workers) -> AsyncGenerator[str, None]:
        if isinstance(self.reply, Reply):
            for piece in self.reply:
                yield piece
            return
        async for piece in workers.speak(self._begin):
            self._said += piece
            yield piece

    def _begin(self, memory: Memory) -> Reply:
        assert not isinstance(self.reply, Reply)
        self.reply = self.reply(memory)
        return self.reply

    @property
    def finish(self) -> str:
        return self._spoken().finish

    @property
    def usage(self) -> dict[str, int]:
        asked, given = self._spoken().prompt, self._spoken().tokens
        return {
            "prompt_tokens": asked,
            "completion_tokens": given,
            "total_tokens": asked + given,
        }

    def memory(self) -> dict[str, Any]:
        """The field `secondme` of the answer, if it has one."""
        return {"secondme": self.grounds(self._said)} if self.grounds else {}

    def _spoken(self) -> Reply:
        assert isinstance(self.reply, Reply)
        return self.reply


def prepare(memory: Memory, asked: Asked, upstream: Upstream | None, today: date) -> Turn:
    """Everything that comes before the first word, and all that can be refused."""
    speaker = memory.speaker() if upstream is None else None
    if speaker is not None:
        tokens = memory.measure(asked.messages)
        if tokens >= speaker.context:
            raise too_long(tokens, speaker.context)
    if not asked.remembers:
        return Turn(_answering(asked.messages, asked, upstream))
    if upstream is None and (speaker is None or not speaker.composes):
        return _quoting(memory, asked, today)
    return _composing(memory, asked, upstream, speaker, today)


def _answering(
    messages: Sequence[Message], asked: Asked, upstream: Upstream | None
) -> Callable[[Memory], Reply]:
    def begin(memory: Memory) -> Reply:
        if upstream is not None:
            return upstream.reply(messages, asked.manner)
        # The model itself stops where its context is full.
        bound = asked.manner.max_tokens or _UNBOUNDED
        return memory.reply(messages, asked.manner._replace(max_tokens=bound))

    return begin


def _quoting(memory: Memory, asked: Asked, today: date) -> Turn:
    """The bundled models may not compose: the answer is what was said, or that nobody said it."""
    if not asked.question.strip():
        raise bad("`messages` has no question of the user's.", "messages")
    found = memory.ask(asked.question, now=today)
    if found["abstained"] and asked.before:
        found = memory.ask(f"{asked.before}\n{asked.question}", now=today)
    if memory.speaker() is None:
        pieces = [word.encode() for word in _WORD.findall(found["answer"])]
        prompt = sum(_estimate(m["content"]) for m in asked.messages)
    else:
        pieces, prompt = memory.spelled(found["answer"]), memory.measure(asked.messages)
    grounds = {name: found[name] for name in ("citations", "abstained")}
    told = tuple(citation["id"] for citation in found["citations"])
    return Turn(_recited(pieces, prompt, asked), told, lambda _: grounds)


def _recited(pieces: Sequence[bytes], prompt: int, asked: Asked) -> Reply:
    """Words that are known, under the caller's bounds."""
    most = asked.manner.max_tokens or len(pieces) + 1

    def given() -> Generator[bytes, None, None]:
        yield from pieces[:most]

    bound = most if len(pieces) > most else len(pieces) + 1
    return Reply(given(), bound, asked.manner.stop, prompt=prompt, thinks=False)


def _composing(
    memory: Memory, asked: Asked, upstream: Upstream | None, speaker: Speaker | None, today: date
) -> Turn:
    count, budget = _estimate, _UPSTREAM_BUDGET
    if speaker is not None:
        count, budget = memory.count, _budget(memory, asked, speaker)
    block, shown = quotations(_recalled(memory, asked, today), budget, count)
    messages = _with_memory(asked.messages, block) if block else asked.messages
    return Turn(
        _answering(messages, asked, upstream),
        tuple(quotation.hit.id for quotation in shown),
        lambda said: _grounds(said, shown),
    )


def _grounds(said: str, shown: Sequence[Quotation]) -> dict[str, Any]:
    citations = cited(said, shown)
    return {"citations": citations, "abstained": not citations}


def _budget(memory: Memory, asked: Asked, speaker: Speaker) -> int:
    """Tokens that memory may take: what the caller's messages and the answer leave over."""
    taken = memory.measure(_with_memory(asked.messages, ""))
    room = min(asked.manner.max_tokens or _ROOM, speaker.context // 4)
    return min(speaker.context - taken - room, int(speaker.context * _SHARE))


def _recalled(memory: Memory, asked: Asked, today: date) -> list[Hit]:
    """What answers the question; after that what answers it together with the one before it. Told
    as the owner corrected it.
    """
    if not asked.question.strip():
        return []
    hits = memory.search(asked.question, k=_HITS, now=today)
    if asked.before and len(hits) < _HITS:
        both = memory.search(f"{asked.before}\n{asked.question}", k=_HITS, now=today)
        here = {hit.id for hit in hits}
        hits = [*hits, *(hit for hit in both if hit.id not in here)]
    return memory.as_corrected(hits[:_HITS])


def _with_memory(messages: Sequence[Message], block: str) -> list[Message]:
    """At the end of the caller's own instructions: many templates take but one system message."""
    first, *rest = messages
    if first["role"] == "system":
        return [{"role": "system", "content": f"{first['content']}\n\n{block}"}, *rest]
    return [{"role": "system", "content": block}, first, *rest]


def _estimate(text: str) -> int:
    return -(-len(text.encode()) // _BYTES_A_TOKEN)
