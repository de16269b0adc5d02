"""What every item of an importer must be, whoever wrote the importer: checked for plug-ins."""

from __future__ import annotations

import json
import re
from datetime import datetime

from secondme.record import Dialect, Question, Record, Unread

_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_WORD = re.compile(r"[a-z][a-z0-9-]{0,63}")
_ONE_OF = {
    "zone": ("explicit", "unix", "asked", "guessed", "none"),
    "precision": ("s", "min", "day"),
    "role": ("person", "assistant", "system", "forwarded"),
}
_MAY_LACK = ("sent_at", "native_id", "reply_to")
_NO_TEXT = ("mine", "attachments", *_MAY_LACK)


def fault(item: object, source: str | None) -> str:
    """What is wrong with an item that the importer `source` yielded; empty when nothing is. None
    for an importer of several sources.
    """
    if isinstance(item, Record):
        return _fault(item, source)
    if isinstance(item, Unread | Question):
        texts: tuple[object, ...] = tuple(item)
    elif isinstance(item, Dialect):
        texts = (item.name, *item.proof) if isinstance(item.proof, tuple) else (None,)
    else:
        return f"a {type(item).__name__} is nothing that an importer yields"
    sound = all(isinstance(text, str) for text in texts)
    return "" if sound else f"a {type(item).__name__} with something in it that is no text"


def _fault(record: Record, source: str | None) -> str:
    values: dict[str, object] = record._asdict()
    for name, value in values.items():
        if not isinstance(value, str) and (name not in _NO_TEXT):
            return f"{name} is no text"
        if name in _MAY_LACK and value is not None and not isinstance(value, str):
            return f"{name} is neither text nor None"
    for name, allowed in _ONE_OF.items():
        if getattr(record, name) not in allowed:
            return f"{name} is none of {', '.join(allowed)}"
    if source is not None and record.source != source:
        return f"source is not {source}"
    if not record.conversation:
        return "conversation is empty"
    if not _WORD.fullmatch(record.kind):
        return "kind is no word"
    if not isinstance(values["mine"], bool):
        return "mine is neither True nor False"
    if record.mine and record.role == "assistant":
        return "an assistant's words are not the owner's"
    files = values["attachments"]
    if not isinstance(files, tuple) or not all(isinstance(name, str) for name in files):
        return "attachments is no tuple of names"
    return _time_fault(record) or _meta_fault(record.meta)


def _time_fault(record: Record) -> str:
    at = record.sent_at
    if at is None:
        return ""
    try:
        good = _UTC.fullmatch(at) and datetime.fromisoformat(at)
    except ValueError:
        good = None
    if not good:
        return "sent_at is not like 2024-05-01T09:30:00Z"
    unzoned = record.zone == "none" and record.precision != "day"
    return "sent_at is known to more than the day, and zone is none" if unzoned else ""


def _meta_fault(meta: str) -> str:
    if not meta:
        return ""
    try:
        found = json.loads(meta)
    except (ValueError, RecursionError):
        found = None
    return "" if isinstance(found, dict) else "meta is no JSON object"


__all__ = ["fault"]
