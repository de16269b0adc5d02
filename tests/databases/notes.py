"""`NoteStore.sqlite` and the `notes.sqlite` before it."""

from __future__ import annotations

import gzip

from tests.databases import Rows

NOTE_STORE = """
create table ZICCLOUDSYNCINGOBJECT (Z_PK integer primary key, ZTITLE1 text, ZTITLE2 text,
    ZTITLE text, ZIDENTIFIER text, ZFOLDER integer, ZFOLDERTYPE integer, ZNOTE integer,
    ZNOTE1 integer, ZTYPEUTI text, ZTYPEUTI1 text, ZALTTEXT text, ZURLSTRING text,
    ZHANDWRITINGSUMMARY text, ZMEDIA integer, ZFILENAME text, ZMERGEABLEDATA1 blob,
    ZISPASSWORDPROTECTED integer, ZMARKEDFORDELETION integer, ZCREATIONDATE1 real,
    ZCREATIONDATE3 real, ZMODIFICATIONDATE1 real);
create table ZICNOTEDATA (Z_PK integer primary key, ZNOTE integer, ZDATA blob);
"""
_OBJECT = (
    "Z_PK ZTITLE1 ZTITLE2 ZTITLE ZIDENTIFIER ZFOLDER ZFOLDERTYPE ZNOTE ZNOTE1 ZTYPEUTI ZTYPEUTI1"
    " ZALTTEXT ZURLSTRING ZHANDWRITINGSUMMARY ZMEDIA ZFILENAME ZMERGEABLEDATA1"
    " ZISPASSWORDPROTECTED ZMARKEDFORDELETION ZCREATIONDATE1 ZCREATIONDATE3 ZMODIFICATIONDATE1"
).split()
_TITLE, _HEADING, _SUBHEADING, _CODE, _DOTS, _NUMBERS, _TASKS = 0, 1, 2, 4, 100, 102, 103


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    more = b""
    while value > 127:
        more += bytes([value & 127 | 128])
        value >>= 7
    return more + bytes([value])


