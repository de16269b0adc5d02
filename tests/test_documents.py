"""Documents that hold no words, hide them, or are traps."""

from __future__ import annotations

import io
import time
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from ingest import Export, Item, Options, detect
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

GOLDEN = Path(__file__).parent / "golden"


def read(path: Path) -> list[Item]:
    (member,) = Export(path).members
    importer = detect(member)
    assert importer is not None
    return list(importer.read(member, Options()))


def changed(path: Path, source: Path, **parts: bytes | None) -> Path:
    """The zip with some of its files replaced or, for None, left out."""
    files = {name.replace("__", "/"): data for name, data in parts.items()}
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in [n for n in old.namelist() if n not in files]:
            new.writestr(name, old.read(name))
        for name, data in files.items():
            if data is not None:
                new.writestr(name, data)
    return path


def test_a_scan_says_that_its_pages_are_pictures(tmp_path: Path) -> None:
    lease = (GOLDEN / "pdf" / "lease.pdf").read_bytes()
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(lease.replace(b"Tj", b"Td"))
    (said,) = read(scan)
    assert isinstance(said, Unread)
    assert "pictures" in said.reason


def test_a_protected_book_is_refused(tmp_path: Path) -> None:
    tales = GOLDEN / "epub" / "tales.epub"
    locked = changed(tmp_path / "locked.epub", tales, **{"META-INF__rights.xml": b"<rights/>"})
    with pytest.raises(UnreadableExport, match="copy-protected"):
        read(locked)


def test_a_bomb_of_entities_is_refused(tmp_path: Path) -> None:
    names = "abcdefghi"
    entities = "".join(f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in pairwise(names))
    bomb = (
        f'<!DOCTYPE x [<!ENTITY a "ha">{entities}]>'
        '<x xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><t:p>calm &i;</t:p></x>'
    )
    letter = GOLDEN / "odt" / "letter.odt"
    path = changed(tmp_path / "bomb.odt", letter, **{"content.xml": bomb.encode()})
    with pytest.raises(UnreadableExport, match="damaged"):
        read(path)


def test_a_document_that_unpacks_to_a_thousand_times_its_size_is_refused(tmp_path: Path) -> None:
    path = changed(
        tmp_path / "bomb.docx",
        GOLDEN / "docx" / "minutes.docx",
        **{"word__document.xml": b" " * 20_000_000},
    )
    with pytest.raises(UnreadableExport, match="bomb"):
        read(path)


def test_a_spreadsheet_is_refused_with_what_to_do_instead(tmp_path: Path) -> None:
    sheet = io.BytesIO()
    with zipfile.ZipFile(sheet, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    path = tmp_path / "money.xlsx"
    path.write_bytes(sheet.getvalue())
    with pytest.raises(UnreadableExport, match="spreadsheet") as caught:
        read(path)
    assert "secondme-jsonl" in caught.value.hint


def test_a_chapter_without_a_title_and_a_script_is_read_whole(tmp_path: Path) -> None:
    """`<title/>` is how many programs make books, and no end of a title to a reader of HTML."""
    chapter = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="a.js"/></head>'
        "<body><p>The mill stood still.</p></body></html>"
    )
    parts = {name: chapter.encode() for name in chapters(GOLDEN / "epub/tales.epub")}
    items = read(changed(tmp_path / "book.epub", GOLDEN / "epub/tales.epub", **parts))
    assert {item.text for item in items if isinstance(item, Record)} == {"The mill stood still."}
    empty = dict.fromkeys(parts, b"<html><body></body></html>")
    *_, last = read(changed(tmp_path / "empty.epub", GOLDEN / "epub/tales.epub", **empty))
    assert last == Unread("empty.epub", "The book shows no words.")


def chapters(book: Path) -> list[str]:
    with zipfile.ZipFile(book) as archive:
        return [name.replace("/", "__") for name in archive.namelist() if "html" in name]


def test_notes_find_their_highlights_in_a_long_file_of_clippings_at_once(tmp_path: Path) -> None:
    path = tmp_path / "My Clippings.txt"
    where = "Book (Ada)\n- Your {} at location {} | Added on Friday, 1 March 2019 10:00:00\n\n"
    marked = (where.format("Highlight", f"{n}0-{n}5") + f"word {n}\n" for n in range(1, 6000))
    noted = (where.format("Note", f"{n}5") + f"note {n}\n" for n in range(1, 6000, 6))
    path.write_text("==========\n".join([*marked, *noted]), encoding="utf-8")
    started = time.process_time()
    notes = [item for item in read(path) if isinstance(item, Record) and item.mine]
    assert time.process_time() - started < 4
    assert [note.reply_to.split()[4] for note in notes if note.reply_to][:2] == ["10-15", "70-75"]
    assert len(notes) == 1000


def test_a_page_of_a_hundred_thousand_open_tags_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "deep.html"
    path.write_text("<html><body>" + "<div>" * 100_000 + "still here", encoding="utf-8")
    (record,) = read(path)
    assert isinstance(record, Record)
    assert record.text == "still here"
