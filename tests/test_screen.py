"""The screen, driven by keys."""

from __future__ import annotations

import asyncio
from typing import Any

from textual.app import App
from textual.widgets import OptionList, Static

from secondme.record import Hit
from tui.search import SearchScreen

HITS = (
    Hit("r1", "record", 1.0, "Sardines in Lisbon", "Ada", "2024-05-01T09:30:00Z", "s", "c", None),
    Hit("r2", "record", 0.5, "\x1b[31mred\u202e", "Bea", None, "s", "c", None),
)


def _show(key: str) -> dict[str, Any]:
    hit = next(h for h in HITS if h.id == key)
    before = [{"id": "r0", "author": "Bea", "at": None, "text": "Where did we eat?"}]
    return {
        "id": key, "author": hit.author, "sent_at": hit.at, "text": hit.text,
        "before": before, "after": [],
    }  # fmt: skip


class _App(App[None]):
    def on_mount(self) -> None:
        self.push_screen(SearchScreen(lambda q: HITS if "sardine" in q else (), _show))


def test_typing_finds_and_the_arrow_keys_show_it_where_it_was_said() -> None:
    async def drive() -> None:
        app = _App()
        async with app.run_test() as pilot:
            await pilot.press(*"sardines")
            await app.workers.wait_for_complete()
            await pilot.pause()
            options = app.screen.query_one("#hits", OptionList)
            assert options.option_count == 2
            await pilot.press("enter", "down")
            await app.workers.wait_for_complete()
            await pilot.pause()
            shown = str(app.screen.query_one("#record", Static).render())
            assert "Where did we eat?" in shown
            await pilot.press("down")
            await app.workers.wait_for_complete()
            await pilot.pause()
            shown = str(app.screen.query_one("#record", Static).render())
            assert "red" in shown
            assert "\x1b" not in shown
            assert "\u202e" not in shown

    asyncio.run(drive())


def test_what_finds_nothing_shows_nothing() -> None:
    async def drive() -> None:
        app = _App()
        async with app.run_test() as pilot:
            await pilot.press(*"zebra")
            await app.workers.wait_for_complete()
            await pilot.pause()
            assert app.screen.query_one("#hits", OptionList).option_count == 0

    asyncio.run(drive())
