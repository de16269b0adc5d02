"""Talks as the APIs of assistants take them: by role, in the files of many local chat programs.

    {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}

One a line (fine-tuning data), a list of them, one alone, or a bare list of turns. Open WebUI puts
`chat` around it, LibreChat says `sender` and `text`, and Gemini's API `parts`. Both programs keep
answers that were made again: Open WebUI in `history`, LibreChat as `children` in `messagesTree`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.branches import newest_leaf, reading_order
from ingest.jsonlines import json_lines
from ingest.jsonstream import conversations
from ingest.notes import path_of
from ingest.talks import ALTERNATE, Moment, Talk, fields, items, moment, titled, words
from secondme.record import Record, Unread

_SAID = frozenset({"text", "input_text", "output_text"})
_TIMES = ("timestamp", "created_at", "createdAt", "create_time", "time", "date")
_IDS = ("id", "messageId", "uuid", "message_id")
_ABOVE = ("parentMessageId", "parentId")
_NAMES = ("id", "conversationId", "conversation_id", "uuid", "session_id", "chat_id")
_TITLES = ("title", "name", "chatTitle")
_ROLE = re.compile(r'"role"\s*:\s*"(?:user|assistant|model|human)"')
_ROLES = {"user": True, "human": True, "assistant": False, "model": False, "ai": False}


def _looks_like_chatlog(member: Member) -> bool:
    shape = member.shape
    if not shape.kind:
        return False
    if shape.has(1, "isCreatedByUser", "text"):
        return shape.has(0, "messages") or shape.has(0, "messagesTree")
    if not _ROLE.search(member.start):
        return False
    if shape.has(0, "role") and (shape.has(0, "content") or shape.has(0, "parts")):
        return shape.kind in ("array", "lines")
    for depth in (0, 1):
        if shape.has(depth, "messages") and shape.has(depth + 1, "role"):
            return shape.has(depth + 1, "content") or shape.has(depth + 1, "parts")
    return shape.has(1, "history") and shape.has(2, "messages", "currentId")


@importer("chatlog", recognises=_looks_like_chatlog)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the turns of every talk in their order."""
    alone: list[Any] = []
    for one in documents(member, "chat"):
        if isinstance(one, Unread):
            yield one
            continue
        number, value = one
        if isinstance(value, list):
            yield from _talk({"messages": value}, f"{path_of(member)} {number}")
        elif not {"messages", "messagesTree", "chat"}.isdisjoint(fields(value)):
            yield from _talk(value, f"{path_of(member)} {number}")
        elif "role" in fields(value):
            alone.append(value)
        else:
            yield Unread(f"conversation {number}", "It holds no messages.")
    if alone:
        yield from _talk({"messages": alone}, path_of(member))


def documents(member: Member, what: str) -> Iterator[tuple[int, Any] | Unread]:
    """(number, value) of every document in a file that holds one, a list of them, or one a line."""
    if member.shape.kind == "lines":
        yield from json_lines(member)
    else:
        yield from conversations(member, what)


def _talk(value: dict[str, Any], fallback: str) -> Iterator[Item]:
    inner = fields(value.get("chat"))
    history = fields(inner.get("history"))
    turns = _flat(items(value.get("messages")) or items(value.get("messagesTree")))
    turns = turns or items(list(fields(history.get("messages")).values()))
    turns = turns or items(inner.get("messages"))
    title = _first(value, _TITLES) or _first(inner, _TITLES)
    name = _first(value, _NAMES) or _first(inner, _NAMES) or fallback
    talk = Talk("chatlog", name, title, "Assistant")
    records = (_record(turn, talk, shown) for turn, shown in _order(turns, history))
    yield from titled(_told_apart(record for record in records if record), title)


def _flat(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages that lie in each other, each before its children."""
    found: list[dict[str, Any]] = []
    left = turns[::-1]
    while left:
        found.append(left.pop())
        left += items(found[-1].get("children"))[::-1]
    return found


def _order(
    turns: list[dict[str, Any]], history: dict[str, Any]
) -> list[tuple[dict[str, Any], bool]]:
    """In reading order, and what the program shows: all of it where there is no tree.

    Where a message in the middle is missing, the links say nothing about what is shown.
    """
    by_id = {_first(turn, _IDS): turn for turn in turns}
    parents = {id_: _first(turn, _ABOVE) or None for id_, turn in by_id.items()}
    roots = {parent for parent in parents.values() if parent not in parents}
    linked = any(parent in parents for parent in parents.values())
    if len(by_id) < len(turns) or len(roots) != 1 or not linked or "" in by_id:
        return [(turn, True) for turn in turns]
    last = history.get("currentId")
    if not isinstance(last, str) or last not in parents:
        last = newest_leaf(parents, lambda _: 0)
    return [(by_id[id_], shown) for id_, shown in reading_order(parents, last)]


def _told_apart(records: Iterable[Record]) -> Iterator[Record]:
    """An id that comes again in a talk is not its message's alone."""
    seen: set[str | None] = set()
    for record in records:
        yield record._replace(native_id=None) if record.native_id in seen else record
        seen.add(record.native_id)


def _record(turn: dict[str, Any], talk: Talk, shown: bool) -> Record | None:
    """None for system prompts, calls of tools and what came of them: nobody's words."""
    if "isCreatedByUser" in turn:
        mine = bool(turn["isCreatedByUser"])
    elif (role := words(turn.get("role")).lower()) in _ROLES:
        mine = _ROLES[role]
    else:
        return None
    text = _text(turn)
    if not text.strip():
        return None
    meta = {"branch": "" if shown else ALTERNATE}
    return talk.said(text, mine=mine, at=_at(turn), id_=_first(turn, _IDS) or None, meta=meta)


def _text(turn: dict[str, Any]) -> str:
    content = turn.get("content", turn.get("parts", turn.get("text")))
    if isinstance(content, str):
        return content
    texts: list[str] = []
    for part in content if isinstance(content, list) else ():
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict) and words(part.get("type", "text")) in _SAID:
            said = part.get("text")
            texts.append(words(said) or words(fields(said).get("value")))
    return "\n\n".join(text for text in texts if text) or words(turn.get("text"))


def _at(turn: dict[str, Any]) -> Moment:
    value = next((turn[key] for key in _TIMES if turn.get(key)), None)
    milliseconds = isinstance(value, int | float) and value > 1e11
    return moment(value, per_second=1000 if milliseconds else 1)


def _first(place: dict[str, Any], keys: tuple[str, ...]) -> str:
    found = (place.get(key) for key in keys)
    return next((str(value) for value in found if isinstance(value, str | int) and value), "")


__all__ = ["documents", "read"]
