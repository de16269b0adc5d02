"""The screen over a large vault: first frame, key to result, the longest callback, memory.

Driven without a terminal by the keys a person would press, in a process of its own:
`python -m tests.benchmarks.screen WORD…` prints the figures as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SIZE = (100, 30)
TYPED = 120
"""Keys whose result is timed."""
CHECKOUT = Path(__file__).resolve().parent.parent.parent


def measure(vault: Path, words: list[str], models: Path) -> dict[str, float]:
    """Figures by name for the vault in this folder, which a key file opens. `words` are typed."""
    with tempfile.TemporaryDirectory() as compiled:
        kept = {name: value for name, value in os.environ.items() if name[:10] != "PYTHONDONT"}
        environment = {
            **kept, "SECONDME_VAULT": str(vault), "SECONDME_MODELS": str(models),
            "PYTHONPATH": str(CHECKOUT), "PYTHONPYCACHEPREFIX": compiled,
        }  # fmt: skip
        _run(environment, words[:1])  # the first start compiles
        return _run(environment, words)


def _run(environment: dict[str, str], words: list[str]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.screen", *words],
        env=environment, capture_output=True, text=True, check=False, cwd=CHECKOUT, timeout=300,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    from secondme.cli.screen import Door
    from secondme.paths import vault_folder
    from tui.app import SecondMeApp

    way = Door(vault_folder(None))
    app = SecondMeApp(unlock=way.unlock, create=way.create)
    print(json.dumps(asyncio.run(_drive(app, sys.argv[1:]))))


async def _drive(app: Any, words: list[str]) -> dict[str, float]:
    async with app.run_test(size=SIZE) as pilot:
        await _painted(app)
        first = time.process_time()
        while app.current_mode != "search":
            await asyncio.sleep(0.005)
        await _painted(app)
        ready = time.process_time()
        longest = _watch_callbacks()
        await pilot.pause(1)
        wall, cpu = await _type(app, words)
        await _press(pilot, "enter", "enter", *["pageup"] * 20, *["end"] * 5, "escape")
        reading = longest()
        await _press(pilot, "f3", "f4", "f5", "f6", "f7", "f8", "f2")
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "screen: first frame, CPU s": round(first, 2),
        "screen: ready for the first key, CPU s": round(ready, 2),
        "screen: key to result p50, ms": round(statistics.median(wall), 1),
        "screen: key to result p95, ms": round(sorted(wall)[int(0.95 * len(wall))], 1),
        "screen: key to result p50, CPU ms": round(statistics.median(cpu), 1),
        "screen: longest callback while searching and reading, CPU ms": round(1000 * reading, 1),
        "screen: longest while every page opens, CPU ms": round(1000 * longest(), 1),
        "screen: RSS, MB": round(rss),
    }


async def _type(app: Any, words: list[str]) -> tuple[list[float], list[float]]:
    """Milliseconds from a key to the frame with its result, by the clock and of the CPU."""
    from textual.events import Key

    page, listed = app.screen, _listed(app.screen)
    wall, cpu = [], []
    for key in " ".join(words)[:TYPED]:
        listed.clear()
        begun, spent = time.perf_counter(), time.process_time()
        app.post_message(Key("space" if key == " " else key, key))
        await listed.wait()
        await _painted(app)
        wall.append(1000 * (time.perf_counter() - begun))
        cpu.append(1000 * (time.process_time() - spent))
        if len(page.query_one("#question").value) > 40:
            page.query_one("#question").value = ""
            await asyncio.sleep(0.2)
    return wall, cpu


def _listed(page: Any) -> asyncio.Event:
    """Set whenever the search page has listed a result."""
    listed, real = asyncio.Event(), page._list

    def noticed(hits: Any) -> None:
        real(hits)
        listed.set()

    page._list = noticed
    return listed


async def _press(pilot: Any, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause(0.2)


async def _painted(app: Any) -> None:
    drawn = asyncio.Event()
    app.screen.call_after_refresh(drawn.set)
    await drawn.wait()


def _watch_callbacks() -> Callable[[], float]:
    """CPU seconds of this thread in the longest callback of the event loop from now on."""
    longest = 0.0
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        nonlocal longest
        begun = time.thread_time()
        run(handle)
        longest = max(longest, time.thread_time() - begun)

    asyncio.Handle._run = timed  # type: ignore[method-assign]
    return lambda: longest


if __name__ == "__main__":
    main()
