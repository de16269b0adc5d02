"""Words of records as Markdown that shows them and does nothing else: no picture that a program
would fetch, no link, no HTML.
"""

from __future__ import annotations

import re
from urllib.parse import quote

_INLINE = re.compile(r"[\\`*_\[\]<>~|$!]")
_ENTITY = re.compile(r"&(?=[#\w])")
_LINE_START = re.compile(r"^(\s*)([-+=#:]|\d+(?=[.)]))", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_UNSAFE_NAME = re.compile(
    r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|#%^\[\]\u200e\u200f\u202a-\u202e\u2066-\u2069]+'
)
_LONGEST_NAME = 80
_MOST_BYTES = 200
"""Systems take 255; a day, a number and an ending come to it."""


def shown(text: str) -> str:
    """A text of any shape as paragraphs and lines that read as it does."""
    text = _CONTROL.sub("\ufffd", text)
    text = _ENTITY.sub("&amp;", _INLINE.sub(r"\\\g<0>", text))
    text = _LINE_START.sub(_escaped, text)
    text = _INDENT.sub(lambda m: "&nbsp;" * len(m[0].expandtabs(4)), text)
    return text.strip("\n").replace("\n", "  \n")


def _escaped(found: re.Match[str]) -> str:
    # A number needs its dot escaped instead of itself.
    return f"{found[1]}{found[2]}\\" if found[2][0].isdigit() else f"{found[1]}\\{found[2]}"


def line(text: str) -> str:
    """A text as one line."""
    return shown(" ".join(text.split()))


def link(text: str, page: str, anchor: str = "") -> str:
    return f"[{line(text)}]({quote(page)}{'#' * bool(anchor)}{anchor})"


def file_name(text: str) -> str:
    """A name that every system takes, near to `text`."""
    plain = " ".join(_UNSAFE_NAME.sub(" ", text).split())[:_LONGEST_NAME].strip(" .")
    plain = plain.encode()[:_MOST_BYTES].decode(errors="ignore").strip(" .")
    return plain or "untitled"
