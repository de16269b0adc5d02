"""Signal as the program sigtop writes it: a file a chat, as text, short text or JSON.

    Conversation: Ada (+15550001111)

    From: Ada (+15550001111)
    Type: incoming
    Sent: Wed, 1 May 2024 09:54:20 +0200
    Received: Wed, 1 May 2024 09:54:21 +0200
    Reaction: 👍 from You

    at six

JSON is what Signal Desktop keeps of every message. It knows people by their ids only, and newer
versions of the app keep the words elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from ingest import Item, Member, Options, importer
from ingest.decode import decode, fold_newlines
from ingest.jsonstream import JsonError, broken_off, walk
from ingest.local_time import LocalTime
from ingest.record_meta import meta_of
from ingest.times import from_epoch, parse_local
from ingest.values import fields, listed, scalar, whole
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_LARGEST = 512 * 1024 * 1024
_MESSAGE = re.compile(
    r"^(?:From: [^\n]*\n)?Type: [\w-]+\n(?=Sent: |Received: |Attachment: |Reaction: |\n)",
    re.MULTILINE,
)
_FIELD = re.compile(r"(From|Type|Sent|Received|Attachment|Reaction|Edited): (.*)")
_WHO = re.compile(r"(.*) \(([^()]+)\)")
_ATTACHED = re.compile(r"(.*) \([^()]*, -?\d+ bytes\)")
_SHORT = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d|unknown) ([^:\n]{1,200}):(?: |$)", re.MULTILINE)
_DETAILS = re.compile(r"\[((?:reply to [^\]\n]{1,300}|edited|\d+ attachments?)(?:, [^\]\n]+)?)\] ?")
_NOTICE = re.compile(r"\[([\w -]+) message\]")
_YOU = "You"
_OWNER = "Me"
_SAID = frozenset({"incoming", "outgoing"})


class _Said(NamedTuple):
    author: str
    kind: str
    sent: str
    text: str
    quote: str = ""
    files: tuple[str, ...] = ()
    reactions: tuple[tuple[str, str], ...] = ()
    edited: bool = False


def _looks_like_sigtop(member: Member) -> bool:
    if member.shape.kind == "array":
        return member.shape.has(0, "conversationId", "sent_at", "type")
    start = member.start
    if start.startswith("Conversation: "):
        return _MESSAGE.search(start) is not None
    if _SHORT.match(start) is None:
        return False
    heads = _SHORT.findall(start)
    told = any(who == _YOU for _, who in heads) or _NOTICE.search(start) or _DETAILS.search(start)
    return bool(told) and len(heads) * 2 >= start.count("\n")


@importer("signal", recognises=_looks_like_sigtop)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of one chat in their order."""
    if member.shape.kind == "array":
        yield from _rows(member)
        return
    if member.size > _LARGEST:
        raise UnreadableExport(f"{member.name} is too large for a chat.", "Split it.")
    text = fold_newlines(decode(member.read()).text)
    if not text.startswith("Conversation: "):
        yield from short(text, member.stem, LocalTime(options))
        return
    title = text.partition("\n")[0].removeprefix("Conversation: ")
    for said in parse(text):
        yield _record(said, title)


def parse(text: str) -> Iterator[_Said]:
    """What stands in the long kind of text."""
    heads = [match.start() for match in _MESSAGE.finditer(text)]
    for start, end in zip(heads, [*heads, len(text)][1:], strict=True):
        yield _said(text[start:end].rstrip("\n"))


def _said(block: str) -> _Said:
    found: dict[str, list[str]] = {}
    lines = block.split("\n")
    at = 0
    while at < len(lines) and (field := _FIELD.fullmatch(lines[at])):
        found.setdefault(field[1], []).append(field[2])
        at += 1
    if "Edited" in found:
        lines = list(_latest(lines[at:]))
        at = 0
        while at < len(lines) and (field := _FIELD.fullmatch(lines[at])):
            found.setdefault(field[1], []).append(field[2])
            at += 1
    body, quote = _body(lines[at:])
    names = (_ATTACHED.fullmatch(each) for each in found.get("Attachment", ()))
    pairs = (each.partition(" from ") for each in found.get("Reaction", ()))
    return _Said(
        found.get("From", [""])[0],
        found.get("Type", [""])[0],
        found.get("Sent", found.get("Received", [""]))[0],
        body,
        quote,
        tuple(dict.fromkeys(name[1] for name in names if name and name[1] != "no filename")),
        tuple((by, emoji) for emoji, _, by in pairs),
        "Edited" in found,
    )


def _latest(lines: list[str]) -> Iterator[str]:
    """Versions stand behind a bar, the latest first."""
    versions = 0
    for line in lines:
        inside = line.removeprefix("| ").removeprefix("|")
        versions += line.startswith("| Version: ")
        if versions == 1 and line.startswith("|") and not inside.startswith("Version: "):
            yield inside


