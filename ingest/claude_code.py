"""Claude Code: the logs under `~/.claude/projects/<folder>/<session>.jsonl`.

    {"type": "user", "sessionId": "…", "uuid": "…", "timestamp": "…Z", "message": {"role": "user",
     "content": "Why does the test fail?"}}

One answer is several lines, and the output of a tool has the type `user`. Resumed sessions begin
with copies of the lines before them, under the same ids. `history.jsonl` keeps prompts for longer
than the sessions are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.agents import own_words
from ingest.jsonlines import json_lines
from ingest.talks import Talk, fields, items, moment, titled, words
from secondme.record import Record, Unread

_SESSION = ("sessionId", "session_id")
_TITLES = {"custom-title": "customTitle", "ai-title": "aiTitle"}
_TURN = re.compile(r'"type"\s*:\s*"(?:user|assistant)"')
_SYNTHETIC = "<synthetic>"


def _looks_like_claude_code(member: Member) -> bool:
    shape = member.shape
    if shape.kind not in ("lines", "object"):
        return False
    if shape.has(0, "display", "timestamp", "project") and shape.has(0, "pastedContents"):
        return True
    if shape.has(0, "type", "leafUuid", "summary") and not shape.has(0, "payload"):
        return True
    if shape.has(0, "type", "message") and _TURN.search(member.start):
        return shape.has(0, "sessionId", "uuid") or shape.has(1, "usage")
    return shape.has(0, "sessionId", "type") and (
        shape.has(0, "snapshot", "messageId") or shape.has(0, "operation", "content")
    )


@importer("claude-code", recognises=_looks_like_claude_code)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield what was typed and what was answered, in the order of the log."""
    if member.shape.has(0, "display", "pastedContents"):
        yield from _history(member)
        return
    found: list[Item] = []
    title = _Title()
    for one in json_lines(member):
        if isinstance(one, Unread):
            found.append(one)
            continue
        number, line = one
        if not isinstance(line, dict):
            found.append(Unread(f"line {number}", "It is no entry of a session."))
            continue
        title.look(line)
        if record := _record(line, member):
            found.append(record)
    yield from titled(found, title.best())


class _Title:
    """How the session is called: by its owner, by Claude, or in a summary of what is in it."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}
        self._ids: set[str] = set()
        self._summaries: list[tuple[str, str]] = []

    def look(self, line: dict[str, Any]) -> None:
        kind = words(line.get("type"))
        self._ids.add(words(line.get("uuid")))
        if kind in _TITLES:
            self._found[kind] = words(line.get(_TITLES[kind]))
        elif kind == "summary":
            self._summaries.append((words(line.get("leafUuid")), words(line.get("summary"))))

    def best(self) -> str:
        summaries = [text for leaf, text in self._summaries if leaf in self._ids and text]
        found = [self._found.get(kind, "") for kind in _TITLES] + summaries[-1:]
        return next((title for title in found if title), "")


def _record(line: dict[str, Any], member: Member) -> Record | None:
    """None for what nobody typed and nobody was told."""
    # What an agent asks another, and what the program tells the model, are in no window.
    if line.get("isSidechain") or line.get("isMeta") or line.get("isCompactSummary"):
        return None
    if line.get("isVisibleInTranscriptOnly") or line.get("isApiErrorMessage"):
        return None
    kind, message = line.get("type"), fields(line.get("message"))
    if kind == "attachment":
        text = _queued(fields(line.get("attachment")))
    elif kind == "user":
        text = "" if _from_machine(line) else _typed(message.get("content"))
    elif kind == "assistant" and message.get("model") != _SYNTHETIC:
        text = _texts(message.get("content"))
    else:
        return None
    if not text.strip():
        return None
    name = next(filter(None, (words(line.get(key)) for key in _SESSION)), member.stem)
    talk = Talk("claude-code", name, "", "Claude")
    return talk.said(
        text,
        mine=kind != "assistant",
        at=moment(line.get("timestamp")),
        id_=words(line.get("uuid")) or None,
        meta={"folder": line.get("cwd")},
    )


def _from_machine(line: dict[str, Any]) -> bool:
    origin = fields(line.get("origin")).get("kind")
    return "toolUseResult" in line or origin not in (None, "human")


def _queued(attachment: dict[str, Any]) -> str:
    """What was typed while Claude worked comes as an attachment, and as nothing else."""
    said = attachment.get("type") == "queued_command" and not attachment.get("isMeta")
    if not said or attachment.get("commandMode", "prompt") != "prompt":
        return ""
    return "" if _from_machine(attachment) else _typed(attachment.get("prompt"))


def _typed(content: Any) -> str:
    if any(block.get("type") == "tool_result" for block in items(content)):
        return ""
    if isinstance(content, str):
        return own_words(content)
    texts = [own_words(words(b.get("text"))) for b in items(content) if b.get("type") == "text"]
    return "\n\n".join(text for text in texts if text)


def _texts(content: Any) -> str:
    if isinstance(content, str):
        return content
    texts = [words(block.get("text")) for block in items(content) if block.get("type") == "text"]
    return "\n\n".join(text for text in texts if text)


def _history(member: Member) -> Iterator[Item]:
    """Prompts of sessions that are gone: the others are read where they stand."""
    kept = {PurePosixPath(other.name).stem for other in member.export.everything}
    for one in json_lines(member):
        if isinstance(one, Unread):
            yield one
            continue
        line = fields(one[1])
        session = words(line.get("sessionId"))
        text = words(line.get("display")).strip()
        if session in kept or not text or text.startswith("/"):
            continue
        folder = words(line.get("project"))
        talk = Talk("claude-code", session or folder, PurePosixPath(folder).name, "Claude")
        at = moment(line.get("timestamp"), per_second=1000)
        yield talk.said(text, mine=True, at=at, meta={"folder": folder})
