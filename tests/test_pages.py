"""The independent page reader: it finds what lingers, wherever it lies, and nothing else.

The databases are real ones. Where the engine would not leave a trace by itself, the test writes
one onto a page and seals the page again as SQLCipher would.
"""

from __future__ import annotations

import ast
import hashlib
import hmac
import os
import random
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlite_vec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from sqlcipher3 import dbapi2 as sqlite

from secondme.errors import NotFound, VaultError, WrongKey
from secondme.vault import pages, sealed

KEY = bytes(range(32))
SECRET = "the blue heron nests behind the boathouse"


def connect(path: Path, secure_delete: str = "on", before: str = "") -> Any:
    connection = sqlite.connect(str(path), isolation_level=None)
    connection.execute(f"pragma key=\"x'{KEY.hex()}'\"")
    if before:
        connection.execute(before)
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=off")
    connection.execute(f"pragma secure_delete={secure_delete}")
    connection.enable_load_extension(True)
    sqlite_vec.load(connection)
    return connection


def checkpoint(db: Any) -> None:
    assert db.execute("pragma wal_checkpoint(truncate)").fetchone()[0] == 0


def texts(count: int, seed: int = 1) -> list[str]:
    """Distinct lines of 10 to 600 characters; every fiftieth is 20,000 and more."""
    draw = random.Random(seed)
    words = ["".join(draw.choices("abcdefghilmnoprstu", k=draw.randint(2, 9))) for _ in range(900)]
    lengths = (draw.randint(2, 90) if n % 50 else 4000 for n in range(count))
    return [" ".join([f"line{n}", *draw.choices(words, k=k)]) for n, k in enumerate(lengths)]


SCHEMA = (
    "create table records (id integer primary key, name text unique, text text)",
    "create index by_text on records (text)",
    "create table pairs (a text, b text, primary key (a, b)) without rowid",
    "create view nothing_stored as select text from records",
    "create virtual table words using fts5(text, content='records', content_rowid='id')",
    "insert into words (words, rank) values ('secure-delete', 1)",
    "create virtual table vectors using vec0(v float[16])",
)


def fill(db: Any, lines: list[str]) -> None:
    for statement in SCHEMA:
        db.execute(statement)
    db.execute("begin")
    for n, line in enumerate(lines, 1):
        db.execute("insert into records values (?, ?, ?)", (n, f"name-{n * 7919 % 10007}", line))
        db.execute("insert into pairs values (?, ?)", (line[-8:], line[:40]))
        db.execute("insert into words (rowid, text) values (?, ?)", (n, line))
        vector = struct.pack("16f", *(n + k for k in range(16)))
        db.execute("insert into vectors (rowid, v) values (?, ?)", (n, vector))
    db.execute("commit")


def forget(db: Any, lines: list[str], numbers: list[int]) -> None:
    db.execute("begin")
    for n in numbers:
        line = lines[n - 1]
        db.execute("insert into words (words, rowid, text) values ('delete', ?, ?)", (n, line))
        db.execute("delete from records where id = ?", (n,))
        db.execute("delete from pairs where b = ?", (line[:40],))
        db.execute("delete from vectors where rowid = ?", (n,))
    db.execute("commit")


@pytest.fixture(scope="module")
def purged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], list[str]]:
    """A vault that was filled, partly forgotten and purged: (path, kept lines, forgotten lines)."""
    path = tmp_path_factory.mktemp("purged") / "vault.db"
    lines = texts(1500)
    gone = random.Random(2).sample(range(1, len(lines) + 1), 500)
    with closing(connect(path)) as db:
        fill(db, lines)
        forget(db, lines, gone)
        db.execute("vacuum")
        checkpoint(db)
    forgotten = [lines[n - 1] for n in gone]
    return path, [line for line in lines if line not in set(forgotten)], forgotten


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """One table with an index, a long text and nothing left over."""
    path = tmp_path / "vault.db"
    with closing(connect(path)) as db:
        db.execute("create table notes (id integer primary key, text text)")
        db.execute("create index by_text on notes (text)")
        lines = [f"{n:04} {line}" for n, line in enumerate(texts(60))]
        db.executemany("insert into notes (text) values (?)", [(line,) for line in lines])
        db.execute("vacuum")
        checkpoint(db)
    assert pages.audit(path, KEY).clean
    return path


