"""The memory as a whole: its dump, its sizes, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from secondme import dump as _dump
from secondme import show as _show
from secondme.memory.opening import Opened, at_once


class Keeping(Opened):
    """Dump, stats, doctor."""

    def dump(self, now: date | None = None) -> Iterator[str]:
        with self._vault.reading():
            yield from _dump.dump(self._vault, now)

    @at_once
    def stats(self) -> dict[str, Any]:
        return _show.stats(self._vault)

    def doctor(self) -> dict[str, Any]:
        return _show.doctor(self._vault, self._library.store)
