"""jrnl: the journal of the command line, as it keeps it and as `jrnl --format json` writes it.

    [2024-05-01 09:30:00 AM] Planted the beans. They will want poles.
    The @garden is full now.

    {"tags": {"@garden": 1}, "entries": [{"title": "Planted the beans.", "body": "They will…",
     "date": "2024-05-01", "time": "09:30", "tags": ["@garden"], "starred": false}]}

A journal is one conversation, an entry one record. Times are those of the clock on the wall.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from ingest import Item, Member, Options, importer
from ingest.note import Note, When, at, records, texts, zone_question
from ingest.note_lists import listed
from ingest.notes import text_of
from secondme.record import Unread

_STAMP = (
    r"\[(\d{4}-\d\d-\d\d)[ T](\d{1,2}:\d\d)(?::(\d\d))?[ \u202f]?([AaPp]\.?[Mm]\.?)?\]"
    r"[ \t]+(\*[ ])?"
)
_ENTRY = re.compile(rf"^{_STAMP}(.*)$", re.MULTILINE)
_FIRST = re.compile(rf"\s*{_STAMP}\S")
_SAID = re.compile(r"(?:<[^>\n]{1,60}>|\*\*\* |-!-|[^\s:.!?][^:\n.!?]{0,40}:\s)")
_DAILY = re.compile(r"(?:(.*)/)?\d{4}/\d\d/\d\d\.\w+")
_TAG = re.compile(r"(?<!\S)@[\w-]+")


class Entry(NamedTuple):
    day: str
    time: str
    text: str
    tags: list[str]
    starred: bool


def _is_jrnl(member: Member) -> bool:
    shape = member.shape
    if shape.kind == "object":
        return shape.has(0, "entries") and shape.has(1, "title", "body", "date", "time")
    start = member.start
    return bool(_FIRST.match(start)) and not _is_chat(start)


def _is_chat(start: str) -> bool:
    """Whether somebody's name follows the times: then it is a log of a chat."""
    lines = [found[6] for found in _ENTRY.finditer(start)][:200]
    return sum(_SAID.match(line) is not None for line in lines) * 2 >= len(lines)


@importer("jrnl", recognises=_is_jrnl)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the entries in file order."""
    guessed = False
    entries = _json(member) if member.shape.kind == "object" else parse(text_of(member))
    for found in entries:
        if isinstance(found, Unread):
            yield found
            continue
        when = _when(found, options)
        journal = _journal(member)
        guessed = guessed or when.zone == "guessed"
        yield from records(
            Note(
                "jrnl",
                journal,
                found.text,
                title=journal,
                when=when,
                meta={"tags": found.tags, "starred": found.starred},
                plain=True,
            )
        )
    if guessed:
        yield zone_question("jrnl", options)


def _journal(member: Member) -> str:
    """Of a journal that is a folder, with a file a day, the folder."""
    found = _DAILY.fullmatch(member.name)
    above = (found[1] or "").rpartition("/")[2] if found else ""
    return (above or member.export.name) if found else member.stem


def parse(text: str) -> Iterator[Entry]:
    """Pure. Every entry reaches down to the next line that begins with a time."""
    for entry, following in pairwise([*_ENTRY.finditer(text), None]):
        assert entry is not None
        end = following.start() if following else len(text)
        day, clock, seconds, half, starred = entry.group(1, 2, 3, 4, 5)
        title = entry[6]
        starred = bool(starred) or title.endswith(" *")
        words = f"{title.removesuffix(' *')}{text[entry.end() : end]}".strip()
        time = f"{clock}:{seconds}" if seconds else clock
        tags = list(dict.fromkeys(_TAG.findall(words)))
        yield Entry(day, f"{time} {half}" if half else time, words, tags, starred)


def _json(member: Member) -> Iterator[Entry | Unread]:
    for found in listed(member, "entries", what="entry"):
        if isinstance(found, Unread):
            yield found
        else:
            value = found[2]
            words = "\n".join(filter(None, (_text(value, "title"), _text(value, "body"))))
            starred = value.get("starred") is True
            day, time = _text(value, "date"), _text(value, "time")
            yield Entry(day, time, words, texts(value.get("tags")), starred)


def _when(entry: Entry, options: Options) -> When:
    clock, _, half = entry.time.partition(" ")
    parts = [int(part) for part in clock.split(":") if part.isdecimal()]
    try:
        hour, minute, *seconds = parts
        if half:
            hour = hour % 12 + (12 if half[0] in "pP" else 0)
        day = datetime.fromisoformat(entry.day)
        moment = day.replace(hour=hour, minute=minute, second=seconds[0] if seconds else 0)
    except ValueError:
        return When()
    return at(moment, f"{entry.day} {entry.time}", options, "s" if seconds else "min")


def _text(value: dict[str, Any], key: str) -> str:
    found = value.get(key)
    return found.strip() if isinstance(found, str) else ""


__all__ = ["Entry", "parse", "read"]