def wheres(path: Path) -> set[str]:
    return {finding.where for finding in pages.audit(path, KEY).found}


# --- what the engine does ------------------------------------------------------------------------


def test_after_a_purge_nothing_lingers(purged: tuple[Path, list[str], list[str]]) -> None:
    path, _, _ = purged
    report = pages.audit(path, KEY)
    assert report.found == ()
    assert report.clean
    assert report.pages * pages.PAGE == path.stat().st_size
    assert report.leaf_cells > 4000


def test_after_a_purge_no_forgotten_line_is_anywhere_on_a_page(
    purged: tuple[Path, list[str], list[str]],
) -> None:
    path, _, forgotten = purged
    everything = b"\0".join([*pages.live_bytes(path, KEY), *(b for _, b in residue(path))])
    assert not [line for line in forgotten if line[:40].encode() in everything]


def test_every_line_that_was_kept_is_read_back_whole(
    purged: tuple[Path, list[str], list[str]],
) -> None:
    path, kept, _ = purged
    alive = b"\0".join(pages.live_bytes(path, KEY))
    assert any(len(line) > 20_000 for line in kept)
    # Once in the table and once in the index over it.
    assert [line[:30] for line in kept if alive.count(line.encode()) < 2] == []


def test_without_secure_delete_the_forgotten_words_are_found(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    with closing(connect(path, secure_delete="off")) as db:
        db.execute("create table notes (id integer primary key, text text)")
        rows = [(f"{SECRET} {n}",) for n in range(200)]
        db.executemany("insert into notes (text) values (?)", rows)
        db.execute("delete from notes where id % 3 = 0")
        checkpoint(db)
    report = pages.audit(path, KEY)
    assert {"freeblock"} <= {finding.where for finding in report.found}
    assert SECRET not in repr(report)
    # The first bytes of a cell become the free block's header; the words behind them stay.
    assert SECRET.encode()[8:] in b"".join(data for _, data in residue(path))


@pytest.mark.parametrize("secure_delete", ["on", "off"])
def test_pages_set_free_hold_nothing_only_when_deletion_is_secure(
    tmp_path: Path, secure_delete: str
) -> None:
    path = tmp_path / "vault.db"
    with closing(connect(path, secure_delete=secure_delete)) as db:
        db.execute("create table keep (text text)")
        db.execute("create table notes (text text)")
        db.execute("begin")
        db.executemany("insert into notes values (?)", [(f"{SECRET} {n}",) for n in range(9000)])
        db.execute("commit")
        checkpoint(db)
        db.execute("drop table notes")
        checkpoint(db)
    found = wheres(path)
    left = SECRET.encode() in b"".join(data for _, data in residue(path))
    assert ("freelist" in found, left) == ((False, False), (True, True))[secure_delete == "off"]


def test_pages_taken_from_the_free_ones_leave_only_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    with closing(connect(path)) as db:
        db.execute("create table keep (text text)")
        db.execute("create table notes (text text)")
        db.executemany("insert into notes values (?)", [(line,) for line in texts(400)])
        db.execute("drop table notes")
        db.executemany("insert into keep values (?)", [(line,) for line in texts(100)])
        checkpoint(db)
    assert wheres(path) <= {"gap"}
    assert pages.audit(path, KEY).stale


def test_a_log_with_frames_is_found(small: Path) -> None:
    with closing(connect(small)) as db:
        db.execute("insert into notes (text) values (?)", (SECRET,))
        assert wheres(small) == {"wal"}
        checkpoint(db)
        assert "wal" not in wheres(small)


def test_a_rollback_journal_is_found(small: Path) -> None:
    small.with_name("vault.db-journal").write_bytes(b"\xd9\xd5\x05\xf9 pages as they were")
    assert wheres(small) == {"journal"}


def test_a_vault_that_vacuums_itself_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    with closing(connect(path, before="pragma auto_vacuum=full")) as db:
        fill(db, texts(2000))
        db.execute("vacuum")
        checkpoint(db)
    report = pages.audit(path, KEY)
    assert report.pages > pages.USABLE // 5 + 2  # so there is a second page of the pointer map
    assert report.found == ()


# --- what somebody might plant -------------------------------------------------------------------


def test_words_in_the_gap_of_any_page_are_found(small: Path) -> None:
    for kind in (2, 10, 13):
        number, page = next(p for p in plain_pages(small) if p[0] > 1 and p[1][0] == kind)
        start, end = gap(page)
        restore = small.read_bytes()
        plant(small, number, (start + end) // 2, b"zQ")
        assert pages.audit(small, KEY).found == (pages.Finding(number, "gap", 2),)
        assert (number, b"zQ") in residue(small)
        small.write_bytes(restore)


def test_old_cell_pointers_are_counted_apart(small: Path) -> None:
    number, page = next(p for p in plain_pages(small) if p[0] > 1 and p[1][0] == 13)
    before = pages.audit(small, KEY).stale
    plant(small, number, gap(page)[0], struct.pack(">3H", 4000, 700, 1234))
    report = pages.audit(small, KEY)
    assert (report.clean, report.stale) == (True, before + 1)


def test_words_behind_the_end_of_a_long_text_are_found(small: Path) -> None:
    number = next(n for n, page in plain_pages(small) if n > 1 and page[-100:] == bytes(100)
                  and page[:4] == bytes(4) and page[4] > 31)  # fmt: skip
    plant(small, number, pages.USABLE - 50, SECRET.encode())
    assert pages.audit(small, KEY).found == (pages.Finding(number, "overflow", len(SECRET)),)


def test_words_behind_the_numbers_of_a_trunk_page_are_found(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    with closing(connect(path)) as db:
        db.execute("create table notes (text text)")
        db.executemany("insert into notes values (?)", [(line * 9,) for line in texts(30)])
        db.execute("drop table notes")
        checkpoint(db)
    head = next(plain_pages(path))[1]
    (trunk,) = struct.unpack_from(">L", head, 32)
    plant(path, trunk, 3000, SECRET.encode())
    assert pages.Finding(trunk, "trunk", len(SECRET)) in pages.audit(path, KEY).found


def test_words_in_the_file_header_are_found(small: Path) -> None:
    plant(small, 1, 74, b"heron")
    assert pages.audit(small, KEY).found == (pages.Finding(1, "gap", 5),)


def test_a_page_that_belongs_to_nothing_is_found(small: Path) -> None:
    count = small.stat().st_size // pages.PAGE
    with small.open("ab") as file:
        file.write(seal(small, count + 1, SECRET.encode().ljust(pages.USABLE, b"\0")))
    assert wheres(small) == {"beyond-end"}
    plant(small, 1, 28, struct.pack(">L", count + 1))
    assert wheres(small) == {"unreached"}
    assert (count + 1, SECRET.encode()) in residue(small)


def test_a_file_longer_than_its_pages_is_found(small: Path) -> None:
    with small.open("ab") as file:
        file.write(SECRET.encode())
    assert wheres(small) == {"beyond-end"}


def test_one_flipped_bit_anywhere_is_found(small: Path) -> None:
    raw = small.read_bytes()
    draw = random.Random(3)
    for at in [20, *(draw.randrange(pages.PAGE, len(raw)) for _ in range(12))]:
        broken = bytearray(raw)
        broken[at] ^= 4
        small.write_bytes(broken)
        number = at // pages.PAGE + 1
        assert pages.Finding(number, "tampered", 0) in pages.audit(small, KEY).found


def test_a_page_moved_to_another_place_is_found(small: Path) -> None:
    raw = small.read_bytes()
    a, b = raw[pages.PAGE : 2 * pages.PAGE], raw[2 * pages.PAGE : 3 * pages.PAGE]
    small.write_bytes(raw[: pages.PAGE] + b + a + raw[3 * pages.PAGE :])
    assert {2, 3} <= {f.page for f in pages.audit(small, KEY).found if f.where == "tampered"}


def test_pages_of_pure_noise_are_reported_and_never_loop_or_raise(small: Path) -> None:
    raw = small.read_bytes()
    draw = random.Random(4)
    for _ in range(60):
        number = draw.randint(2, len(raw) // pages.PAGE)
        kind = bytes([draw.choice([0, 2, 5, 10, 13])])
        few = struct.pack(">HH", draw.randrange(4096), draw.randrange(30))
        page = kind + few + draw.randbytes(pages.USABLE - 5)
        sealed = seal(small, number, page)
        start = (number - 1) * pages.PAGE
        small.write_bytes(raw[:start] + sealed + raw[start + pages.PAGE :])
        assert not pages.audit(small, KEY).clean
        list(pages.live_bytes(small, KEY))


# --- what cannot be read -------------------------------------------------------------------------


def test_a_wrong_key_is_a_wrong_key_and_not_a_finding(small: Path) -> None:
    for wrong in (bytes(32), KEY[:31] + b"x", KEY[:16], b""):
        with pytest.raises(WrongKey):
            pages.audit(small, wrong)


def test_what_is_no_vault_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        pages.audit(tmp_path / "absent.db", KEY)
    short = tmp_path / "short.db"
    short.write_bytes(b"")
    with pytest.raises(VaultError, match="too short"):
        pages.audit(short, KEY)
    plain = tmp_path / "plain.db"
    with closing(sqlite.connect(str(plain))) as db:
        db.execute("create table notes (text text)")
        db.commit()
    with pytest.raises(VaultError, match="not encrypted"):
        pages.audit(plain, KEY)


def test_layers_of_old_child_cells_are_numbers_and_letters_among_them_are_not() -> None:
    def cell(child: int, row: int) -> bytes:
        return struct.pack(">I", child) + bytes([0x81, 0x80 | row >> 7, row & 0x7F])

    older = b"".join(cell(child, 900 - child) for child in range(700, 706))
    newer = b"".join(cell(child, 400 - child) for child in range(310, 314))
    layers = older[3:-2] + bytes([4]) + newer[:-5]
    assert pages._only_children(layers, count=2_000)
    assert not pages._only_children(layers, count=300)
    for word in (b"Rosa", "жить".encode(), "日本".encode()):
        assert not pages._only_children(older[:14] + word + newer, count=2_000)


@pytest.mark.parametrize("module", [pages, sealed])
def test_the_reader_shares_no_code_with_the_engine(module: ModuleType) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    assert names
    ours = names - {"secondme.vault.sealed"}
    assert not [name for name in ours if "sql" in name or name.startswith("secondme.vault")]


# --- pages, opened and sealed the way SQLCipher does ---------------------------------------------


def residue(path: Path) -> list[tuple[int, bytes]]:
    return list(pages.residue(path, KEY))


def gap(page: bytes) -> tuple[int, int]:
    """Where the unallocated bytes of a b-tree page begin and end."""
    cells, content = struct.unpack_from(">HH", page, 3)
    return (12 if page[0] in (2, 5) else 8) + 2 * cells, content


def plain_pages(path: Path) -> Iterator[tuple[int, bytes]]:
    raw = path.read_bytes()
    for at in range(0, len(raw), pages.PAGE):
        sealed = raw[at : at + pages.PAGE]
        skip = 0 if at else 16
        vector = sealed[pages.USABLE : pages.USABLE + 16]
        cipher = Cipher(algorithms.AES(KEY), modes.CBC(vector)).decryptor()
        yield at // pages.PAGE + 1, bytes(skip) + cipher.update(sealed[skip : pages.USABLE])


def seal(path: Path, number: int, plain: bytes) -> bytes:
    salt = path.read_bytes()[:16]
    skip = 0 if number > 1 else 16
    vector = os.urandom(16)
    cipher = Cipher(algorithms.AES(KEY), modes.CBC(vector)).encryptor()
    body = cipher.update(plain[skip:]) + vector
    mac_salt = bytes(byte ^ 0x3A for byte in salt)
    mac_key = hashlib.pbkdf2_hmac("sha512", KEY, mac_salt, 2, 32)
    mac = hmac.digest(mac_key, body + number.to_bytes(4, "little"), "sha512")
    return salt[:skip] + body + mac


def plant(path: Path, number: int, at: int, what: bytes) -> None:
    page = dict(plain_pages(path))[number]
    sealed = seal(path, number, page[:at] + what + page[at + len(what) :])
    raw = path.read_bytes()
    start = (number - 1) * pages.PAGE
    path.write_bytes(raw[:start] + sealed + raw[start + pages.PAGE :])
