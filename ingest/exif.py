"""What a camera and a person wrote into a picture: when, where, with what, and a caption.

The time is the camera's, without a zone; newer phones add the zone, and satellites tell the time in
UTC. Pixels are not decoded.
"""

from __future__ import annotations

import re
import warnings
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, BinaryIO, Final, NamedTuple

from ingest.heic import exif_of, is_heic
from ingest.xmlstream import parsed

_FORMATS: Final = ("JPEG", "PNG", "TIFF", "WEBP", "GIF")
_DESCRIPTION, _MAKE, _MODEL, _CHANGED = 0x010E, 0x010F, 0x0110, 0x0132
_XP_TITLE, _XP_COMMENT = 0x9C9B, 0x9C9C
_CAMERA, _GPS = 0x8769, 0x8825
_TAKEN, _MADE, _ZONE_TAKEN, _ZONE, _COMMENT = 0x9003, 0x9004, 0x9011, 0x9010, 0x9286
_NS: Final = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
_STOCK: Final = frozenset({"SONY DSC", "OLYMPUS DIGITAL CAMERA", "DCIM", "Screenshot", "Exif_JPEG"})
"""Written by the camera, and no caption."""
_WHEN: Final = re.compile(
    r"(\d{4})[:/.-](\d{1,2})[:/.-](\d{1,2})[ T](\d{1,2}):(\d\d)(?::(\d\d))?", re.ASCII
)
_QUARTER: Final = 900
_FARTHEST: Final = 15 * 3600


class Picture(NamedTuple):
    taken: datetime | None = None
    """With its zone where that is known."""
    written: str = ""
    caption: str = ""
    camera: str = ""
    place: tuple[float, float] | None = None
    keywords: tuple[str, ...] = ()


def picture(stream: BinaryIO, head: bytes) -> Picture:
    """Raises `ValueError` for what is no picture, or a damaged one."""
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        # Of bombs, which cannot go off here, and of odd tags.
        warnings.simplefilter("ignore")
        try:
            if is_heic(head):
                exif = Image.Exif()
                exif.load(b"Exif\0\0" + exif_of(stream))
                return _told(exif, b"")
            Image.init()
            with Image.open(stream, formats=_FORMATS) as image:
                xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
                return _told(image.getexif(), xmp if isinstance(xmp, bytes) else str(xmp).encode())
        except (UnidentifiedImageError, Image.DecompressionBombError) as error:
            raise ValueError("it is no picture") from error
        except Exception as error:  # damage shows as errors of many kinds without a common parent
            raise ValueError("it is damaged") from error


def _told(exif: Any, xmp: bytes) -> Picture:
    camera, gps = exif.get_ifd(_CAMERA), exif.get_ifd(_GPS)
    written = next(filter(None, (_text(camera.get(tag)) for tag in (_TAKEN, _MADE))), "")
    written = written or _text(exif.get(_CHANGED))
    captions, keywords = _captions(xmp)
    own = (exif.get(_DESCRIPTION), exif.get(_XP_TITLE), exif.get(_XP_COMMENT), camera.get(_COMMENT))
    captions += [text for text in map(_text, own) if text and text not in _STOCK]
    made = " ".join(dict.fromkeys(filter(None, (_text(exif.get(_MAKE)), _text(exif.get(_MODEL))))))
    return Picture(
        _moment(written, _text(camera.get(_ZONE_TAKEN) or camera.get(_ZONE)), gps),
        written,
        "\n".join(dict.fromkeys(captions)),
        made,
        _place(gps),
        tuple(keywords),
    )


def _moment(written: str, zone: str, gps: Any) -> datetime | None:
    # By the book with colons; scanners and programs write the date as they are used to.
    told = _WHEN.match(written)
    if told is None:
        return None
    year, month, day, hour, minute, second = map(int, told.groups(default="0"))
    try:
        local = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    try:
        return (
            datetime.fromisoformat(f"{local.isoformat()}{zone.strip()}")
            if zone
            else _by_gps(local, gps)
        )
    except ValueError:
        return local


def _by_gps(local: datetime, gps: Any) -> datetime:
    """Satellites tell UTC: what the camera's clock was ahead is its zone, in quarters of hours."""
    try:
        day = datetime.strptime(_text(gps.get(29)), "%Y:%m:%d").replace(tzinfo=UTC)
        hours, minutes, seconds = (float(part) for part in gps[7])
        utc = day + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return local
    ahead = (local.replace(tzinfo=UTC) - utc).total_seconds()
    quarters = round(ahead / _QUARTER) * _QUARTER
    if abs(ahead) > _FARTHEST or abs(ahead - quarters) > _QUARTER / 3:
        return local
    return local.replace(tzinfo=timezone(timedelta(seconds=quarters)))


def _place(gps: Any) -> tuple[float, float] | None:
    """Degrees north and east."""
    try:
        found = []
        for sign, value, negative, most in ((1, 2, "S", 90), (3, 4, "W", 180)):
            degrees, minutes, seconds = (float(part) for part in gps[value])
            there = degrees + minutes / 60 + seconds / 3600
            if not there <= most:
                return None
            found.append(round(-there if _text(gps.get(sign)).upper() == negative else there, 6))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (found[0], found[1]) if any(found) else None


def _captions(xmp: bytes) -> tuple[list[str], list[str]]:
    """The title and description, and the keywords, that programs for pictures write."""
    if not xmp:
        return [], []
    try:
        root = parsed(xmp.strip(b"\0 \r\n\t"))
    except ValueError:
        return [], []
    said = [
        (item.text or "").strip()
        for name in ("title", "description")
        for item in root.iterfind(f".//dc:{name}//rdf:li", _NS)
    ]
    keywords = [(item.text or "").strip() for item in root.iterfind(".//dc:subject//rdf:li", _NS)]
    return [text for text in said if text], [word for word in keywords if word]


def _text(value: Any) -> str:
    """Of a tag: text, or the bytes of one, some with the name of their encoding before them."""
    if isinstance(value, tuple):  # Windows writes UTF-16 as numbers
        value = bytes(number & 255 for number in value if isinstance(number, int))
    if isinstance(value, bytes):
        if value[:8] in (b"ASCII\0\0\0", b"UNICODE\0", b"JIS\0\0\0\0\0", b"\0" * 8):
            kind, value = value[:8], value[8:]
            value = value.decode("utf-16" if kind == b"UNICODE\0" else "utf-8", "replace")
        else:
            value = value.decode("utf-16-le" if value[1::2].count(0) else "utf-8", "replace")
    return value.replace("\0", "").strip() if isinstance(value, str) else ""


__all__ = ["Picture", "picture"]
