"""Exports that other people wrote and counted, where they lie beside the checkout.

Each row of a MANIFEST names a file and what is in it. Where our count differs on purpose, the
reason stands in `OTHERWISE`.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from ingest import Export, Item, Options, detect
from secondme.errors import UnreadableExport
from secondme.record import Record

SHARED = Path(__file__).parents[2] / "shared"
FORMATS = {"whatsapp", "telegram_json", "chatgpt", "claude_ai", "mbox", "email"}
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="no shared exports beside the checkout"),
]


class Count(NamedTuple):
    messages: int
    events: int


_POLYLOGUE = "chatgpt/Sinity__polylogue/polylogue/schemas/providers/chatgpt/representatives/"
OTHERWISE: dict[str, tuple[Count, str]] = {
    "telegram_json/truncated.json": (
        Count(0, 1),
        "one record is complete before the break: the notice of a call",
    ),
    _POLYLOGUE + "sample-01.json": (
        Count(1, 0),
        "two of the three nodes are an assistant's, and a redactor renamed their recipient `all`:"
        " what the model addresses to anything else is a call of a tool",
    ),
}


class Sample(NamedTuple):
    format: str
    local: str
    path: Path
    expected: str


def samples() -> list[Sample]:
    found = []
    for folder in ("samples", "samples_synthetic"):
        manifest = SHARED / folder / "MANIFEST.tsv"
        if not manifest.exists():
            continue
        with manifest.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                if row["format"] in FORMATS:
                    local = row["local_path"].removeprefix(f"{folder}/")
                    path = SHARED / folder / local
                    found.append(Sample(row["format"], local, path, row["expected_count"]))
    return found


def read(path: Path) -> list[Item]:
    options = Options(local_zone="Europe/Berlin")
    items: list[Item] = []
    for member in Export(path).members:
        if importer := detect(member):
            items += importer.read(member, options)
    return items


def counted(items: list[Item]) -> Count:
    records = [item for item in items if isinstance(item, Record)]
    shown = [r for r in records if not r.meta or json.loads(r.meta).get("branch") != "alternate"]
    kinds = Counter(record.kind == "event" for record in shown)
    return Count(kinds[False], kinds[True])


def promised(sample: Sample) -> Count:
    """What the MANIFEST's words mean for us: mails for mailboxes, what the app shows for chats."""
    if sample.local in OTHERWISE:
        return OTHERWISE[sample.local][0]
    if sample.format == "chatgpt":
        return Count(_chatgpt(sample.expected), 0)
    first = re.search(r"(\d+) (?:messages?|mails?|\")", sample.expected)
    events = re.search(r"(\d+) (?:system|service)", sample.expected)
    return Count(int(first[1]) if first else 0, int(events[1]) if events else 0)


def _chatgpt(expected: str) -> int:
    """Visible messages; nodes of the branch; a flat list, whose nodes are all on no branch."""
    numbers = {
        what: int(n) for n, what in re.findall(r"(\d+) (visible|on current|user/)", expected)
    }
    one = re.match(r"(\d+) message;", expected)
    fallback = int(one[1]) if one else 0
    return numbers.get("visible") or numbers.get("on current") or numbers.get("user/", fallback)


@pytest.mark.parametrize("sample", samples(), ids=lambda s: f"{s.format}-{s.path.name}")
def test_a_shared_export_has_as_many_messages_as_its_manifest_says(sample: Sample) -> None:
    if "zip_bomb" in sample.path.name:
        with pytest.raises(UnreadableExport) as caught:
            read(sample.path)
        assert caught.value.hint
    else:
        assert counted(read(sample.path)) == promised(sample)


def test_an_archive_that_climbs_out_of_its_folder_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    slip = SHARED / "samples_synthetic" / "whatsapp" / "zip_slip.zip"
    before = sorted(slip.parent.iterdir())
    assert counted(read(slip)) == Count(1, 0)
    assert sorted(slip.parent.iterdir()) == before
    assert not list(tmp_path.rglob("*"))


def test_every_stated_difference_is_about_a_sample_that_exists() -> None:
    assert OTHERWISE.keys() <= {sample.local for sample in samples()}
