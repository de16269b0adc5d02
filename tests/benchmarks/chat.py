"""A long chat whose words follow Zipf's law, and questions about it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from functools import cache
from itertools import islice

WORDS = 20_000
FROM = 1_600_000_000


def chat(messages: int) -> Iterator[str]:
    """A WhatsApp group of eight, as a phone exports it."""
    rng = random.Random(7)
    words = [_word(rng) for _ in range(WORDS)]
    weights = [1 / (rank + 10) for rank in range(WORDS)]
    spoken = iter(rng.choices(words, weights, k=messages * 25))
    at = FROM
    for _ in range(messages):
        at += rng.randrange(5, 900)
        text = " ".join(islice(spoken, rng.randrange(1, 25)))
        stamp = time.strftime("%d/%m/%Y, %H:%M", time.gmtime(at))
        yield f"{stamp} - P{rng.randrange(8)}: {text}\n"


def questions(seed: int) -> Iterator[str]:
    """Two to six words each, common and rare ones mixed, without end."""
    words, ask = vocabulary(), random.Random(seed)
    while True:
        yield " ".join(words[int(WORDS * ask.random() ** 3)] for _ in range(ask.randint(2, 6)))


def queries() -> list[str]:
    """The first 200 such questions."""
    return list(islice(questions(11), 200))


@cache
def vocabulary() -> list[str]:
    """All words of the chat, the commonest first."""
    rng = random.Random(7)
    return [_word(rng) for _ in range(WORDS)]


def _word(rng: random.Random) -> str:
    return "".join(
        rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4))
    )
