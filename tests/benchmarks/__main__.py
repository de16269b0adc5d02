"""What 100,000 encrypted messages cost: to import, to search, on the screen and over HTTP.

Machines differ and are busy: ratios to the baseline of the same run are what can be compared. Where
a figure has a bar, it stands beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

from secondme import paths
from tests.benchmarks import endpoint, parsing, screen, speed
from tests.benchmarks.bars import MEANING, line
from tests.benchmarks.chat import chat, queries
from tests.benchmarks.running import run
from tests.benchmarks.speed import Figures

_FIRST_TOKEN = """
import json
from tests.benchmarks.endpoint import first_token
print(json.dumps(first_token()))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=30, help="How long programs ask at once.")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found: Figures = {}
    with tempfile.TemporaryDirectory(prefix="secondme-bench-") as room:
        for figures in measure(Path(room), arguments.messages, arguments.seconds):
            found |= figures
            if not arguments.json:
                print("\n".join(line(*figure) for figure in figures.items()), flush=True)
    if arguments.json:
        print(json.dumps(found))


def measure(room: Path, messages: int, seconds: float) -> Iterator[Figures]:
    """Figures by name, as they come; times are of this process's children."""
    models = paths.models_folder()
    export = room / "WhatsApp Chat with Bench.txt"
    export.write_text("".join(chat(messages)), encoding="utf-8")
    bare = {**os.environ, "SECONDME_VAULT": str(room / "vault"), "TZ": "Europe/Berlin"}
    bare["SECONDME_MODELS"] = str(room / "no-models")
    able = {**bare, "SECONDME_MODELS": str(models)}
    yield {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "load average": f"{os.getloadavg()[0]:.1f}",
        "messages": messages,
    }
    yield parsing.parsed(room, messages=messages)
    filled, query = speed.baseline(room / "raw.db", export)
    yield speed.imported(bare, export, filled)
    yield speed.helped(bare)
    yield speed.searched(bare, query)
    yield screen.measure(room / "vault", queries(), room / "no-models")
    yield endpoint.searches(bare, seconds=seconds)
    yield speed.searched_with_vectors(able)
    yield _named(MEANING, screen.measure(room / "vault", queries(), models))
    yield _named(MEANING, endpoint.searches(able, seconds=seconds))
    yield json.loads(run(able, script=_FIRST_TOKEN))
    yield {"load average, at the end": f"{os.getloadavg()[0]:.1f}"}


def _named(prefix: str, figures: Figures) -> Figures:
    return {f"{prefix}{name}": value for name, value in figures.items()}


if __name__ == "__main__":
    main()