def run(text: str, style: int | None = None, **looks: object) -> tuple[str, bytes]:
    """A piece of text, and how it looks."""
    told = field(1, len(text.encode("utf-16-le")) // 2)
    paragraph = field(1, style) if style is not None else b""
    paragraph += field(4, looks["indent"]) if "indent" in looks else b""
    paragraph += field(5, field(1, b"uuid") + field(2, looks["done"])) if "done" in looks else b""
    paragraph += field(8, 1) if "quoted" in looks else b""
    told += field(2, paragraph) if paragraph else b""
    told += field(9, str(looks["link"]).encode()) if "link" in looks else b""
    if "attachment" in looks:
        told += field(12, field(1, str(looks["attachment"]).encode()) + field(2, b"public.data"))
    return text, told


def note(*runs: tuple[str, bytes]) -> bytes:
    text = "".join(words for words, _ in runs)
    held = field(2, text.encode()) + b"".join(field(5, told) for _, told in runs)
    return gzip.compress(field(2, field(2, 1) + field(3, held)), mtime=0)


def table(rows: list[list[str]]) -> bytes:
    """As Notes writes it: keys are objects of their own, and rows go by a second uuid."""
    names = [b"crRows", b"crColumns", b"cellColumns"]
    uuids: list[bytes] = []
    objects: list[bytes] = [b""]

    def uuid() -> int:
        uuids.append(bytes([len(uuids) + 1] * 16))
        return len(uuids) - 1

    def held(value: bytes) -> bytes:
        objects.append(value)
        return field(6, len(objects) - 1)

    def named(number: int) -> bytes:
        return held(field(13, field(3, field(1, 0) + field(2, field(2, number)))))

    def ordered(places: list[tuple[int, int]]) -> bytes:
        array = b"".join(
            field(2, field(1, at) + field(2, uuids[kept])) for at, (kept, _) in enumerate(places)
        )
        also = b"".join(
            field(1, field(1, named(kept)) + field(2, named(other))) for kept, other in places
        )
        return held(field(16, field(1, field(1, array) + field(2, also))))

    high, wide = [(uuid(), uuid()) for _ in rows], [(uuid(), uuid()) for _ in rows[0]]
    cells = b""
    for column, (_, column_uuid) in enumerate(wide):
        filled = b"".join(
            field(
                1, field(1, named(row_uuid)) + field(2, held(field(10, field(2, words.encode()))))
            )
            for (_, row_uuid), words in zip(high, [row[column] for row in rows], strict=True)
        )
        cells += field(1, field(1, named(column_uuid)) + field(2, held(field(6, filled))))
    entries = [ordered(high), ordered(wide), held(field(6, cells))]
    objects[0] = field(
        13, b"".join(field(3, field(1, n) + field(2, value)) for n, value in enumerate(entries))
    )
    graph = b"".join(field(3, one) for one in objects)
    graph += b"".join(field(4, name) for name in names) + b"".join(field(6, one) for one in uuids)
    return gzip.compress(field(2, field(3, graph)), mtime=0)


def _object(number: int, **held: object) -> tuple[object, ...]:
    return tuple({"Z_PK": number, **held}.get(name) for name in _OBJECT)


def _titled(number: int, title: str, folder: int = 2, **held: object) -> tuple[object, ...]:
    id_ = f"N-{number}"
    return _object(number, ZTITLE1=title, ZIDENTIFIER=id_, ZFOLDER=folder, **held)


def note_store() -> Rows:
    return {
        "ZICCLOUDSYNCINGOBJECT": [
            _object(1, ZTITLE2="Recently Deleted", ZFOLDERTYPE=1, ZIDENTIFIER="TrashFolder-Cloud"),
            _object(2, ZTITLE2="Garden", ZFOLDERTYPE=0, ZIDENTIFIER="F-2"),
            _titled(10, "Spring plan", ZCREATIONDATE1=736_214_400.5,
                    ZMODIFICATIONDATE1=736_300_800),
            _titled(11, "Seeds", ZCREATIONDATE3=736_214_300),
            _titled(12, "Secret", ZISPASSWORDPROTECTED=1, ZCREATIONDATE1=736_214_500),
            _titled(13, "Thrown away", 1, ZCREATIONDATE1=736_214_600),
            _titled(14, "Broken", ZCREATIONDATE1=736_214_700),
            _titled(15, "Going", ZMARKEDFORDELETION=1, ZCREATIONDATE1=736_214_800),
            _object(20, ZIDENTIFIER="A-1", ZTYPEUTI="public.jpeg", ZNOTE=10, ZMEDIA=21),
            _object(21, ZIDENTIFIER="M-1", ZFILENAME="bed.jpg"),
            _object(22, ZIDENTIFIER="A-2", ZTYPEUTI="com.apple.notes.table", ZNOTE=11,
                    ZMERGEABLEDATA1=table([["Seed", "Sown"], ["Pea", "March"], ["Bean", ""]])),
            _object(23, ZIDENTIFIER="A-3", ZTYPEUTI="public.url", ZNOTE=10, ZTITLE="Compost",
                    ZURLSTRING="https://garden.example/compost"),
            _object(24, ZIDENTIFIER="A-4", ZNOTE1=10, ZALTTEXT="#garden",
                    ZTYPEUTI1="com.apple.notes.inlinetextattachment.hashtag"),
            _object(25, ZIDENTIFIER="A-5", ZTYPEUTI="com.apple.paper", ZNOTE=11,
                    ZHANDWRITINGSUMMARY="beans by the wall"),
        ],
        "ZICNOTEDATA": [
            (1, 10, note(
                run("Spring plan\n", _TITLE), run("🌱 Sow early, says "),
                run("the almanac", link="https://garden.example/almanac"), run(".\n"),
                run("Beds\n", _HEADING), run("Dig\n", _DOTS), run("deep\n", _DOTS, indent=1),
                run("First\n", _NUMBERS), run("Second\n", _NUMBERS),
                run("Rake\n", _TASKS, done=1), run("Water\n", _TASKS, done=0),
                run("As the old ones said\n", quoted=True),
                run("Order\n", _SUBHEADING), run("# not a heading\n", _CODE),
                run("\ufffc", attachment="A-1"), run("\n"), run("\ufffc", attachment="A-3"),
                run(" "), run("\ufffc", attachment="A-4"), run("\n"),
            )),
            (2, 11, note(run("Seeds\n", _TITLE), run("\ufffc", attachment="A-2"), run("\n"),
                         run("\ufffc", attachment="A-5"))),
            (3, 12, b"locked"),
            (4, 13, note(run("Thrown away"))),
            (5, 14, gzip.compress(b"\xff\xff", mtime=0)),
            (6, 15, note(run("Going"))),
        ],
    }  # fmt: skip


EARLY = """
create table ZNOTE (Z_PK integer primary key, ZBODY integer, ZTITLE text, ZGUID text,
    ZCREATIONDATE real, ZMODIFICATIONDATE real, ZDELETEDFLAG integer);
create table ZNOTEBODY (Z_PK integer primary key, ZCONTENT text, ZOWNER integer);
"""


def early() -> Rows:
    return {
        "ZNOTE": [
            (1, 1, "Shopping", "G-1", 400_000_000.0, 400_000_060.0, 0),
            (2, 2, "Gone", "G-2", 400_000_000.0, 400_000_060.0, 1),
        ],
        "ZNOTEBODY": [
            (1, "Shopping<div>Leeks &amp; cream</div><div><br></div><div>Bread</div>", 1),
            (2, "Gone", 2),
        ],
    }
