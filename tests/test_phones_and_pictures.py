"""Backups of text messages, and pictures: what golden pairs cannot say of them."""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from ingest import Export, Item, Options, detect
from ingest.exif import picture
from ingest.heic import exif_of
from ingest.xmlrepair import Repaired
from ingest.xmlstream import elements
from secondme.content_keys import first_key
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread
from tests.databases.written import GOLDEN

BACKUP = GOLDEN / "sms" / "sms-20240501093000.xml"
CAMERA = GOLDEN / "photos" / "Camera"
CHUNK = 256 * 1024


def items(path: Path, options: Options | None = None) -> list[Item]:
    (member,) = Export(path).members
    importer = detect(member)
    assert importer is not None
    return list(importer.read(member, options or Options()))


def records(path: Path) -> list[Record]:
    return [item for item in items(path) if isinstance(item, Record)]


def test_a_pair_of_halves_is_one_sign_wherever_the_reading_stops_between_them() -> None:
    for before in range(CHUNK - 46, CHUNK + 2):
        head = "<smses>".ljust(before)
        text = f'{head}<sms body="&#55357;&#56842;&#10;&amp; \U0001f60a"/></smses>'
        found = [e.get("body") for e in elements(Repaired(io.BytesIO(text.encode())), "sms")]
        assert found == ["\U0001f60a\n& \U0001f60a"], before


def test_what_xml_forbids_is_left_out_and_nothing_else_is_changed() -> None:
    text = '<smses><sms body="&#0;&#xD83D;a&#x1F60A;\x07b&#xFFFF;&#99999999;&lt;"/></smses>'
    (found,) = (e.get("body") for e in elements(Repaired(io.BytesIO(text.encode())), "sms"))
    assert found == "a\U0001f60a b<"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_backup_saved_again_by_an_editor_is_the_same(encoding: str, tmp_path: Path) -> None:
    again = tmp_path / "sms.xml"
    again.write_bytes(BACKUP.read_text(encoding="utf-8").replace("\n", "\r\n").encode(encoding))
    assert records(again) == records(BACKUP)


def test_a_backup_that_breaks_off_keeps_what_is_whole(tmp_path: Path) -> None:
    data = BACKUP.read_bytes()
    cut = tmp_path / "sms.xml"
    counts = []
    for end in range(500, len(data), 97):
        cut.write_bytes(data[:end])
        with suppress(UnreadableExport):
            found = items(cut)
            counts.append(sum(isinstance(item, Record) for item in found))
            assert isinstance(found[-1], Unread)
    assert counts == sorted(counts)
    assert counts[-1] == len(records(BACKUP)) - 1 or counts[-1] == len(records(BACKUP))


def test_a_renamed_contact_doubles_no_message(tmp_path: Path) -> None:
    renamed = tmp_path / "sms.xml"
    renamed.write_bytes(BACKUP.read_bytes().replace(b"Ada Bloom", b"Ada B."))
    keys = [[first_key(record) for record in records(path)] for path in (BACKUP, renamed)]
    assert keys[0] == keys[1]


def test_entities_of_a_backups_own_are_not_expanded() -> None:
    bomb = (
        '<!DOCTYPE smses [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
        '<smses><sms address="1" body="x">&c;</sms></smses>'
    )
    with suppress(ValueError):
        for element in elements(Repaired(io.BytesIO(bomb.encode())), "sms"):
            assert "ha" not in "".join(element.itertext())


@pytest.mark.parametrize("name", sorted(path.name for path in CAMERA.iterdir()))
def test_a_damaged_picture_is_a_picture_or_refused(name: str, tmp_path: Path) -> None:
    data = (CAMERA / name).read_bytes()
    hurt = tmp_path / name
    for end in range(12, len(data), 13):
        broken = bytearray(data)
        broken[end] ^= 0x5A
        for one in (data[:end], bytes(broken)):
            hurt.write_bytes(one)
            (member,) = Export(hurt).members
            importer = detect(member)
            if importer is not None:
                with suppress(UnreadableExport):
                    list(importer.read(member, Options()))


def test_a_picture_of_absurd_size_is_not_unpacked() -> None:
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\xff\xff\xff\0\xff\xff\xff\x08\2\0\0\0\0\0\0\0"
    with pytest.raises(ValueError, match=r"picture|damaged"):
        picture(io.BytesIO(header), header)


@pytest.mark.parametrize(
    "written", ["2024:05:06 10:00:00", "2024-05-06 10:00:00", "2024/05/06 10:00", "2024.5.6 10:00"]
)
def test_a_pictures_time_is_read_as_programs_write_it(written: str) -> None:
    stream, exif = io.BytesIO(), Image.Exif()
    exif[0x0132] = written
    Image.new("L", (1, 1)).save(stream, "JPEG", exif=exif)
    stream.seek(0)
    assert picture(stream, stream.getvalue()).taken == datetime(2024, 5, 6, 10)


def test_an_exif_item_is_found_wherever_it_lies() -> None:
    data = (CAMERA / "IMG_0004.HEIC").read_bytes()
    assert exif_of(io.BytesIO(data))[:2] in (b"II", b"MM")
    assert exif_of(io.BytesIO(data[:40])) == b""
