"""A taste of `make fuzz`: each importer over a few damaged exports, always the same ones."""

from __future__ import annotations

import pytest
from fuzz import GOLDEN, fuzz

from ingest import importers
from secondme.testing import pairs

ROUNDS = 8
NAMES = sorted({path.parent.name for path in pairs(GOLDEN)})


@pytest.mark.parametrize("name", NAMES)
def test_whatever_happens_to_an_export_it_ends_in_words(name: str) -> None:
    assert fuzz(name, range(1, ROUNDS + 1)) == ROUNDS


def test_every_importer_has_exports_to_be_damaged() -> None:
    assert {importer.name for importer in importers()} - set(NAMES) <= {"secondme-export"}
