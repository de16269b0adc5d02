"""secondme-jsonl: one JSON object a line, for anything that has no importer of its own.

    {"id": "7", "conversation": "Diary", "author": "Ada", "at": "2024-05-01T09:30:00Z", "text": "…"}

`id` and `text` are required; a number for an `id` stands for its digits. `at` may be null, or a
local time without an offset. `me`, `reply_to`, `kind`, `role`, `subject`, `author_id` and `title`
are optional; whatever else a line holds is kept as its `meta`. Without a `conversation` a line
belongs to one called after its file.

What secondme itself printed is refused: read again, a dump would bring back the forgotten.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.decode import decode, fold_newlines
from ingest.notes import path_of
from ingest.times import parse_iso, parse_local, utc
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_USUAL = frozenset(("id", "conversation", "author", "at", "text", "reply_to", "me"))
_KNOWN = _USUAL | {"author_id", "kind", "role", "subject", "title"}
_ROLES = {name: name for name in ("person", "assistant", "system", "forwarded")}
_ROLES["user"] = "person"
_OWN_RECORD = re.compile(r"r[0-9a-f]{20}")
_OWN_DERIVED = re.compile(r"[a-z][0-9a-f]{16}")
_DUMPED = frozenset(("person", "edit", "episode", "reading", "fact"))
_OWN = "This is secondme's own output, which is never read again."


def _looks_like_ours(member: Member) -> bool:
    """The first line that is not blank is an object with an `id` and a `text`."""
    for line in member.head.splitlines():
        line = line.removeprefix(b"\xef\xbb\xbf").strip()
        if line:
            if len(line) > len(member.head) - 4 and member.size > len(member.head):
                return line.startswith(b"{") and b'"id"' in line and b'"text"' in line
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                return False
            return (
                isinstance(found, dict)
                and isinstance(found.get("text"), str)
                and isinstance(found.get("id"), str | int)
            )
    return False


@importer("secondme-jsonl", recognises=_looks_like_ours)
def read(member: Member, options: Options) -> Iterator[Item]:
    """One record per line, in file order; the question about the zone only when it matters."""
    with member.open() as stream:
        yield from parse(stream, conversation=path_of(member), options=options)


def parse(lines: Iterable[bytes], *, conversation: str, options: Options) -> Iterator[Item]:
    """Pure. Holds one line at a time. Raises `UnreadableExport` when own output comes first."""
    reader = _Reader(conversation, options)
    begun = False
    own: list[int] = []
    for number, line in enumerate(lines, 1):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        try:
            item: Item = reader.record(line)
        except _OwnOutputError as error:
            if not begun:
                raise UnreadableExport(_OWN, "Import the exports that it was made from.") from error
            own.append(number)
            continue
        except (ValueError, RecursionError) as error:
            item = Unread(f"line {number}", _reason(error))
        begun = True
        yield item
    if own:
        more = f" and {len(own) - 1} more" if own[1:] else ""
        yield Unread(f"line {own[0]}{more}", _OWN)
    if reader.guessed:
        zone = options.local_zone
        yield Question("tz", f"Times without an offset are read as {zone}.", zone, "--tz")


class _OwnOutputError(Exception):
    """A line of a dump, or a hit of a search."""


def _is_own(found: dict[str, Any]) -> bool:
    """By the shape of our ids, which nobody else has; shorter ones only with our other marks."""
    id_ = found.get("id")
    if not isinstance(id_, str) or len(id_) not in (17, 21):
        return False
    if _OWN_RECORD.fullmatch(id_):
        return True
    derived = str(found.get("type")) in _DUMPED or "why" in found
    return derived and _OWN_DERIVED.fullmatch(id_) is not None


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


class _Reader:
    def __init__(self, conversation: str, options: Options) -> None:
        self.conversation = conversation
        self.zone = options.zone or options.local_zone
        self.asked = options.zone is not None
        self.me = frozenset(map(_same, options.me)) - {""}
        self.guessed = False

    def record(self, line: bytes) -> Record:
        """Raises `ValueError` with the reason when the line holds no record, `_OwnOutputError`
        when secondme printed it.
        """
        try:
            found = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError:
            found = json.loads(decode(line).text)
        if not isinstance(found, dict):
            raise ValueError("not a JSON object")
        if _is_own(found):
            raise _OwnOutputError
        native_id = _text(found, "id")
        text = _text(found, "text")
        if not native_id or text is None:
            raise ValueError("needs both an id and a text")
        at = found.get("at")
        sent_at, zone, precision = self._time(at)
        author = _text(found, "author") or ""
        text = fold_newlines(text)
        conversation = _text(found, "conversation") or self.conversation
        reply_to = _text(found, "reply_to")
        mine = found.get("me") is True or _same(author) in self.me
        usual = Record(
            "secondme-jsonl",
            conversation,
            text,
            author,
            "",
            sent_at,
            at or "",
            zone,
            precision,
            "message",
            mine,
            "person",
            native_id,
            reply_to,
        )
        return usual if found.keys() <= _USUAL else self._unusual(found, usual)

    def _unusual(self, found: dict[str, Any], record: Record) -> Record:
        role = _ROLES.get(_text(found, "role") or "person")
        if role is None:
            raise ValueError("role is none of person, assistant, system, forwarded")
        author_id = _text(found, "author_id") or ""
        return record._replace(
            author_id=author_id,
            kind=_text(found, "kind") or "message",
            mine=record.mine or _same(author_id) in self.me,
            role=role,
            subject=_text(found, "subject") or "",
            title=_text(found, "title") or "",
            meta="" if found.keys() <= _KNOWN else _meta(found),
        )

    def _time(self, at: Any) -> tuple[str | None, str, str]:
        """UTC, where the zone came from, and how exact the time is."""
        if at is None:
            return None, "none", "s"
        if not isinstance(at, str):
            raise ValueError("at is neither a text nor null")
        precision = "min" if at[13:14] == ":" != at[16:17] else "s"
        sent_at = parse_iso(at)
        if sent_at is not None:
            return sent_at, "explicit", precision
        local = parse_local(at)
        if local is None:
            raise ValueError(f"at is no ISO 8601 time: {at[:40]!r}")
        self.guessed = self.guessed or not self.asked
        if len(at) <= len("2024-05-01"):
            precision = "day"
        return utc(local, self.zone), "asked" if self.asked else "guessed", precision


@lru_cache
def _same(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()


def _text(found: dict[str, Any], key: str) -> str | None:
    """A text that UTF-8 can hold, or None. A number stands for its digits."""
    value = found.get(key)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"{key} is not a text")
    return value if value.isascii() else _whole(value)


def _whole(value: str) -> str:
    """Without halves of surrogate pairs, which JSON can spell and UTF-8 cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def _meta(found: dict[str, Any]) -> str:
    extra = {key: value for key, value in found.items() if key not in _KNOWN}
    return _whole(json.dumps(extra, ensure_ascii=False, sort_keys=True))


__all__ = ["parse", "read"]
