"""The law of forgetting: whatever has happened to a vault, what is left is what it would be if only
the surviving records had ever come in. Checked over random histories, byte for byte.
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from stubs import KEY, StubEmbedder, StubError, StubLibrary, StubReader

from secondme import forget
from secondme.brains import Library
from secondme.content_keys import Keys
from secondme.distil import KINDS, Brains, distil
from secondme.errors import NotFound
from secondme.forget import Request
from secondme.memory import Memory
from secondme.record import Record
from secondme.vault import FILE, Vault, make
from secondme.vault.connection import connect
from secondme.vault.edits import KEEP, Edit
from secondme.vault.filters import Filter
from secondme.vault.people import identity_key
from secondme.vault.records import Sighted

AT = "2024-06-01T12:00:00Z"
NOW = date(2024, 6, 1)
QUESTIONS = ("Where does Ada live?", "tea lamp", "What did I say about tea?", "ok Ben")

AUTHORS = (
    ("Ada", "+1 555 0100", False),
    ("Ben", "", False),
    ("Owner", "", True),
    ("Owner", "", False),
    ("", "", False),
)
"""A friend may have the owner's name."""
TEXTS = (
    "ok",
    "I live in Porto",
    "I live in Lisbon now, Ada knows",
    "I live in Oslo",
    "I work at Quay",
    "I work at Dock now",
    "I love tea",
    "the blue lamp broke again and nobody mended it",
    "is there tea for Ben?",
    "yes, there is tea in the kitchen",
    "a lamp\0I love tea\0 and 京都の tea",
)
TIMES = (
    None,
    "2024-05-01T10:00:00Z",
    "2024-05-01T10:00:01Z",
    "2024-05-01T22:00:00Z",
    "2024-05-20T08:30:00Z",
)
CHATS = (("whatsapp", "Ada"), ("telegram", "Boats"), ("mail", "letters"))
ZONES = ("none", "guessed", "asked", "explicit")


# -- worlds: what could be imported ---------------------------------------------------------------


def dice(draw: st.DrawFn) -> Random:
    """Chance for the details of a world, whose size Hypothesis would else keep too small."""
    return Random(draw(st.integers(0, 2**32)))


@st.composite
def chats(draw: st.DrawFn, places: Sequence[tuple[str, str]] = CHATS) -> list[list[Record]]:
    """Conversations as one complete export would hold them; some have ids and some have none."""
    chance = dice(draw)
    return [_chat(chance, source, name) for source, name in places]


def _chat(chance: Random, source: str, name: str) -> list[Record]:
    with_ids = chance.random() < 0.5
    found = []
    for i in range(chance.randint(0, 9)):
        author, handle, mine = chance.choice(AUTHORS)
        sent_at = chance.choice(TIMES)
        record = Record(source, name, chance.choice(TEXTS), author, sent_at=sent_at, mine=mine)
        found.append(
            record._replace(
                author_id=handle if source == "whatsapp" else "",
                sent_local=sent_at or "",
                kind="message" if author else "event",
                native_id=f"m{i}" if with_ids else None,
            )
        )
    return found


