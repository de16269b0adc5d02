"""The door to llama.cpp: loaded on first use, quiet, and never greedy for cores."""

from __future__ import annotations

import ctypes
import os
import platform
from functools import cache
from pathlib import Path
from typing import Any

from secondme.errors import Missing, ModelMissing


@cache
def llama_cpp() -> Any:
    """The `llama_cpp` module. Raises `Missing` where it is not installed.

    Its C code prints to stderr, which would paint over the screen and could put personal text into
    logs; from here on it prints nothing.
    """
    # Read once, when OpenMP loads: waiting threads sleep instead of burning a core.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import llama_cpp as module
    except ImportError as error:
        raise Missing(
            "llama-cpp-python is not installed.", "pip install llama-cpp-python"
        ) from error
    module.llama_log_set(_silence(module), None)
    return module


@cache
def _silence(module: Any) -> Any:
    """Cached for ever: C keeps the pointer, so Python must keep the object."""

    def say_nothing(level: int, text: bytes, data: ctypes.c_void_p) -> None:
        """Swallow one line of llama.cpp's log."""

    return module.llama_log_callback(say_nothing)


def version() -> str:
    """Part of every model identity: another build may round differently."""
    return f"llama-cpp-python-{llama_cpp().__version__}"


def load(path: Path) -> Any:
    """A model on the CPU, as a raw pointer for the low-level calls. Raises `ModelMissing`."""
    lib = llama_cpp()
    params = lib.llama_model_default_params()
    params.n_gpu_layers = 0
    lib.llama_backend_init()
    model = lib.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        raise ModelMissing(
            f"{path.name} cannot be loaded by llama.cpp.",
            "Pull or add it again; a very new architecture needs a newer llama-cpp-python.",
        )
    return model


def threads() -> int:
    """Physical cores, less one for the person at the screen; at least one."""
    return max(1, _physical_cores() - 1)


def _physical_cores() -> int:
    """Cores this process may use. Where the system does not say which are hyper-threads of one,
    half are taken to be (on ARM none)."""
    try:
        topology = Path("/sys/devices/system/cpu")
        usable = os.sched_getaffinity(0)
        cores = {(topology / f"cpu{n}/topology/thread_siblings_list").read_text() for n in usable}
        return len(cores)
    except (AttributeError, OSError):
        count = os.cpu_count() or 2
        return count if platform.machine() in ("arm64", "aarch64") else count // 2
