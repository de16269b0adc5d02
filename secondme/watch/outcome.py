"""What a look found, in counts and in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Outcome:
    """What a look found; counts only, because names do not belong on a terminal that is logged."""

    read: int = 0
    imported: int = 0
    removed: int = 0
    doubtful: int = 0
    missing: int = 0
    unreadable: int = 0
    waiting: int = 0
    """Files that are still being written, or may come back: look again soon."""
    away: list[str] = field(default_factory=list)
    """Sentences about watched paths that are not there; each is said once."""

    def add(self, other: Outcome) -> None:
        for name in ("read", "imported", "removed", "doubtful", "missing", "unreadable", "waiting"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.away += other.away

    def sentences(self) -> Iterator[str]:
        if self.read:
            yield (
                f"Read {_files(self.read)}: {self.imported} new records,"
                f" {self.removed} taken out that are not there any more."
            )
        if self.doubtful:
            yield (
                f"With questions or lines that were not understood: {_files(self.doubtful)}."
                " `secondme import --dry-run PATH` shows them."
            )
        if self.unreadable:
            yield f"Not read: {_files(self.unreadable)}. `secondme watch list` names them."
        if self.missing:
            yield (
                f"Gone, and still remembered: {_files(self.missing)}."
                " `secondme watch list` names them, `secondme watch answer` settles it."
            )
        yield from self.away


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
