"""A taste of `make fuzz`: each importer over a few damaged exports, always the same ones."""

from __future__ import annotations

import pytest
from fuzz import GOLDEN, fuzz

from ingest import importers
from secondme.testing import pairs

ROUNDS = 4
NAMES = sorted({importer.name for importer in importers()})
REFUSED = {"cursor", "onenote", "spreadsheet"}
"""Nothing of them can be read, so that nothing can be expected."""


@pytest.mark.parametrize("name", NAMES)
def test_whatever_happens_to_an_export_it_ends_in_words(name: str) -> None:
    assert fuzz(name, range(1, ROUNDS + 1)) == ROUNDS


def test_every_importer_has_exports_to_be_damaged() -> None:
    """What `secondme export` writes is made from a vault, in tests of its own."""
    own = {path.parent.name for path in pairs(GOLDEN)}
    assert set(NAMES) - own == REFUSED | {"secondme-export"}
