"""Text messages and calls of an Android phone: SMS Backup & Restore, and SMS Import / Export.

    sms-20240501093000.xml     <smses><sms address="+1555…" date="1714555800000" type="1" body="…"
                                   contact_name="Ada"/><mms …><parts>…</parts><addrs>…</addrs></mms>
    calls-20240501093000.xml   <calls><call number="+1555…" duration="62" date="…" type="2"/>
    messages.ndjson            {"address": "+1555…", "date": "…", "type": "1", "body": "…"}

There are no ids: Android numbers its messages anew on every phone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from ingest import Item, Member, Options, importer
from ingest.jsonlines import json_lines
from ingest.sms_texts import (
    OWN_NUMBER,
    RECEIVED,
    Phone,
    Text,
    call_record,
    country_of,
    milliseconds,
    name_given,
    text_record,
    value_given,
)
from ingest.sqlite import number_of
from ingest.xmlrepair import Repaired
from ingest.xmlstream import elements
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_ROOT: Final = re.compile(
    r"\s*(?:<\?[^<>]*\?>\s*|<!--(?:[^-]|-(?!->))*-->\s*){0,20}<(?:smses|calls|allsms)[\s>]"
)
_FROM: Final = "137"
_TO: Final = frozenset({"151", "130", "129"})
_INTERNATIONAL: Final = re.compile(r"(?:address|number)\"?[=:] ?\"(\+\d{6,15})\"")
_NO_FILES: Final = frozenset({"application/smil", "text/plain", ""})
_LINES: Final = ("_id", "thread_id", "date")


def _looks_like_texts(member: Member) -> bool:
    start = member.start[:8192]
    if "<" in start[:80]:
        return _ROOT.match(start) is not None
    if '"thread_id"' not in start:
        return False
    shape = member.shape
    return shape.kind in ("lines", "object") and (
        shape.has(0, *_LINES, "body") or shape.has(0, *_LINES, "msg_box")
    )


@importer("sms", recognises=_looks_like_texts)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Every message and call, in file order: most backups begin with the oldest."""
    phone = Phone(country_of((*options.me, *_INTERNATIONAL.findall(member.start))))
    phone.own = {phone.plain(name) for name in options.me}
    if not member.start.lstrip().startswith("<"):
        for found in json_lines(member):
            if isinstance(found, Unread):
                yield found
            elif isinstance(found[1], dict):
                yield _of_line(found[1], phone)
            else:
                yield Unread(f"line {found[0]}", "It is not a message.")
        return
    count = 0
    try:
        with member.open() as stream:
            for element in elements(Repaired(stream), "sms", "mms", "call"):  # type: ignore[arg-type]
                count += 1
                yield _of_element(element, phone)
    except ValueError as error:
        if not count:
            raise UnreadableExport(
                f"{member.name} is not a complete backup of messages.", "Make the backup again."
            ) from error
        yield Unread(f"after message {count}", "The file is damaged or incomplete here.")


def _of_element(element: Any, phone: Phone) -> Record:
    given = {key: value_given(value) for key, value in element.attrib.items()}
    name, number = name_given(given.get("contact_name", "")), given.get("address", "")
    if element.tag == "call":
        return call_record(
            phone,
            given.get("number", ""),
            name,
            number_of(given.get("type")),
            number_of(given.get("duration")),
            given.get("date", ""),
        )
    phone.learn(number.split("~"), name)
    if element.tag == "sms":
        box = number_of(given.get("type"))
        return _single(number, given.get("body", ""), given.get("date", ""), box,
                       given.get("subject", ""), phone)  # fmt: skip
    parts = [part.attrib for part in element.iter("part")]
    addresses = [(a.get("address", ""), a.get("type", "")) for a in element.iter("addr")]
    return _multimedia(given, number.split("~"), parts, addresses, phone)


def _of_line(row: dict[str, Any], phone: Phone) -> Record:
    given = {key: value_given(value) for key, value in row.items() if not key.startswith("__")}
    if "msg_box" not in given:
        number = given.get("address", "")
        phone.learn([number], value_given(row.get("__display_name")))
        return _single(number, given.get("body", ""), given.get("date", ""),
                       number_of(given.get("type")), given.get("subject", ""), phone)  # fmt: skip
    sender = row.get("__sender_address")
    people = _objects(row.get("__recipient_addresses")) + _objects([sender])
    for person in people:
        name = value_given(person.get("__display_name"))
        phone.learn([value_given(person.get("address"))], name)
    addresses = [(value_given(p.get("address")), value_given(p.get("type"))) for p in people]
    return _multimedia(given, [], _objects(row.get("__parts")), addresses, phone)


def _single(number: str, words: str, date: str, box: int, subject: str, phone: Phone) -> Record:
    sender = number if box == RECEIVED else ""
    return text_record(Text((number,), sender, words, date, box, subject), phone)


def _multimedia(
    given: dict[str, str],
    listed: list[str],
    parts: Iterable[Any],
    addresses: list[tuple[str, str]],
    phone: Phone,
) -> Record:
    """A message to several, or with attachments."""
    box = number_of(given.get("msg_box"))
    sender = next((a for a, kind in addresses if kind == _FROM and a != OWN_NUMBER), "")
    to = [a for a, kind in addresses if kind in _TO and a != OWN_NUMBER]
    if box != RECEIVED:
        phone.own |= {phone.plain(sender)} if sender else set()
    elif len(to) == 1:
        phone.own.add(phone.plain(to[0]))
    others = [a for a in listed if a and a != OWN_NUMBER] or [sender, *to]
    if box == RECEIVED and not sender and len(others) == 1:
        sender = others[0]
    words: list[str] = []
    files: list[str] = []
    for part in parts:
        kind, text = value_given(part.get("ct")), value_given(part.get("text"))
        if kind == "text/plain" and text:
            words.append(text)
        elif kind not in _NO_FILES:
            files.append(_file_name(part, kind))
    subject = given.get("sub", "")
    date, said = milliseconds(given.get("date", "")), "\n".join(words)
    return text_record(Text(tuple(others), sender, said, date, box, subject, tuple(files)), phone)


def _file_name(part: Any, kind: str) -> str:
    """Phones fill in one of five, and some none."""
    named = (value_given(part.get(key)) for key in ("fn", "name", "cl", "_data"))
    return PurePosixPath(next(filter(None, named), kind.replace("/", "."))).name


def _objects(values: Any) -> list[dict[str, Any]]:
    return [v for v in values if isinstance(v, dict)] if isinstance(values, list) else []
