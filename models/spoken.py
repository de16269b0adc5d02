"""An answer while it is being given: bytes of tokens in, readable text out."""

from __future__ import annotations

import codecs
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing

_THINK, _THOUGHT = "<think>", "</think>"


class Reply:
    """Iterate once for the answer's text, piece by piece, without what the model thinks to itself.
    Afterwards `tokens` and `finish` are known. Words that no model made hold no thoughts: with
    `thinks` off, a `<think>` in them is one more word.
    """

    def __init__(
        self,
        tokens: Generator[bytes, None, None],
        most: int,
        stop: Sequence[str] = (),
        *,
        prompt: int = 0,
        thinks: bool = True,
    ) -> None:
        self.prompt = prompt
        """Tokens of what is being answered."""
        self._given = tokens
        self._most = most
        self._filter = _Filter(stop, thinks)
        self.tokens = 0
        """How many the model gave, those of thoughts included."""
        self.finish = "length"
        """stop: it had said all, or came to a `stop` text · length: it was cut off at `most`"""

    def __iter__(self) -> Iterator[str]:
        heard = self._filter
        with closing(self._given):
            for token in self._given:
                self.tokens += 1
                if text := heard.hear(token):
                    yield text
                if heard.stopped:
                    break
        if rest := heard.rest():
            yield rest
        if heard.stopped or self.tokens < self._most:
            self.finish = "stop"


class _Filter:
    """Holds text back as long as it may turn out to be the beginning of a mark."""

    def __init__(self, stop: Sequence[str], thinks: bool) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("ignore").decode
        self._stop = [s for s in stop if s]
        self._ends = [_THINK, *self._stop] if thinks else self._stop
        self._held = ""
        self._thinking = False
        self._begun = False
        self.stopped = False

    def hear(self, data: bytes, *, last: bool = False) -> str:
        self._held += self._decode(data, last)
        said = ""
        while not self.stopped:
            mark, at = self._next_mark()
            if at < 0:
                break
            passed, self._held = self._held[:at], self._held[at + len(mark) :]
            said += "" if self._thinking else passed
            self._meet(mark)
        if self.stopped:
            self._held = ""
        keep = 0 if last else self._unsure()
        cut = len(self._held) - keep
        said += "" if self._thinking else self._held[:cut]
        self._held = self._held[cut:]
        return self._trimmed(said)

    def rest(self) -> str:
        """What was held back and turned out to be text."""
        return "" if self.stopped else self.hear(b"", last=True)

    def _marks(self) -> list[str]:
        return [_THOUGHT] if self._thinking else self._ends

    def _next_mark(self) -> tuple[str, int]:
        """The mark that comes first, and where; -1 when there is none."""
        found = [(self._held.find(mark), mark) for mark in self._marks()]
        at, mark = min(((at, mark) for at, mark in found if at >= 0), default=(-1, ""))
        return mark, at

    def _meet(self, mark: str) -> None:
        if mark in (_THINK, _THOUGHT) and mark not in self._stop:
            self._thinking = mark == _THINK
        else:
            self.stopped = True

    def _unsure(self) -> int:
        """How many of the last characters may be the beginning of a mark."""
        longest = max(map(len, self._marks()), default=1) - 1
        for size in range(min(longest, len(self._held)), 0, -1):
            if any(mark.startswith(self._held[-size:]) for mark in self._marks()):
                return size
        return 0

    def _trimmed(self, said: str) -> str:
        """Without the blank that a thought leaves before the answer."""
        if not self._begun:
            said = said.lstrip()
            self._begun = bool(said)
        return said
