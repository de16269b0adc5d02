"""Pictures of the screen for the documentation, over the built-in life and with the real models.

    python -m tests.shots FOLDER

The clock stands still, so that the same program draws the same pictures.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from driving import press, rest
from snapshots import picture
from textual import events
from textual.pilot import Pilot

from ingest import Options
from secondme.forget import Request
from secondme.life import folder, gold
from secondme.memory import Memory
from secondme.paths import models_folder
from tui.app import SecondMeApp

SIZE = (110, 32)
LIFE = gold()
NOW = f"{LIFE.now}T12:00:00Z"

Play = Callable[[Pilot[None]], Coroutine[Any, Any, None]]


def main() -> None:
    into = Path(sys.argv[1])
    into.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.gettempdir()) / "secondme-shots"  # it is seen in a picture
    room.mkdir(mode=0o700)
    try:
        draw_all(room, into)
    finally:
        shutil.rmtree(room)


def draw_all(room: Path, into: Path) -> None:
    home = room / LIFE.owner[0].split()[0].lower()
    shutil.copytree(folder(), home / "exports")
    os.environ.update(HOME=str(home), TZ=LIFE.zone)
    with empty(room / "new") as memory:
        draw(memory, importing, into / "import.svg")
    with empty(room / "old") as memory:
        memory.import_([home / "exports"], Options(LIFE.owner, LIFE.zone))
        memory.distil(progress=tell)
        for name, play in PLAYS.items():
            draw(memory, play, into / f"{name}.svg")


def empty(vault: Path) -> Memory:
    Memory.create(vault, "file", passphrase=None, key_file=None)
    return Memory.open(vault, models_folder(), now=lambda: NOW)


def tell(kind: str, done: int, due: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{kind}: {done} of {due}", end="", file=sys.stderr, flush=True)


def draw(memory: Memory, play: Play, path: Path) -> None:
    async def run() -> None:
        app = SecondMeApp(memory.another())
        async with app.run_test(size=SIZE) as pilot:
            await rest(pilot)
            await play(pilot)
            path.write_text(picture(app), encoding="utf-8")

    asyncio.run(run())
    print(path)


async def typed(pilot: Pilot[None], text: str) -> None:
    pilot.app.screen.post_message(events.Paste(text))
    await rest(pilot)


async def importing(pilot: Pilot[None]) -> None:
    await press(pilot, "f7")
    await typed(pilot, "~/exports")
    await press(pilot, "enter")


async def searching(pilot: Pilot[None]) -> None:
    await typed(pilot, "accordion at the flea market")
    await press(pilot, "enter")


async def asking(pilot: Pilot[None]) -> None:
    await press(pilot, "f3")
    await typed(pilot, LIFE.demo[0])
    await press(pilot, "enter")


async def facts(pilot: Pilot[None]) -> None:
    await press(pilot, "f5", "ctrl+f", "shift+tab")
    await typed(pilot, "me")
    await press(pilot, "tab", "tab", "tab", *["down"] * 3)


async def forgetting(pilot: Pilot[None]) -> None:
    assert isinstance(pilot.app, SecondMeApp)
    pilot.app.forget(Request(person=LIFE.forget.person, mentions=True))
    await rest(pilot)


PLAYS: dict[str, Play] = {
    "search": searching,
    "ask": asking,
    "facts": facts,
    "forget": forgetting,
}

if __name__ == "__main__":
    main()
