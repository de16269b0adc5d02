"""WhatsApp: the "Export chat" zip, or the `_chat.txt` or `WhatsApp Chat with ….txt` inside it.

    [31/12/2023, 23:59:58] Ada: Happy new year        (iPhone)
    31/12/2023, 23:59 - Ada: Happy new year           (Android)
    and many more.                                    <- continuation of the line above

Exports hold no ids, no zone, no replies and no reactions, and phones cut off old history: where a
file begins is not where the chat began.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import PurePosixPath

from ingest import Export, Item, Member, Options, importer
from ingest.calendar_words import language_of_hours
from ingest.chat_people import after_people, owner, phone, who_is_owner
from ingest.decode import decode, fold_newlines, looks_binary
from ingest.invisible import MARKS, shown
from ingest.numeric_dates import ORDERS, decide_order, is_foreign, read_date
from ingest.whatsapp_clock import Clock, unknown_half
from ingest.whatsapp_dialect import Layout, Messages, find_layout, is_header, messages
from ingest.whatsapp_people import Names, is_about, is_call, is_notice
from ingest.whatsapp_tables import ATTACHED, CALL_STARTS, CHAT_NAME
from secondme.record import Dialect, Question, Record, Unread

_NOT_BLANK = re.compile(rf"[^\s\0{MARKS}]")
_ATTACHED_IOS = re.compile(r"[\u200e\u200f]<[^<>:\n]{1,40}:\s?([^<>\n]{1,255})>")
_OMITTED_FILE = re.compile(r"([^\n\u200e\u200f]{1,255}\.\w{1,8}) (?:• |(?=[\u200e\u200f]))")
_ATTACHED_ANDROID = re.compile(r"([\u200e\u200f]?)(.{1,255}\.\w{1,8}) \(([^()]{2,60})\)")
_PHONE_FILE = re.compile(r"(?:IMG|VID|PTT|AUD|STK|DOC)-\d{8}-WA\d+\.\w+")
_SLASHED = re.compile(r"\d\d?/")
_DIRECTIONS = frozenset("\u200e\u200f")
_LONGEST_TIME = 80
_LONGEST_PROOF = 160
_NOT_EXPORTED = (None, None, "", "")
"""A record's own id, what it answers, its subject, and another title of the chat."""
_new = tuple.__new__
"""Records in their fields' order: with names, they cost twice as much as all the rest."""
_COPY = re.compile(r"\s?\(\d{1,2}\)$")
_LOG_LEVEL = re.compile(r"(?:.*\W)?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)")


def _looks_like_chat(member: Member) -> bool:
    """At least 60 % of the first 50 lines, or three of them, begin like messages do."""
    named = PurePosixPath(member.name).name == "_chat.txt" or bool(_chat_name(member.stem))
    if not member.head or looks_binary(member.head):
        return named and not member.head
    text = member.start
    lines = [line for line in text.split("\n", 500) if line.strip()][:50]
    # A time has at least five digits, and one of the first lines has a time.
    if not any(sum(map(str.isdigit, line[:_LONGEST_TIME])) >= 5 for line in lines[:3]):
        return False
    layout = find_layout(text)
    if layout is None:
        return False
    shaped = [match for match in map(layout.header.match, lines) if match]
    hits = [match for match in shaped if is_header(match)]
    begins = any(map(layout.header.match, lines[:3]))
    enough = bool(hits) and (len(shaped) >= 3 or len(shaped) * 10 >= len(lines) * 6)
    timed = not layout.bracketed or any(match["s"] for match in hits)  # Signal's have no seconds
    return begins and (named or (enough and timed and _has_people(hits, text)))


def _has_people(hits: list[re.Match[str]], text: str) -> bool:
    """Program logs look like chats in which only ERROR and INFO talk."""
    names = [match["sender"][:-2] for match in hits if match["sender"].endswith(": ")]
    if not names:
        return "WhatsApp" in text
    return not all(_LOG_LEVEL.fullmatch(name) for name in names)


@importer("whatsapp", recognises=_looks_like_chat)
def read(member: Member, options: Options) -> Iterator[Item]:
    """The questions first, then one record per message in file order."""
    yield from parse(
        decode(member.read()).text, conversation=conversation_name(member), options=options
    )


