"""Chat in VS Code (Copilot): `User/workspaceStorage/<id>/chatSessions/<session>.json`, or `.jsonl`.

    {"version": 3, "sessionId": "…", "requesterUsername": "ada", "requests": [
        {"requestId": "…", "timestamp": 1735732800000, "message": {"text": "Why?"},
         "response": [{"value": "Because."}]}]}

Since 2026 the first line is the session, and every other one changes it: `kind` 1 sets the value
at the path `k`, 2 appends to the list there, 3 deletes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.jsonlines import json_lines
from ingest.jsonstream import conversations
from ingest.talks import Moment, Talk, fields, items, moment, titled, words
from secondme.record import Record, Unread

_LONGEST = 1_000_000
"""Entries that a list may be grown to by one change."""


def _looks_like_vscode_chat(member: Member) -> bool:
    shape = member.shape
    if shape.has(0, "requests") and (
        shape.has(0, "responderUsername") or shape.has(0, "requesterUsername")
    ):
        return True
    return shape.has(0, "kind", "v") and shape.has(1, "sessionId", "requests")


@importer("vscode-chat", recognises=_looks_like_vscode_chat)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield every request and its answer."""
    if member.shape.has(0, "kind", "v"):
        session: Any = {}
        for one in json_lines(member):
            if isinstance(one, Unread):
                yield one
            else:
                session = _changed(session, fields(one[1]))
        yield from session_turns(fields(session), member)
        return
    for one in conversations(member, "VS Code chat"):
        if isinstance(one, Unread):
            yield one
        else:
            yield from session_turns(fields(one[1]), member)


def _changed(session: Any, change: dict[str, Any]) -> Any:
    """The session after a change; a change of what is not there is left out."""
    kind, path, value = change.get("kind"), change.get("k"), change.get("v")
    if kind == 0:
        return value
    if not isinstance(path, list) or not path:
        return session
    place = session
    for key in path[:-1]:
        place = _inside(place, key)
    last = path[-1]
    if kind == 2:
        _append(place, last, value, change.get("i"))
    elif isinstance(place, dict) and isinstance(last, str):
        if kind == 1:
            place[last] = value
        elif kind == 3:
            place.pop(last, None)
    elif isinstance(place, list) and isinstance(last, int) and 0 <= last <= len(place):
        if kind == 1:
            place[last : last + 1] = [value]
        elif kind == 3:
            del place[last : last + 1]
    return session


def _append(place: Any, key: Any, value: Any, start: Any) -> None:
    """`start`, if given, is where the list is cut off first."""
    if isinstance(place, dict) and isinstance(key, str) and key not in place:
        place[key] = []
    into = _inside(place, key)
    if not isinstance(into, list):
        return
    if isinstance(start, int) and 0 <= start <= len(into):
        del into[start:]
    if isinstance(value, list) and len(into) + len(value) <= _LONGEST:
        into.extend(value)


def _inside(place: Any, key: Any) -> Any:
    if isinstance(place, dict) and isinstance(key, str):
        return place.get(key)
    if isinstance(place, list) and isinstance(key, int) and -1 < key < len(place):
        return place[key]
    return None


def session_turns(session: dict[str, Any], member: Member) -> Iterator[Item]:
    """Of a session as one object, wherever it is kept."""
    name = words(session.get("sessionId")) or member.stem
    talk = Talk("vscode-chat", name, "", words(session.get("responderUsername")) or "Copilot")
    begun = moment(session.get("creationDate"), per_second=1000)
    records = (r for request in items(session.get("requests")) for r in _turn(request, talk, begun))
    yield from titled(records, words(session.get("customTitle")))


def _turn(request: dict[str, Any], talk: Talk, begun: Moment) -> Iterator[Record]:
    message = request.get("message")
    asked = words(message) or words(fields(message).get("text"))
    at = moment(request.get("timestamp"), per_second=1000)
    at, exact = (at, "s") if at.sent_at else (begun, "day")
    id_ = words(request.get("requestId"))
    variables = items(fields(request.get("variableData")).get("variables"))
    names = tuple(words(variable.get("name")) for variable in variables)
    if asked.strip():
        record = talk.said(
            asked,
            mine=True,
            at=at,
            id_=id_ or None,
            attachments=tuple(name for name in names if name),
        )
        yield record._replace(precision=exact)
    answer = _answer(request.get("response"))
    if answer:
        record = talk.said(
            answer,
            mine=False,
            at=at,
            id_=words(request.get("responseId")) or (f"{id_} answer" if id_ else None),
            reply_to=id_ or None,
        )
        yield record._replace(precision=exact)


def _answer(response: Any) -> str:
    """What was written in it: calls of tools, thoughts and edits are folded away."""
    pieces: list[str] = []
    for part in items(response):
        kind = words(part.get("kind"))
        if kind == "inlineReference":
            pieces.append(_reference(part))
        elif kind in ("", "markdownContent"):
            content = part.get("value", part.get("content"))
            pieces.append(words(content) or words(fields(content).get("value")))
    return "".join(pieces).strip()


def _reference(part: dict[str, Any]) -> str:
    """The name of a file or a symbol in the middle of a sentence."""
    reference = fields(part.get("inlineReference"))
    path = words(reference.get("path")) or words(fields(reference.get("uri")).get("path"))
    name = words(part.get("name")) or words(reference.get("name"))
    return name or path.rpartition("/")[2]
