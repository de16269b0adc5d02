"""What a row of `message` in `chat.db` says, where its `text` is empty: since iOS 16 nearly always.

`attributedBody` is an archived attributed string ("streamtyped"); its first NSString is the text,
and runs of it carry keys such as `IMAudioTranscription`. `message_summary_info` is a property list
of edits (`ec`), of parts that were unsent (`rp`) and of those there were (`otr`). `payload_data` is
a keyed archive of what an app or a web address showed in its bubble.
"""

from __future__ import annotations

import plistlib
import re
from typing import Any, Final, NamedTuple

_STRINGS: Final = re.compile(rb"NS(?:Mutable)?String")
_LENGTH_FOLLOWS: Final = b"\x84\x01+"
"""The type of what follows: a new string of one character, `+`, for a run of bytes."""
_END: Final = b"\x86\x84"
_SPOKEN: Final = re.compile(rb"IMAudioTranscription\x86\x92\x84[\x92-\xff]{2}")
_PLACES: Final = re.compile("[\ufffc\ufffd]")
_LONGEST: Final = 1024 * 1024
_OF_BUBBLES: Final = ("title", "summary", "ldtext", "caption", "subcaption", "an", "URL")


class Edits(NamedTuple):
    latest: str
    """The words as they were left; empty where the row has them."""
    earlier: tuple[str, ...]
    unsent: bool
    """All of it was taken back."""
    unsent_parts: int


_NO_EDITS: Final = Edits("", (), False, 0)


def body_text(blob: object) -> str:
    """The text of an `attributedBody`; empty for what is none."""
    if not isinstance(blob, bytes):
        return ""
    named = _STRINGS.search(blob)
    at = blob.find(_LENGTH_FOLLOWS, named.end()) if named else -1
    return _counted(blob, at + len(_LENGTH_FOLLOWS)) if at >= 0 else ""


def spoken_text(blob: object) -> str:
    """What the phone heard in a voice message, where it wrote that down."""
    found = _SPOKEN.search(blob) if isinstance(blob, bytes) else None
    return _counted(found.string, found.end()) if found else ""


def shown(text: str) -> str:
    """Without the characters that only say where an attachment or an app's bubble stands."""
    return _PLACES.sub("", text).strip() if _PLACES.search(text) else text


def edits(blob: object) -> Edits:
    """What a `message_summary_info` tells; most rows have none."""
    summary = _plist(blob)
    if not summary:
        return _NO_EDITS
    parts = summary.get("ec")
    parts = parts if isinstance(parts, dict) else {}
    histories = [_history(parts[key]) for key in sorted(parts, key=_number)]
    retracted = summary.get("rp")
    retracted = retracted if isinstance(retracted, list) else []
    held = summary.get("otr")
    kept = len(held) - len(retracted) if isinstance(held, dict) else 0
    return Edits(
        "\n".join(words[-1] for words in histories if words),
        tuple(text for words in histories for text in words[:-1] if text),
        bool(retracted) and kept <= 0,
        len(retracted),
    )


def bubble(payload: object) -> dict[str, str]:
    """What an app's bubble or the preview of a web address showed: title, summary, caption, …"""
    objects = _plist(payload).get("$objects")
    if not isinstance(objects, list):
        return {}
    found: dict[str, str] = {}
    for holder in objects:
        for key in _OF_BUBBLES:
            if isinstance(holder, dict) and key in holder and key not in found:
                text = _archived(holder[key], objects)
                if text:
                    found[key] = text
    return found


def _archived(value: Any, objects: list[Any]) -> str:
    """A text, or that of an address, behind the number that stands for it in a keyed archive."""
    for _ in range(4):
        if isinstance(value, plistlib.UID):
            value = objects[value.data] if value.data < len(objects) else None
        elif isinstance(value, dict):
            value = value.get("NS.relative") or value.get("NS.string") or value.get("URL")
        else:
            break
    return value if isinstance(value, str) and value != "$null" else ""


def _history(versions: Any) -> list[str]:
    """The words of one part of a message, first to last."""
    kept = versions if isinstance(versions, list) else []
    return [shown(body_text(one.get("t"))) for one in kept if isinstance(one, dict)]


def _counted(blob: bytes, at: int) -> str:
    """The text of a length and as many bytes. Where the length is wrong, up to the object's end."""
    mark, size = blob[at : at + 1], {b"\x81": 2, b"\x82": 4}.get(blob[at : at + 1], 0)
    if size:
        length = int.from_bytes(blob[at + 1 : at + 1 + size], "little")
    else:
        length = mark[0] if mark else 0
    start = at + 1 + size
    end = start + length
    if end > len(blob):
        found = blob.find(_END, start)
        end = found if found >= 0 else len(blob)
    return blob[start:end].decode("utf-8", "replace")


def _plist(blob: object) -> dict[str, Any]:
    if not isinstance(blob, bytes) or len(blob) > _LONGEST or not blob.startswith(b"bplist00"):
        return {}
    try:
        value = plistlib.loads(blob, fmt=plistlib.FMT_BINARY)
    except Exception:  # damage shows as errors of many kinds that have no common parent
        return {}
    return value if isinstance(value, dict) else {}


def _number(key: Any) -> int:
    return int(key) if isinstance(key, str) and key.isdecimal() and len(key) < 9 else 0


__all__ = ["Edits", "body_text", "bubble", "edits", "shown", "spoken_text"]
