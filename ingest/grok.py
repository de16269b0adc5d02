"""Grok: `prod-grok-backend.json` from the zip of accounts.x.ai/data.

{"conversations": [{"conversation": {"id": "…", "title": "Cats"}, "responses": [
    {"response": {"_id": "…", "sender": "human", "message": "Hi",
                  "create_time": {"$date": {"$numberLong": "1735732800000"}}}}, …]}], …}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.branches import newest_leaf, reading_order
from ingest.jsonstream import conversations
from ingest.talks import ALTERNATE, UNKNOWN, Moment, Talk, fields, items, moment, words
from secondme.record import Record, Unread

_CARD = re.compile(r"<(grok:render|xaiArtifact)\b[^<>]*>")


def _looks_like_grok(member: Member) -> bool:
    shape = member.shape
    return any(shape.has(depth, "conversation", "responses") for depth in (0, 1)) and (
        '"sender"' in member.start or '"responses": []' in member.start
    )


@importer("grok", recognises=_looks_like_grok)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield every conversation's newest branch in reading order, then the others."""
    for one in conversations(member, "Grok"):
        if isinstance(one, Unread):
            yield one
        else:
            yield from _conversation(fields(one[1]), one[0])


def _conversation(value: dict[str, Any], number: int) -> Iterator[Item]:
    about = fields(value.get("conversation"))
    responses = value.get("responses")
    if not isinstance(responses, list):
        yield Unread(f"conversation {number}", "It holds no messages.")
        return
    title = words(about.get("title"))
    talk = Talk("grok", str(about.get("id") or f"{title} {number}".strip()), title, "Grok")
    turns = [fields(response.get("response", response)) for response in items(responses)]
    for turn, shown in _order(turns):
        record = _record(turn, talk, shown)
        if record:
            yield record


def _order(turns: list[dict[str, Any]]) -> list[tuple[dict[str, Any], bool]]:
    """Along the links to the answered message; without links, as they stand."""
    by_id = {words(turn.get("_id")): turn for turn in turns}
    parents = {id_: words(turn.get("parent_response_id")) or None for id_, turn in by_id.items()}
    if len(by_id) < len(turns) or not any(parent in by_id for parent in parents.values()):
        return [(turn, True) for turn in turns]
    last = newest_leaf(parents, lambda id_: _at(by_id[id_].get("create_time")).sent_at or "")
    return [(by_id[id_], shown) for id_, shown in reading_order(parents, last)]


def _record(turn: dict[str, Any], talk: Talk, shown: bool) -> Record | None:
    """None for what holds neither words nor files."""
    mine = words(turn.get("sender")).lower() in ("human", "user")
    text = words(turn.get("message"))
    text = text if mine else _without_cards(text).strip()
    files = turn.get("file_attachments")
    names = tuple(str(name) for name in files if name) if isinstance(files, list) else ()
    if not text.strip() and not names:
        return None
    return talk.said(
        text,
        mine=mine,
        at=_at(turn.get("create_time")),
        id_=words(turn.get("_id")) or None,
        reply_to=words(turn.get("parent_response_id")) or None,
        attachments=names,
        meta={"branch": "" if shown else ALTERNATE},
    )


def _without_cards(text: str) -> str:
    """Citations and pictures stand in an answer as elements that the app draws; the text of a
    document made in the talk stays.
    """
    pieces: list[str] = []
    at = 0
    unclosed: set[str] = set()
    for card in _CARD.finditer(text):
        if card.start() < at:
            continue
        closing = f"</{card[1]}>"
        end = -1 if closing in unclosed else text.find(closing, card.end())
        pieces.append(text[at : card.start()])
        if end < 0:
            unclosed.add(closing)
            at = card.end()
            continue
        if card[1] == "xaiArtifact":
            pieces.append(text[card.end() : end])
        at = end + len(closing)
    return "".join(pieces) + text[at:]


def _at(value: Any) -> Moment:
    """MongoDB's way to write a time, or ISO."""
    if isinstance(value, dict):
        inner = value.get("$date")
        inner = inner.get("$numberLong") if isinstance(inner, dict) else inner
        return moment(inner, per_second=1000)
    return moment(value) if isinstance(value, str) else UNKNOWN
