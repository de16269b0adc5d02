"""ShareGPT: talks as tools that pass them on write them.

    {"id": "a1", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", …}]}

A list of these, one alone, or one a line. There are no times.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.chatlog import documents
from ingest.notes import path_of
from ingest.talks import Talk, fields, items, titled, words
from secondme.record import Unread

_MINE = frozenset({"human", "user", "prompter"})
_THEIRS = frozenset(
    "gpt chatgpt assistant bard bing claude gemini grok llama model bot ai chatbot".split()
)


def _looks_like_sharegpt(member: Member) -> bool:
    shape = member.shape
    return (shape.has(0, "conversations") or shape.has(0, "conversation")) and shape.has(
        1, "from", "value"
    )


@importer("sharegpt", recognises=_looks_like_sharegpt)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the turns of every talk in their order."""
    for one in documents(member, "ShareGPT"):
        if isinstance(one, Unread):
            yield one
            continue
        number, value = one
        value = fields(value)
        turns = value.get("conversations", value.get("conversation"))
        if isinstance(turns, list):
            name = str(value.get("id") or f"{path_of(member)} {number}")
            talk = Talk("sharegpt", name, words(value.get("title")), "Assistant")
            yield from titled(_turns(items(turns), talk), talk.title)
        else:
            yield Unread(f"conversation {number}", "It holds no messages.")


def _turns(turns: list[dict[str, Any]], talk: Talk) -> Iterator[Item]:
    """Tools and system prompts are nobody's words."""
    for turn in turns:
        who, text = words(turn.get("from")).lower(), words(turn.get("value"))
        if text.strip() and who in _MINE | _THEIRS:
            yield talk.said(text, mine=who in _MINE)
