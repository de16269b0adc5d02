"""Signal as the program signal-export writes it: a folder a chat, with `chat.md` and `data.json`.

    [2024-05-01 09:54:20] Ada: at six
    (- Bea: 👍 -)
    [2024-05-01 09:55:00] Me:

    > at six

    fine![pier.jpg](./media/2024-05-01_pier.jpg)

`data.json` says the same, an object a line, and is read instead where it lies beside. Older
versions wrote `index.md` and `[2019-12-24, 12:23]`. Times are those of the computer; the owner is
`Me`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote

from ingest import Item, Member, Options, importer
from ingest.decode import decode, fold_newlines
from ingest.jsonlines import json_lines
from ingest.jsonstream import JsonError
from ingest.jsonstream import listed as values
from ingest.local_time import LocalTime
from ingest.record_meta import meta_of
from ingest.sent_files import lies_beside
from ingest.times import parse_local
from ingest.values import fields, listed, scalar
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_OWNER = "Me"
_NOBODY = "No-Sender"
_HEAD = re.compile(
    r"^\[(\d{4}-\d\d-\d\d(,?) \d\d:\d\d(?::\d\d)?)\] ([^:\n]{1,200}):(?: |$)", re.MULTILINE
)
_REACTIONS = re.compile(r"\n\(- ([^\n]*) -\)[ ]*(?=\n|$)")
_STICKER = re.compile(r"\n\(\( ([^\n]{0,80}) \)\)[ ]*(?=\n|$)")
_FILE = re.compile(
    r"!?\[[^\]\[\n]{0,300}\]\((\./media/[^)\s]{1,600}|\.\./exported_stickers/[^)\s]{1,300})\)[ ]*"
)
_DELETED = "(This message was deleted)"
_CALL = re.compile(
    r"(?:Incoming|Outgoing|Missed) (?:(?:voice|video|group) )?call(?: \([^()\n]*\))?"
)
_NAMES = ("chat", "index")
_PAGES = re.compile(r"(?:^|/)(?:(?:chat|index)\.html|chat\.js|style\.css)$")
_SENT = re.compile(r"(?:^|/)media/[^/]+$")
_LARGEST = 512 * 1024 * 1024


class _Said(NamedTuple):
    written: str
    author: str
    text: str
    quote: str = ""
    reactions: tuple[tuple[str, str], ...] = ()
    sticker: str = ""
    files: tuple[str, ...] = ()
    event: bool = False


def _looks_like_signal_export(member: Member) -> bool:
    if _PAGES.search(member.name):
        return lies_beside(member, ("chat.md", "index.md"), _is_notes)
    if _SENT.search(member.name):
        return lies_beside(member, ("../chat.md", "../index.md"), _is_notes)
    return _is_json(member) or _is_notes(member)


def _is_json(member: Member) -> bool:
    return member.shape.has(0, "date", "sender", "body", "quote", "reactions", "attachments")


def _is_notes(member: Member) -> bool:
    """Other programs begin lines in the same way: what marks this one is looked for too."""
    start = member.start
    if not start.lstrip("\ufeff\n ").startswith("["):
        return False
    first = _HEAD.match(start.lstrip("\ufeff\n "))
    if first is None or "\u200e" in start or member.stem == "_chat":
        return False
    if first[2] and first[1].count(":") == 1:
        return True  # until 2022; phones that write this bracket write seconds
    if first[2]:
        return False
    if member.suffix == ".md" and member.stem in _NAMES:
        return True
    return "](./media/" in start or "\n(- " in start or "] Me: " in start or "  \n[" in start


@importer("signal", recognises=_looks_like_signal_export)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of one chat in their order."""
    json = _is_json(member)
    if _PAGES.search(member.name) or _SENT.search(member.name):
        return
    if not json and lies_beside(member, ("data.json",), _is_json):
        return
    if member.size > _LARGEST:
        raise UnreadableExport(f"{member.name} is too large for a chat.", "Split it.")
    title = _title(member)
    clock = LocalTime(options)
    guessed = False
    for found in _from_json(member) if json else parse(fold_newlines(decode(member.read()).text)):
        if isinstance(found, Unread):
            yield found
            continue
        item = _record(found, title, clock)
        guessed = guessed or item.zone == "guessed"
        yield item
    if guessed:
        yield from clock.question("the computer that made this export")


def _title(member: Member) -> str:
    """A chat is a folder; other files of it were renamed."""
    own = member.stem not in (*_NAMES, "data")
    return member.stem if own else PurePosixPath(member.folder).name or member.export.name


