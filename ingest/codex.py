"""Codex: the logs under `~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl`.

    {"timestamp": "…Z", "type": "session_meta", "payload": {"id": "…", "cwd": "/work"}}
    {"timestamp": "…Z", "type": "response_item", "payload": {"type": "message", "role": "user",
     "content": [{"type": "input_text", "text": "Why does the test fail?"}]}}

Before autumn 2025 the items stood without an envelope and without times, below one line about the
session; the first versions wrote one object with `session` and `items`. `event_msg` says again what
a `response_item` said.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.agents import own_words
from ingest.jsonlines import json_lines
from ingest.jsonstream import conversations
from ingest.talks import UNKNOWN, Moment, Talk, fields, items, moment, titled, words
from secondme.record import Record, Unread

_ENVELOPES = frozenset({"session_meta", "response_item", "event_msg", "turn_context", "compacted"})
_EVENTS = {"user_message": True, "agent_message": False}
_TEXTS = frozenset({"input_text", "output_text", "text"})


def _looks_like_codex(member: Member) -> bool:
    shape = member.shape
    if shape.has(0, "type", "payload"):
        return any(f'"{name}"' in member.start for name in _ENVELOPES)
    if shape.has(0, "session", "items"):
        return shape.has(1, "role", "content")
    if shape.has(0, "session_id", "ts", "text"):
        return True
    if shape.kind != "lines" or not shape.has(0, "type", "role", "content"):
        return False
    return shape.has(0, "record_type") or shape.has(0, "id", "timestamp", "instructions")


@importer("codex", recognises=_looks_like_codex)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield what was typed and what was answered, in the order of the log."""
    if member.shape.has(0, "session_id", "ts"):
        yield from _history(member)
        return
    session = _Session(member.stem)
    bad: list[Item] = []
    for one in _lines(member):
        if isinstance(one, Unread):
            bad.append(one)
        elif not isinstance(one[1], dict):
            bad.append(Unread(f"line {one[0]}", "It is no entry of a session."))
        else:
            session.look(one[1])
    yield from titled(session.records(), "")
    yield from bad


def _lines(member: Member) -> Iterator[tuple[int, Any] | Unread]:
    if member.shape.kind == "lines" or not member.shape.has(0, "items"):
        yield from json_lines(member)
        return
    for one in conversations(member, "Codex"):
        if isinstance(one, Unread):
            yield one
        else:
            yield one[0], fields(one[1]).get("session")
            yield from enumerate(items(fields(one[1]).get("items")), 1)


class _Session:
    """The turns of one log. Agents that another agent started speak to nobody."""

    def __init__(self, name: str) -> None:
        self._talk = Talk("codex", name, "", "Codex")
        self._begun = UNKNOWN
        self._hidden = False
        self._folder = ""
        self._items: list[Record] = []
        self._events: list[Record] = []

    def look(self, line: dict[str, Any]) -> None:
        kind, payload = line.get("type"), fields(line.get("payload"))
        at = moment(line.get("timestamp") or payload.get("timestamp"))
        if kind == "session_meta" or ("id" in line and "type" not in line):
            self._meet(payload or line)
        elif kind == "response_item":
            self._add(payload, at)
        elif kind == "event_msg" and words(payload.get("type")) in _EVENTS:
            self._tell(payload, at)
        elif kind == "message" and "payload" not in line:
            self._add(line, at)

    def records(self) -> list[Record]:
        if self._hidden:
            return []
        return self._items or self._events

    def _meet(self, about: dict[str, Any]) -> None:
        # A forked session repeats what it was forked from, and who that was.
        if self._begun != UNKNOWN:
            return
        self._talk = self._talk._replace(conversation=words(about.get("id")) or self._talk[1])
        self._begun = moment(about.get("timestamp"))
        self._folder = words(about.get("cwd"))
        self._hidden = "subagent" in fields(about.get("source"))

    def _add(self, item: dict[str, Any], at: Moment) -> None:
        role = item.get("role")
        if item.get("type") != "message" or role not in ("user", "assistant"):
            return
        texts = [words(p.get("text")) for p in items(item.get("content")) if _is_text(p)]
        if role == "user":
            texts = [own_words(text) for text in texts]
        self._keep(self._items, texts, role == "user", at, words(item.get("id")) or None)

    def _tell(self, payload: dict[str, Any], at: Moment) -> None:
        mine = _EVENTS[payload["type"]]
        text = words(payload.get("message"))
        self._keep(self._events, [own_words(text) if mine else text], mine, at, None)

    def _keep(
        self, kept: list[Record], texts: list[str], mine: bool, at: Moment, id_: str | None
    ) -> None:
        text = "\n\n".join(text for text in texts if text.strip())
        if not text:
            return
        meta = {"folder": self._folder}
        known = at.sent_at is not None
        record = self._talk.said(
            text, mine=mine, at=at if known else self._begun, id_=id_, meta=meta
        )
        # Of the session one knows when it began, and most end on the same day.
        kept.append(record if known else record._replace(precision="day"))


def _is_text(part: dict[str, Any]) -> bool:
    return words(part.get("type")) in _TEXTS


def _history(member: Member) -> Iterator[Item]:
    """Prompts of sessions that are gone: the others are read where they stand."""
    names = [PurePosixPath(other.name).stem for other in member.export.everything]
    kept = {name[-len("00000000-0000-0000-0000-000000000000") :] for name in names}
    for one in json_lines(member):
        if isinstance(one, Unread):
            yield one
            continue
        line = fields(one[1])
        session, text = words(line.get("session_id")), own_words(words(line.get("text")))
        if text and session not in kept and not text.startswith("/"):
            talk = Talk("codex", session or member.stem, "", "Codex")
            yield talk.said(text, mine=True, at=moment(line.get("ts")))
