"""Choose an export on disk: type its path, or find it in the tree."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Iterable
from functools import cache
from itertools import islice
from pathlib import Path
from zoneinfo import available_timezones

from rich.text import Text, TextType
from textual.suggester import Suggester
from textual.widgets import DirectoryTree

from tui.safe import one_line

LISTED = 500
"""Entries shown of one folder: more would hold up the screen. The path can be typed."""
LOOKED_AT = 20_000


class ExportTree(DirectoryTree):
    """Folders and files, without hidden ones."""

    ICON_NODE, ICON_NODE_EXPANDED, ICON_FILE = "▸ ", "▾ ", "  "

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """Runs in a thread."""
        shown = (path for path in islice(paths, LOOKED_AT) if not path.name.startswith("."))
        ranked = sorted(shown, key=lambda path: (not self._safe_is_dir(path), path.name.lower()))
        return ranked[:LISTED]

    def process_label(self, label: TextType) -> Text:
        """Names of files are other people's words."""
        return Text(one_line(str(label)) or "?")


def typed_path(text: str) -> Path:
    """A path as people type and paste it: with quotes, escaped blanks or a tilde."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    elif not _there(_at_home(text)):
        text = text.replace("\\ ", " ")
    return _at_home(text)


def shown_path(path: Path) -> str:
    """A path as `typed_path` takes it, short where it is in the person's own folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # not even a name
        return False


def _at_home(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # the home of nobody here
        return Path(text)


class Names(Suggester):
    """Completes the last of several names with semicolons between them: a name may hold a comma."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._names = [name for name in names if one_line(name) == name]

    async def get_suggestion(self, value: str) -> str | None:
        before, mark, begun = value.rpartition(";")
        word = begun.strip().casefold()
        found = next((n for n in self._names if n.casefold().startswith(word)), None)
        if not word or found is None:
            return None
        return f"{before}{mark}{' ' if mark else ''}{found}"


class Zones(Suggester):
    """Completes the name of a time zone."""

    async def get_suggestion(self, value: str) -> str | None:
        """`value` comes case-folded."""
        if not value:
            return None
        # In a thread: the first time, the names are read from many files.
        zones = await to_thread(_zones)
        return next((zone for zone in zones if zone.casefold().startswith(value)), None)


@cache
def _zones() -> list[str]:
    return sorted(available_timezones())
