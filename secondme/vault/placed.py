"""Records together with their positions, as they leave the vault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from secondme.vault import Vault
from secondme.vault.reading import Stored


class Placed(NamedTuple):
    stored: Stored
    order_at: str
    place: int


def placed(vault: Vault) -> Iterator[Placed]:
    """All records by source, conversation and reading order, streamed. To be asked inside
    `Vault.reading`.
    """
    positions = vault._db.conn.execute(
        "select r.order_at, r.place from records r join conversations c on c.id = r.conversation"
        " order by c.source, c.name, r.order_at, r.place, r.key"
    )
    for stored, position in zip(vault.records.every(), positions, strict=True):
        yield Placed(stored, *position)
