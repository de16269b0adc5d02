"""Set up the private environment: find or fetch uv, then install what uv.lock names into .venv.

Standard library only, because it runs before anything is installed. A first run compiles llama.cpp,
which takes minutes, so its progress is shown; later runs notice that nothing is missing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRIVATE = ROOT / ".uv"
STEP = re.compile(r"\[(\d+)/(\d+)\]")
HEARTBEAT = 20
"""Seconds between two lines where no terminal shows a moving one."""


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what tells people
        return _refuse("secondme needs Python 3.11 or newer.", "Install it and run make again.")
    uv = _uv()
    if uv is None:
        return _refuse(
            "uv could not be installed: this Python has neither venv nor pip.",
            "On Debian or Ubuntu: sudo apt install python3-venv",
        )
    if not _compiled() and not _compiler():
        return _refuse(
            "A C++ compiler is needed once, to build llama.cpp, and none was found.",
            "Debian or Ubuntu: sudo apt install g++ · Fedora: sudo dnf install gcc-c++ ·"
            " macOS: xcode-select --install",
        )
    return _sync(uv)


def _refuse(what: str, hint: str) -> int:
    print(f"{what}\n→ {hint}", file=sys.stderr)
    return 69


def _compiler() -> bool:
    names = (os.environ.get("CXX", ""), "c++", "g++", "clang++", "cl")
    return any(name and shutil.which(name.split()[0]) for name in names)


def _compiled() -> bool:
    return any((ROOT / ".venv").glob("**/llama_cpp/__init__.py"))


def _uv() -> list[str] | None:
    """How to call uv: the owner's, or one of our own that no system directory learns of."""
    found = shutil.which("uv")
    if found:
        return [found]
    ours = PRIVATE / ("Scripts/uv.exe" if os.name == "nt" else "bin/uv")
    if ours.exists():
        return [str(ours)]
    print("installing uv privately into .uv", file=sys.stderr, flush=True)
    venv = [sys.executable, "-m", "venv", "--clear", str(PRIVATE)]
    if subprocess.run(venv, capture_output=True).returncode == 0:
        python = PRIVATE / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if subprocess.run([str(python), "-m", "pip", "install", "-q", "uv"]).returncode == 0:
            return [str(ours)]
    # Debian's Python comes without venv's parts and refuses a system-wide pip, but not a folder.
    shutil.rmtree(PRIVATE, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--target", str(PRIVATE), "uv"]
    if subprocess.run(pip).returncode == 0 and ours.exists():
        return [str(ours)]
    return None


def _sync(uv: list[str]) -> int:
    command = [*uv, "sync", "--frozen", "--verbose", "--python", sys.executable]
    environment = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    assert process.stderr is not None
    tail: list[str] = []
    shown = time.monotonic()
    for line in process.stderr:
        tail = [*tail, line][-40:]
        step = STEP.search(line)
        if step and " -c " in line:
            shown = _show(f"compiling llama.cpp: {step[1]} of {step[2]}", shown)
    code = process.wait()
    if sys.stderr.isatty():
        print(end="\r\x1b[K", file=sys.stderr)
    if code:
        print("".join(tail), file=sys.stderr)
        return _refuse("The environment could not be set up.", "The last lines above say why.")
    return 0


def _show(text: str, shown: float) -> float:
    """Always on a terminal; now and then in a log. Returns when something was last shown."""
    if sys.stderr.isatty():
        print(end=f"\r\x1b[K{text}", file=sys.stderr, flush=True)
    elif time.monotonic() - shown >= HEARTBEAT:
        print(text, file=sys.stderr, flush=True)
        return time.monotonic()
    return shown


if __name__ == "__main__":
    sys.exit(main())
