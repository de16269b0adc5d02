"""The log of forgettings: each entry holds counts and keyed hashes, no content, and is chained to
the one before and signed, so that neither an entry nor its place can be changed unseen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlite_utils import Database

GENESIS = "0" * 64


class Receipt(NamedTuple):
    number: int
    id: str
    state: str
    """removed | purging | done"""
    body: dict[str, Any]
    prev: str
    hash: str
    signed: str


class Receipts:
    """Append-only, inside the caller's transactions."""

    def __init__(self, db: Database, signing_key: bytes) -> None:
        self._db = db
        self._key = Ed25519PrivateKey.from_private_bytes(signing_key)

    @property
    def public_key(self) -> str:
        return self._key.public_key().public_bytes_raw().hex()

    def append(self, at: str, counts: dict[str, int], macs: Sequence[bytes]) -> Receipt:
        """A new receipt in state `removed`, together with the tombstones it counts."""
        conn = self._db.conn
        last = conn.execute(
            "select number, hash from receipts order by number desc limit 1"
        ).fetchone() or (0, GENESIS)
        number, prev = last[0] + 1, last[1]
        body = json.dumps(
            {
                "number": number,
                "at": at,
                "counts": counts,
                "forgotten": sorted(mac.hex() for mac in macs),
                "public_key": self.public_key,
            },
            sort_keys=True,
        )
        digest = _digest(prev, body)
        signed = self._key.sign(bytes.fromhex(digest)).hex()
        name = _name(digest)
        conn.execute(
            "insert into receipts (number, id, state, body, prev, hash, signed)"
            " values (?, ?, 'removed', ?, ?, ?, ?)",
            (number, name, body, prev, digest, signed),
        )
        conn.executemany("insert or ignore into tombstones values (?)", [(m,) for m in macs])
        return Receipt(number, name, "removed", json.loads(body), prev, digest, signed)

    def adopt(self, others: Receipts) -> None:
        """Go on from another chain of the same vault, instead of this one."""
        lines = others._db.conn.execute("select * from receipts order by number").fetchall()
        self._db.conn.execute("delete from receipts")
        self._db.conn.executemany("insert into receipts values (?,?,?,?,?,?,?)", lines)

    def mark(self, before: str, after: str) -> None:
        self._db.conn.execute("update receipts set state = ? where state = ?", (after, before))

    def unfinished(self) -> bool:
        """A purge is still owed: after a crash, or because a reader held old pages."""
        found = self._db.conn.execute(
            "select exists (select 1 from receipts where state != 'done')"
        ).fetchone()
        return bool(found[0])

    def all(self) -> list[Receipt]:
        return [
            Receipt(number, name, state, _read(body), prev, digest, signed)
            for number, name, state, body, prev, digest, signed in self._db.conn.execute(
                "select number, id, state, body, prev, hash, signed from receipts order by number"
            )
        ]

    def faults(self) -> list[tuple[str, str]]:
        """(receipt, what is wrong) for every broken link, hash, signature or missing tombstone, and
        for tombstones that no receipt tells of: the last receipts were cut off.
        """
        found: list[tuple[str, str]] = []
        told: set[str] = set()
        stones = {mac.hex() for (mac,) in self._db.conn.execute("select mac from tombstones")}
        prev = GENESIS
        lines = self._db.conn.execute(
            "select number, id, body, prev, hash, signed from receipts order by number"
        ).fetchall()
        for expected, (number, name, body, linked, digest, signed) in enumerate(lines, start=1):
            if number != expected or linked != prev:
                found.append((name, "the chain is broken here"))
            if not self._is_ours(digest, signed):
                found.append((name, "its signature is not ours"))
            prev = digest
            if _digest(linked, body) != digest or name != _name(digest):
                found.append((name, "its text was changed"))
                continue
            forgotten = set(json.loads(body)["forgotten"])
            if not forgotten <= stones:
                found.append((name, "a tombstone is missing"))
            told |= forgotten
        if not found and told < stones:
            found.append(("receipts", "the end of the chain is missing"))
        return found

    def _is_ours(self, digest: str, signed: str) -> bool:
        try:
            self._key.public_key().verify(bytes.fromhex(signed), bytes.fromhex(digest))
        except (InvalidSignature, ValueError):
            return False
        return True


def _digest(prev: str, body: str) -> str:
    return hashlib.sha256(f"{prev}\n{body}".encode()).hexdigest()


def _read(body: str) -> dict[str, Any]:
    """Empty when somebody damaged it, which `faults` reports."""
    try:
        return dict(json.loads(body))
    except ValueError:
        return {}


def _name(digest: str) -> str:
    return "f" + digest[:12]
