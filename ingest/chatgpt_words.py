"""The words of a ChatGPT message as its reader saw them, and those that stood behind it."""

from __future__ import annotations

import json
import re
from typing import Any

from ingest.talks import fields, items, words

_MARK = re.compile(r"[ ]?\ue200([^\ue200\ue201]*)\ue201")
_OLD_MARK = re.compile(r"【\d+(?::\d+)?†[^【】\n]*】")
_STRAY = re.compile("[\ue200-\ue206]")
_FENCE = "```"
_ABOUT, _HOW = "About me", "How ChatGPT should answer"


def spoken(message: dict[str, Any]) -> str:
    """What the app shows of the message."""
    content = message["content"]
    parts = content.get("parts")
    if isinstance(parts, list):
        text = "\n".join(piece for part in parts if (piece := _part(part)))
    else:
        text = words(content.get("text"))
    return _without_marks(text)


def _part(part: Any) -> str:
    if isinstance(part, dict):  # speech comes with its transcription, pictures without words
        part = part.get("text")
    return words(part)


def _without_marks(text: str) -> str:
    """Citations stand in the text as private-use characters around tool ids; nobody sees them."""
    if "\ue200" in text:
        text = _STRAY.sub("", _MARK.sub(_spelled, text))
    return _OLD_MARK.sub("", text) if "【" in text else text


def _spelled(match: re.Match[str]) -> str:
    """The words that the app shows in place of a mark: names and links have some."""
    kind, *arguments = match[1].split("\ue202")
    space = " " if match[0].startswith(" ") else ""
    if kind == "url" and arguments:
        return space + arguments[0]
    if kind == "entity" and arguments:
        try:
            return space + str(json.loads(arguments[0])[1])
        except (ValueError, IndexError, KeyError, TypeError, RecursionError):
            pass
    return ""


def sources(message: dict[str, Any]) -> list[str]:
    """The addresses that an answer cites, in its order: the app shows them as small buttons."""
    metadata = fields(message.get("metadata"))
    found: dict[str, None] = {}
    for reference in items(metadata.get("content_references")):
        for item in (reference, *items(reference.get("items"))):
            found[words(item.get("url"))] = None
    for citation in items(metadata.get("citations")):
        found[words(fields(citation.get("metadata")).get("url"))] = None
    return [url for url in found if url.startswith("http")]


def hidden_instructions(message: dict[str, Any]) -> list[tuple[str, str]]:
    """What the owner told ChatGPT once for all talks: it is put before every one of them, unseen.

    Pairs of a heading and the words; those around them are the app's.
    """
    told = fields(fields(message.get("metadata")).get("user_context_message_data"))
    about, how = told.get("about_user_message"), told.get("about_model_message")
    content = fields(message.get("content"))
    if not told and content.get("content_type") == "user_editable_context":
        about = _unwrapped(words(content.get("user_profile")))
        how = _unwrapped(words(content.get("user_instructions")))
    pairs = ((_ABOUT, words(about).strip()), (_HOW, words(how).strip()))
    return [(heading, text) for heading, text in pairs if text]


def _unwrapped(text: str) -> str:
    inside, closing, _ = text.partition(_FENCE)[2].partition(_FENCE)
    return inside.strip() if closing else text


__all__ = ["hidden_instructions", "sources", "spoken"]
