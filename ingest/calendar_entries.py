"""Appointments, to-dos and journals: what one of them says, as a person reads it.

Ropes and knots
Monday 2024-05-06, 10:00–11:00 Europe/Berlin
every week on Monday until 2024-07-01
at Pier 3
with Bea Quist, pim@example.net
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from ingest import Options
from ingest.calendar_rules import WEEKDAYS, in_words
from ingest.calendar_zones import Zone, moment, zones
from ingest.contentlines import Component, Line, fields
from ingest.markup import page_text
from ingest.notes import noon
from ingest.owner import OWNER
from ingest.times import utc
from secondme.record import Record, Unread

_KINDS = {"VEVENT": "appointment", "VTODO": "task", "VJOURNAL": "section"}
_HTML = re.compile(r"<(?:br|p|div|span|a|b|i|u|ul|ol|li|html|html-blob)\b[^<>]*>", re.IGNORECASE)
_DURATION = re.compile(r"\+?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")
_MOST_PEOPLE = 50


class When(NamedTuple):
    written: str
    local: datetime | None
    """On the clocks where it happens; None for what is no time."""
    utc: str | None
    zone: str
    place: str
    """The zone's name, as the words show it."""
    whole_day: bool


@dataclass(slots=True)
class Calendar:
    """What the file says of itself."""

    stem: str
    options: Options
    named: str = ""
    zone: str = ""
    zones: Callable[[str], Zone | None] = field(default_factory=lambda: zones([]))
    seen: dict[str, str] = field(default_factory=dict)

    def note(self, line: Line) -> None:
        if line.name in ("X-WR-CALNAME", "NAME") and line.text.strip():
            self.named = line.text.strip()
        elif line.name in ("X-WR-TIMEZONE", "TIMEZONE-ID"):
            self.zone = line.text.strip()

    @property
    def name(self) -> str:
        return self.named or self.stem

    def when(self, line: Line | None) -> When | None:
        if line is None:
            return None
        written = line.value.strip().split("\n")[0]
        local = moment(written)
        if local is None:
            return When(written, None, None, "none", "", False)
        if line.param("VALUE").upper() == "DATE" or not re.search(r"\d[T ]\d", written):
            return When(written, local, noon(local.date()), "none", "", True)
        try:
            return self._timed(written, local, line.param("TZID"))
        except ValueError:
            return When(written, local, None, "none", "", False)

    def _timed(self, written: str, local: datetime, tzid: str) -> When:
        if written[-1:] in "Zz":
            return self._shown(written, local)
        if found := (tzid and self.zones(tzid)) or (self.zone and self.zones(self.zone)):
            at = found.utc(local)
            place = found.name or _ahead(local - _naive(at))
            return When(written, local, at, "explicit", place, False)
        zone = self.options.zone or self.options.local_zone
        origin = "asked" if self.options.zone else "guessed"
        return When(written, local, utc(local, zone), origin, "", False)

    def _shown(self, written: str, moment: datetime) -> When:
        """A time in UTC, shown in the calendar's own zone where it has one."""
        at = moment.isoformat() + "Z"
        if self.zone and (found := self.zones(self.zone)):
            # A zone only tells the way to UTC: the way back is the same until clocks are changed.
            local = moment - (_naive(found.utc(moment)) - moment)
            local -= _naive(found.utc(local)) - moment
            return When(written, local, at, "explicit", found.name, False)
        return When(written, moment, at, "explicit", "UTC", False)


def entry(found: Component, calendar: Calendar, number: int) -> Record | Unread:
    start = calendar.when(found.first("DTSTART"))
    due, done = calendar.when(found.first("DUE")), calendar.when(found.first("COMPLETED"))
    main = start or due or done
    if found.name == "VTODO":
        main = due or start or done or calendar.when(found.first("CREATED"))
    subject = " ".join(found.text("SUMMARY").split())
    described = _readable(found.text("DESCRIPTION"))
    text = "\n".join(_lines(found, calendar, subject, described))
    if found.name == "VJOURNAL":
        text = described or subject
    if not text.strip():
        return Unread(f"entry {number}", "It says neither what nor when.")
    name, address = _person(found.first("ORGANIZER"))
    journal = found.name == "VJOURNAL" and not address
    mine = journal or bool({name.casefold(), address} & _me(calendar.options))
    return Record(
        "calendar",
        calendar.name,
        text,
        OWNER if journal else name,
        address,
        main.utc if main else None,
        main.written if main else "",
        main.zone if main else "none",
        "day" if main and main.whole_day else "s",
        _KINDS[found.name],
        mine,
        "person" if journal else "system",
        _native_id(found, calendar, text),
        subject=subject,
        title=calendar.name,
        attachments=tuple(_attached(found)),
        meta=_meta(found),
    )