def _body(lines: list[str]) -> tuple[str, str]:
    """The words, and those that they answer: both after an empty line, these behind `>`."""
    at = 1 if lines and not lines[0] else 0
    quoted: list[str] = []
    if at < len(lines) and lines[at].startswith("> From: "):
        while at < len(lines) and lines[at].startswith(">"):
            quoted.append(lines[at].removeprefix("> ").removeprefix(">"))
            at += 1
        at += at < len(lines) and not lines[at]
        while quoted and quoted[0]:
            del quoted[0]
    return "\n".join(lines[at:]).strip("\n"), "\n".join(quoted).strip("\n")


def _record(said: _Said, title: str) -> Record:
    name, id_ = _person(said.author)
    mine = said.kind == "outgoing" or name == _YOU
    try:
        moment = parsedate_to_datetime(said.sent)
        sent_at = from_epoch(moment.timestamp()) if moment.tzinfo else None
    except (ValueError, TypeError, OverflowError):
        sent_at = None
    event = said.kind not in _SAID
    return Record(
        "signal",
        title,
        said.text or (said.kind.replace("-", " ") if event else ""),
        _OWNER if mine else name,
        "" if mine else id_,
        sent_at,
        said.sent,
        "explicit" if sent_at else "none",
        kind="event" if event else "message",
        mine=mine,
        title=_person(title)[0],
        attachments=said.files,
        meta=meta_of(
            {
                "quote": said.quote,
                "reactions": [{"by": by, "reaction": emoji} for by, emoji in said.reactions],
                "edited": said.edited,
            }
        ),
    )


def _person(shown: str) -> tuple[str, str]:
    """`Ada (+15550001111)`: a name and what it is known by; a group has only the first."""
    match = _WHO.fullmatch(shown)
    known = match is not None and ("-" in match[2] or match[2].startswith("+"))
    return (match[1], match[2]) if match and known else (shown, "")


def short(text: str, title: str, clock: LocalTime) -> Iterator[Item]:
    """What stands in the short kind of text, with local times."""
    heads = list(_SHORT.finditer(text))
    guessed = False
    for number, head in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
        body = text[head.end() : end].strip("\n")
        notice, details = _NOTICE.fullmatch(body), _DETAILS.match(body)
        local = parse_local(head[1])
        sent_at = clock.utc(local) if local else None
        guessed = guessed or (sent_at is not None and clock.source == "guessed")
        mine = head[2] == _YOU
        yield Record(
            "signal",
            title,
            notice[1] if notice else body[details.end() :] if details else body,
            _OWNER if mine else head[2],
            sent_at=sent_at,
            sent_local=head[1],
            zone=clock.source if sent_at else "none",
            precision="min",
            kind="event" if notice else "message",
            mine=mine,
            title=_person(title)[0],
            meta=meta_of({"edited": bool(details and "edited" in details[1])}),
        )
    if guessed:
        yield from clock.question("the computer that made this export")


def _rows(member: Member) -> Iterator[Item]:
    number = 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, ("",)):
                if path == "item":
                    number += 1
                    yield row(value, member.stem, number)
    except JsonError as error:
        if not number:
            raise UnreadableExport(f"{member.name} is damaged.", "Export it again.") from error
        yield broken_off(error, number, "message")


def row(value: Any, title: str, number: int) -> Record | Unread:
    """One message as Signal Desktop keeps it."""
    if not isinstance(value, dict):
        return Unread(f"message {number}", "It is not a message.")
    kind = scalar(value.get("type"))
    mine = kind == "outgoing"
    ids = ("sourceServiceId", "sourceUuid", "source")
    source = next((id_ for key in ids if (id_ := scalar(value.get(key)))), "")
    sent = whole(value.get("sent_at")) or whole(value.get("timestamp"))
    try:
        sent_at = from_epoch(sent / 1000) if sent else None
    except ValueError:
        sent_at = None
    deleted = value.get("deletedForEveryone") is True
    event = deleted or kind not in _SAID
    name, number_ = _person(title)
    phone = scalar(value.get("source"))
    quote = fields(value.get("quote"))
    text = fold_newlines(scalar(value.get("body")))
    notice = "This message was deleted." if deleted else kind.replace("-", " ")
    return Record(
        "signal",
        scalar(value.get("conversationId")) or title,
        notice if event and not text else text,
        _OWNER if mine else name if number_ and number_ in (phone, source) else phone or source,
        "" if mine else phone or source,
        sent_at,
        str(sent or ""),
        "unix" if sent_at else "none",
        kind="event" if event else "message",
        mine=mine,
        native_id=scalar(value.get("id")) or (f"{source}:{sent}" if sent else None),
        title=name,
        attachments=_names(value),
        meta=meta_of({"quote": scalar(quote.get("text")), "reactions": _reactions(value)}),
    )


def _names(value: dict[str, Any]) -> tuple[str, ...]:
    files = listed(value.get("attachments"))
    return tuple(n for each in files if (n := scalar(each.get("fileName") or each.get("path"))))


def _reactions(value: dict[str, Any]) -> list[dict[str, str]]:
    found = listed(value.get("reactions"))
    return [{"by": scalar(r.get("fromId")), "reaction": scalar(r.get("emoji"))} for r in found]
