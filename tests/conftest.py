"""What many tests stand on: an empty vault under a raw key, and a memory with stub brains."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import settings
from stubs import KEY, NOW, StubLibrary

from secondme.brains import Library
from secondme.memory import Memory
from secondme.vault import Vault, make

# The same examples every time, so that a failure on one machine is a failure on all; set
# HYPOTHESIS_PROFILE=explore to look for new ones.
settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """An empty vault."""
    with make(tmp_path / "vault", KEY) as opened:
        yield opened


@pytest.fixture
def memory(vault: Vault) -> Memory:
    """The verbs over `vault`, with stub brains and a clock that stands still."""
    return Memory(vault, cast(Library, StubLibrary()), lambda: NOW)
