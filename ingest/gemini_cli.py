"""Gemini CLI and Qwen Code: `~/.gemini/tmp/<project>/chats/session-*.json`, or `.jsonl`.

    {"sessionId": "…", "projectHash": "…", "startTime": "…Z", "messages": [
        {"id": "…", "timestamp": "…Z", "type": "user", "content": "Why does the test fail?"},
        {"id": "…", "timestamp": "…Z", "type": "gemini", "content": "…", "toolCalls": […]}]}

Since 2026 a line for each message: one is written again whenever it grows, `$set` changes what was
said about the session, and `$rewindTo` goes back to a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.agents import own_words
from ingest.jsonlines import json_lines
from ingest.jsonstream import conversations
from ingest.talks import ALTERNATE, Talk, fields, items, moment, titled, words
from secondme.record import Record, Unread

_SPOKEN = {"user": True, "gemini": False, "qwen": False, "assistant": False, "model": False}


def _looks_like_gemini_cli(member: Member) -> bool:
    shape = member.shape
    if shape.has(0, "sessionId", "messageId", "message", "type"):
        return True
    return shape.has(0, "sessionId", "startTime") and (
        shape.has(0, "messages") or shape.has(0, "projectHash")
    )


@importer("gemini-cli", recognises=_looks_like_gemini_cli)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield what was typed and what was answered. `logs.json` says the prompts again."""
    if member.shape.has(0, "sessionId", "messageId", "message"):
        return
    session = _Session(member.stem)
    bad: list[Unread] = []
    lines = member.shape.kind == "lines"
    for one in json_lines(member) if lines else conversations(member, "Gemini CLI"):
        if isinstance(one, Unread):
            bad.append(one)
        elif isinstance(one[1], dict):
            session.look(one[1])
        else:
            bad.append(Unread(f"line {one[0]}", "It is no entry of a session."))
    yield from titled(session.records(), session.title)
    yield from bad


class _Session:
    def __init__(self, name: str) -> None:
        self.title = ""
        self._name = name
        self._hidden = False
        self._messages: dict[str, dict[str, Any]] = {}
        self._left: set[str] = set()

    def look(self, value: dict[str, Any]) -> None:
        rewound = value.get("$rewindTo")
        if isinstance(rewound, str):
            self._rewind(rewound)
        elif "type" in value and "id" in value:
            self._add(value)
        else:
            self._meet(fields(value.get("$set", value)))

    def records(self) -> list[Record]:
        talk = Talk("gemini-cli", self._name, "", "Gemini")
        if self._hidden:
            return []
        found = (_record(m, talk, id_ in self._left) for id_, m in self._messages.items())
        return [record for record in found if record]

    def _meet(self, about: dict[str, Any]) -> None:
        self._name = words(about.get("sessionId")) or self._name
        self.title = words(about.get("summary")) or words(about.get("title")) or self.title
        self._hidden = self._hidden or about.get("kind") == "subagent"
        for message in items(about.get("messages")):
            self._add(message)

    def _add(self, message: dict[str, Any]) -> None:
        id_ = str(message.get("id") or f"message {len(self._messages) + 1}")
        self._messages[id_] = message
        self._left.discard(id_)

    def _rewind(self, id_: str) -> None:
        """What came after is on a branch that is no longer shown."""
        keys = list(self._messages)
        self._left.update(keys[keys.index(id_) + 1 :] if id_ in keys else ())


def _record(message: dict[str, Any], talk: Talk, left: bool) -> Record | None:
    kind = words(message.get("type"))
    if kind not in _SPOKEN:
        return None
    mine = _SPOKEN[kind]
    text = _text(message.get("displayContent")) or _text(message.get("content"))
    text = own_words(text) if mine else text
    if not text.strip() or (mine and text.startswith("/")):
        return None
    return talk.said(
        text,
        mine=mine,
        at=moment(message.get("timestamp")),
        id_=words(message.get("id")) or None,
        meta={"branch": ALTERNATE if left else ""},
    )


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(part if isinstance(part, str) else _text(part) for part in content)
    return words(content.get("text")) if isinstance(content, dict) else words(content)
