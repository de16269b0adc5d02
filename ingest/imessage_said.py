"""What imessage-exporter writes into its texts and pages, in words and times of its own.

It writes English and the local time of the computer it ran on; `Me` is the owner. The importer of
the database itself (imessage.py) calls chats and people alike, so that a page's ids meet its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from ingest import Item, Options
from ingest.calendar_words import month
from ingest.chat_people import owner, phone, who_is_owner
from ingest.invisible import shown
from ingest.local_time import LocalTime
from ingest.owner import OWNER
from ingest.record_meta import meta_of
from secondme.record import Record

WHEN = (
    r"(?P<month>[A-Z][a-z]{2}) (?P<day>\d\d), (?P<year>\d{4})"
    r" {1,2}(?P<h>\d{1,2}):(?P<m>\d\d):(?P<s>\d\d) (?P<half>[AP]M)"
)
_WHEN = re.compile(WHEN)
_ME = frozenset({"Me", "You"})
_NUMBERED = re.compile(r" - \d{1,9}$")
"""A group's file is called after it and its number in the database."""
_EFFECT = re.compile(r"Sent with [A-Z][A-Za-z ]{2,20}")
_REACTION = re.compile(r"(?P<what>\S.{0,40}?) (?:by|from) (?P<who>.{1,120})")
_EDITED = re.compile(r"Edited .{1,80}? later: (?P<text>.*)", re.DOTALL)
_UNSENT = re.compile(r".{1,80} unsent (?:this|a) message(?: part)?.{0,80}!")
_REPLY = "This message responded to an earlier message."
_DELETED = "This message was deleted from the conversation!"
_FILE = re.compile(
    r"(?:(?:/Users/|/var/mobile/|~/Library/|attachments/).{1,400}"
    r"|.{0,400}MobileSync/Backup/.{1,400}|.{0,300}/Attachments/.{1,300})"
)
_KNOWN_NOTE = frozenset({_REPLY, _DELETED, "Attachment missing!"})


class Said(NamedTuple):
    """One message or notice."""

    author: str
    """Empty for a notice."""
    written: str
    lines: tuple[str, ...] = ()
    id: str | None = None
    reply_to: str | None = None
    mine: bool = False
    files: tuple[str, ...] = ()
    quote: str = ""
    reactions: tuple[str, ...] = ()


def local_time(written: str) -> datetime | None:
    """`May 17, 2022  5:29:42 PM`."""
    match = _WHEN.match(written)
    number = month(match["month"], "en") if match else None
    if match is None or number is None:
        return None
    hour = int(match["h"]) % 12 + (12 if match["half"] == "PM" else 0)
    day = (int(match["year"]), number, int(match["day"]))
    try:
        return datetime(*day, hour, int(match["m"]), int(match["s"]))
    except ValueError:
        return None


def items(said: Iterable[Said], file_name: str, options: Options) -> Iterator[Item]:
    """The questions, then a record each. `file_name` is what the file is called after."""
    said = list(said)
    title = _NUMBERED.sub("", file_name)
    speakers = frozenset(one.author for one in said if one.author)
    mine: frozenset[str] | None = frozenset(one.author for one in said if one.mine)
    mine = mine or speakers & _ME or owner(speakers, title, options.me)
    if mine is None and speakers == {title}:  # nobody answered
        mine = frozenset()
    clock = LocalTime(options)
    yield from clock.question("the computer that wrote this")
    yield from who_is_owner(mine, speakers)
    for one in said:
        yield _record(one, file_name, title, mine or frozenset(), clock)


def _record(one: Said, chat: str, title: str, mine: frozenset[str], clock: LocalTime) -> Record:
    local = local_time(one.written)
    sent_at = clock.utc(local) if local else None
    text, files, meta = _understood(one)
    own = one.mine or one.author in mine
    author = OWNER if own and one.author in _ME else one.author
    event = not one.author or bool(_UNSENT.fullmatch(text))
    return Record(
        "imessage",
        chat,
        text,
        author,
        "" if own else phone(one.author) or (one.author if "@" in one.author else ""),
        sent_at,
        one.written,
        clock.source if sent_at else "none",
        "s",
        "event" if event else "message",
        own and bool(one.author),
        "system" if event else "person",
        one.id,
        one.reply_to,
        title=title if title != chat else "",
        attachments=files,
        meta=meta_of(meta),
    )


def _understood(one: Said) -> tuple[str, tuple[str, ...], dict[str, object]]:
    """What was said, without the program's own notes about it."""
    words: list[str] = []
    files, reactions, before = list(one.files), list(one.reactions), [""]
    meta: dict[str, object] = {"quote": one.quote}
    reacting = False
    for line in one.lines:
        if line in ("Tapbacks:", "Reactions:"):
            reacting = True
        elif reacting and (match := _REACTION.fullmatch(line.strip())):
            reactions.append(f"{match['what']} by {shown(match['who'])}")
        elif line in _KNOWN_NOTE or _EFFECT.fullmatch(line):
            meta |= _noted(line)
        elif _FILE.fullmatch(line):
            files.append(line)
        elif match := _EDITED.fullmatch(line):
            before.append("\n".join(words).strip("\n"))
            words = [match["text"]]
        else:
            reacting = reacting and not line.strip()
            words.append(line)
    meta["reactions"] = reactions
    meta["edited"] = [text for text in before if text]
    return "\n".join(words).strip("\n"), tuple(files), meta


def _noted(line: str) -> dict[str, object]:
    if line == _REPLY:
        return {"reply": True}
    if line == _DELETED:
        return {"deleted": True}
    return {"effect": line.removeprefix("Sent with ")} if line.startswith("Sent with") else {}


__all__ = ["WHEN", "Said", "items", "local_time"]