def parse(text: str) -> Iterator[_Said | Unread]:
    """What stands in a `chat.md`."""
    heads = list(_HEAD.finditer(text))
    if heads and text[: heads[0].start()].strip("\ufeff \n"):
        yield Unread("line 1", "It belongs to no message.")
    for number, head in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
        yield _said(head[1], head[3], text[head.end() : end])


def _said(written: str, author: str, body: str) -> _Said:
    reactions = [pair for found in _REACTIONS.findall(body) for pair in _pairs(found)]
    stickers = _STICKER.findall(body)
    files = tuple(unquote(name.removeprefix("./")) for name in _FILE.findall(body))
    body = _FILE.sub("", _STICKER.sub("", _REACTIONS.sub("", body)))
    quote, text = _unquoted(body)
    text = "\n".join(line.rstrip(" ") for line in text.strip(" \n").split("\n"))
    event = text == _DELETED or _CALL.fullmatch(text) is not None
    sticker = stickers[0] if stickers else ""
    return _Said(written, author, text, quote, tuple(reactions), sticker, files, event)


def _pairs(written: str) -> Iterator[tuple[str, str]]:
    """`Bea: 👍, Cy: ❤`; names may hold commas."""
    for piece in re.split(r"(?<=[^\w\s]), ", written):
        name, colon, emoji = piece.rpartition(": ")
        if colon:
            yield name, emoji


def _unquoted(body: str) -> tuple[str, str]:
    """What is answered stands in front, on lines of its own."""
    lines = body.split("\n")
    start = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    end = start
    while start > 0 and end < len(lines) and lines[end].startswith("> "):
        end += 1
    quote = "\n".join(line[2:].rstrip() for line in lines[start:end])
    return quote, "\n".join(lines[end:])


def _from_json(member: Member) -> Iterator[_Said | Unread]:
    number = 0
    try:
        for found in _objects(member):
            number += 1
            yield found if isinstance(found, Unread) else _spelt(fields(found))
    except JsonError as error:
        if not number:
            raise UnreadableExport(f"{member.name} is damaged.", "Export it again.") from error
        yield Unread(f"after message {number}", "The file is damaged or incomplete here.")


def _objects(member: Member) -> Iterator[Any]:
    if member.shape.kind == "lines":
        for one in json_lines(member):
            yield one if isinstance(one, Unread) else one[1]
    else:
        with member.open() as stream:
            yield from values(stream, member.start, "messages")


def _spelt(value: dict[str, Any]) -> _Said:
    quote = scalar(value.get("quote")).strip("\n ").removeprefix("> ").replace("\n> ", "\n")
    pairs = value.get("reactions")
    reactions = tuple(_reaction(each) for each in (pairs if isinstance(pairs, list) else ()))
    sticker = value.get("sticker")
    emoji = scalar(sticker) or scalar(fields(sticker).get("emoji")) or "sticker" * bool(sticker)
    deleted = value.get("deleted") is True
    text = _DELETED if deleted else scalar(value.get("body")).strip(" \n")
    text = "\n".join(line.rstrip(" ") for line in fold_newlines(text).split("\n"))
    return _Said(
        scalar(value.get("date")),
        scalar(value.get("sender")),
        text,
        quote,
        reactions,
        emoji,
        tuple(unquote(scalar(each.get("path"))) for each in listed(value.get("attachments"))),
        deleted or value.get("call") is True or _CALL.fullmatch(text) is not None,
    )


def _reaction(value: Any) -> tuple[str, str]:
    if isinstance(value, list) and len(value) == 2:
        return scalar(value[0]), scalar(value[1])
    return scalar(fields(value).get("name")), scalar(fields(value).get("emoji"))


def _record(said: _Said, title: str, clock: LocalTime) -> Record:
    local = parse_local(said.written.replace(",", ""))
    sent_at = clock.utc(local) if isinstance(local, datetime) else None
    author = "" if said.author == _NOBODY else said.author
    deleted = said.text == _DELETED
    reactions = [{"by": by, "reaction": emoji} for by, emoji in said.reactions]
    meta = {"quote": said.quote, "reactions": reactions, "deleted": deleted}
    if said.sticker:
        meta |= {"media_type": "sticker", "sticker_emoji": said.sticker}
    return Record(
        "signal",
        title,
        "This message was deleted." if deleted else said.text,
        author,
        sent_at=sent_at,
        sent_local=said.written,
        zone=clock.source if sent_at else "none",
        precision="s" if said.written.count(":") > 1 else "min",
        kind="event" if said.event else "message",
        mine=author == _OWNER,
        title=title,
        attachments=said.files,
        meta=meta_of(meta),
    )
