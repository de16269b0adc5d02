"""Signal's own export: Settings → Chats → Export, the folder with `main.jsonl`.

    {"version": "1", "backupTimeMs": "1734989999000"}
    {"account": {"givenName": "Ada"}}
    {"recipient": {"id": "2", "contact": {"aci": "ERERERERQRGBEREREREREQ==", "e164": "15550001"}}}
    {"chat": {"id": "10", "recipientId": "2"}}
    {"chatItem": {"chatId": "10", "authorId": "2", "dateSent": "1700000000000", "incoming": {…},
      "standardMessage": {"text": {"body": "hello"}}}}

Long numbers are texts, bytes are base64, and raw line ends inside of a text occur: a line begins a
record only when it looks like one. What was sent lies in `files/<2 digits>/<hash>.<ext>`.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.jsonstream import mended
from ingest.sent_files import lies_beside
from ingest.signal_items import Files, record
from ingest.signal_people import Directory
from ingest.values import fields
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_FRAMES = (
    "version|backupTimeMs|account|recipient|chat|chatItem|stickerPack|adHocCall|chatFolder"
    "|notificationProfile"
)
_BEGINS = re.compile(rf'\ufeff?\s*\{{\s*"(?P<what>{_FRAMES})"\s*:')
_PEOPLE = frozenset({"version", "backupTimeMs", "account", "recipient", "chat"})
_SENT = re.compile(r"(?:^|/)files/[0-9a-f]{2}/[0-9a-f]{64}(?:\.\w+)?$")
_SETTINGS = re.compile(r"(?:^|/)metadata\.json$")
_BROKEN = "It is damaged or incomplete."
_LONGEST = 4 * 1024 * 1024
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def _looks_like_signal(member: Member) -> bool:
    name = member.name
    if "/files/" in f"/{name}" and _SENT.search(name):
        return lies_beside(member, ("../../main.jsonl",), _is_main)
    if _SETTINGS.search(name):
        return lies_beside(member, ("main.jsonl",), _is_main)
    return _is_main(member) or _is_encrypted(member)


def _is_main(member: Member) -> bool:
    shape = member.shape
    if shape.kind not in ("lines", "object"):
        return False
    told = shape.keys[0]
    if "chatItem" in told and shape.has(1, "chatId", "dateSent"):
        return True
    return "backupTimeMs" in told and ("account" in told or "recipient" in told)


def _is_encrypted(member: Member) -> bool:
    return member.suffix == ".backup" and member.head[:2] == b"\0\0" and member.head[4:5] == b"\n"


@importer("signal", recognises=_looks_like_signal)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of every chat in the order in which they were received."""
    if _is_encrypted(member):
        raise UnreadableExport(
            f"{member.name} is an encrypted backup of Signal.",
            "Export the chats as plain text in Signal's settings, or with signal-export or sigtop.",
        )
    if not _is_main(member):
        return
    directory = _directory(member)
    files = _files(member)
    seen: set[tuple[str, str]] = set()
    broken = made = 0
    for number, what, text in _frames(member):
        if what != "chatItem":
            continue
        item = fields(fields(_value(text)).get("chatItem"))
        found = record(item, directory, files) if item else Unread(f"line {number}", _BROKEN)
        if found is None or (isinstance(found, Record) and _again(found, seen)):
            continue
        broken += isinstance(found, Unread)
        made += 1
        yield found
    if made and broken == made:
        raise UnreadableExport(f"{member.name} is damaged.", "Export it again.")


def _again(found: Record, seen: set[tuple[str, str]]) -> bool:
    """Exports were seen that hold some messages twice, one soon after the other."""
    key = (found.conversation, found.native_id or "")
    if key in seen:
        return bool(found.native_id)
    if len(seen) > 1000:
        seen.clear()
    seen.add(key)
    return False


def _directory(member: Member) -> Directory:
    """Recipients and chats may stand behind the messages that name them."""
    directory = Directory()
    for _, what, text in _frames(member):
        if what in _PEOPLE:
            directory.note(fields(_value(text)))
    return directory


def _frames(member: Member) -> Iterator[tuple[int, str, str]]:
    """(line, kind, text) of every frame, with the lines that a text was broken into."""
    encoding = next((name for mark, name in _BOMS if member.head.startswith(mark)), "utf-8")
    with member.open() as stream:
        lines = io.TextIOWrapper(stream, encoding, "replace", newline=None)
        began, what, held, size = 0, "", [""], 0
        number = 0
        while line := lines.readline(_LONGEST):
            number += 1
            match = _BEGINS.match(line)
            if match:
                if what:
                    yield began, what, "".join(held)
                began, what, held, size = number, match["what"], [line], len(line)
            elif size < _LONGEST:
                held.append(line)
                size += len(line)
        if what:
            yield began, what, "".join(held)
        lines.detach()


def _value(text: str) -> Any:
    """None for what is damaged."""
    try:
        value = json.loads(text.strip("\ufeff \t\r\n\0"), strict=False)
    except (ValueError, RecursionError):
        return None
    return mended(value) if "\\ud" in text or "\\uD" in text else value


def _files(member: Member) -> Files:
    above = f"{member.folder}/" if member.folder else ""
    names: dict[str, str] = {}
    for other in member.export.everything:
        if other.name.startswith(f"{above}files/"):
            names[other.stem] = other.name[len(above) :]

    def text(name: str) -> str:
        found = member.beside(name) if name in names.values() else None
        if found is None or found.size > _LONGEST:
            return ""
        return found.read().decode("utf-8", "replace")

    return Files(names, text)


__all__ = ["read"]
