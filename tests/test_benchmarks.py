"""The measurements themselves run, and the promises they print are kept with room for noise."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.benchmarks import parsing, speed
from tests.benchmarks.chat import chat
from tests.benchmarks.locomo import recall

BENCH = Path(__file__).resolve().parents[2] / "shared" / "bench" / "locomo-dev"


def test_a_small_run_of_the_benchmark_prints_every_figure(tmp_path: Path) -> None:
    export = tmp_path / "WhatsApp Chat with Bench.txt"
    export.write_text("".join(chat(3_000)), encoding="utf-8")
    environment = {**os.environ, "SECONDME_VAULT": str(tmp_path / "vault"), "TZ": "Europe/Berlin"}
    environment["SECONDME_MODELS"] = str(tmp_path / "no-models")
    filled, query = speed.baseline(tmp_path / "raw.db", export)
    found = {
        **speed.imported(environment, export, filled),
        **speed.searched(environment, query),
        **speed.searched_with_vectors(environment),
        **speed.helped(environment),
    }
    assert len(found) == 17
    assert all(found.values())


@pytest.mark.shared
@pytest.mark.skipif(not BENCH.is_dir(), reason="the LoCoMo conversations are not here")
def test_words_alone_find_the_evidence_in_long_chats() -> None:
    found = recall(BENCH, vectors=False)["all"]
    assert found["questions"] == 760
    assert found["R@10"] >= 72


def test_each_source_of_the_parse_rates_is_read_whole(tmp_path: Path) -> None:
    found = parsing.parsed(tmp_path, messages=300, runs=1)
    assert len(found) == len(parsing.FILES)
    assert all(found.values())
