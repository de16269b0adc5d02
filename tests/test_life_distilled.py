"""The main job with the real models on the built-in life: nothing invented, and forgotten whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.store import Store
from secondme import paths
from secondme.evaluate import evaluate
from secondme.life import gold
from secondme.memory import Memory
from secondme.tour import live, tour

pytestmark = [pytest.mark.model, pytest.mark.xdist_group("life")]


@pytest.fixture(scope="module")
def models() -> Path:
    folder = paths.models_folder()
    if any(Store(folder).current(role) is None for role in ("embed", "chat")):
        pytest.skip("the bundled models are not here: secondme models pull minilm-l6, smollm2-135m")
    return folder


@pytest.fixture(scope="module")
def toured(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The tour once; its measures are taken before the person is forgotten in another test."""
    vault = tmp_path_factory.mktemp("life") / "vault"
    found = tour(vault, models, lambda line: None, lambda kind, done, due: None)
    with Memory.open(vault, models) as memory:
        yield {**found, "memory": memory, "measured": evaluate(memory)}


def test_every_fact_is_verbatim_and_from_its_own_speaker(toured: dict[str, Any]) -> None:
    facts = toured["measured"]["facts"]
    assert facts["facts"] > 100
    assert facts["invented"] == 0
    assert facts["from_another_speaker"] == 0


def test_assistants_injections_dreams_and_jokes_are_no_facts(toured: dict[str, Any]) -> None:
    assert toured["measured"]["facts"]["forbidden_read"] == 0


def test_the_tour_answers_its_questions_with_citations(toured: dict[str, Any]) -> None:
    assert [a["question"] for a in toured["answers"] if a["abstained"]] == []
    assert all(answer["citations"] for answer in toured["answers"])


def test_the_forgotten_person_is_in_no_line_of_the_memory(toured: dict[str, Any]) -> None:
    assert toured["forgotten"]["state"] == "done"
    assert toured["verified"]
    memory: Memory = toured["memory"]
    words = gold().forget.words
    named = [line for line in memory.dump() if any(w.casefold() in line.casefold() for w in words)]
    assert named == []


def test_everything_left_is_distilled_again(toured: dict[str, Any]) -> None:
    memory: Memory = toured["memory"]
    assert memory.distilled()["pending"] == 0
    assert memory.distilled()["failed"] == 0


def test_forgetting_took_the_persons_records_and_no_others(
    toured: dict[str, Any], models: Path, tmp_path: Path
) -> None:
    with live(tmp_path / "vault", models) as other:
        ids = {
            json.loads(line)["id"] for line in toured["memory"].dump() if '"type":"record"' in line
        }
        here = {json.loads(line)["id"] for line in other.dump() if '"type":"record"' in line}
    assert ids < here
    assert len(here - ids) == gold().forget.records
