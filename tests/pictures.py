"""The pictures under `golden/photos`: a few pixels, and all that cameras write around them.

`python -m tests.pictures` writes them anew.
"""

from __future__ import annotations

import struct
from pathlib import Path

from PIL import Image

CAMERA = Path(__file__).parent / "golden" / "photos" / "Camera"
_XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">
 <rdf:Description><dc:description><rdf:Alt><rdf:li xml:lang="x-default">Tern over the weir</rdf:li>
 </rdf:Alt></dc:description><dc:subject><rdf:Bag><rdf:li>birds</rdf:li><rdf:li>river</rdf:li>
 </rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"""


def exif(*, caption: str = "", zone: str = "", gps: dict[int, object] | None = None) -> Image.Exif:
    told = Image.Exif()
    told[0x010F], told[0x0110] = "Acme", "Pinhole 3"
    if caption:
        told[0x010E] = caption
    told.get_ifd(0x8769)[0x9003] = "2024:05:01 09:30:00"
    if zone:
        told.get_ifd(0x8769)[0x9011] = zone
    if gps:
        told.get_ifd(0x8825).update(gps)
    return told


def place(time: tuple[float, float, float] | None = None) -> dict[int, object]:
    """South of the equator and west of Greenwich; with the time that satellites told."""
    found: dict[int, object] = {1: "S", 2: (33.0, 27.0, 36.0), 3: "W", 4: (70.0, 39.0, 0.0)}
    return found | ({7: time, 29: "2024:05:01"} if time else {})


def heic(tiff: bytes) -> bytes:
    """The boxes of a HEIC picture that say where its Exif lies; there is no picture in it."""
    item = struct.pack(">I", 6) + b"Exif\0\0" + tiff
    infe = box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 1, 0) + b"hvc1\0")
    infe += box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 2, 0) + b"Exif\0")
    iinf = box(b"iinf", b"\0\0\0\0" + struct.pack(">H", 2) + infe)
    ftyp = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    where = len(ftyp) + 12 + len(iinf) + 8 + 8 + 14 + 8
    iloc = box(b"iloc", b"\0\0\0\0\x44\0" + struct.pack(">HHHHII", 1, 2, 0, 1, where, len(item)))
    meta = box(b"meta", b"\0\0\0\0" + iinf + iloc)
    return ftyp + meta + box(b"mdat", item)


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def main() -> None:
    CAMERA.mkdir(parents=True, exist_ok=True)
    pixel = Image.new("RGB", (2, 2), (90, 120, 60))
    zoned = exif(caption="The first swallow", zone="-04:00", gps=place())
    pixel.save(CAMERA / "IMG_0001.jpg", exif=zoned)
    pixel.save(CAMERA / "IMG_0002.JPG", exif=exif(gps=place((13.0, 30.0, 4.0))))
    pixel.save(CAMERA / "DSC_0003.jpg", exif=exif(caption="OLYMPUS DIGITAL CAMERA"))
    pixel.save(CAMERA / "IMG-20240502-WA0003.jpg")
    pixel.save(CAMERA / "PXL_20240503_073000123.jpg")
    pixel.save(CAMERA / "scan.png", pnginfo=_png_text())
    tiff = exif(zone="+02:00").tobytes().removeprefix(b"Exif\0\0")
    (CAMERA / "IMG_0004.HEIC").write_bytes(heic(tiff))


def _png_text() -> object:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", _XMP)
    return info


if __name__ == "__main__":
    main()
