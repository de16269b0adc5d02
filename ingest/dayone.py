"""Day One: File → Export → JSON, a zip of `<Journal>.json` with its pictures; and Day One Classic.

    {"metadata": {"version": "1.0"}, "entries": [
      {"uuid": "81F0…", "creationDate": "2017-12-25T03:04:32Z", "timeZone": "Asia/Bangkok",
       "text": "Morning\\\\. All packed\\\\!", "tags": ["trip"], "starred": true, "photos": [{…}],
       "location": {"placeName": "3 Soi", "localityName": "Bangkok"}, "weather": {…}}, …]}

Classic kept one property list an entry: `Journal.dayone/entries/<UUID>.doentry`. Both know the same
id, so that a journal that moved from one to the other is one journal.
"""

from __future__ import annotations

import json
import plistlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ingest import Item, Member, Options, importer
from ingest.note import Note, When, degrees, explicit, first_line, records, texts
from ingest.note_lists import listed
from ingest.notes import noon
from ingest.values import fields
from secondme.errors import UnreadableExport
from secondme.record import Unread

_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>~|&<$^=:;,\"'/?@%])")
_MOMENT = re.compile(r"!?\[[^\]\n]{0,300}\]\(dayone-moment:[^)\n]{0,300}\)\n?")
_GAPS = re.compile(r"\n{3,}")
_INVISIBLE = {0x200B: None, 0x2028: "\n", 0x2029: "\n"}
_MEDIA = (
    ("photos", "photos", "type"),
    ("audios", "audios", "format"),
    ("videos", "videos", "type"),
    ("pdfAttachments", "pdfs", "type"),
)
_KINDS = {"aac": "m4a", "": "pdf"}
_CLASSIC = b"<key>Entry Text</key>"
_TELLING = ("uuid", "timeZone", "isAllDay", "creationDevice", "richText")
_LARGEST = 16 * 1024 * 1024


def _is_day_one(member: Member) -> bool:
    return _is_classic(member) or _is_journal(member)


def _is_classic(member: Member) -> bool:
    return member.suffix == ".doentry" or (b"<plist" in member.head and _CLASSIC in member.head)


def _is_journal(member: Member) -> bool:
    shape = member.shape
    if shape.kind != "object" or not shape.has(0, "entries"):
        return False
    return shape.has(1, "creationDate") and any(shape.has(1, key) for key in _TELLING)


@importer("dayone", recognises=_is_day_one)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the entries in file order, streaming; of Day One Classic, the one entry."""
    if _is_classic(member):
        if member.size > _LARGEST:
            raise UnreadableExport(f"{member.name} is too large for an entry.", "Leave it out.")
        yield from records(_classic(_property_list(member), member.stem))
        return
    for found in listed(member, "entries", what="entry"):
        if isinstance(found, Unread):
            yield found
        else:
            _, number, value = found
            yield from records(_entry(value, member.stem, number))


def _entry(value: dict[str, Any], journal: str, number: int) -> Note:
    text = _words(value)
    when = explicit(value.get("creationDate"))
    if value.get("isAllDay") is True:
        when = _day(when, value.get("timeZone"))
    place, weather = fields(value.get("location")), fields(value.get("weather"))
    return Note(
        "dayone",
        str(value.get("uuid") or f"{journal} {number}"),
        text,
        title=first_line(text) or journal,
        when=when,
        meta={
            "journal": journal,
            "tags": texts(value.get("tags")),
            "starred": value.get("starred") is True,
            "pinned": value.get("isPinned") is True,
            "time_zone": value.get("timeZone"),
            "transcripts": [
                said
                for audio in _objects(value.get("audios"))
                if isinstance(said := audio.get("transcription"), str) and said
            ],
            **_place(place),
            "weather": _weather(weather),
        },
        attachments=tuple(_files(value)),
        wordless=True,
    )


def _day(when: When, zone: Any) -> When:
    """The day that it was where the entry was written."""
    moment = datetime.fromisoformat(when.sent_at) if when.sent_at else None
    try:
        there = moment.astimezone(ZoneInfo(zone)) if moment and isinstance(zone, str) else moment
    except (KeyError, ValueError, OSError, OverflowError):
        there = moment
    return When(noon(there.date()), when.written, "none", "day") if there else when


def _words(value: dict[str, Any]) -> str:
    """The text without its backslashes and marks of pictures, or that of the rich text."""
    text = value.get("text")
    if not isinstance(text, str) or not text.strip():
        return _rich(value.get("richText"))
    text = _MOMENT.sub("", text.translate(_INVISIBLE))
    return _GAPS.sub("\n\n", _ESCAPED.sub(r"\1", text))


def _rich(value: Any) -> str:
    try:
        contents = json.loads(value)["contents"] if isinstance(value, str) else []
        return "".join(str(piece.get("text") or "") for piece in contents)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""


def _files(value: dict[str, Any]) -> Iterator[str]:
    for key, folder, kind in _MEDIA:
        for file in _objects(value.get(key)):
            ending = str(file.get(kind) or "")
            if isinstance(file.get("md5"), str):
                yield f"{folder}/{file['md5']}.{_KINDS.get(ending, ending)}"


def _place(place: dict[str, Any]) -> dict[str, Any]:
    names = ("userLabel", "placeName", "localityName", "administrativeArea", "country")
    named = dict.fromkeys(str(place[name]) for name in names if place.get(name))
    return {
        "place": ", ".join(named),
        "latitude": degrees(place.get("latitude")),
        "longitude": degrees(place.get("longitude")),
    }


def _weather(weather: dict[str, Any]) -> str:
    said = weather.get("conditionsDescription")
    degrees = weather.get("temperatureCelsius")
    warm = f"{degrees:g} °C" if isinstance(degrees, int | float) else ""
    return ", ".join(filter(None, (said if isinstance(said, str) else "", warm)))


def _property_list(member: Member) -> dict[str, Any]:
    """Apple's reader gives plain values only, and knows no entities of a document's own."""
    try:
        value = plistlib.loads(member.read())
    except Exception as error:  # expat, dates, numbers and recursion have no common parent
        raise UnreadableExport(
            f"{member.name} is damaged.", "Export the journal again as JSON."
        ) from error
    if not isinstance(value, dict):
        raise UnreadableExport(f"{member.name} is no entry.", "Export the journal as JSON.")
    return value


def _classic(value: dict[str, Any], name: str) -> Note:
    text = value.get("Entry Text")
    text = text if isinstance(text, str) else ""
    made = value.get("Creation Date")
    written = made.replace(tzinfo=UTC).isoformat() if isinstance(made, datetime) else ""
    place, weather = fields(value.get("Location")), fields(value.get("Weather"))
    named = ("Place Name", "Locality", "Administrative Area", "Country")
    return Note(
        "dayone",
        str(value.get("UUID") or name),
        text,
        title=first_line(text) or name,
        when=explicit(written.replace("+00:00", "Z")),
        meta={
            "tags": texts(value.get("Tags")),
            "starred": value.get("Starred") is True,
            "time_zone": value.get("Time Zone"),
            "place": ", ".join(dict.fromkeys(str(place[key]) for key in named if place.get(key))),
            "latitude": degrees(place.get("Latitude")),
            "longitude": degrees(place.get("Longitude")),
            "weather": str(weather.get("Description") or ""),
        },
        wordless=True,
    )


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
