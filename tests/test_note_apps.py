"""Notes and journals of apps: what their golden exports cannot say."""

from __future__ import annotations

import json
import shutil
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import Export, Item, Options, detect
from ingest.contract import fault
from ingest.enex import notes as evernote_notes
from ingest.outline import Block
from ingest.outline import sections as outline_sections
from ingest.rich import markdown_of
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

GOLDEN = Path(__file__).parent / "golden"
APPS = (
    "evernote keep textbundle dayone simplenote standardnotes joplin notion roam logseq orgmode"
    " apple-journal jrnl"
).split()
_TEXTS = frozenset(".json .md .txt .html .enex .org .csv .markdown .edn".split())


def read(path: Path, options: Options | None = None) -> list[Item]:
    items: list[Item] = []
    for member in Export(path).members:
        importer = detect(member)
        if importer is not None:
            items += importer.read(member, options or Options())
    return items


def said(items: list[Item]) -> list[str]:
    return [item.text for item in items if isinstance(item, Record)]


def exports() -> list[Path]:
    found = (path for app in APPS for path in (GOLDEN / app).iterdir())
    return sorted(p for p in found if not p.name.endswith((".expected.jsonl", ".options.json")))


@pytest.mark.parametrize("how", ["crlf", "bom", "utf-16"])
@pytest.mark.parametrize("path", exports(), ids=lambda p: p.relative_to(GOLDEN).as_posix())
def test_a_note_reads_the_same_however_an_editor_saved_it(
    tmp_path: Path, path: Path, how: str
) -> None:
    copy = tmp_path / path.name
    if path.is_dir():
        shutil.copytree(path, copy)
    else:
        shutil.copy(path, copy)
    for file in [copy] if copy.is_file() else [p for p in copy.rglob("*") if p.is_file()]:
        if file.suffix in _TEXTS and b"ISO-8859-1" not in file.read_bytes():
            text = file.read_bytes().decode().replace("\r\n", "\n")
            saved = {
                "crlf": text.replace("\n", "\r\n").encode(),
                "bom": b"\xef\xbb\xbf" + text.encode(),
                "utf-16": text.encode("utf-16"),
            }
            file.write_bytes(saved[how])
    assert said(read(copy)) == said(read(path))


