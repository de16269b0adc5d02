"""Calendars: the `.ics` of Google (a zip of them), iCloud, Outlook, Thunderbird, Nextcloud; jCal.

    BEGIN:VEVENT
    DTSTART;TZID=Europe/Berlin:20240506T100000
    RRULE:FREQ=WEEKLY;BYDAY=MO
    SUMMARY:Ropes and knots
    END:VEVENT

One record an appointment, however often it happens: the words say the rule, and only what was
changed for one day is a record of its own. To-dos and journals are read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest import Item, Member, Options, importer
from ingest.calendar_entries import Calendar, entry
from ingest.calendar_zones import zones
from ingest.content_json import parts
from ingest.contentlines import Component, Line
from ingest.contentlines import read as read_lines
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_BEGINS = re.compile(rb"\s*BEGIN[ \t]*:[ \t]*(?:VCALENDAR|VEVENT|VTODO|VJOURNAL)\b", re.IGNORECASE)
_JSON = re.compile(rb'\s*\[\s*"vcalendar"\s*,')
_BEFORE = b" \t\r\n\xef\xbb\xbf\xff\xfe\xe2\x80\x8e\x8f"
"""Byte order marks and marks of direction."""
_MOST_ZONES = 1000
_READ = frozenset({"VEVENT", "VTODO", "VJOURNAL"})
_KNOWN = _READ | {"VTIMEZONE"}


def _looks_like_calendar(member: Member) -> bool:
    head = member.head
    perhaps = head[:1].isspace() or head[:1] in (b"B", b"b", b"[") or head[:1] > b"\x7f"
    # Or named so by a program, with something before it.
    named = member.suffix in (".ics", ".ical", ".ifb", ".icalendar")
    return (perhaps and _begins(head)) or named


def _begins(head: bytes) -> bool:
    bare = head[:4096].replace(b"\0", b"").lstrip(_BEFORE)
    return bool(_BEGINS.match(bare) or _JSON.match(bare))


@importer("calendar", recognises=_looks_like_calendar)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield appointments in file order; one that makes no sense costs only itself."""
    calendar = _survey(member, options)
    number = 0
    asked = False
    for found in _parts(member):
        if isinstance(found, Line):
            calendar.note(found)
            continue
        if found.name not in _READ:
            continue
        number += 1
        if not found.whole and not _says_something(found):
            yield Unread(f"entry {number}", "The file ends inside it.")
            continue
        item = entry(found, calendar, number)
        yield item
        if isinstance(item, Record) and item.zone == "guessed" and not asked:
            asked = True
            yield Question("tz", "In which time zone is this calendar?", options.local_zone, "--tz")


def _says_something(cut: Component) -> bool:
    """Some programs forget the END of the last one; a file that was cut has it broken off."""
    return bool(cut.text("DTSTART") and cut.text("DTSTAMP") and cut.text("UID"))


def _survey(member: Member, options: Options) -> Calendar:
    """What stands anywhere in the file and is needed for the first appointment."""
    calendar = Calendar(member.stem, options)
    defined: list[Component] = []
    seen = False
    for found in _parts(member):
        seen = True
        if isinstance(found, Component):
            if found.name == "VTIMEZONE" and len(defined) < _MOST_ZONES:
                defined.append(found)
        elif not calendar.named:
            calendar.note(found)
    if not seen and member.head.strip() and not _begins(member.head):
        raise UnreadableExport(
            f"{member.name} is called a calendar and is none.", "Export the calendar again."
        )
    calendar.zones = zones(defined)
    return calendar


def _parts(member: Member) -> Iterator[Line | Component]:
    if member.start.lstrip()[:1] == "[":
        return parts(member)
    return read_lines(member, _KNOWN)


__all__ = ["read"]
