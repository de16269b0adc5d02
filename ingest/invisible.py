"""Invisible marks that phones and programs put around names, numbers and times."""

from __future__ import annotations

import re

MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
"""As the inside of a character class."""
_MARK = re.compile(f"[{MARKS}]")
_SPACES = re.compile(r"\s+")


def unmarked(text: str) -> str:
    return text if text.isascii() else _MARK.sub("", text)


def shown(name: str) -> str:
    """A name without invisible marks, which could reorder what stands around it."""
    return _SPACES.sub(" ", unmarked(name)).strip()


__all__ = ["MARKS", "shown", "unmarked"]
