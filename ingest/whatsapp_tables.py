"""Words that phones write into WhatsApp exports, in the languages of their owners.

They are data, in `tables/whatsapp.toml`. Structure is asked first; a word missing there costs a
label, never a message.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from ingest.calendar_words import bare

_RAW = tomllib.loads(
    Path(__file__).with_name("tables").joinpath("whatsapp.toml").read_text(encoding="utf-8")
)
LANGUAGES: dict[str, dict[str, list[str]]] = {c: t for c, t in _RAW.items() if c != "at"}
"""By language and kind of word."""
_LONGEST_PLACEHOLDER = 80


def _every(kind: str) -> Iterator[str]:
    """What all languages have of one kind, each once."""
    yield from dict.fromkeys(word for words in LANGUAGES.values() for word in words.get(kind, ()))


def _chat_names() -> re.Pattern[str]:
    """Longer templates first: `… avec le groupe {}` is also `… avec {}`."""
    templates = sorted(_every("chat"), key=len, reverse=True)
    names = (re.escape(template).replace(r"\{\}", " ?(.+?) ?") for template in templates)
    return re.compile("|".join(names), re.IGNORECASE)


CHAT_NAME = _chat_names()
"""A file's or zip's name around the name of the chat, `_` and NBSP already turned into spaces."""
ATTACHED = frozenset(_every("attached"))
"""As the second half of `IMG-….jpg (file attached)` on Android."""
DELETED = frozenset(_every("deleted"))
"""What is left of a message that its writer took back: still that person's message."""
CALLS = frozenset(_every("calls"))
"""What the line that a call leaves behind begins with; its length or a hint follows."""
CALL_STARTS = frozenset(
    start for call in CALLS for start in (call[:2], call[:2].upper(), call[:1].upper() + call[1:2])
) | frozenset({"\u200e" + call[:1] for call in CALLS} | {"\u200e" + c[:1].upper() for c in CALLS})
"""The first two characters of such lines; a cheap look at every message."""
YOU = tuple(f"{word} " for word in _every("you"))
NOTICE_VERB = re.compile(rf"\b(?:{'|'.join(map(re.escape, _every('verbs')))})\b", re.IGNORECASE)
"""In what stands before a colon: a sentence about somebody, not somebody's name."""
AT = frozenset(map(bare, _RAW["at"]["words"].split()))
"""Words beside an hour that leave open which half of the day it is in."""
_LEFT_OUT = tuple(_every("left_out"))


def is_left_out(words: str) -> bool:
    """What stands in place of media that were not exported, where no mark shows it."""
    words = words.strip(" .<>").casefold()
    if len(words) > _LONGEST_PLACEHOLDER:
        return False
    return words.startswith(_LEFT_OUT) or words.endswith(_LEFT_OUT)


__all__ = [
    "AT",
    "ATTACHED",
    "CALLS",
    "CALL_STARTS",
    "CHAT_NAME",
    "DELETED",
    "LANGUAGES",
    "NOTICE_VERB",
    "YOU",
]
__all__ += ["is_left_out"]
