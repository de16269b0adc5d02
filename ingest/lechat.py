"""Le Chat (Mistral): one `chat-<uuid>.json` for each talk, from the zip of the account's export.

    [{"id": "…", "chatId": "…", "role": "user", "content": "Hi", "contentChunks": null,
      "createdAt": "2025-03-01T09:00:00.000Z", "files": []}, …]

The messages stand in no order, and talks have no titles: the app shows the first question.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.jsonstream import JsonError, broken_off, listed
from ingest.talks import Talk, items, moment, titled, words
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread


def _looks_like_lechat(member: Member) -> bool:
    return member.shape.has(0, "chatId", "role", "content", "createdAt")


@importer("lechat", recognises=_looks_like_lechat)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of a talk in the order in which they were sent."""
    found: list[dict[str, Any]] = []
    bad: list[Unread] = []
    number = 0
    try:
        with member.open() as stream:
            for value in listed(stream, member.start, "messages"):
                number += 1
                if isinstance(value, dict):
                    found.append(value)
                else:
                    bad.append(Unread(f"message {number}", "It is not a message."))
    except JsonError as error:
        if not found:
            raise UnreadableExport(
                f"{member.name} is not a complete talk of Le Chat.", "Download the export again."
            ) from error
        bad.append(broken_off(error, number, "message"))
    # Their times are in UTC.
    found.sort(key=lambda message: words(message.get("createdAt")))
    records = (_record(message, member) for message in found)
    yield from titled(record for record in records if record)
    yield from bad


def _record(message: dict[str, Any], member: Member) -> Record | None:
    """None for what is no turn of the two, or says nothing."""
    role = message.get("role")
    chunks = items(message.get("contentChunks"))
    texts = [words(chunk.get("text")) for chunk in chunks if chunk.get("type") == "text"]
    text = "".join(texts) if any(texts) else words(message.get("content"))
    names = tuple(str(f["name"]) for f in items(message.get("files")) if f.get("name"))
    if role not in ("user", "assistant") or not (text.strip() or names):
        return None
    talk = Talk("lechat", str(message.get("chatId") or member.stem), "", "Le Chat")
    return talk.said(
        text,
        mine=role == "user",
        at=moment(message.get("createdAt")),
        id_=str(message["id"]) if message.get("id") else None,
        attachments=names,
    )
