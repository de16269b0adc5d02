"""What tells records apart: the provider's id, or the words and a place among equal ones."""

from __future__ import annotations

import hashlib
import unicodedata

from secondme.record import Record
from secondme.vault.naming import joined
from secondme.vault.records import Sighted

KEY_CHARS = 20
"""Hexadecimal, so 80 bits: among a million records two agree with a chance of 4e-13."""

GLOBAL_IDS = frozenset({"mail", "claude-code"})
"""Sources whose ids name one thing wherever it lies: a Message-ID. Which thread a mail is in
depends on the export (one has the provider's thread id, another only the references), so that the
thread is no part of its key. A session of Claude Code that is taken up again begins with copies of
what was said before. Elsewhere an id counts within its conversation: some apps number anew
in each, and some copy messages into a new chat together with their ids."""


class Keys:
    """Content keys for the records of one member, and their positions in reading order.

    Records with a provider's id are that id, within their conversation unless it is global. Others
    are their words: conversation, author and time as written, normalised text, and an ordinal among
    equals, so that two identical lines in one second are two records and an overlapping export
    finds both again.
    """

    def __init__(self) -> None:
        self._equal: dict[str, int] = {}
        self._last: dict[str, tuple[str, int]] = {}

    def sight(self, record: Record) -> Sighted:
        order_at, place = self._position(record)
        return Sighted(self._key(record), record, order_at, place)

    def _key(self, r: Record) -> str:
        key = first_key(r)
        if r.native_id is not None:
            return key
        ordinal = self._equal.get(key, 0)
        self._equal[key] = ordinal + 1
        return nth_key(key, ordinal)

    def _position(self, r: Record) -> tuple[str, int]:
        last_at, last_place = self._last.get(r.conversation, ("", -1))
        order_at = r.sent_at or last_at
        place = last_place + 1 if order_at == last_at else 0
        self._last[r.conversation] = (order_at, place)
        return order_at, place


def first_key(r: Record) -> str:
    """The content key of a record by its provider's id, or of the first that is equal to it."""
    if r.native_id is not None:
        if r.source in GLOBAL_IDS:
            return _public(joined(("id", r.source, r.native_id)))
        return _public(joined(("id", r.source, r.conversation, r.native_id)))
    text = r.text if r.text.isascii() else unicodedata.normalize("NFC", r.text)
    said = ("text", r.source, r.conversation, r.sent_local, r.author, r.subject, text)
    return _public(joined(said))


def nth_key(first: str, ordinal: int) -> str:
    """The key of another among equals."""
    return _public(f"{first}\0{ordinal}") if ordinal else first


def _public(text: str) -> str:
    return "r" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:KEY_CHARS]