def _lines(found: Component, calendar: Calendar, subject: str, described: str) -> Iterator[str]:
    yield from [subject] * bool(subject)
    start, end = calendar.when(found.first("DTSTART")), calendar.when(found.first("DTEND"))
    if start:
        yield _span(start, _end(found, start, end))
    for name, said in (("DUE", "due"), ("COMPLETED", "done")):
        if (time := calendar.when(found.first(name))) and found.name == "VTODO":
            yield f"{said} {_span(time, None)}"
    for line in found.all("RRULE"):
        yield in_words(line.value) or f"repeated: {line.value}"
    if skipped := [day for line in found.all("EXDATE") for day in _days(line)]:
        yield f"not on {', '.join(skipped[:_MOST_PEOPLE])}"
    if more := [day for line in found.all("RDATE") for day in _days(line)]:
        yield f"also on {', '.join(more[:_MOST_PEOPLE])}"
    if place := " ".join(_readable(found.text("LOCATION")).split()):
        yield f"at {place}"
    status = found.text("STATUS").lower().replace("-", " ")
    if status in ("cancelled", "tentative", "in process") or status == found.name[1:].lower():
        yield status
    people = [name for line in found.all("ATTENDEE") if (name := _person(line)[0])]
    if people:
        more_people = f" and {len(people) - _MOST_PEOPLE} more" * (len(people) > _MOST_PEOPLE)
        yield f"with {', '.join(people[:_MOST_PEOPLE])}{more_people}"
    yield from [described] * bool(described)
    yield from (_readable(line.text) for line in found.all("COMMENT"))


def _end(found: Component, start: When, end: When | None) -> When | None:
    if end is not None or start.local is None:
        return end
    match = _DURATION.match(found.text("DURATION").upper())
    if match is None:
        return None
    weeks, days, hours, minutes, seconds = (int(n[:6]) for n in match.groups(default="0"))
    try:
        length = timedelta(days + 7 * weeks, seconds, 0, 0, minutes, hours)
        return start._replace(local=start.local + length)
    except OverflowError:
        return None


def _span(start: When, end: When | None) -> str:
    """`Monday 2024-05-06, 10:00–11:00 Europe/Berlin`; as written what is no time."""
    if start.local is None:
        return start.written
    first, last = start.local, end.local if end and end.local else start.local
    if end and start.utc and end.utc and end.place != start.place:  # on the clocks of the start
        last = first + (_naive(end.utc) - _naive(start.utc))
    if end and end.whole_day and last > first:  # the day after the last one
        last -= timedelta(1)
    shown = _day(first.date())
    if start.whole_day:
        return shown if last <= first else f"{shown} – {_day(last.date())}"
    if last.date() == first.date():
        shown += f", {first:%H:%M}" + (f"–{last:%H:%M}" if last > first else "")
    else:
        shown += f", {first:%H:%M} – {_day(last.date())}, {last:%H:%M}"
    return f"{shown} {start.place}".rstrip()


def _day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.isoformat()}"


def _days(line: Line) -> Iterator[str]:
    for one in line.value.split(","):
        if (day := moment(one)) is not None:
            yield day.date().isoformat()


def _readable(text: str) -> str:
    """Google's and Outlook's descriptions are often pages."""
    if "<" in text and _HTML.search(text):
        text = page_text(text.replace("\n", "<br>"))
    return text.strip()


def _person(line: Line | None) -> tuple[str, str]:
    """Name and address of an organiser or guest; a name alone where no address is given."""
    if line is None:
        return "", ""
    scheme, _, rest = line.value.strip().partition(":")
    address = rest.strip().lower() if scheme.lower() == "mailto" else ""
    address = address or line.param("EMAIL").lower()
    name = line.param("CN").strip()
    return name or address, address if "@" in address else ""


def _me(options: Options) -> set[str]:
    return {name.casefold() for name in options.me if name}


def _native_id(found: Component, calendar: Calendar, text: str) -> str | None:
    """The uid, and of a day that was changed which one; for another of the same uid, its words too:
    some programs give all their appointments one."""
    uid = found.text("UID")
    if not uid:
        return None
    changed = calendar.when(found.first("RECURRENCE-ID"))
    own = f"{uid}#{changed.utc or changed.written}" if changed else uid
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    return own if calendar.seen.setdefault(own, digest) == digest else f"{own}#{digest}"


def _attached(found: Component) -> Iterator[str]:
    for line in found.all("ATTACH", "IMAGE"):
        name = line.param("FILENAME") or line.param("X-FILENAME")
        if name or "://" in line.value[:20]:
            yield name or line.value.strip()


def _meta(found: Component) -> str:
    guests = [address or name for name, address in map(_person, found.all("ATTENDEE"))]
    kept: dict[str, object] = {
        "rule": found.text("RRULE"),
        "status": found.text("STATUS").lower(),
        "attendees": [guest for guest in guests if guest][:_MOST_PEOPLE],
        "labels": [one for line in found.all("CATEGORIES") for one in fields(line.value, ",")],
        "url": found.text("URL") or found.text("CONFERENCE"),
        "place": found.text("GEO").replace(";", ","),
        "instance": found.text("RECURRENCE-ID"),
    }
    said = {name: value for name, value in kept.items() if value}
    return json.dumps(said, ensure_ascii=False, sort_keys=True) if said else ""


def _ahead(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _naive(written: str) -> datetime:
    return datetime.fromisoformat(written.removesuffix("Z"))


__all__ = ["Calendar", "entry"]
