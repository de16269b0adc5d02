"""Every importer over damaged exports, for as long as one likes: `make fuzz`.

    python -m tests.fuzz 60 whatsapp mail        seconds for each, and which (all of them)

Fails on anything but `UnreadableExport`, on a record against the contract, and on one input that
takes more than ten seconds. What failed is kept in a folder of its own, with the error beside it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count, takewhile
from pathlib import Path
from random import Random
from typing import Any

from ingest import Export, Options, importers
from secondme.errors import UnreadableExport
from secondme.importing import named
from secondme.testing import (
    SLOW,
    check_contract,
    damaged,
    options_for,
    pairs,
    read_anything,
    rewritten,
)

GOLDEN = Path(__file__).parent / "golden"
STEP = 20
SIZES = (0, 1, 3, 40, 600, 9000)


class TooSlowError(Exception):
    """One input kept a reader busy for longer than anybody waits."""


class Fuzzed:
    """The golden exports of one importer, or some of the others', copied to be damaged."""

    def __init__(self, name: str, into: Path) -> None:
        self.name = name
        self._importer = named(name)
        self._files: list[tuple[Path, Path, bytes, Options]] = []
        own = [path for path in pairs(GOLDEN) if path.parent.name == name]
        for path in own or pairs(GOLDEN)[::STEP]:
            copy = into / path.parent.name / path.name
            copy.parent.mkdir(exist_ok=True)
            shutil.copytree(path, copy) if path.is_dir() else shutil.copy(path, copy)
            inside = copy.rglob("*") if path.is_dir() else [copy]
            for file in sorted(p for p in inside if p.is_file()):
                self._files.append((copy, file, file.read_bytes(), options_for(path)))

    def once(self, chance: Random) -> None:
        """Damage one file, and read it as whatever it looks like then and as what it was."""
        export, file, data, options = chance.choice(self._files)
        file.write_bytes(_broken(data, chance))
        try:
            with _in_time():
                read_anything(export, options)
                self._read_as_ours(export, options)
        finally:
            self.last = file
        file.write_bytes(data)

    def _read_as_ours(self, export: Path, options: Options) -> None:
        """Also what the recogniser would turn away: `--source` can name any importer."""
        try:
            for member in Export(export).members:
                assert self._importer is not None
                items = self._importer.read(member, options)
                check_contract([item for item in items if not _has_id(item)])
        except UnreadableExport as error:
            assert error.hint, f"an error without a way out: {error}"


def _has_id(item: Any) -> bool:
    """Damage may well make two ids one."""
    return getattr(item, "native_id", None) is not None


def _broken(data: bytes, chance: Random) -> bytes:
    kind = chance.random()
    if kind < 0.05:
        return chance.randbytes(chance.choice(SIZES))
    if kind < 0.15 and (other := list(rewritten(data).values())):
        data = chance.choice(other)
    return damaged(data, chance)


@contextmanager
def _in_time() -> Iterator[None]:
    """`re` and Python code can be interrupted; what cannot is found out afterwards."""

    def stop(*_: object) -> None:
        raise TooSlowError(f"more than {SLOW:.0f} seconds for one input")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 3 * SLOW)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def fuzz(name: str, rounds: Iterable[int], seed: int = 0) -> int:
    """How often it was read. Whatever is wrong is raised."""
    done = 0
    with tempfile.TemporaryDirectory(dir=_fast()) as folder:
        fuzzed = Fuzzed(name, Path(folder))
        for done in rounds:
            try:
                fuzzed.once(Random(f"{seed} {name} {done}"))
            except BaseException:
                _keep(fuzzed.last, name, seed, done)
                raise
    return done


def _for(seconds: float) -> Iterator[int]:
    ends = time.monotonic() + seconds
    return takewhile(lambda _: time.monotonic() < ends, count(1))


def _keep(file: Path, name: str, seed: int, rounds: int) -> None:
    kept = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    shutil.copy(file, kept / file.name)
    (kept / "error.txt").write_text(traceback.format_exc(), encoding="utf-8")
    print(f"{name}: round {rounds} of seed {seed} failed; kept in {kept}")


def _fast() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def main(arguments: list[str]) -> int:
    seconds = float(arguments[0]) if arguments else 60.0
    names = arguments[1:] or dict.fromkeys(importer.name for importer in importers())
    seed = int(os.environ.get("FUZZ_SEED", time.time()))
    failed = 0
    for name in names:
        try:
            print(f"{name}: {fuzz(name, _for(seconds), seed):,} times, nothing found", flush=True)
        except Exception as error:
            failed += 1
            print(f"{name}: {type(error).__name__}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