def conversation_name(member: Member) -> str:
    """The chat's name as the phone put it into the name of the file, zip or folder.

    Empty for a bare `_chat.txt`, which is then called after the people in it.
    """
    if not member.stem.startswith("_chat"):
        return _chat_name(member.stem) or shown(member.stem)
    folder = PurePosixPath(member.name).parent.name.removesuffix(".zip")
    around = folder or _around(member.export)
    return _chat_name(around) or shown(around)


def _around(export: Export) -> str:
    if export.path.suffix.lower() == ".txt":  # the file was named, not what it lies in
        folder = export.path.resolve().parent.name
        return folder if _chat_name(folder) else ""
    return export.name


def _chat_name(name: str) -> str:
    """`WhatsApp_Chat_with_Ada (1)` is Ada's chat; empty when the name is not of that kind."""
    name = shown(name.replace("_", " ") if "hatsApp_" in name or "_WhatsApp" in name else name)
    match = CHAT_NAME.fullmatch(_COPY.sub("", name))
    return next((part for part in match.groups() if part), "") if match else ""


def parse(text: str, *, conversation: str, options: Options) -> Iterator[Item]:
    """Pure: no clock, no disk, no locale. Every line ends up in a record or in an `Unread`."""
    text = fold_newlines(text)
    layout = find_layout(text)
    before, found = messages(text, layout) if layout else (text, None)
    if _NOT_BLANK.search(before):
        yield Unread("line 1", "text before the first message" if found else "no messages")
    if layout and found and found.bodies:
        yield from _Chat(text, found, layout, conversation, options).items()


