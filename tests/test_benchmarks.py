"""The measurements themselves run, and the promises they print are kept with room for noise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.__main__ import measure
from tests.benchmarks.locomo import recall

BENCH = Path(__file__).resolve().parents[2] / "shared" / "bench" / "locomo-dev"


def test_a_small_run_of_the_benchmark_prints_every_figure(tmp_path: Path) -> None:
    found = measure(tmp_path, 3_000)
    assert found["messages"] == 3_000
    assert all(found.values())


@pytest.mark.shared
@pytest.mark.skipif(not BENCH.is_dir(), reason="the LoCoMo conversations are not here")
def test_words_alone_find_the_evidence_in_long_chats() -> None:
    found = recall(BENCH, vectors=False)["all"]
    assert found["questions"] == 760
    assert found["R@10"] >= 72
