"""All records at a glance: what ranking looks at in each, as columns of numbers in memory.

Asking the tables for the few hundred records around the words of a question took most of a search.
A hundred thousand take 3 MB here, and what was only added to the vault is only added here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

Numbers = NDArray[np.integer[Any]]
NOBODY = -1
"""The place of a record that is not there. Every column has one slot more than there are records,
which it points at, so that looking there needs no question asked before."""

FEW = 500
"""Of so many new records each asks for its neighbours; above, all are put in order anew."""
_COLUMNS = 3
"""Of the word index, which notes the number of words in each of them."""
_LAST = np.iinfo(np.int64).max

# As long strings: as rows of a result they would cost five times as much to fetch as to find.
_FRESH = (
    "select group_concat(r.id), group_concat(r.conversation),"
    " group_concat(2 * coalesce(r.author, 0) + r.mine),"
    " group_concat(2 * length(r.text) + (instr(r.text, '?') > 0)),"
    " cast(group_concat(coalesce(d.sz, x'000000'), '') as blob)"
    " from records r left join words_docsize d on d.id = r.id where r.id > ?"
)
_IN_ORDER = (
    "select group_concat(id) from"
    " (select id from records order by conversation, order_at, place, key)"
)
_BESIDE = (
    "select r.id, (select n.id from records n where n.conversation = r.conversation"
    "  and (n.order_at, n.place, n.key) < (r.order_at, r.place, r.key)"
    "  order by n.order_at desc, n.place desc, n.key desc limit 1),"
    " (select n.id from records n where n.conversation = r.conversation"
    "  and (n.order_at, n.place, n.key) > (r.order_at, r.place, r.key)"
    "  order by n.order_at, n.place, n.key limit 1)"
    " from records r where r.id > ?"
)


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """A record's place is its index in every column; places go by row. Nothing is changed once it
    is made, so that threads may share it.
    """

    reshaped: int
    """How often records had been changed or removed. While that stays, new rows are all that is
    new."""
    rows: Numbers
    conversations: Numbers
    writers: Numbers
    """Twice the author's row, or nothing, and one more when the owner wrote it."""
    lengths: Numbers
    """Characters."""
    asks: NDArray[np.bool_]
    words: Numbers
    """As many as the word index counts."""
    before: Numbers
    """The place of the record before it in its conversation."""
    after: Numbers

    def __len__(self) -> int:
        return len(self.rows) - 1

    def places(self, rows: Numbers) -> Numbers:
        """Where these rows stand; NOBODY for those that are not here."""
        found = np.searchsorted(self.rows, rows)
        return np.where(self.rows[found] == rows, found, NOBODY)


def read(db: Database, known: Outlines | None = None) -> Outlines:
    """Of all records in the vault. What is `known` is kept where only new ones came since."""
    line = db.conn.execute("select value from settings where name = 'reshaped'").fetchone()
    reshaped = int(line[0])
    if known is None or known.reshaped != reshaped:
        known = _nothing(reshaped)
    last = int(known.rows[-2]) if len(known) else 0
    fresh = _fresh(db, last)
    if not len(fresh["rows"]):
        return known
    columns = {name: _before_the_slot(getattr(known, name), new) for name, new in fresh.items()}
    rows = columns["rows"]
    if len(fresh["rows"]) > FEW:
        before, after = _in_order(db, rows, columns["conversations"])
    else:
        before, after = _linked(db, known, rows, last)
    return Outlines(reshaped, before=before, after=after, **columns)


def _nothing(reshaped: int) -> Outlines:
    none, nobody = np.zeros(1, np.int32), np.full(1, NOBODY, np.int32)
    return Outlines(
        reshaped, np.array([_LAST]), none, none, none, none > 0, none, before=nobody, after=nobody
    )


def _fresh(db: Database, last: int) -> dict[str, NDArray[Any]]:
    """The columns of the records above a row, without their neighbours."""
    rows, conversations, writers, texts, words = db.conn.execute(_FRESH, (last,)).fetchone()
    text = numbers(texts)
    return {
        "rows": numbers(rows),
        "conversations": numbers(conversations).astype(np.int32),
        "writers": numbers(writers).astype(np.int32),
        "lengths": (text >> 1).astype(np.int32),
        "asks": text & 1 > 0,
        "words": _totals(words or b"").astype(np.int32),
    }


def _before_the_slot(column: NDArray[Any], more: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate((column[:-1], more, column[-1:]))


def _in_order(db: Database, rows: Numbers, conversations: Numbers) -> tuple[Numbers, Numbers]:
    """Of every record the one before and the one after."""
    order = numbers(db.conn.execute(_IN_ORDER).fetchone()[0])
    places: Numbers = np.searchsorted(rows, order).astype(np.int32)
    return _joined(len(rows), places, conversations[places])


def _joined(size: int, places: Numbers, conversations: Numbers) -> tuple[Numbers, Numbers]:
    before, after = np.full((2, size), NOBODY, np.int32)
    same = conversations[1:] == conversations[:-1]
    before[places[1:][same]] = places[:-1][same]
    after[places[:-1][same]] = places[1:][same]
    return before, after


def _linked(db: Database, known: Outlines, rows: Numbers, last: int) -> tuple[Numbers, Numbers]:
    """The known neighbours, with those above a row put between them."""
    links = db.conn.execute(_BESIDE, (last,)).fetchall()
    room = np.full(len(rows) - len(known), NOBODY, np.int32)
    before = np.concatenate((known.before[:-1], room))
    after = np.concatenate((known.after[:-1], room))
    middle = np.searchsorted(rows, [row for row, _, _ in links])
    for place, (_, earlier, later) in zip(middle, links, strict=True):
        if earlier is not None:
            before[place] = at = np.searchsorted(rows, earlier)
            after[at] = place
        if later is not None:
            after[place] = at = np.searchsorted(rows, later)
            before[at] = place
    return before, after


def numbers(line: str | None) -> Numbers:
    """What `group_concat` made of whole numbers; it makes nothing of none."""
    return np.fromstring(line, np.int64, sep=",") if line else np.zeros(0, np.int64)


def _totals(sizes: bytes) -> Numbers:
    """The sum of each record's column sizes, which FTS5 keeps as SQLite's varints: seven bits a
    byte, the highest first, with the eighth set in all but the last.
    """
    if not sizes:
        return np.zeros(0, np.int64)
    raw = np.frombuffer(sizes, np.uint8)
    ends = np.flatnonzero(raw < 128)
    starts = np.concatenate(([0], ends[:-1] + 1))
    shift = 7 * (np.repeat(ends, ends - starts + 1) - np.arange(len(raw)))
    sizes_of_columns = np.add.reduceat((raw & 127).astype(np.int64) << shift, starts)
    totals: Numbers = sizes_of_columns.reshape(-1, _COLUMNS).sum(axis=1)
    return totals
