"""Who may ask the memory over HTTP, and what each of them was told.

A disclosure holds keyed hashes of content keys and no words: it can say that a record was told as
long as that record is here, and afterwards only how many there were.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlite_utils import Database

from secondme.errors import UsageError
from secondme.vault.connection import writing

# Nothing that is built or shown depends on these tables: see `Vault.version`.
_COUNT_LOG_WRITE = (
    "insert into settings (name, value) values ('log_writes', '1')"
    " on conflict (name) do update set value = cast(value as integer) + 1"
)


class Token(NamedTuple):
    """What is kept of a token: enough to know it again, not to make it."""

    name: str
    hash: str
    """SHA-256, hexadecimal."""
    scopes: tuple[str, ...]
    made_at: str


class Disclosure(NamedTuple):
    """Records that left through the endpoint, by content key."""

    at: str
    client: str
    act: str
    """chat | search"""
    keys: tuple[str, ...]


class Told(NamedTuple):
    """A disclosure as it is kept: of its `records`, `ids` are still here."""

    at: str
    client: str
    act: str
    records: int
    ids: tuple[str, ...]


class Clients:
    """The tables `tokens`, `disclosures` and `disclosed`."""

    def __init__(self, db: Database, mac: Callable[[str], bytes]) -> None:
        self._db = db
        self._mac = mac

    def admit(self, token: Token) -> None:
        """Keep a new token. Raises UsageError when its name is taken."""
        with writing(self._db):
            kept = self._db.conn.execute(
                "insert into tokens (name, hash, scopes, made_at) values (?, ?, ?, ?)"
                " on conflict (name) do nothing",
                (token.name, token.hash, json.dumps(token.scopes), token.made_at),
            )
            if not kept.rowcount:
                raise UsageError(
                    f"There is a token called {token.name} already.",
                    f"Choose another name, or `secondme token revoke {token.name}` first.",
                )
            self._db.conn.execute(_COUNT_LOG_WRITE)

    def tokens(self) -> list[Token]:
        """All of them, by name."""
        return [
            Token(name, digest, tuple(json.loads(scopes)), made_at)
            for name, digest, scopes, made_at in self._db.conn.execute(
                "select name, hash, scopes, made_at from tokens order by name"
            )
        ]

    def revoke(self, name: str) -> bool:
        """False when there was none of that name. What its client was told stays in the log."""
        with writing(self._db):
            gone = self._db.conn.execute("delete from tokens where name = ?", (name,))
            self._db.conn.execute(_COUNT_LOG_WRITE)
        return bool(gone.rowcount)

    def tell(self, disclosures: Sequence[Disclosure]) -> None:
        """Keep what was disclosed, all of it in one transaction."""
        with writing(self._db):
            for at, client, act, keys in disclosures:
                number = self._db.conn.execute(
                    "insert into disclosures (at, client, act) values (?, ?, ?)", (at, client, act)
                ).lastrowid
                self._db.conn.executemany(
                    "insert or ignore into disclosed (disclosure, mac) values (?, ?)",
                    [(number, self._mac(key)) for key in keys],
                )
            self._db.conn.execute(_COUNT_LOG_WRITE)

    def log(self, client: str | None, most: int) -> list[Told]:
        """The latest disclosures, newest first, of one client or of all."""
        lines = self._db.conn.execute(
            "select number, at, client, act from disclosures where coalesce(client = ?, true)"
            " order by number desc limit ?",
            (client, most),
        ).fetchall()
        alive = self._alive() if lines else {}
        return [
            Told(at, name, act, len(macs), tuple(sorted(alive[m] for m in macs if m in alive)))
            for number, at, name, act in lines
            for macs in [self._macs(number)]
        ]

    def told(self, rows: Sequence[int]) -> dict[str, int]:
        """How many of these records each client was told, by name; who was told none is left out.

        A client whose token is revoked still knows what it was told.
        """
        conn = self._db.conn
        if not conn.execute("select exists (select 1 from disclosures)").fetchone()[0]:
            return {}
        keys = conn.execute(
            "select key from records where id in (select value from json_each(?))",
            (json.dumps(rows),),
        ).fetchall()
        conn.execute("create temp table if not exists asked_about (mac blob primary key)")
        conn.execute("delete from temp.asked_about")
        conn.executemany(
            "insert into temp.asked_about values (?)", [(self._mac(key),) for (key,) in keys]
        )
        return dict(
            conn.execute(
                "select client, count(distinct mac) from disclosed"
                " join disclosures on number = disclosure"
                " where mac in (select mac from temp.asked_about) group by client order by client"
            ).fetchall()
        )

    def _macs(self, number: int) -> list[bytes]:
        return [
            mac
            for (mac,) in self._db.conn.execute(
                "select mac from disclosed where disclosure = ?", (number,)
            )
        ]

    def _alive(self) -> dict[bytes, str]:
        """Every record that is here, by the hash a disclosure would hold of it."""
        return {self._mac(key): key for (key,) in self._db.conn.execute("select key from records")}