def export(draw: st.DrawFn, life: list[list[Record]]) -> list[Sighted]:
    """One export: a stretch of each conversation, parsed by itself. Where records have ids, some
    were edited since, some mails are in another thread, and another zone was asked for.
    """
    chance = dice(draw)
    parsed: list[Sighted] = []
    for records in life:
        start = chance.randint(0, len(records) // 2)
        stop = chance.randint(start, len(records))
        keys = Keys()
        for r in records[start:stop]:
            if r.native_id is not None and chance.random() < 0.2:
                text = chance.choice(("lamp", f"{r.text}, edited"))
                r = r._replace(text=text, title="Renamed", author=chance.choice((r.author, "Cy")))
            if r.native_id is not None and chance.random() < 0.1:
                r = r._replace(zone=chance.choice(ZONES))
                if r.source == "mail":
                    r = r._replace(conversation="letters, by another name")
            parsed.append(keys.sight(r))
    return parsed


# -- histories: what happens to one vault ---------------------------------------------------------


class History:
    """A vault, and beside it the plain list of what should be left of all that was imported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vault = Vault(folder, KEY)
        self.seen: dict[int, list[Sighted]] = {}
        self.forgotten: set[str] = set()
        self.edits: dict[str, Edit] = {}

    def bring(self, parsed: Sequence[Sighted]) -> int:
        batch = self.vault.new_batch(AT, f"export {len(self.seen)}", {})
        self.vault.records.add(batch, parsed)
        self.vault.end_batch(batch, {})
        self.seen[batch] = [s for s in parsed if s.key not in self.forgotten]
        return batch

    def undo(self, batch: int) -> None:
        self.vault.undo(batch)
        self.seen[batch] = []

    def forget(self, request: Request, *, purge: bool) -> None:
        rows = forget.choose(self.vault, request)
        if not rows:
            return
        keys = {stored.key for stored in self.vault.records.get(rows).values()}
        self.forgotten |= keys
        before = self.identities()
        planned = self.vault.plan(rows)
        _, counts = self.vault.forget(rows, AT)
        gone = keys | (set(before) - set(self.identities()))
        left = {key: edit for key, edit in self.edits.items() if not edit.targets & gone}
        assert counts["edits"] == planned["edits"] == len(self.edits) - len(left)
        self.edits = left
        assert {edit.key for edit in self.vault.corrections.every()} == left.keys()
        if purge:
            assert self.vault.purge()

    def link(self, one: str, other: str) -> None:
        """The owner says that two names are one person's."""
        self.vault.corrections.link(one, other, AT)
        self.note()

    def note(self) -> None:
        """After the owner has corrected something, and only then: what they have said so far."""
        self.edits = {edit.key: edit for edit in self.vault.corrections.every()}

    def identities(self) -> list[str]:
        people = self.vault.people()
        return sorted(identity_key(i) for person in people for i in person.identities)

    def reopen(self) -> None:
        self.vault.close()
        self.vault = Vault(self.folder, KEY)

    def left(self) -> list[Sighted]:
        return [s for seen in self.seen.values() for s in seen if s.key not in self.forgotten]


def a_person_links(draw: st.DrawFn, history: History) -> None:
    names = history.identities()
    if len(names) > 1:
        history.link(*sorted(dice(draw).sample(names, 2)))


def a_person_corrects(draw: st.DrawFn, history: History) -> None:
    """Something of what stands: in other words, not so, for good, one of two, or as it was."""
    chance = dice(draw)
    memory = Memory(history.vault, cast(Library, StubLibrary()), lambda: AT)
    if chance.random() < 0.7:
        memory.distil(only=["facts"])
    for _ in range(chance.randint(1, 5)):
        correct(memory, chance)
    history.note()


def correct(memory: Memory, chance: Random) -> None:
    facts = [*memory.facts(), *memory.facts(status="rejected")]
    pairs = [d for d in memory.review() if d["other"]]
    if pairs and chance.random() < 0.5:
        doubt = chance.choice(pairs)
        memory.resolve(doubt["id"], doubt["other"], chance.choice(KEEP))
        return
    if not facts:
        return
    key = chance.choice(facts).id
    act = chance.choice(("edit", "edit", "reject", "pin", "unpin", "unedit"))
    if act == "edit":
        memory.edit(key, chance.choice(("I live in Oslo, Ben", "I love tea", "so it is")))
    elif act == "reject":
        memory.reject(key)
    elif act == "unedit":
        with suppress(NotFound):
            memory.unedit(key)
    else:
        memory.pin(key, act == "pin")


def a_person_forgets(draw: st.DrawFn, history: History) -> None:
    keys = sorted({s.key for s in history.left()})
    batches = sorted(history.seen)
    names = sorted({p.name for p in history.vault.people()})
    requests = [Request(within=Filter(conversation="Boats")), Request(query="tea lamp")]
    requests += [Request(query=word) for word in ("ok", "Porto", "edited")]
    requests += [Request(ids=(key,)) for key in keys[:: max(1, len(keys) // 4)]]
    requests += [Request(person=name, mentions=m) for name in names for m in (True, False)]
    requests += [Request(person=p.id) for p in history.vault.people()]
    requests += [Request(within=Filter(batch=batch)) for batch in batches]
    history.forget(dice(draw).choice(requests), purge=draw(st.booleans()))


def a_person_distils(draw: st.DrawFn, history: History) -> None:
    """Some kinds only, in any order, with failures, and stopped after some steps."""
    failures = draw(st.lists(st.booleans(), max_size=4))
    brains = Brains(StubEmbedder(failures=failures), StubReader(failures=failures))
    only = draw(st.lists(st.sampled_from(KINDS), min_size=1, unique=True))
    build(history.vault, brains, draw, only=only, steps=draw(st.integers(1, 9)))


def build(
    vault: Vault, brains: Brains, draw: st.DrawFn, *, only: Sequence[str] = KINDS, steps: int = 999
) -> None:
    left = iter(range(steps))
    chance = dice(draw)

    def progress(kind: str, done: int, due: int) -> None:
        if next(left, None) is None:
            raise StubError

    def order(due: list[int]) -> list[int]:
        return chance.sample(due, len(due))

    try:
        distil(vault, brains, only=only, retry=draw(st.booleans()), progress=progress, order=order)
    except StubError:
        assert steps < 999


def live_through(draw: st.DrawFn, history: History, life: list[list[Record]]) -> None:
    for act in ["i", *draw(st.lists(st.sampled_from("iiiuffddlrccc"), min_size=3, max_size=9))]:
        if act == "i":
            history.bring(export(draw, life))
        elif act == "u" and history.seen:
            history.undo(draw(st.sampled_from(sorted(history.seen))))
        elif act == "f":
            a_person_forgets(draw, history)
        elif act == "d":
            a_person_distils(draw, history)
        elif act == "l":
            a_person_links(draw, history)
        elif act == "c":
            a_person_corrects(draw, history)
        elif act == "r":
            history.reopen()


# -- what a vault amounts to ----------------------------------------------------------------------


@cache
def template() -> Path:
    """An empty vault to copy, because making one costs more than a whole history."""
    folder = Path(tempfile.mkdtemp(prefix="secondme-law-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make(folder, KEY).close()
    return folder


@contextmanager
def empty() -> Iterator[History]:
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(template() / FILE, name)
        history = History(Path(name))
        try:
            yield history
        finally:
            history.vault.close()


class OtherReader(StubReader):
    """Another model: it cuts some sentences otherwise, and sees other things in them."""

    def read(self, text: str) -> Sequence[tuple[int, int, str, str, float]]:
        return [
            (found.start(), found.end(), category, slot, 0.6)
            for pattern, category, slot in (
                (r"I live in \w+( now, Ada)?", "place", "home"),
                (r"I work", "event", ""),
                (r"love tea.*", "preference", ""),
            )
            for found in re.finditer(pattern, text)
        ]


def finished(vault: Vault, reader: StubReader | None = None) -> Memory:
    """The memory once all jobs are done: failures tried again, a purge that was owed completed."""
    brains = Brains(StubEmbedder(), reader or StubReader())
    memory = Memory(vault, cast(Library, StubLibrary(brains)), lambda: AT)
    memory.distil(retry=True)
    assert memory.distilled()["coverage"] == 100.0
    assert memory.finish_purge()
    return memory


def essence(vault: Vault, reader: StubReader | None = None) -> tuple[list[str], list[Any]]:
    """All that a person or a program can get out of the vault."""
    memory = finished(vault, reader)
    assert memory.verify()["found"] == []
    hits = [memory.search(q, k=5, now=NOW) for q in QUESTIONS]
    hits += [memory.search("tea", kind=kind, now=NOW) for kind in ("episode", "fact")]
    hits += [memory.ask(q, now=NOW) for q in QUESTIONS]
    return list(memory.dump(NOW)), [*hits, memory.review()]


def never_knew(
    draw: st.DrawFn,
    left: Sequence[Sighted],
    edits: Collection[Edit] = (),
    reader: StubReader | None = None,
) -> tuple[list[str], list[Any]]:
    """A vault into which these records came in another order, in other batches, and the owner's
    corrections at another time.
    """
    chance = dice(draw)
    left = chance.sample(left, len(left))
    cut = chance.randint(0, len(left))
    with empty() as other:
        other.bring(left[:cut])
        for edit in chance.sample(list(edits), len(edits)):
            assert other.vault.corrections.keep(edit, "2020-01-01T00:00:00Z")
        other.bring(left[cut:])
        return essence(other.vault, reader)


def same(one: tuple[list[str], list[Any]], other: tuple[list[str], list[Any]]) -> None:
    assert one[0] == other[0]
    assert one[1] == other[1]


# -- the law --------------------------------------------------------------------------------------


@settings(max_examples=110)
@given(st.data(), chats())
def test_after_any_history_a_vault_is_as_if_only_what_is_left_had_ever_come_in(
    data: st.DataObject, life: list[list[Record]]
) -> None:
    with empty() as history:
        live_through(data.draw, history, life)
        reader = OtherReader("other") if data.draw(st.booleans()) else None
        edits = history.edits.values()
        found = essence(history.vault, reader)
        same(found, never_knew(data.draw, history.left(), edits, reader))


@settings(max_examples=20)
@given(st.data(), chats(CHATS[:2]), chats((("whatsapp", "Zoe"), ("mail", "bills"))))
def test_once_all_is_forgotten_a_new_import_is_alone_in_the_vault(
    data: st.DataObject, life: list[list[Record]], later: list[list[Record]]
) -> None:
    keys = [Keys() for _ in later]
    new = [k.sight(r) for k, records in zip(keys, later, strict=True) for r in records]
    with empty() as history:
        live_through(data.draw, history, life)
        history.forget(Request(within=Filter(until="9999")), purge=True)
        for stored in history.vault.records.get(list(range(1, 200))).values():
            history.forget(Request(ids=(stored.key,)), purge=False)
        assert history.left() == []
        history.bring(new)
        same(essence(history.vault), never_knew(data.draw, new))


@settings(max_examples=20)
@given(st.data(), chats())
def test_what_was_forgotten_does_not_come_back_with_the_next_export(
    data: st.DataObject, life: list[list[Record]]
) -> None:
    with empty() as history:
        history.bring(export(data.draw, life))
        for _ in range(2):
            a_person_forgets(data.draw, history)
        again = export(data.draw, life)
        history.bring(again)
        alive = {stored.key for stored in history.vault.records.every()}
        assert alive.isdisjoint(history.forgotten)
        same(essence(history.vault), never_knew(data.draw, history.left()))


@settings(max_examples=20)
@given(st.data(), chats())
def test_importing_twice_is_importing_once(data: st.DataObject, life: list[list[Record]]) -> None:
    parsed = export(data.draw, life)
    with empty() as once, empty() as twice:
        once.bring(parsed)
        for _ in range(2):
            twice.bring(parsed)
        same(essence(once.vault), essence(twice.vault))


@settings(max_examples=20)
@given(st.data(), chats())
def test_the_order_of_two_imports_does_not_matter(
    data: st.DataObject, life: list[list[Record]]
) -> None:
    first, second = export(data.draw, life), export(data.draw, life)
    with empty() as one, empty() as other, empty() as together:
        for parsed in (first, second):
            one.bring(parsed)
        for parsed in (second, first):
            other.bring(parsed)
        together.bring([*first, *second])
        found = essence(one.vault)
        same(found, essence(other.vault))
        same(found, essence(together.vault))


@settings(max_examples=10)
@given(st.data(), chats())
def test_undoing_an_import_leaves_no_trace_of_it(
    data: st.DataObject, life: list[list[Record]]
) -> None:
    with empty() as history:
        live_through(data.draw, history, life)
        before = essence(history.vault)
        batch = history.bring(export(data.draw, life))
        if data.draw(st.booleans()):
            finished(history.vault)
        history.undo(batch)
        same(essence(history.vault), before)


def test_the_checks_here_can_fail() -> None:
    """A word changed behind the vault's back shows in the dump and nowhere silently."""
    keys = Keys()
    record = Record("mail", "letters", "I live in Porto", "Ada", sent_at=TIMES[1])
    with empty() as one, empty() as other:
        for history in (one, other):
            history.bring([keys.sight(record._replace(native_id="m1"))])
        before = essence(one.vault)
        db = connect(one.folder / FILE, KEY)
        db.conn.execute("update records set sent_local = 'some other day'")
        db.conn.close()
        assert essence(one.vault) != before == essence(other.vault)
