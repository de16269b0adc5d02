"""Google AI Studio: the files in the folder “Google AI Studio” of the owner's Drive.

    {"runSettings": {"model": "…"}, "chunkedPrompt": {"chunks": [
        {"role": "user", "text": "Do bees sleep?"}, {"role": "model", "text": "They do."}]}}

They have no extension, and are called as the talk is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest import Item, Member
from ingest.jsonstream import JsonError, broken_off, walk
from ingest.notes import path_of
from ingest.talks import Talk, fields, items, moment, words
from secondme.errors import UnreadableExport
from secondme.record import Record

_FILES = ("driveDocument", "driveImage", "driveVideo", "driveAudio", "inlineFile", "inlineImage")
_INSIDE = ("", "chunkedPrompt", "chunkedPrompt.chunks")
_NAMES = ("title", "displayName", "id")


def read(member: Member) -> Iterator[Item]:
    """Yield the turns in their order; thoughts and code that was run are nobody's words."""
    about: dict[str, str] = {}
    number = 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if path in _NAMES:
                    about[path] = words(value)
                elif path == "chunkedPrompt.chunks.item":
                    number += 1
                    title = about.get("title") or about.get("displayName") or member.stem
                    name = about.get("id") or path_of(member)
                    if record := _record(fields(value), Talk("gemini", name, title, "Gemini")):
                        yield record
    except JsonError as error:
        if not number:
            raise UnreadableExport(
                f"{member.name} is not a complete talk of AI Studio.", "Download it again."
            ) from error
        yield broken_off(error, number, "message")


def _record(chunk: dict[str, Any], talk: Talk) -> Record | None:
    role = chunk.get("role")
    if role not in ("user", "model") or chunk.get("isThought"):
        return None
    spoken = (part for part in items(chunk.get("parts")) if not part.get("thought"))
    text = "".join(words(part.get("text")) for part in spoken) or words(chunk.get("text"))
    attachments = _attachments(chunk)
    if not text.strip() and not attachments:
        return None
    return talk.said(
        text,
        mine=role == "user",
        at=moment(chunk.get("createTime")),
        id_=words(chunk.get("id")) or None,
        attachments=attachments,
    )


def _attachments(chunk: dict[str, Any]) -> tuple[str, ...]:
    """Names of files; of those without one, what Drive or YouTube calls them, or their kind."""
    names: list[str] = []
    for key in _FILES:
        file = fields(chunk.get(key))
        named = (words(file.get(name)) for name in ("name", "id", "mimeType"))
        names.append(next((name for name in named if name), ""))
    video = words(fields(chunk.get("youtubeVideo")).get("id"))
    names.append(f"https://youtu.be/{video}" if video else "")
    return tuple(name for name in names if name)


__all__ = ["read"]
