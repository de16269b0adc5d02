"""Apple Notes: the database that a Mac keeps and an iPhone's backup holds.

    ~/Library/Group Containers/group.com.apple.notes/NoteStore.sqlite, with its -wal
    notes.sqlite of the systems before iOS 9 and macOS 10.11, whose notes are HTML

Everything in it is a row of one table: notes, folders, accounts, attachments. Which of its many
numbered columns hold a date depends on the system.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ingest import Item, Member, Options, importer
from ingest.apple_notes_text import markdown
from ingest.apple_tables import table_text
from ingest.apple_times import apple_time
from ingest.markup import page_text
from ingest.note import Note, When, records
from ingest.sqlite import BrokenDatabaseError, chosen, columns, number_of, opened, rows, text_of
from secondme.record import Unread

_OBJECTS: Final = "ZICCLOUDSYNCINGOBJECT"
_CREATED: Final = ("ZCREATIONDATE1", "ZCREATIONDATE3", "ZCREATIONDATE2", "ZCREATIONDATE")
_CHANGED: Final = ("ZMODIFICATIONDATE1", "ZMODIFICATIONDATE")
_INLINE: Final = "com.apple.notes.inlinetextattachment"
_DRAWN: Final = ("com.apple.paper", "com.apple.drawing")
_TRASH: Final = 1


class _Attachment(NamedTuple):
    number: int
    kind: str
    shown: str
    title: str
    url: str
    written: str
    """What the phone read in a drawing by hand."""
    media: int


def _holds_notes(member: Member) -> bool:
    return {_OBJECTS, "ZICNOTEDATA"} <= member.tables or {"ZNOTE", "ZNOTEBODY"} <= member.tables


@importer("apple-notes", recognises=_holds_notes)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Every note by the time it was begun, cut under its headings."""
    with opened(member) as database:
        if _OBJECTS in member.tables:
            yield from _notes(database)
        else:
            yield from _early(database)


def _notes(database: sqlite3.Connection) -> Iterator[Item]:
    held = columns(database, _OBJECTS)
    created, changed = (_first(held, names) for names in (_CREATED, _CHANGED))
    folders, trash = _folders(database, held)
    around = _Embedded(database, held)
    about = chosen(
        held, "ZTITLE1", "ZIDENTIFIER", "ZFOLDER", "ZISPASSWORDPROTECTED", "ZMARKEDFORDELETION",
        of="o",
    )  # fmt: skip
    order = (
        "select o.Z_PK, d.Z_PK from ZICNOTEDATA d"  # noqa: S608
        f" join {_OBJECTS} o on o.Z_PK = d.ZNOTE order by {created}, o.Z_PK"
    )
    query = f"select {created}, {changed}, {about} from {_OBJECTS} o where o.Z_PK = ?"  # noqa: S608
    thrown_away = 0
    for number, data in list(rows(database, order)):
        at, later, title, id_, folder, locked, deleted = next(rows(database, query, number))
        name = text_of(title) or f"note {number}"
        if folder in trash or number_of(deleted):
            thrown_away += 1
        elif number_of(locked):
            yield Unread(name, "It is locked. Take its lock off in Notes, and export again.")
        else:
            inside = text_of(folders.get(folder))
            when = _when(at)
            meta = {"folder": inside, "modified": apple_time(later)}
            conversation = text_of(id_) or f"{inside}/{name}".strip("/")
            note = Note("apple-notes", conversation, "", text_of(title), when=when, meta=meta)
            yield from _one(database, number_of(data), note, around.of(number))
    if thrown_away:
        yield Unread("recently deleted", f"Left out because you deleted them: {thrown_away}.")


def _one(
    database: sqlite3.Connection, data: int, note: Note, embedded: Mapping[str, tuple[str, str]]
) -> Iterator[Item]:
    try:
        blob = next(rows(database, "select ZDATA from ZICNOTEDATA where Z_PK = ?", data), (None,))[
            0
        ]
        if not isinstance(blob, bytes):
            return
        text = markdown(blob, {id_: shown for id_, (shown, _) in embedded.items()})
    except (ValueError, BrokenDatabaseError):
        yield Unread(note.title or note.conversation, "Its text cannot be read.")
        return
    files = tuple(name for _, name in embedded.values() if name)
    yield from records(note._replace(text=text, attachments=files))


