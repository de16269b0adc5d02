"""Photos: the notes that Google Takeout lays beside each, or a folder of pictures and nothing else.

    IMG_1.jpg.supplemental-metadata.json   {"title": "IMG_1.jpg", "description": "…",
                                            "photoTakenTime": {"timestamp": "1714555800"},
                                            "geoData": {"latitude": 48.1, "longitude": 11.5}, …}
    IMG_1.jpg                              EXIF: time, place, camera, caption

Beside a chat a picture is an attachment; it is a memory of its own only where it was imported for
itself. What is in a picture is not looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from ingest import Item, Member, Options, importer
from ingest.exif import Picture, picture
from ingest.heic import is_heic
from ingest.jsonstream import JsonError, walk
from ingest.named_times import named_after
from ingest.note import When, at
from ingest.owner import OWNER
from ingest.record_meta import meta_of
from ingest.times import from_epoch
from ingest.values import entries_in, fields, text_in
from secondme.errors import UnreadableExport
from secondme.record import Question, Record

_MAGIC: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"II*\0", b"MM\0*", b"GIF8")
_SUFFIXES: Final = frozenset(".jpg .jpeg .png .webp .heic .heif .tif .tiff .gif .avif .mpo".split())
_LARGEST: Final = 256 * 1024 * 1024
_NUMBERED: Final = re.compile(r"\(\d+\)$")
_WORDED: Final = ".supplemental-metadata"
"""Cut where the name grew too long."""
_YEARLY: Final = re.compile(r"\D{2,30}\d{4}")
"""Not an album: what Google puts every photo in, `Photos from 2023` in the account's language."""


def _is_photo(member: Member) -> bool:
    if member.suffix == ".json":
        return '"photoTakenTime"' in member.start and member.shape.has(0, "photoTakenTime")
    if member.suffix not in _SUFFIXES:
        return False
    head = member.head
    return head.startswith(_MAGIC) or is_heic(head) or head[8:12] == b"WEBP"


@importer("photos", recognises=_is_photo)
def read(member: Member, options: Options) -> Iterator[Item]:
    """One record for the photo."""
    if member.suffix == ".json":
        yield _told_beside(member)
        return
    if member.size > _LARGEST:
        raise UnreadableExport(f"{member.name} is too large for a picture.", "Leave it out.")
    try:
        with member.open() as stream:
            found = picture(stream, member.head)
    except ValueError as error:
        raise UnreadableExport(
            f"{member.name} is a damaged picture.", "Copy it again, or leave it out."
        ) from error
    when = _when(found, member, options)
    yield _record(member, found, when)
    if when.zone == "guessed":
        yield Question("tz", "In which time zone was the camera?", options.local_zone, "--tz")


def _record(member: Member, found: Picture, when: When) -> Record:
    folder = member.folder or member.export.name
    name, own = PurePosixPath(member.name).name, bool(found.caption)
    return Record(
        "photos",
        folder if member.folder else "Photos",
        found.caption,
        OWNER if own else "",
        sent_at=when.sent_at,
        sent_local=when.written,
        zone=when.zone,
        precision=when.precision,
        kind="photo",
        mine=True,
        role="person" if own else "system",
        native_id=f"{name} {when.written or member.size}",
        title=PurePosixPath(folder).name,
        attachments=(name,),
        meta=meta_of(
            {
                "camera": found.camera,
                "place": _degrees(found.place),
                "tags": list(found.keywords),
            }
        ),
    )


def _when(found: Picture, member: Member, options: Options) -> When:
    if found.taken is not None:
        return at(found.taken, found.written, options)
    return named_after(member.stem, options)


def _told_beside(member: Member) -> Record:
    told = fields(_value(member))
    title = text_in(told.get("title")) or member.stem
    caption = text_in(told.get("description"))
    shared = bool(
        {"fromPartnerSharing", "fromSharedAlbum"} & fields(told.get("googlePhotosOrigin")).keys()
    )
    taken = fields(told.get("photoTakenTime"))
    sent_at = _epoch(taken.get("timestamp"))
    own = bool(caption) and not shared
    people = [text_in(fields(person).get("name")) for person in entries_in(told.get("people"))]
    place = next(
        filter(None, map(_coordinates, (told.get("geoData"), told.get("geoDataExif")))), None
    )
    album = PurePosixPath(member.folder).name
    return Record(
        "photos",
        "Google Photos",
        caption,
        OWNER if own else "",
        sent_at=sent_at,
        sent_local=text_in(taken.get("formatted")),
        zone="unix" if sent_at else "none",
        kind="photo",
        mine=not shared,
        role="person" if own else "system",
        native_id=text_in(told.get("url")) or f"{title} {sent_at or ''}".strip(),
        attachments=(_file_of(member) or title,),
        meta=meta_of(
            {
                "album": "" if _YEARLY.fullmatch(album) else album,
                "comments": _comments(told),
                "people": [name for name in people if name],
                "place": _degrees(place),
                "url": text_in(told.get("url")),
            }
        ),
    )


def _value(member: Member) -> Any:
    try:
        with member.open() as stream:
            return next((value for _, value in walk(stream, ())), None)
    except JsonError as error:
        raise UnreadableExport(
            f"{member.name} is not whole.", "Unpack or download it again."
        ) from error


def _file_of(member: Member) -> str:
    """The picture that the note lies beside: its name may be cut, and numbered elsewhere."""
    name = PurePosixPath(member.name).stem
    number = _NUMBERED.search(name)
    bare = name[: number.start()] if number else name
    worded = bare.rfind(".su")
    if worded > 0 and _WORDED.startswith(bare[worded:]):
        bare = bare[:worded]
    if number:
        picture_name = PurePosixPath(bare)
        bare = f"{picture_name.stem}{number[0]}{picture_name.suffix}"
    return bare if member.beside(bare) is not None else ""


def _comments(told: dict[str, Any]) -> list[dict[str, str]]:
    """What others wrote below a photo in a shared album."""
    found = map(
        fields, entries_in(told.get("comments")) + entries_in(told.get("sharedAlbumComments"))
    )
    said = (
        {"by": text_in(c.get("contentOwnerName")), "text": text_in(c.get("text"))} for c in found
    )
    return [comment for comment in said if comment["text"]]


def _coordinates(value: Any) -> tuple[float, float] | None:
    """Zero north and zero east means none."""
    place = fields(value)
    north, east = place.get("latitude"), place.get("longitude")
    if not isinstance(north, int | float) or not isinstance(east, int | float):
        return None
    sane = abs(north) <= 90 and abs(east) <= 180 and (north or east)
    return (round(float(north), 6), round(float(east), 6)) if sane else None


def _degrees(place: tuple[float, float] | None) -> dict[str, float]:
    return {"latitude": place[0], "longitude": place[1]} if place else {}


def _epoch(value: Any) -> str | None:
    try:
        return from_epoch(int(value))
    except (TypeError, ValueError, OverflowError):
        return None
