"""What the owner put right: corrections are sources like the records, and win over every build.

A correction names what it is about by content: a record, the words in it, and the category of the
fact read there. A rebuild, another model or a new import of the same therefore finds it again. Of
two corrections of one thing the later counts, for both have one key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple

from sqlite_utils import Database

from secondme.errors import NotFound, UnreadableExport
from secondme.vault.connection import writing

KEEP = ("newer", "older", "both")
"""What the owner may say about two facts that contradict each other."""


class Edit(NamedTuple):
    """One correction, and what it is about."""

    key: str
    target: str
    """The key of a record, or of an identity for a link."""
    act: str
    """link | replace | reject | pin | resolve"""
    content: str
    """JSON. What is about two things has the other's key under `with`."""

    @property
    def said(self) -> dict[str, Any]:
        return dict(json.loads(self.content))

    @property
    def targets(self) -> set[str]:
        return {self.target, self.said.get("with", self.target)}


class Place(NamedTuple):
    """Words of a record in which something was read."""

    record: str
    start: int
    end: int
    category: str
    quote: str
    """`fingerprint` of the words: another version of the record may say something else there."""


def fingerprint(words: str) -> str:
    """What is kept of a quote, so that undoing an import leaves none of its words behind."""
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def link(one: str, other: str) -> Edit:
    """Two identity keys are one person. Said again, or the other way round, it is one edit."""
    target, partner = sorted((one, other))
    content = json.dumps({"with": partner})
    key = "x" + hashlib.sha256(f"{target}\0{content}".encode()).hexdigest()[:16]
    return Edit(key, target, "link", content)


def correction(place: Place, act: str, slot: str, text: str = "") -> Edit:
    """`replace` (with the owner's words), `reject` or `pin`. One place has one of the former two,
    and may be pinned besides.
    """
    content = {**_span(place), "slot": slot}
    if act == "replace":
        content["text"] = text
    aspect = "pin" if act == "pin" else "words"
    return Edit(_key(aspect, _where(place)), place.record, act, _json(content))


def resolution(older: Place, newer: Place, keep: str) -> Edit:
    """Of two that contradict each other, `newer` or `older` holds, or `both` do."""
    content = {**_span(older), "with": newer.record, "newer": _span(newer), "keep": keep}
    sides = sorted((_where(older), _where(newer)))
    return Edit(_key("resolve", *sides), older.record, "resolve", _json(content))


def places(edit: Edit) -> list[Place]:
    """Where a correction of facts stands: one place, or the older and the newer of two."""
    said = edit.said
    if edit.act == "resolve":
        return [_place(edit.target, said), _place(said["with"], said["newer"])]
    return [_place(edit.target, said)]


def genuine(edit: Edit) -> bool:
    """It says what its key says, in the form that this module writes."""
    try:
        said = edit.said
        edit.content.encode()
        if edit.act == "link":
            return edit == link(edit.target, str(said["with"]))
        if edit.act == "resolve":
            older, newer = places(edit)
            return said["keep"] in KEEP and edit == resolution(older, newer, said["keep"])
        if edit.act not in ("replace", "reject", "pin"):
            return False
        text = str(said["text"]).strip() if edit.act == "replace" else "no words"
        return bool(text) and edit == correction(places(edit)[0], edit.act, str(said["slot"]), text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _place(record: str, span: dict[str, Any]) -> Place:
    numbers = int(span["start"]), int(span["end"])
    return Place(record, *numbers, str(span["category"]), str(span["quote"]))


def _span(place: Place) -> dict[str, Any]:
    span = place._asdict()
    del span["record"]
    return span


def _where(place: Place) -> str:
    return f"{place.record}\0{place.start}\0{place.end}\0{place.category}"


def _key(*parts: str) -> str:
    return "x" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


class Corrections:
    """The `edits` table."""

    def __init__(self, db: Database, tombstone: Callable[[str], bytes]) -> None:
        self._db = db
        self._tombstone = tombstone

    def every(self) -> list[Edit]:
        """All corrections by key, those among them that wait for what they are about."""
        return every(self._db)

    def about(self, record: str) -> bool:
        """There is a correction of something in this record."""
        return bool(self._count("edits where target", [record]))

    def keep(self, edit: Edit, at: str) -> bool:
        """Take in a correction from elsewhere, in place of one of the same key. False, and nothing
        is kept, when any of what it is about was forgotten here. What is not here waits.
        """
        if not genuine(edit):
            raise UnreadableExport(
                "A correction here is not as secondme writes them.", "Export again, and unchanged."
            )
        with writing(self._db):
            macs = [self._tombstone(target) for target in edit.targets]
            if self._count("tombstones where mac", macs):
                return False
            self._put(edit, at)
        return True

    def say(self, edits: Iterable[Edit], at: str, *, instead_of: Iterable[Edit] = ()) -> None:
        """Keep these, in one transaction, instead of others.

        Raises NotFound when a record they are about has been forgotten meanwhile: the owner's words
        about it must not outlive it.
        """
        with writing(self._db):
            self.drop(instead_of)
            for edit in edits:
                if self._count("records where key", edit.targets) < len(edit.targets):
                    raise NotFound("This was forgotten meanwhile.", "Look at the list again.")
                self._put(edit, at)

    def drop(self, edits: Iterable[Edit]) -> None:
        """Inside the caller's transaction."""
        these = [(edit.key,) for edit in edits]
        self._db.conn.executemany("delete from edits where key = ?", these)
        self._db.conn.executemany("delete from left_behind where edit = ?", these)

    def leave(self, edit: Edit, file: str) -> None:
        """Its words went from a file: it waits for them, and is forgotten with anything of it.
        Inside the caller's transaction.
        """
        self._db.conn.execute("insert or ignore into left_behind values (?, ?)", (edit.key, file))

    def follow(self, before: str, now: str) -> None:
        """A file has another name. Inside the caller's transaction."""
        self._db.conn.execute(
            "update or replace left_behind set file = ? where file = ?", (now, before)
        )

    def _put(self, edit: Edit, at: str) -> None:
        self._db.conn.execute(
            "insert into edits (key, target, act, content, made_at) values (?, ?, ?, ?, ?)"
            " on conflict (key) do update set target = excluded.target, act = excluded.act,"
            " content = excluded.content, made_at = excluded.made_at",
            (*edit, at),
        )

    def _count(self, what: str, values: Collection[str] | Collection[bytes]) -> int:
        marks = ",".join("?" * len(values))
        query = f"select count(*) from {what} in ({marks})"
        return int(self._db.conn.execute(query, tuple(values)).fetchone()[0])

    def link(self, one: str, other: str, at: str) -> None:
        """Two identity keys are one person."""
        with writing(self._db):
            self._put(link(one, other), at)

    def unlink(self, identities: Collection[str]) -> int:
        """Take back every link that touches one of these identity keys; returns how many."""
        keys = json.dumps(sorted(identities))
        with writing(self._db):
            gone = self._db.conn.execute(
                "delete from edits where act = 'link' and"
                " (target in (select value from json_each(:keys))"
                " or json_extract(content, '$.with') in (select value from json_each(:keys)))",
                {"keys": keys},
            )
        return int(gone.rowcount)


def every(db: Database) -> list[Edit]:
    lines = db.conn.execute("select key, target, act, content from edits order by key")
    return [Edit(*line) for line in lines]