class _Embedded:
    """What stands for the attachments of a note in its text, and the files among them."""

    def __init__(self, database: sqlite3.Connection, held: frozenset[str]) -> None:
        self._database = database
        self._held = held
        about = chosen(
            held, "ZNOTE", "ZNOTE1", "ZIDENTIFIER", "ZTYPEUTI", "ZTYPEUTI1", "ZALTTEXT", "ZTITLE",
            "ZURLSTRING", "ZHANDWRITINGSUMMARY", "ZMEDIA",
        )  # fmt: skip
        self._found: dict[int, dict[str, _Attachment]] = {}
        for number, note, inline, id_, kind, inline_kind, shown, title, url, hand, media in rows(
            database,
            f"select Z_PK, {about} from {_OBJECTS} where ZIDENTIFIER is not null order by Z_PK",  # noqa: S608
        ):
            of_note = number_of(note) or number_of(inline)
            uti = text_of(kind) or text_of(inline_kind)
            if of_note and uti:
                self._found.setdefault(of_note, {})[text_of(id_)] = _Attachment(
                    number, uti, text_of(shown), text_of(title), text_of(url), text_of(hand),
                    number_of(media),
                )  # fmt: skip

    def of(self, note: int) -> dict[str, tuple[str, str]]:
        return {id_: self._shown(one) for id_, one in self._found.get(note, {}).items()}

    def _shown(self, one: _Attachment) -> tuple[str, str]:
        """The text in its place, and the name of its file."""
        if one.kind.startswith(_INLINE):
            return one.shown, ""
        if one.kind == "com.apple.notes.table":
            return self._table(one), ""
        if one.url:
            return f"[{one.title}]({one.url})" if one.title else one.url, ""
        if one.kind.startswith(_DRAWN) and one.written:
            return one.written, ""
        name = self._value("ZFILENAME", one.media) or one.title
        return (f"[{name}]" if name else "", name)

    def _table(self, one: _Attachment) -> str:
        for column in ("ZMERGEABLEDATA1", "ZMERGEABLEDATA"):
            data = self._cell(column, one.number)
            if isinstance(data, bytes) and data:
                try:
                    return f"\n{table_text(data)}\n"
                except ValueError:
                    return "[table]"
        return ""

    def _value(self, column: str, number: int) -> str:
        return text_of(self._cell(column, number))

    def _cell(self, column: str, number: int) -> Any:
        if column.lower() not in self._held or not number:
            return None
        query = f"select {column} from {_OBJECTS} where Z_PK = ?"  # noqa: S608
        return next(rows(self._database, query, number), (None,))[0]


def _folders(
    database: sqlite3.Connection, held: frozenset[str]
) -> tuple[dict[int, Any], frozenset[int]]:
    """The names of the folders by their numbers, and which of them hold what was thrown away."""
    about = chosen(held, "ZTITLE2", "ZFOLDERTYPE", "ZIDENTIFIER")
    found = list(rows(database, f"select Z_PK, {about} from {_OBJECTS}"))  # noqa: S608
    names = {number: name for number, name, _, _ in found if name}
    trash = frozenset(
        number
        for number, name, kind, id_ in found
        if name and (number_of(kind) == _TRASH or text_of(id_).startswith("TrashFolder"))
    )
    return names, trash


def _early(database: sqlite3.Connection) -> Iterator[Item]:
    held = columns(database, "ZNOTE")
    about = chosen(held, "ZTITLE", "ZGUID", "ZCREATIONDATE", "ZMODIFICATIONDATE", of="n")
    deleted = "coalesce(n.ZDELETEDFLAG, 0)" if "zdeletedflag" in held else "0"
    for number, html, title, guid, at, later in rows(
        database,
        f"select n.Z_PK, b.ZCONTENT, {about} from ZNOTE n"  # noqa: S608
        f" join ZNOTEBODY b on b.Z_PK = n.ZBODY where {deleted} = 0"
        " order by n.ZCREATIONDATE, n.Z_PK",
    ):
        name = text_of(guid) or text_of(title) or f"note {number}"
        yield from records(
            Note(
                "apple-notes",
                name,
                page_text(text_of(html)),
                text_of(title),
                when=_when(at),
                meta={"modified": apple_time(later)},
                plain=True,
            )
        )


def _when(value: Any) -> When:
    sent_at = apple_time(value)
    return When(sent_at, str(value), "unix") if sent_at else When()


def _first(held: frozenset[str], names: tuple[str, ...]) -> str:
    """The first of the columns that says anything in a row."""
    there = [f"o.{name}" for name in names if name.lower() in held]
    return f"coalesce({', '.join(there)}, null)" if there else "null"