def cut_short(data: bytes) -> Iterator[bytes]:
    yield from (data[:end] for end in range(0, len(data), max(len(data) // 12, 1)))


@pytest.mark.parametrize("app", APPS)
def test_a_note_that_breaks_off_is_read_as_far_as_it_goes_or_refused(
    tmp_path: Path, app: str
) -> None:
    for path in (path for path in (GOLDEN / app).rglob("*") if path.suffix in _TEXTS):
        for number, piece in enumerate(cut_short(path.read_bytes())):
            (tmp_path / path.name).write_bytes(piece)
            try:
                found = read(tmp_path / path.name)
            except UnreadableExport as error:
                assert error.hint, (path, number)
            else:
                sources = (item.source if isinstance(item, Record) else "" for item in found)
                assert not list(filter(None, map(fault, found, sources)))


def test_the_entities_of_a_notebook_are_never_expanded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.enex"
    nested = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE en-export [<!ENTITY a0 "xxxxxxxxxx">{nested}]>'
        "<en-export><note><title>Bomb &a11;</title><content>&a11;</content></note></en-export>"
    )
    started = time.process_time()
    assert said(read(path)) == ["Bomb"]
    assert time.process_time() - started < 0.5


def test_attachments_of_a_notebook_stream_by() -> None:
    chunk = "QUJD" * 50_000

    def texts() -> Iterator[str]:
        yield "<en-export><note><title>t</title><resource><data>"
        for _ in range(50):
            yield chunk
        yield "</data><resource-attributes><file-name>a.bin</file-name></resource-attributes>"
        yield "</resource></note></en-export>"

    tracemalloc.start()
    (note,) = evernote_notes(texts())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(note, dict)
    assert note["resource/resource-attributes/file-name"] == ["a.bin"]
    assert peak < 5 * 1024 * 1024


def test_a_note_that_lost_its_end_does_not_swallow_the_next() -> None:
    damaged = "<en-export><note><title>one</title><note><title>two</title></note></en-export>"
    lost, whole = evernote_notes(iter([damaged]))
    assert isinstance(lost, Unread)
    assert whole == {"title": ["two"]}


@pytest.mark.parametrize(
    "html",
    ["<div>" * 100_000, "<div>x</div>" * 8_000, "<a href='http://x'>" * 50_000, "<" * 300_000],
)
def test_pages_made_to_take_forever_do_not(html: str) -> None:
    started = time.process_time()
    markdown_of(html)
    assert time.process_time() - started < 3


def test_an_outline_may_be_as_deep_and_as_long_as_it_likes() -> None:
    started = time.process_time()
    (deep,) = outline_sections(Block(depth, "x") for depth in range(20_000))
    assert deep.text.count("- x") == 20_000
    assert len(list(outline_sections(Block(depth, "x", 1) for depth in range(20_000)))) == 20
    assert len(list(outline_sections(Block(0, "x", 1) for _ in range(20_000)))) == 20_000
    assert time.process_time() - started < 3


def test_drawers_that_nobody_closed_cost_no_words_and_no_time(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "Open.md").write_text("type:: x\n\n- a\n" + "  :LOGBOOK:\n" * 20_000)
    (tmp_path / "open.org").write_text(
        "* a\n:PROPERTIES:\nwords\n* b\n:LOGBOOK:\nbetween\n* c\nmore\n"
    )
    started = time.process_time()
    found = "\n".join(said(read(tmp_path)))
    assert all(word in found for word in (":LOGBOOK:", "words", "between", "more"))
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("name", "content", "way_out"),
    [
        ("Work.one", bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + b"\0" * 99, "docx"),
        ("graph.edn", b"#datascript/DB {:schema {}, :datoms []}", "JSON"),
        (
            "backup.txt",
            b'{"version": "004", "items": [{"uuid": "a", "content_type": "Note",'
            b' "content": "004:abc"}]}',
            "decrypted",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_another_way(
    tmp_path: Path, name: str, content: bytes, way_out: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableExport) as refused:
        read(path)
    assert way_out in refused.value.hint


def test_a_backup_of_bear_is_opened_where_it_lies_among_other_files(tmp_path: Path) -> None:
    bundle = "Walks.textbundle"
    with zipfile.ZipFile(tmp_path / "Bear.bear2bk", "w") as archive:
        archive.writestr(f"{bundle}/text.md", "# Walks")
        archive.writestr(f"{bundle}/info.json", '{"version": 2, "transient": false}')
    (tmp_path / "other.md").write_text("beside")
    assert said(read(tmp_path)) == ["# Walks", "beside"]


def keep_page(when: str) -> str:
    return (
        f'<html><head><title>x</title></head><body><div class="note"><div class="heading">{when}'
        '</div><div class="title">x</div><div class="content">words</div></div></body></html>'
    )


@pytest.mark.parametrize(
    ("when", "asked", "then"),
    [
        ("03/04/2024, 15:01:57", {"tz", "date-order"}, "2024-03-04T14:01:57Z"),
        ("23/04/2024, 15:01:57", {"tz"}, "2024-04-23T13:01:57Z"),
        ("Apr 3, 2024, 3:01:57 PM", {"tz"}, "2024-04-03T13:01:57Z"),
    ],
)
def test_only_dates_that_could_be_two_days_are_asked_about(
    tmp_path: Path, when: str, asked: set[str], then: str
) -> None:
    path = tmp_path / "x.html"
    path.write_text(keep_page(when))
    assert {item.about for item in read(path) if isinstance(item, Question)} == asked
    told = Options(zone="Europe/Berlin", date_order="mdy")
    (record,) = read(path, told)
    assert isinstance(record, Record)
    assert (record.sent_at, record.zone) == (then, "asked")


@pytest.mark.parametrize(
    "log",
    [
        "[2024-05-01 10:00:00] <ada> hello\n[2024-05-01 10:00:05] <bea> hi\n",
        "[2024-05-01 10:00] Ada: one\n[2024-05-01 10:01] Bea: two\n",
    ],
)
def test_a_log_of_a_chat_is_no_journal(tmp_path: Path, log: str) -> None:
    path = tmp_path / "log.txt"
    path.write_text(log)
    importer = detect(Export(path).members[0])
    assert importer is None or importer.name != "jrnl"


def test_a_page_of_obsidian_with_fields_is_no_page_of_logseq(tmp_path: Path) -> None:
    path = tmp_path / "Book.md"
    path.write_text("author:: Ada\nrating:: 5\n\n# Notes\n\nA good book.\n\n- one\n- two\n")
    importer = detect(Export(path).members[0])
    assert importer is not None and importer.name == "markdown"


def test_references_reach_blocks_of_other_pages_once_and_do_not_turn_in_circles(
    tmp_path: Path,
) -> None:
    graph = [
        {"title": "A", "children": [{"string": "see ((bbbbbbbbb))", "uid": "aaaaaaaaa"}]},
        {"title": "B", "children": [{"string": "back to ((aaaaaaaaa))", "uid": "bbbbbbbbb"}]},
    ]
    path = tmp_path / "graph.json"
    path.write_text(json.dumps(graph))
    assert said(read(path)) == ["- see back to ((aaaaaaaaa))", "- back to see ((bbbbbbbbb))"]


def test_an_entry_of_a_whole_day_is_of_the_day_that_it_was_there(tmp_path: Path) -> None:
    entry = {"uuid": "A", "creationDate": "2018-01-01T12:00:00Z", "isAllDay": True, "text": "Sun"}
    for zone, day in (("Pacific/Auckland", "2018-01-02"), ("Mars/Olympus", "2018-01-01")):
        journal = {"metadata": {"version": "1.0"}, "entries": [entry | {"timeZone": zone}]}
        (tmp_path / "Journal.json").write_text(json.dumps(journal))
        found = next(item for item in read(tmp_path) if isinstance(item, Record))
        assert (found.sent_at, found.precision) == (f"{day}T12:00:00Z", "day")


def test_a_table_and_its_pages_may_lie_in_two_parts_of_an_export(tmp_path: Path) -> None:
    table, page = (f"{name} {digit * 32}" for name, digit in (("Plants", "a"), ("Rose", "b")))
    with zipfile.ZipFile(tmp_path / "Export-Part-1.zip", "w") as archive:
        archive.writestr(f"{table}.csv", "Name,Made\nRose,yes\n")
    with zipfile.ZipFile(tmp_path / "Export-Part-2.zip", "w") as archive:
        archive.writestr(f"{table}_all.csv", "Name,Made\nRose,yes\n")
        archive.writestr(f"Plants/{page}.md", "# Rose\n\nDate: May 1, 2024 9:41 AM (GMT+2)\n")
    records = [item for item in read(tmp_path) if isinstance(item, Record)]
    assert [(r.sent_at, r.zone) for r in records] == [("2024-05-01T07:41:00Z", "explicit")]
