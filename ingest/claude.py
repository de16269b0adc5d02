"""Claude: `conversations.json` from the "Export data" zip of claude.ai.

    [{"uuid": "…", "name": "Cats", "chat_messages": [
        {"uuid": "…", "sender": "human", "content": [{"type": "text", "text": "Hi"}, …]}, …]}, …]

The words are in `content`; `text` is a lossy copy that is often empty. Exports since autumn 2026
begin with a manifest that only links to the zips that hold the conversations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.decode import fold_newlines
from ingest.jsonstream import conversations, opening
from ingest.owner import OWNER
from ingest.times import parse_iso
from secondme.record import Record, Unread

_MANIFEST = re.compile(rb'"(?:conversations|projects)[^"/]*\.zip"')
_UNSUPPORTED = re.compile(
    r"(?:```\n?)?This block is not supported on your current device yet\.(?:\n?```)?"
)


def _looks_like_claude(member: Member) -> bool:
    head = member.head
    if opening(head)[:1] not in (b"[", b"{"):
        return False
    return b'"chat_messages"' in head or _is_manifest(head)


def _is_manifest(head: bytes) -> bool:
    return b'"chat_messages"' not in head and b'"url"' in head and bool(_MANIFEST.search(head))


@importer("claude", recognises=_looks_like_claude)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield every message in file order. Thinking and tool calls are nobody's words."""
    if _is_manifest(member.head):
        yield Unread(
            member.name,
            "This only lists the parts of a Claude export. Download the zips that it links to"
            " within a day of the mail, and import those.",
        )
        return
    for one in conversations(member, "Claude"):
        if isinstance(one, Unread):
            yield one
        else:
            number, value = one
            yield from _conversation(value, number)


def _conversation(value: Any, number: int) -> Iterator[Item]:
    messages = value.get("chat_messages") if isinstance(value, dict) else None
    if not isinstance(messages, list):
        yield Unread(f"conversation {number}", "It holds no messages.")
        return
    title = str(value.get("name") or "")
    name = str(value.get("uuid") or f"{title} {number}".strip())
    known: set[str] = set()
    for position, message in enumerate(messages, 1):
        if not isinstance(message, dict):
            yield Unread(f"conversation {number}, message {position}", "It is not a message.")
            continue
        above = message.get("parent_message_uuid")
        above = above if isinstance(above, str) and above in known else None
        record = _record(message, name, title, above)
        if record:
            known.add(record.native_id or "")
            yield record


def _record(
    message: dict[str, Any], conversation: str, title: str, reply_to: str | None
) -> Record | None:
    """None for a turn that holds only thoughts and tool calls."""
    text, attachments = _text(message), _attachments(message)
    if not text.strip() and not attachments:
        return None
    mine = message.get("sender") == "human"
    written = message.get("created_at")
    written = written if isinstance(written, str) else ""
    sent_at = parse_iso(written)
    return Record(
        "claude",
        conversation,
        text,
        author=OWNER if mine else "Claude",
        sent_at=sent_at,
        sent_local=written,
        zone="explicit" if sent_at else "none",
        mine=mine,
        role="person" if mine else "assistant",
        native_id=str(message["uuid"]) if message.get("uuid") else None,
        reply_to=reply_to,
        title=title,
        attachments=attachments,
    )


def _text(message: dict[str, Any]) -> str:
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    texts = [
        block["text"]
        for block in blocks
        if isinstance(block, dict)
        and block.get("type") == "text"
        and isinstance(block.get("text"), str)
    ]
    if texts:
        return fold_newlines("\n\n".join(texts))
    plain = message.get("text")
    return fold_newlines(_UNSUPPORTED.sub("", plain)) if isinstance(plain, str) else ""


def _attachments(message: dict[str, Any]) -> tuple[str, ...]:
    names: list[str] = []
    for key in ("attachments", "files"):
        files = message.get(key)
        files = files if isinstance(files, list) else []
        names += [str(f["file_name"]) for f in files if isinstance(f, dict) and f.get("file_name")]
    return tuple(dict.fromkeys(names))
