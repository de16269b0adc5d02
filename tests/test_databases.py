"""Databases of apps: read from a copy, with what lies in their journals, whatever they hold."""

from __future__ import annotations

import shutil
import sqlite3
import struct
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from ingest import Export, Item, Member, Options, detect
from ingest.apple_notes_text import markdown
from ingest.apple_tables import table_text
from ingest.imessage_body import body_text, bubble, edits, spoken_text
from ingest.sqlite import BrokenDatabaseError, columns, opened, rows, tables
from ingest.sqlite_wal import frames
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread
from tests.databases import browsers, imessage, write
from tests.databases.written import GOLDEN, MADE

DATABASES = sorted(MADE)


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Path]:
    """A folder with a browser's database that is in use: one visit in the file, one in the journal,
    one being written."""
    path = tmp_path / "profile" / "History"
    write(path, browsers.CHROME, browsers.chrome() | {"visits": []})
    kept = tmp_path / "copied"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        visit = "insert into visits values (?, 1, ?, 0, 1, 0)"
        database.execute(visit, (1, 13_358_937_600_000_000))
        database.execute("pragma journal_mode = wal")
        database.execute("pragma wal_autocheckpoint = 0")
        database.execute(visit, (2, 13_358_937_601_000_000))
        database.execute("pragma cache_spill = 1")
        database.execute("pragma cache_size = 1")
        database.execute("begin")
        for number in range(3, 3000):
            database.execute(visit, (number, 13_358_937_602_000_000))
        shutil.copytree(path.parent, kept)
    yield kept


def items(path: Path) -> list[Item]:
    found: list[Item] = []
    for member in Export(path).members:
        importer = detect(member)
        assert importer is not None, member.name
        found += importer.read(member, Options())
    return found


def only_member(path: Path) -> Member:
    (member,) = Export(path).members
    return member


def test_what_still_lies_in_the_journal_is_read_and_what_was_not_committed_is_not(
    busy: Path, tmp_path: Path
) -> None:
    assert frames((busy / "History-wal").read_bytes()).pages
    with zipfile.ZipFile(tmp_path / "profile.zip", "w") as archive:
        for name in ("History", "History-wal"):
            archive.write(busy / name, f"Default/{name}")
    before = {path.name: path.read_bytes() for path in busy.iterdir()}
    for path in (busy, busy / "History", tmp_path / "profile.zip"):
        assert len(items(path)) == 2
    assert {path.name: path.read_bytes() for path in busy.iterdir()} == before


def test_a_journal_that_breaks_off_or_belongs_to_another_time_adds_what_is_whole(
    busy: Path,
) -> None:
    journal = busy / "History-wal"
    whole = journal.read_bytes()
    for cut in (0, 31, 40, 32 + 24 + 100, len(whole) - 1):
        journal.write_bytes(whole[:cut])
        assert len(items(busy)) in (1, 2)
    journal.write_bytes(whole[:16] + b"salt" + whole[20:])
    assert len(items(busy)) == 1
    journal.write_bytes(struct.pack(">I", 0x377F0683) + whole[4:])
    assert len(items(busy)) == 1


def test_tables_that_are_in_the_journal_alone_are_found(tmp_path: Path) -> None:
    path = tmp_path / "new" / "History.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma wal_autocheckpoint = 0")
        database.executescript(browsers.SAFARI)
        database.execute("insert into history_items values (1, 'https://tides.example/')")
        database.execute("insert into history_visits values (1, 1, 736214400, 'Tides')")
        shutil.copytree(path.parent, tmp_path / "copied")
    (record,) = items(tmp_path / "copied")
    assert isinstance(record, Record)
    assert record.subject == "Tides"


