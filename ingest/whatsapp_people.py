"""Who wrote a line of a WhatsApp export, or that nobody did.

A name ends at the first colon, and so may a sentence about somebody: the phone does not say which
it is. What is seen often is a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ingest.invisible import MARKS, shown
from ingest.whatsapp_tables import CALLS, DELETED, NOTICE_VERB, YOU, is_left_out

_LONGEST_UNSURE = 40
_MARK = re.compile(f"[{MARKS}]")
_AFTER_CALL = re.compile(r"[,،、.•(]")
_MARK_FIRST = ("\u200e", "\u200f")
_QUOTES = (("“", "”"), ("«", "»"), ("「", "」"), ("‹", "›"))


class Names:
    """Tells names from sentences, knowing how often each was seen before a colon and a space."""

    def __init__(self, seen: Mapping[str, int]) -> None:
        self._seen = seen

    def is_name(self, name: str, after: str) -> bool:
        """`after` is the character after the colon; empty at the end of a line."""
        if not shown(name):
            return False
        if self._seen.get(name, 0) >= 3:
            return True
        if self._is_sentence(name):
            return False
        if after == " " or name in self._seen:
            return True
        if len(name) > _LONGEST_UNSURE:
            return False
        return not (after.isalnum() or after == "/")  # 10:30, https://

    def _is_sentence(self, name: str) -> bool:
        if name.count('"') % 2 or any(name.count(a) != name.count(b) for a, b in _QUOTES):
            return True
        if len(name) > 60 and ". " in name:
            return True
        about = any(name[:i] in self._seen for i, c in enumerate(name) if c == " ")
        return (about or name.startswith(YOU)) and bool(NOTICE_VERB.search(name))


def is_notice(body: str) -> bool:
    """In an iPhone's export: WhatsApp speaking under the name of a chat or a person."""
    if not body.startswith(_MARK_FIRST):
        return False
    if "\n" in body or "https://" in body or "<" in body:  # polls, places, attachments
        return False
    words = _MARK.sub("", body).strip()
    return words.casefold().rstrip(".。") not in DELETED and not is_left_out(words)


def is_call(body: str) -> bool:
    """A call's own line, which Android writes like a message of the caller, without any mark."""
    if len(body) > 80:
        return False
    return _MARK.sub("", _AFTER_CALL.split(body, 1)[0]).strip().casefold() in CALLS


def is_about(body: str, author: str) -> bool:
    """A notice that tells what its author, or the owner, did to the group."""
    words = _MARK.sub("", body).strip()
    if words.startswith(YOU):
        return bool(NOTICE_VERB.search(words))
    return words.startswith(f"{author} ")


__all__ = ["Names", "is_about", "is_call", "is_notice"]
