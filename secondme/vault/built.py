"""What was distilled: episodes and facts with their evidence, and the state of the jobs that build
them. All of it can be thrown away and built again from the records.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlite_utils import Database


class Span(NamedTuple):
    """`start:stop` of one record's text."""

    record: int
    start: int
    stop: int


class EpisodeRow(NamedTuple):
    key: str
    conversation: int
    built_by: str
    title: str
    keywords: tuple[str, ...]
    first_at: str
    summary: str
    records: tuple[int, ...]
    evidence: tuple[Span, ...]


class FactRow(NamedTuple):
    key: str
    record: int
    built_by: str
    category: str
    slot: str
    statement: str
    confidence: float
    evidence: tuple[Span, ...]


class Failure(NamedTuple):
    kind: str
    unit: int
    error: str
    attempts: int


class Built:
    """Tables of derived lines and of the jobs behind them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # -- jobs ---------------------------------------------------------------------------------

    def due_records(
        self, kind: str, built_by: str, *, eligible: str = "1", retry: bool = False
    ) -> list[int]:
        """Rows of records whose job of this kind is missing, or was done by another build.

        `eligible` is one of the conditions below, never a person's input. Failed ones wait for
        `retry`.
        """
        states = "('done')" if retry else "('done', 'failed')"
        return [
            row
            for (row,) in self._db.conn.execute(
                f"select r.id from records r where ({eligible}) and not exists ("
                " select 1 from jobs j where j.kind = ? and j.unit = r.id and j.built_by = ?"
                f" and j.state in {states}) order by r.conversation, r.order_at, r.place, r.key",
                (kind, built_by),
            )
        ]

    def due_conversations(self, built_by: str, *, retry: bool = False) -> list[int]:
        """Conversations whose episodes are missing or made by another build."""
        states = "('done')" if retry else "('done', 'failed')"
        return [
            row
            for (row,) in self._db.conn.execute(
                "select c.id from conversations c where not exists (select 1 from jobs j"
                " where j.kind = 'episodes' and j.unit = c.id and j.built_by = ?"
                f" and j.state in {states}) order by c.source, c.name",
                (built_by,),
            )
        ]

    def done(self, kind: str, units: Sequence[int], built_by: str) -> None:
        """Inside the caller's transaction. Units that were forgotten meanwhile leave no trace."""
        table = "conversations" if kind == "episodes" else "records"
        self._db.conn.executemany(
            "insert into jobs (kind, unit, built_by, state, error, attempts)"
            f" select ?, ?, ?, 'done', '', 0 where exists (select 1 from {table} where id = ?)"
            " on conflict do update set built_by = excluded.built_by, state = 'done', error = ''",
            [(kind, unit, built_by, unit) for unit in units],
        )

    def failed(self, kind: str, unit: int, built_by: str, error: str) -> None:
        """Note a failure by the name of its class: its message could quote somebody. Inside the
        caller's transaction, which has seen that the unit is still what failed.
        """
        self._db.conn.execute(
            "insert into jobs values (?, ?, ?, 'failed', ?, 1) on conflict do update set"
            " built_by = excluded.built_by, state = 'failed', error = excluded.error,"
            " attempts = attempts + 1",
            (kind, unit, built_by, error),
        )

    def failures(self) -> list[Failure]:
        lines = self._db.conn.execute(
            "select kind, unit, error, attempts from jobs where state = 'failed'"
            " order by kind, unit"
        )
        return [Failure(*line) for line in lines]

    # -- episodes -----------------------------------------------------------------------------

    def inputs(self, conversation: int) -> list[tuple[int, str | None]]:
        """What a conversation's episodes are built from: its records in reading order, each with
        what made its vector. What the records say is for `Reading.unchanged` to compare.
        """
        lines = self._db.conn.execute(
            "select r.id, j.built_by || j.state from records r left join jobs j"
            " on j.kind = 'vectors' and j.unit = r.id where r.conversation = ?"
            " order by r.order_at, r.place, r.key",
            (conversation,),
        )
        return [(row, made_by) for row, made_by in lines]

    def replace_episodes(
        self, conversation: int, built_by: str, episodes: Sequence[EpisodeRow]
    ) -> None:
        """Make these the conversation's episodes. Inside the caller's transaction, which has seen
        that what they were built from has not changed since.
        """
        self._drop_episodes("conversation = ?", (conversation,))
        for episode in episodes:
            self._insert_episode(episode)
        self.done("episodes", [conversation], built_by)

    def _insert_episode(self, e: EpisodeRow) -> None:
        conn = self._db.conn
        row = conn.execute(
            "insert into episodes (key, conversation, built_by, title, keywords, first_at, summary)"
            " values (?,?,?,?,?,?,?) returning id",
            (e.key, e.conversation, e.built_by, e.title, _json(e.keywords), e.first_at, e.summary),
        ).fetchone()[0]
        conn.executemany(
            "insert into episode_records values (?, ?)", [(row, member) for member in e.records]
        )
        self._insert_evidence(e.key, e.evidence)

    def _drop_episodes(self, where: str, values: Sequence[int]) -> None:
        conn = self._db.conn
        which = f"(select id from episodes where {where})"
        conn.execute(
            f"delete from evidence where of in (select key from episodes where {where})", values
        )
        conn.execute(f"delete from episode_records where episode in {which}", values)
        conn.execute(f"delete from episodes where {where}", values)

    def episodes(self, rows: Sequence[int] | None = None) -> list[EpisodeRow]:
        """All episodes, or those that hold any of `rows`, by time and key."""
        where, values = "1", ()
        if rows is not None:
            where = (
                "id in (select episode from episode_records"
                " where record in (select value from json_each(?)))"
            )
            values = (json.dumps(list(rows)),)  # type: ignore[assignment]
        lines = self._db.conn.execute(
            "select id, key, conversation, built_by, title, keywords, first_at, summary"
            f" from episodes where {where} order by first_at, key",
            values,
        ).fetchall()
        return [
            EpisodeRow(
                key,
                conversation,
                built_by,
                title,
                tuple(json.loads(keywords)),
                first_at,
                summary,
                self._members(row),
                self._evidence(key),
            )
            for row, key, conversation, built_by, title, keywords, first_at, summary in lines
        ]

    def _members(self, episode: int) -> tuple[int, ...]:
        lines = self._db.conn.execute(
            "select r.id from episode_records e join records r on r.id = e.record"
            " where e.episode = ? order by r.order_at, r.place, r.key",
            (episode,),
        )
        return tuple(row for (row,) in lines)

    # -- facts --------------------------------------------------------------------------------

    def replace_facts(self, record: int, built_by: str, facts: Sequence[FactRow]) -> None:
        """Make these the facts of one record. Inside the caller's transaction, which has seen that
        the record is still what they were read from.
        """
        conn = self._db.conn
        conn.execute(
            "delete from evidence where of in (select key from facts where record = ?)", (record,)
        )
        conn.execute("delete from facts where record = ?", (record,))
        for f in facts:
            conn.execute(
                "insert into facts (key, record, built_by, category, slot, statement, confidence)"
                " values (?,?,?,?,?,?,?)",
                (f.key, f.record, f.built_by, f.category, f.slot, f.statement, f.confidence),
            )
            self._insert_evidence(f.key, f.evidence)
        self.done("facts", [record], built_by)

    def facts(self) -> Iterator[FactRow]:
        """All facts as they were read, by key."""
        spans: dict[str, list[Span]] = defaultdict(list)
        for of, *span in self._db.conn.execute(
            "select of, record, start, stop from evidence where of in (select key from facts)"
            " order by of, start"
        ):
            spans[of].append(Span(*span))
        for line in self._db.conn.execute(
            "select key, record, built_by, category, slot, statement, confidence from facts"
            " order by key"
        ).fetchall():
            yield FactRow._make((*line, tuple(spans[line[0]])))

    def facts_of(self, record: int) -> list[str]:
        """Keys of the facts that were read from one record."""
        lines = self._db.conn.execute(
            "select key from facts where record = ? order by key", (record,)
        )
        return [key for (key,) in lines]

    def _insert_evidence(self, of: str, spans: Sequence[Span]) -> None:
        self._db.conn.executemany(
            "insert into evidence (of, record, start, stop) values (?,?,?,?)",
            [(of, s.record, s.start, s.stop) for s in spans],
        )

    def _evidence(self, of: str) -> tuple[Span, ...]:
        lines = self._db.conn.execute(
            "select e.record, e.start, e.stop from evidence e join records r on r.id = e.record"
            " where e.of = ? order by r.order_at, r.place, r.key, e.start",
            (of,),
        )
        return tuple(Span(*line) for line in lines)

    def counts(self) -> dict[str, int]:
        one = self._db.conn.execute
        return {
            name: one(f"select count(*) from {name}").fetchone()[0]
            for name in ("episodes", "facts")
        }


def _json(values: Sequence[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)
