"""Bringing in, and taking back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ingest import Options
from models import hearing, seeing
from secondme import importing
from secondme.memory.opening import Opened
from secondme.perceiving import Senses


class Bringing(Opened):
    """Import, look at the imports, undo one."""

    def import_(
        self,
        paths: Sequence[Path],
        options: Options,
        *,
        source: str | None = None,
        dry_run: bool = False,
        ask_again: bool = False,
        progress: importing.Progress | None = None,
        read_pictures: bool = False,
        transcribe: bool = False,
    ) -> dict[str, Any]:
        """Raises `Missing` where pictures or voice notes are wanted and their extra is absent."""
        senses = Senses(
            seeing.reader() if read_pictures else None, hearing.listener() if transcribe else None
        )
        return importing.bring_in(
            self._vault, paths, options, at=self._now(), source=source, dry_run=dry_run,
            ask_again=ask_again, progress=progress, senses=senses,
        )  # fmt: skip

    def batches(self) -> list[dict[str, Any]]:
        return self._vault.batches()

    def undo(self, batch: int) -> dict[str, int]:
        removed, kept = self._vault.undo(batch)
        return {"removed": removed, "kept_by_other_batches": kept}
