"""Vectors of records: kept as eight-bit numbers in sqlite-vec, with their sign bits beside them.

Cosine between unit vectors survives eight bits a dimension to about 1e-3; the signs alone are
enough for a shortlist, which is then scored with the numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from secondme.vault.connection import writing

Vector = NDArray[np.float32]
Codes = NDArray[np.int8]
_TOGETHER = 128
"""Vectors in one chunk. To read one, the pages of its chunk before it must be decrypted, and with
sqlite-vec's thousand that took longer than the rest of a search."""


def encode(vector: Vector) -> bytes:
    """A unit vector as int8: each number times 127, rounded to nearest, ties to even."""
    numbers: Codes = np.clip(np.rint(vector * 127.0), -127, 127).astype(np.int8)
    return numbers.tobytes()


def signs(codes: Codes) -> NDArray[np.uint8]:
    """One bit a dimension, packed; rows in, rows out."""
    return np.packbits(codes > 0, axis=-1)


class Vectors:
    """The vector of each record under one embedding identity; identities never mix."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    def identity(self) -> str | None:
        """What made the vectors in the vault; None when there are none."""
        line = self._db.conn.execute("select identity from vectors_of").fetchone()
        return str(line[0]) if line else None

    @property
    def dims(self) -> int:
        """Numbers in each vector; 0 when there are none."""
        line = self._db.conn.execute("select dims from vectors_of").fetchone()
        return int(line[0]) if line else 0

    def begin(self, identity: str, dims: int) -> None:
        """Make room for vectors of this identity; those of another one are dropped."""
        if self.identity == identity:
            return
        with writing(self._db):
            conn = self._db.conn
            conn.execute("drop table if exists record_vectors")
            conn.execute("delete from vectors_of")
            conn.execute("delete from jobs where kind = 'vectors'")
            conn.execute(_table(dims))
            conn.execute("insert into vectors_of values (1, ?, ?)", (identity, dims))

    def add(self, made: Sequence[tuple[int, bytes]]) -> None:
        """Store encoded vectors, inside the caller's transaction. Rows gone since are skipped.

        Episodes look at vectors, so those of the same conversations become due again.
        """
        conn = self._db.conn
        rows = json.dumps([row for row, _ in made])
        these = "(select value from json_each(?))"
        alive = {r for (r,) in conn.execute(f"select id from records where id in {these}", (rows,))}
        conn.execute(f"delete from record_vectors where rowid in {these}", (rows,))
        self._insert((row, code) for row, code in made if row in alive)
        conn.execute(
            "delete from jobs where kind = 'episodes' and unit in"
            f" (select conversation from records where id in {these})",
            (rows,),
        )

    def _insert(self, made: Iterable[tuple[int, bytes]]) -> None:
        self._db.conn.executemany(
            "insert into record_vectors (rowid, numbers, signs)"
            " values (?, vec_int8(?), vec_bit(?))",
            [(row, code, signs(np.frombuffer(code, np.int8)).tobytes()) for row, code in made],
        )

    def get(self, rows: Sequence[int]) -> dict[int, Codes]:
        """The eight-bit numbers of those rows that have a vector.

        The join asks for one row at a time: sqlite-vec answers `rowid = ?` by going there, and
        `rowid in (…)` by reading the whole table.
        """
        if self.identity is None:
            return {}
        lines = self._db.conn.execute(
            "select v.rowid, v.numbers from json_each(?) asked"
            " cross join record_vectors v on v.rowid = asked.value",
            (json.dumps(list(rows)),),
        )
        return {row: np.frombuffer(numbers, np.int8) for row, numbers in lines}

    def signs(self, since: int = 0) -> tuple[NDArray[np.int64], NDArray[np.uint8], int]:
        """Row numbers and packed sign bits of every vector, for a scan in memory, and the number of
        the last chunk they lie in. `since` such a number: of that chunk and those after it.

        sqlite-vec adds to its last chunk only. Read by the chunk, as it keeps them: asked for row
        by row, they take a hundred times as long.
        """
        width = -(-self.dims // 8)
        rows, bits = [np.zeros(0, np.int64)], [np.zeros((0, width), np.uint8)]
        last = since
        for chunk, used, ids, block in self._chunks(since) if width else ():
            last = chunk
            live = np.unpackbits(np.frombuffer(used, np.uint8), bitorder="little") > 0
            rows.append(np.frombuffer(ids, np.int64)[live])
            bits.append(np.frombuffer(block, np.uint8).reshape(len(live), width)[live])
        return np.concatenate(rows), np.concatenate(bits), last

    def _chunks(self, since: int) -> Iterator[tuple[int, bytes, bytes, bytes]]:
        return iter(
            self._db.conn.execute(
                "select c.chunk_id, c.validity, c.rowids, v.vectors from record_vectors_chunks c"
                " join record_vectors_vector_chunks01 v on v.rowid = c.chunk_id"
                " where c.chunk_id >= ? order by c.chunk_id",
                (since,),
            )
        )

    def every(self) -> Iterator[tuple[int, bytes]]:
        """Row and numbers of every vector, by row."""
        if self.identity is not None:
            yield from self._db.conn.execute(
                "select rowid, numbers from record_vectors order by rowid"
            )

    def count(self) -> int:
        if self.identity is None:
            return 0
        found = self._db.conn.execute("select count(*) from record_vectors_rowids").fetchone()
        return int(found[0])

    def compact(self) -> None:
        """Write the table anew, inside the caller's transaction: sqlite-vec never gives back the
        room of deleted rows, not even to VACUUM.
        """
        if self.identity is None:
            return
        kept = list(self.every())
        self._db.conn.execute("drop table record_vectors")
        self._db.conn.execute(_table(self.dims))
        self._insert(kept)

    def dead(self) -> int:
        """How many slots of the table that hold no live vector still hold numbers.

        sqlite-vec stores vectors in chunks with a bitmap of the slots in use; this looks past it.
        """
        if self.identity is None:
            return 0
        found = 0
        for part in ("00", "01"):
            for used, block in self._db.conn.execute(
                "select c.validity, v.vectors from record_vectors_chunks c"
                f" join record_vectors_vector_chunks{part} v on v.rowid = c.chunk_id"
            ):
                live = np.unpackbits(np.frombuffer(used, np.uint8), bitorder="little") > 0
                slots = np.frombuffer(block, np.uint8).reshape(len(live), -1)
                found += int(slots[~live].any(axis=1).sum())
        return found


def _table(dims: int) -> str:
    return (
        f"create virtual table record_vectors using vec0(numbers int8[{int(dims)}],"
        f" signs bit[{int(dims)}], chunk_size={_TOGETHER})"
    )
