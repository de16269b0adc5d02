"""The screen as a person meets it: keys go in, and what is visible is read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from snapshots import SIZE
from textual.pilot import Pilot

from ingest import Options
from secondme.memory import Memory
from tui import search
from tui.app import SecondMeApp

FOLDERS = "_loader"
"""The worker of a tree of folders, which waits for more to open as long as the tree is there."""


def import_lines(memory: Memory, folder: Path, lines: Sequence[dict[str, Any]]) -> None:
    """Real records, through a file of the generic format, and everything distilled from them."""
    export = folder / "export.jsonl"
    export.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    memory.import_([export], Options())
    memory.distil()
    export.unlink()


@asynccontextmanager
async def at(memory: Memory, *keys: str) -> AsyncIterator[Pilot[None]]:
    """The program over this memory, after these keys, at rest."""
    search.TYPED = 0.02  # one key after the other, each as if it were the last
    app = SecondMeApp(memory.another())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await rest(pilot)
        await press(pilot, *keys)
        yield pilot


async def press(pilot: Pilot[None], *keys: str) -> None:
    """One after another, each with all that it sets going."""
    for key in keys:
        await pilot.press(key)
        await rest(pilot)


async def write(pilot: Pilot[None], text: str) -> None:
    """Typed quickly: nobody waits for the answer between two letters."""
    await pilot.press(*("minus" if c == "-" else "space" if c == " " else c for c in text))
    await rest(pilot)


async def rest(pilot: Pilot[None]) -> None:
    """Until no verb is under way and everything is drawn."""
    await pilot.pause()
    await _typed(pilot)
    while busy := [w for w in pilot.app.workers if w.is_running and w.group != FOLDERS]:
        await pilot.app.workers.wait_for_complete(busy)
        await pilot.pause()
    # What was shown may have changed the layout, which is drawn one round later.
    await pilot.pause()


async def _typed(pilot: Pilot[None]) -> None:
    """Until a question on the search page counts as typed."""
    timer = getattr(pilot.app.screen, "_until_typed", None)
    while timer is not None and timer._task is not None and not timer._task.done():
        await asyncio.sleep(0.01)
    await pilot.pause()


def seen(pilot: Pilot[None]) -> str:
    """Every character on the screen."""
    strips = pilot.app.screen._compositor.render_strips(pilot.app.size)
    return "\n".join(strip.text for strip in strips)


def drive(play: Callable[[], Awaitable[None]]) -> None:
    """Tests are plain functions."""

    async def run() -> None:
        await play()

    asyncio.run(run())
