"""Every export under `golden/` gives exactly the items written beside it.

`golden/<importer>/<name>` is an export, a file or a folder; `<name>.expected.jsonl` its items, one
a line; `<name>.options.json`, if there, what the owner said. After a change that is meant,
`python tests/test_golden_exports.py --write IMPORTER…` writes the expectations anew: read the
difference.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest import Export, Item, Options, detect
from secondme.record import Dialect, Question, Record, Unread

GOLDEN = Path(__file__).parent / "golden"
_EXPECTED = ".expected.jsonl"


def exports() -> list[Path]:
    found = GOLDEN.glob(f"*/*{_EXPECTED}")
    return sorted(path.with_name(path.name.removesuffix(_EXPECTED)) for path in found)


def options_for(path: Path) -> Options:
    said = path.with_name(path.name + ".options.json")
    fields = json.loads(said.read_text(encoding="utf-8")) if said.exists() else {}
    fields = {key: tuple(v) if isinstance(v, list) else v for key, v in fields.items()}
    return Options(**({"local_zone": "Europe/Berlin"} | fields))


def items(path: Path) -> Iterator[Item]:
    for member in Export(path).members:
        importer = detect(member)
        assert importer is not None, f"nobody recognises {member.name}"
        assert importer.name == path.parent.name
        yield from importer.read(member, options_for(path))


def as_object(item: Item) -> dict[str, Any]:
    """What differs from the defaults; tuples as JSON has them."""
    if isinstance(item, Unread):
        return {"unread": item.where, "reason": item.reason}
    if isinstance(item, Dialect):
        return {"dialect": item.name, "proof": list(item.proof)}
    if isinstance(item, Question):
        return {"question": item.about, "guess": item.guess}
    defaults = Record._field_defaults
    fields = {k: v for k, v in item._asdict().items() if k not in defaults or v != defaults[k]}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in fields.items()}


def expected(path: Path) -> list[dict[str, Any]]:
    text = path.with_name(path.name + _EXPECTED).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


@pytest.mark.parametrize("path", exports(), ids=lambda p: p.relative_to(GOLDEN).as_posix())
def test_an_export_gives_exactly_the_items_written_beside_it(path: Path) -> None:
    assert [as_object(item) for item in items(path)] == expected(path)


def test_every_golden_export_has_its_expectation() -> None:
    beside = (".expected.jsonl", ".options.json")
    files = (p for p in GOLDEN.glob("*/*") if p.parent.name != "screens")
    inputs = {p for p in files if not p.name.endswith(beside)}
    assert inputs == set(exports())


def write(importers: list[str]) -> None:
    """Also for a new export that has no expectation yet."""
    for path in sorted(path for name in importers for path in (GOLDEN / name).iterdir()):
        if not path.name.endswith((_EXPECTED, ".options.json")):
            lines = [json.dumps(as_object(i), ensure_ascii=False) + "\n" for i in items(path)]
            path.with_name(path.name + _EXPECTED).write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__" and sys.argv[1:2] == ["--write"]:
    write(sys.argv[2:])
