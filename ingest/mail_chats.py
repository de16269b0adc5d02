"""Chats that Google kept among the mails, one conversation a mail, under the label Chat.

Subject: Chat with Bea
Content-Type: text/xml

<con:conversation xmlns:con="google:archive:conversation">
  <cli:message from="bea@gmail.com/phone" int:time-stamp="1384520125480" …>
    <cli:body>hi</cli:body><time ms="1384520125498" xmlns="google:timestamp"/>
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ingest.mime import Part
from ingest.times import from_epoch, parse_iso
from ingest.xmlstream import parsed

_SPACE = b"google:archive:conversation"


class Said(NamedTuple):
    author: str
    text: str
    sent_at: str | None
    written: str


def is_chat(parts: Iterable[Part]) -> Part | None:
    """The part of a mail that holds a chat."""
    for part in parts:
        if part.kind == "text/xml" and _SPACE in part.raw:
            return part
    return None


def talk(part: Part) -> Iterator[Said]:
    """Raises `ValueError` for a conversation that is cut off."""
    for message in parsed(part.content()):
        if not isinstance(message.tag, str) or _local(message.tag) != "message":
            continue
        author = message.get("from", "").partition("/")[0].lower()
        found = {_local(child.tag): child for child in message if isinstance(child.tag, str)}
        text = "".join(found["body"].itertext()) if "body" in found else ""
        if text.strip():
            yield Said(author, text, *_time(message, found))


def _time(message: Any, found: dict[str, Any]) -> tuple[str | None, str]:
    stamps = [value for name, value in message.attrib.items() if _local(name) == "time-stamp"]
    if "time" in found:
        stamps.append(found["time"].get("ms", ""))
    for stamp in stamps:
        if stamp.isdigit() and len(stamp) < 16:
            return from_epoch(int(stamp) / 1000), stamp
    written = found["x"].get("stamp", "") if "x" in found else ""
    day, _, time = written.partition("T")
    iso = f"{day[:4]}-{day[4:6]}-{day[6:8]}T{time}+00:00"
    return parse_iso(iso), written


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


__all__ = ["Said", "is_chat", "talk"]
