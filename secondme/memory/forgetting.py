"""Forgetting, and the proof of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from secondme import forget as _forget
from secondme.memory.opening import Opened, at_once


class Forgetting(Opened):
    """Plan, forget, verify."""

    @at_once
    def forgetting(self, request: _forget.Request) -> dict[str, Any]:
        """The plan: exact counts and examples; nothing is touched."""
        return _forget.plan(self._vault, request, _forget.choose(self._vault, request))

    def forget(
        self,
        request: _forget.Request,
        *,
        removed: Callable[[str], object] = lambda receipt: None,
    ) -> dict[str, Any]:
        """Remove, then destroy the bytes. `state` is `done`, or `purging` when another process
        still reads old pages: any later forget, verify or distil tries again.

        `removed` is told the receipt between the two: nothing finds the records any more.
        """
        rows = _forget.choose(self._vault, request)
        plan = _forget.plan(self._vault, request, rows)
        if not rows:
            return {"plan": plan, "receipt": None, "state": "done"}
        receipt, counts = self._vault.forget(rows, self._now())
        removed(receipt)
        done = self._vault.purge()
        return {
            "plan": {**plan, **counts},
            "receipt": receipt,
            "state": "done" if done else "purging",
        }

    def finish_purge(self) -> bool:
        """True when nothing removed is waiting for its bytes to be destroyed."""
        return not self._vault.receipts.unfinished() or self._vault.purge()

    def verify(self, receipt: str | None = None) -> dict[str, Any]:
        self.finish_purge()
        return _forget.check(self._vault, receipt)
