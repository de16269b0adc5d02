"""Exports that other people wrote and counted, where they lie beside the checkout.

Each row of a MANIFEST names a file and what is in it; `tests/promises` says what that means in our
terms, and the table in docs/sources.md is what came of it. After a change that is meant,
`python -m tests.test_shared_exports` writes the table anew.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ingest import Export, Options, detect
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread
from tests.promises import REFUSED, Sample, otherwise, promises

SHARED = Path(__file__).parents[2] / "shared"
SOURCES = Path(__file__).parents[1] / "docs" / "sources.md"
BEGIN, END = "<!-- table of samples: begin -->", "<!-- table of samples: end -->"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="no shared exports beside the checkout"),
]


@cache
def samples() -> tuple[Sample, ...]:
    return tuple(_samples())


def _samples() -> Iterator[Sample]:
    for folder in ("samples", "samples_synthetic"):
        manifest = SHARED / folder / "MANIFEST.tsv"
        if not manifest.exists():
            continue
        with manifest.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                local = row["local_path"].removeprefix(f"{folder}/")
                path = SHARED / folder / local
                yield Sample(row["format"], local, path, row["odd"], row["expected_count"])


def read(path: Path) -> tuple[Counter[str], list[str]]:
    """Records by kind, of chats with branches the visible one; and what was said not to be read."""
    options = Options(local_zone="Europe/Berlin")
    found: Counter[str] = Counter()
    said: list[str] = []
    members = Export(path).members
    for member in members:
        importer = detect(member)
        if importer is None:
            said.append(f"{member.name} is of no kind that is read.")
            continue
        try:
            for item in importer.read(member, options):
                if isinstance(item, Record):
                    found[item.kind] += _shown(item)
                elif isinstance(item, Unread):
                    said.append(item.reason)
        except UnreadableExport as error:
            assert error.hint
            said.append(str(error))
            if len(members) == 1 and not found:
                raise
    return +found, said


def _shown(record: Record) -> bool:
    return not record.meta or json.loads(record.meta).get("branch") != "alternate"


def outcome(sample: Sample) -> tuple[Counter[str], list[str]]:
    try:
        return read(sample.path)
    except UnreadableExport as error:
        return REFUSED, [str(error)]


PROMISED = [s for s in samples() if s.format in promises()] if SHARED.is_dir() else []


@pytest.mark.parametrize("sample", PROMISED, ids=lambda s: f"{s.format}-{s.path.name}")
def test_a_shared_export_has_as_many_records_as_its_manifest_says(sample: Sample) -> None:
    found, said = outcome(sample)
    stated = otherwise().get(sample.local)
    promised = stated[0] if stated else promises()[sample.format](sample)
    if promised is None:
        assert (found and found != REFUSED) or said or sample.path.stat().st_size == 0
    else:
        assert found == promised, said[:3]


def test_an_archive_that_climbs_out_of_its_folder_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    slip = SHARED / "samples_synthetic" / "whatsapp" / "zip_slip.zip"
    before = sorted(slip.parent.iterdir())
    assert read(slip)[0] == Counter(message=1)
    assert sorted(slip.parent.iterdir()) == before
    assert not list(tmp_path.rglob("*"))


def test_every_stated_difference_is_about_a_sample_that_exists() -> None:
    assert otherwise().keys() <= {sample.local for sample in samples()}


def test_the_table_in_the_documentation_says_what_is_true() -> None:
    assert table() in SOURCES.read_text(encoding="utf-8")


def test_every_format_of_the_manifests_is_promised_something() -> None:
    assert {sample.format for sample in samples()} == promises().keys()


def table() -> str:
    """By format: files, those that give what their MANIFEST counts, those that differ and why."""
    lines = [
        "| format | files | as counted | nothing counted, read | otherwise, and why |",
        "|---|---|---|---|---|",
    ]
    stated = otherwise()
    for name in sorted({sample.format for sample in PROMISED}):
        rows = [sample for sample in PROMISED if sample.format == name]
        apart = [s for s in rows if s.local in stated]
        open_ = [s for s in rows if s not in apart and promises()[name](s) is None]
        why = Counter(stated[s.local][1] for s in apart)
        reasons = "; ".join(f"{n}: {reason}" for reason, n in sorted(why.items()))
        counted = len(rows) - len(apart) - len(open_)
        lines.append(f"| {name} | {len(rows)} | {counted} | {len(open_)} | {reasons} |")
    return "\n".join(lines)


def write() -> None:
    text = SOURCES.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    SOURCES.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    write()
