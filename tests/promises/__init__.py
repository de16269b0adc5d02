"""What the MANIFESTs of exports that other people wrote promise, in our terms: one file a family.

Each module has `FORMATS`, for every format of the MANIFEST a function from a sample to the records
that it must give, counted by kind; None where the MANIFEST counts nothing, and then the sample must
give something or say why not. Where our count differs on purpose, the sample stands in `OTHERWISE`
with our count and the reason. A count may be `REFUSED`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import NamedTuple

REFUSED: Counter[str] = Counter({"refused": 1})
"""The member cannot be read at all, and says so."""


class Sample(NamedTuple):
    format: str
    local: str
    """Its path below `samples` or `samples_synthetic`."""
    path: Path
    odd: str
    expected: str
    """The MANIFEST's own words."""


Promise = Callable[[Sample], Counter[str] | None]
Otherwise = dict[str, tuple[Counter[str], str]]


def promises() -> dict[str, Promise]:
    return {name: promise for module in _modules() for name, promise in module.FORMATS.items()}


def otherwise() -> Otherwise:
    return {local: stated for module in _modules() for local, stated in module.OTHERWISE.items()}


def _modules() -> Iterator:
    for found in sorted(iter_modules(__path__), key=lambda m: m.name):
        yield import_module(f"{__name__}.{found.name}")