def test_a_database_that_was_cut_gives_what_is_whole_and_says_where_it_ends(
    tmp_path: Path,
) -> None:
    whole = tmp_path / "whole.db"
    many = imessage.mac() | {
        "chat_message_join": [(1, n, 0) for n in range(1, 400)],
        "message": [
            imessage.message(n, n, imessage.ADA, text="hello " * 20) for n in range(1, 400)
        ],
        "message_attachment_join": [],
        "chat_recoverable_message_join": [],
    }
    write(whole, imessage.CHAT_DB, many)
    data = whole.read_bytes()
    cut = tmp_path / "cut.db"
    cut.write_bytes(data[: len(data) * 3 // 4])
    found = items(cut)
    assert 0 < sum(isinstance(item, Record) for item in found) < 399
    assert any(isinstance(item, Unread) for item in found)
    cut.write_bytes(data[:700])
    member = only_member(cut)
    assert detect(member) is None or _refused(member)


def _refused(member: Member) -> bool:
    with pytest.raises(UnreadableExport):
        list(detect(member).read(member, Options()))  # type: ignore[union-attr]
    return True


@pytest.mark.parametrize("name", DATABASES)
def test_damaged_databases_raise_nothing_but_unreadable_export(name: str, tmp_path: Path) -> None:
    data = bytearray((GOLDEN / name).read_bytes())
    path = tmp_path / "damaged.db"
    started = time.process_time()
    for step in range(40):
        hurt = bytearray(data)
        for at in range(100 + 37 * step, len(hurt), 997):
            hurt[at] = (hurt[at] * 31 + step) & 255
        path.write_bytes(hurt if step % 4 else hurt[: len(hurt) * step // 40])
        if path.stat().st_size:
            _survives(only_member(path))
    assert time.process_time() - started < 5


def _survives(member: Member) -> None:
    importer = detect(member)
    if importer is None:
        return
    with suppress(UnreadableExport):
        list(importer.read(member, Options()))


def test_a_database_can_make_nothing_run_and_nothing_last_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "trap.db"
    endless = "with recursive r(x) as (select 1 union all select x + 1 from r) select x from r"
    write(
        path,
        f"""create table urls (id integer primary key, url text, title text);
            create table visits (id integer primary key, url integer, visit_time integer,
                transition integer);
            create view handle as {endless} where x < 0;
            create table many (n integer);""",
        {"urls": [(1, "https://a.example/", "A")], "visits": [(1, 1, 1, 1)]},
    )
    with closing(sqlite3.connect(path)) as database, database:
        bomb = "text generated always as (hex(zeroblob(1000000000))) virtual"
        database.execute(f"alter table urls add column bomb {bomb}")
        database.executemany("insert into many values (?)", [(n,) for n in range(3000)])
    with opened(only_member(path)) as database:
        assert "handle" not in tables(database)
        assert "title" in columns(database, "urls")
        for forbidden in (
            "select * from handle",
            "select bomb from urls",
            "select count(*) from many a, many b, many c",
            "attach 'x.db' as other",
            "insert into urls (id) values (7)",
            "pragma query_only = off",
        ):
            with pytest.raises(BrokenDatabaseError):
                list(rows(database, forbidden))
    assert len(items(path)) == 1


def test_what_a_database_computes_is_not_read_and_a_long_address_is_held_once(
    tmp_path: Path,
) -> None:
    path = tmp_path / "trap.db"
    write(
        path,
        """create table history_items (id integer primary key, url text);
            create table history_visits (id integer primary key, history_item integer,
                visit_time real, title text);""",
        {
            "history_items": [(1, "https://a.example/" + "x" * 1_000_000)],
            "history_visits": [(n, 1, n, "") for n in range(1, 300)],
        },
    )
    visits = [item for item in items(path) if isinstance(item, Record)]
    assert len(visits) == 299
    assert max(len(visit.text) for visit in visits) < 100_000
    with closing(sqlite3.connect(path)) as database, database:
        bomb = "text generated always as (printf('%.*c', 60000000, 'x')) virtual"
        database.execute(f"alter table history_items add column bomb {bomb}")
    with opened(only_member(path)) as database:
        assert columns(database, "history_items") == {"id", "url"}
        with pytest.raises(BrokenDatabaseError):
            list(rows(database, "select bomb from history_items"))


def test_a_view_that_this_sqlite_cannot_parse_keeps_no_table_from_being_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "newer.db"
    write(path, browsers.SAFARI + "create view v as select 1;", browsers.safari())
    with closing(sqlite3.connect(path)) as database:
        database.execute("pragma writable_schema = on")
        database.execute("update sqlite_master set sql = 'create vue v as 1' where name = 'v'")
        database.commit()
    assert len(items(path)) == 2


def test_a_message_whose_page_is_damaged_costs_only_that_message(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    write(path, imessage.CHAT_DB, imessage.mac())
    data = path.read_bytes()
    at = data.index(b"Nobody's chat")
    path.write_bytes(data[: at // 512 * 512] + bytes(8) + data[at // 512 * 512 + 8 :])
    found = items(path)
    assert sum(isinstance(item, Record) for item in found) > 10
    assert any(isinstance(item, Unread) for item in found)


def test_long_and_broken_bodies_are_cut_where_they_end() -> None:
    long = "wörter " * 5000
    assert body_text(imessage.streamtyped(long)) != ""
    whole = imessage.streamtyped("See you at the weir", spoken="or at the lock")
    assert (body_text(whole), spoken_text(whole)) == ("See you at the weir", "or at the lock")
    declared = whole.replace(b"+\x13See", b"+\x81\x9d\x70See")
    assert body_text(declared) == "See you at the weir"
    for end in range(len(whole)):
        body_text(whole[:end])
        spoken_text(whole[:end])
        edits(b"bplist00" + whole[:end])
        bubble(b"bplist00" + whole[end:])


@pytest.mark.parametrize("read", [lambda data: markdown(data, {}), table_text])
def test_a_note_that_is_no_note_is_said_to_be_none(read) -> None:
    bomb = b"\x1f\x8b\x08\0\0\0\0\0\0\0" + bytes(50)
    for data in (b"", b"\xff" * 20, bomb, b"\x12\xff\xff\xff\xff\x0f", b"\x12\x02\x1a\x05" * 1000):
        with suppress(ValueError):
            assert isinstance(read(data), str)
