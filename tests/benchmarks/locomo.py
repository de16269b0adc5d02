"""Turn recall through the command line: `python -m tests.benchmarks.locomo FOLDER [--vectors]`.

FOLDER holds `X.jsonl` in the generic import format, and beside it `X.questions.jsonl`: lines of
`{question, category, gold: [ids]}`. Each conversation gets a vault of its own. R@k is the mean
share of gold messages among the first k; categories 1 to 4 count, the fifth has no answers.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

from tests.benchmarks.running import run

DEPTHS = (1, 5, 10)
UNANSWERABLE = "5"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vectors", action="store_true", help="Embed first; takes minutes.")
    arguments = parser.parse_args()
    for category, figures in recall(arguments.folder, vectors=arguments.vectors).items():
        print(f"{category:16} " + "  ".join(f"{k} {v:.1f}" for k, v in figures.items()))


def recall(folder: Path, *, vectors: bool, only: int | None = None) -> dict[str, dict[str, float]]:
    """Per category and for `all`: R@1, R@5, R@10, MRR in per cent and the number of questions."""
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    for asked in sorted(folder.glob("*.questions.jsonl"))[:only]:
        questions = [json.loads(line) for line in asked.read_text("utf-8").splitlines()]
        chat = asked.with_name(asked.name.replace(".questions", ""))
        for question, hits in zip(questions, _answers(chat, questions, vectors), strict=True):
            category = str(question["category"])
            if question["gold"] and not category.startswith(UNANSWERABLE):
                rows[category].append(_found(hits, set(question["gold"])))
    rows["all"] = [row for category in list(rows) for row in rows[category]]
    return {
        category: {name: 100 * fmean(row[name] for row in found) for name in found[0]}
        | {"questions": len(found)}
        for category, found in sorted(rows.items())
    }


def _answers(chat: Path, questions: list[dict[str, Any]], vectors: bool) -> list[list[str]]:
    with tempfile.TemporaryDirectory(prefix="secondme-locomo-") as room:
        environment = {**os.environ, "SECONDME_VAULT": str(Path(room) / "vault")}
        if not vectors:
            environment["SECONDME_MODELS"] = str(Path(room) / "no-models")
        run(environment, "init", "--key", "file")
        run(environment, "import", str(chat), "--no-distil")
        if vectors:
            run(environment, "distil", "--only", "vectors")
        lines = "".join(q["question"].replace("\n", " ") + "\n" for q in questions)
        answers = run(environment, "search", "-", "-k", str(max(DEPTHS)), give=lines)
    return [[hit["native_id"] for hit in json.loads(line)] for line in answers.splitlines()]


def _found(hits: list[str], gold: set[str]) -> dict[str, float]:
    shares = {f"R@{k}": len(gold & set(hits[:k])) / len(gold) for k in DEPTHS}
    rank = next((i for i, hit in enumerate(hits, start=1) if hit in gold), 0)
    return {**shares, "MRR": 1 / rank if rank else 0.0}


if __name__ == "__main__":
    main()
