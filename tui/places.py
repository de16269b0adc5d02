"""The pages by name: their keys, and where each is found when it is first gone to."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tui.page import Page


class Place(NamedTuple):
    key: str
    label: str
    module: str
    page: str

    def open(self) -> Page:
        """A new page. Its module is loaded now and not before: the first frame need not wait."""
        made: Page = getattr(import_module(self.module), self.page)()
        return made


PLACES = {
    "search": Place("f2", "Search", "tui.search", "SearchPage"),
    "ask": Place("f3", "Ask", "tui.ask", "AskPage"),
    "episodes": Place("f4", "Episodes", "tui.episodes", "EpisodesPage"),
    "facts": Place("f5", "Facts", "tui.facts", "FactsPage"),
    "profile": Place("f6", "Profile", "tui.profile", "ProfilePage"),
    "import": Place("f7", "Import", "tui.imports", "ImportPage"),
    "jobs": Place("f8", "Jobs", "tui.jobs", "JobsPage"),
}
