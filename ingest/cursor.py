"""Cursor: `User/globalStorage/state.vscdb`, and the same file below `workspaceStorage`.

    cursorDiskKV   composerData:<talk>           {"name": "…", "fullConversationHeadersOnly": […]}
                   bubbleId:<talk>:<message>     {"type": 1, "text": "Why does the test fail?"}
    ItemTable      workbench.panel.aichat.…      {"tabs": [{"bubbles": [{"type": "user", …}]}]}

A message of type 1 is the owner's. The oldest versions kept whole talks in `ItemTable`, where
VS Code keeps its own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.jsonstream import mended
from ingest.sqlite import columns, opened, rows
from ingest.talks import Moment, Talk, fields, items, moment, titled, words
from ingest.vscode_chat import session_turns
from secondme.record import Record, Unread

_TALKS = "composerData:"
_OLD = "workbench.panel.aichat.view.aichat.chatdata"
_OF_VSCODE = "interactive.sessions"
_MINE = (1, "user")
_THEIRS = (2, "ai", "assistant")


def _looks_like_cursor(member: Member) -> bool:
    return {"ItemTable", "cursorDiskKV"} <= member.tables or (
        "ItemTable" in member.tables and member.name.endswith(".vscdb")
    )


@importer("cursor", recognises=_looks_like_cursor)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the turns of every talk in its order."""
    with opened(member) as database:
        if "key" in columns(database, "cursorDiskKV"):
            query = "select key from cursorDiskKV where key like ? order by key"
            for (key,) in list(rows(database, query, f"{_TALKS}%")):
                value = _value(database, key)
                yield from _composer(database, str(key).removeprefix(_TALKS), value)
        if "key" in columns(database, "ItemTable"):
            query = "select key, value from ItemTable where key in (?, ?)"
            for key, value in list(rows(database, query, _OLD, _OF_VSCODE)):
                yield from _kept(str(key), value, member)


def _composer(database: sqlite3.Connection, id_: str, value: Any) -> Iterator[Item]:
    about = _json(value)
    if not isinstance(about, dict):
        yield Unread(f"talk {id_}", "It is damaged or incomplete.")
        return
    begun = moment(about.get("createdAt"), per_second=1000)
    talk = Talk("cursor", words(about.get("composerId")) or id_, "", "Cursor")
    bubbles = items(about.get("conversation")) or _bubbles(database, id_, about)
    records = (_record(bubble, talk, begun) for bubble in bubbles)
    yield from titled((record for record in records if record), words(about.get("name")))


def _bubbles(
    database: sqlite3.Connection, id_: str, about: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    for header in items(about.get("fullConversationHeadersOnly")):
        key = f"bubbleId:{id_}:{words(header.get('bubbleId'))}"
        if (value := _value(database, key)) is not None:
            yield {**header, **fields(_json(value))}


def _value(database: sqlite3.Connection, key: Any) -> Any:
    found = rows(database, "select value from cursorDiskKV where key = ?", key)
    return next((value for (value,) in found), None)


def _kept(key: str, value: Any, member: Member) -> Iterator[Item]:
    found = _json(value)
    if key == _OF_VSCODE:
        for session in items(found):
            yield from session_turns(session, member)
        return
    for tab in items(fields(found).get("tabs")):
        talk = Talk("cursor", words(tab.get("tabId")) or member.stem, "", "Cursor")
        begun = moment(tab.get("lastSendTime"), per_second=1000)
        records = (_record(bubble, talk, begun) for bubble in items(tab.get("bubbles")))
        yield from titled((r for r in records if r), words(tab.get("chatTitle")))


def _record(bubble: dict[str, Any], talk: Talk, begun: Moment) -> Record | None:
    """None for calls of tools and thoughts, which have no text."""
    kind = bubble.get("type")
    text = words(bubble.get("text")) or words(bubble.get("rawText"))
    if kind not in (*_MINE, *_THEIRS) or not text.strip():
        return None
    at = _at(bubble)
    record = talk.said(
        text,
        mine=kind in _MINE,
        at=at if at.sent_at else begun,
        id_=words(bubble.get("bubbleId")) or words(bubble.get("id")) or None,
    )
    # Of most talks only the beginning is known, or when they were last taken up.
    return record if at.sent_at else record._replace(precision="day")


def _at(bubble: dict[str, Any]) -> Moment:
    created = bubble.get("createdAt")
    timing = fields(bubble.get("timingInfo")).get("clientRpcSendTime")
    return moment(created, per_second=1000) if created else moment(timing, per_second=1000)


def _json(value: Any) -> Any:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    try:
        return mended(json.loads(text))
    except (ValueError, RecursionError):
        return None