class _Chat:
    """One file: what has to be known about all of it before its first message can be read."""

    def __init__(
        self, text: str, found: Messages, layout: Layout, conversation: str, options: Options
    ) -> None:
        self.text, self.found, self.options = text, found, options
        self.bracketed, self.phone = layout.bracketed, layout.phone
        self.seen = Counter(found.senders)
        self.names = self._names()
        self.notices = self._notices() if self.bracketed else frozenset()
        self.speakers = self._speakers()
        self.conversation = conversation or after_people(
            self.speakers or set(self.names.values()), "WhatsApp"
        )
        self.mine = owner(self.speakers, self.conversation, options.me)
        days = (found.spelled[key].day for key, _ in groupby(found.hours))
        self.dates = [day for day, _ in groupby(days)]
        self.order = decide_order(self.dates, hint=options.usual_order or self._region())
        self.read_as = options.date_order or self.order.order
        self.clock = Clock(self.read_as, options, self._language())

    def _names(self) -> dict[str, str]:
        """What stands up to the colon of a line, where it is a name, as it is shown."""
        seen = self.seen
        spaced = {sender[:-2]: n for sender, n in seen.items() if sender.endswith(": ")}
        names = Names(spaced)
        bare = {sender for sender in seen if sender.endswith(":")}
        shy = {  # nothing but a colon after the name: `Ada:.`, or the end of the line
            sender: body[:1].strip()
            for sender, body in zip(self.found.senders, self.found.bodies, strict=True)
            if sender in bare
        }
        return {
            sender: shown(sender.rstrip(" ")[:-1])
            for sender in seen
            if sender and names.is_name(sender.rstrip(" ")[:-1], shy.get(sender, " "))
        }

    def _notices(self) -> frozenset[int]:
        """Lines under a name that are WhatsApp's own words. A mark before the time announces an
        attachment, and is no notice."""
        marks, bodies = self.found.marks, self.found.bodies
        marked = [i for i, body in enumerate(bodies) if body[:1] in _DIRECTIONS]
        return frozenset(i for i in marked if not marks[i] and is_notice(bodies[i]))

    def _speakers(self) -> frozenset[str]:
        """Everyone but the group itself, under whose name an iPhone writes notices."""
        if not self.notices:
            return frozenset(self.names.values())
        noticed = Counter(self.found.senders[i] for i in self.notices)
        own = {sender for sender, n in self.seen.items() if n > noticed[sender]}
        return frozenset(name for sender, name in self.names.items() if sender in own)

    def _language(self) -> str:
        hours = self.found.spelled.values()
        return language_of_hours({word for hour in hours for word in (hour.pre, hour.post)})

    def _region(self) -> str:
        """`3/18/22, 2:56 PM` is how the United States write; India and England write `pm`, and
        nearly everyone begins with the day."""
        first = self.found.spelled[self.found.hours[0]]
        american = first.post in ("AM", "PM") and _SLASHED.match(first.day)
        return "mdy" if american else "dmy"

    def items(self) -> Iterator[Item]:
        yield self._dialect()
        yield from self._questions()
        yield from self._not_understood()
        yield from self._records()

    def _records(self) -> Iterator[Record]:
        people, nobody = self._people(), ("", "", False)
        notices, bracketed, conversation = self.notices, self.bracketed, self.conversation
        source = self.clock.local.source
        found = self.found
        columns = (found.marks, found.stamps, found.seconds, found.senders, found.bodies)
        times = self.clock.times(found)
        for i, (mark, stamp, second, sender, body, sent_at) in enumerate(
            zip(*columns, times, strict=True)
        ):
            author, handle, mine = people.get(sender, nobody)
            notice = i in notices
            if not author:
                body = sender + body
            elif notice and (author not in self.speakers or is_about(body, author)):
                author, handle, mine = nobody
            # A notice is nobody's words, whatever name it stands under.
            own = author and not notice and not (body[:2] in CALL_STARTS and is_call(body))
            maybe = mark or "<" in body or ")" in body
            yield _new(
                Record,
                (
                    "whatsapp",
                    conversation,
                    body,
                    author,
                    handle,
                    sent_at,
                    stamp,
                    source if sent_at else "none",
                    "s" if second else "min",
                    "message" if author else "event",
                    mine,
                    "person" if own else "system",
                    *_NOT_EXPORTED,
                    _attachments(body, bool(mark), bracketed) if maybe else (),
                    "",
                ),
            )

    def _people(self) -> dict[str, tuple[str, str, bool]]:
        """Name, handle and whether it is the owner, by what stands up to the colon."""
        mine = self.mine or frozenset()
        return {sender: (name, phone(name), name in mine) for sender, name in self.names.items()}

    def _dialect(self) -> Dialect:
        """How the file was read, with the line that decided which part of a date is the day."""
        hours = "12 hours" if self.clock.language else "24 hours"
        others = [order for order in ("dmy", "mdy") if order != self.read_as]
        found = self.found
        telling = (
            key
            for key, hour in found.spelled.items()
            if not any(read_date(hour.day, other) for other in others)
        )
        decided = found.hours.index(next(telling, found.hours[0]))
        lines = dict.fromkeys(self._line(found.stamps[i]) for i in (0, decided))
        return Dialect(f"{self.phone}, {ORDERS[self.read_as]}, {hours}", tuple(lines))

    def _line(self, stamp: str) -> str:
        at = self.text.find(stamp)
        line = self.text[self.text.rfind("\n", 0, at) + 1 : at + _LONGEST_PROOF]
        return line.partition("\n")[0]

    def _not_understood(self) -> Iterator[Unread]:
        """What the times of the whole file leave open, said once."""
        foreign = next((day for day in dict.fromkeys(self.dates) if is_foreign(day)), None)
        if foreign:
            yield Unread(
                "times", f"“{foreign}” is of a calendar that is not read: kept without times."
            )
        latest: dict[str, int] = {}
        for hour in self.found.spelled.values():
            for word in filter(unknown_half, (hour.pre, hour.post)):
                latest[word] = max(int(hour.hour), latest.get(word, 0))
        for word in sorted(word for word, hour in latest.items() if hour <= 12):
            yield Unread(
                "times",
                f"“{word}” is an unknown half of the day: hours with it are taken as the morning.",
            )

    def _questions(self) -> Iterator[Question]:
        yield from self.clock.local.question("the phone")
        if not self.order.sure and self.options.date_order is None:
            text = f"Is {self.order.example} day first or month first? Read as {self.order.order}."
            yield Question("date-order", text, self.order.order, "--date-order")
        yield from who_is_owner(self.mine, self.speakers)


def _attachments(body: str, marked: bool, bracketed: bool) -> tuple[str, ...]:
    """File names in a message; media that was left out has one only when it is a document."""
    if bracketed:
        if "<" in body:
            return tuple(_ATTACHED_IOS.findall(body))
        match = _OMITTED_FILE.match(body) if marked else None
        return (match[1],) if match else ()
    first = body.partition("\n")[0] if "\n" in body else body
    if not first.endswith(")") or len(first) > 400:
        return ()
    match = _ATTACHED_ANDROID.fullmatch(first)
    if match and (match[1] or match[3] in ATTACHED or _PHONE_FILE.fullmatch(match[2])):
        return (match[2],)
    return ()


__all__ = ["conversation_name", "parse", "read"]
