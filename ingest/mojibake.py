"""Words as Meta writes them: every byte of their UTF-8 as if it were a letter of its own.

    "Zo\\u00c3\\u00ab"  is  Zoë

Only what is certain is repaired: a text that is right already does not survive the way back to
bytes, and is left alone.
"""

from __future__ import annotations

from typing import Any

_DEEPEST = 40


def repaired(text: str) -> str:
    """The text that was meant. One that was cut inside a letter loses that letter."""
    if text.isascii():
        return text
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        return text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        kept = data[: error.start]
        # AMANHÃ, written right, breaks off in the same way: only letters before it tell.
        cut = error.reason == "unexpected end of data" and not kept.isascii()
        return kept.decode("utf-8") if cut else text


def mended(value: Any, depth: int = 0) -> Any:
    """The same in every text of a JSON value, and in its keys; nothing of what is nested more
    deeply than any download is."""
    if isinstance(value, str):
        return repaired(value)
    if depth > _DEEPEST:
        return None
    if isinstance(value, list):
        return [mended(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {repaired(key): mended(item, depth + 1) for key, item in value.items()}
    return value


__all__ = ["mended", "repaired"]
