"""Lines of anybody's making: every line is kept or accounted for, and our own never come back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest import Export, Item, Options, detect
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

DUMPED: dict[str, Any] = {
    "type": "record",
    "id": "r0123456789abcdef0123",
    "source": "mail",
    "text": "I keep bees.",
    "author": "Ada",
}
FOUND: dict[str, Any] = {
    "id": "e0123456789abcdef",
    "kind": "episode",
    "score": 0.4,
    "text": "Bees",
    "author": "",
    "why": {"words": 0.4},
}
THEIRS: dict[str, Any] = {"id": "1", "text": "Hello."}


def read(path: Path, *lines: dict[str, Any]) -> list[Item]:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    items: list[Item] = []
    for member in Export(path).members:
        importer = detect(member)
        assert importer is not None
        assert importer.name == "secondme-jsonl"
        items += importer.read(member, Options())
    return items


@pytest.mark.parametrize(
    "own",
    [DUMPED, {k: DUMPED[k] for k in ("id", "text")}, {**DUMPED, "why": {}, "score": 1}, FOUND],
    ids=["dump", "only id and text", "record found", "episode found"],
)
def test_what_secondme_printed_is_never_read_again(tmp_path: Path, own: dict[str, Any]) -> None:
    with pytest.raises(UnreadableExport, match="own output") as refused:
        read(tmp_path / "dump.jsonl", own, THEIRS)
    assert refused.value.hint


def test_a_dump_behind_other_lines_is_left_out_and_reported_once(tmp_path: Path) -> None:
    found = read(tmp_path / "mixed.jsonl", THEIRS, DUMPED, FOUND, {**THEIRS, "id": "2"})
    assert [item.native_id for item in found if isinstance(item, Record)] == ["1", "2"]
    (unread,) = (item for item in found if isinstance(item, Unread))
    assert unread.where == "line 2 and 1 more"
    assert "own output" in unread.reason


@pytest.mark.parametrize(
    "line",
    [
        {"id": "r0123456789abcdef012", "type": "record"},
        {"id": "r0123456789ABCDEF0123"},
        {"id": "e0123456789abcdef"},
        {"id": "e0123456789abcdef", "type": ["fact"]},
        {"id": "7", "type": "record", "kind": "message"},
    ],
)
def test_what_only_resembles_our_output_is_read(tmp_path: Path, line: dict[str, Any]) -> None:
    (record,) = read(tmp_path / "theirs.jsonl", {"text": "Hello.", **line})
    assert isinstance(record, Record)


def test_a_number_is_an_id_and_nothing_is_none(tmp_path: Path) -> None:
    found = read(tmp_path / "x.jsonl", {"id": 7, "text": "a"}, {"id": "", "text": "b"})
    assert [item.native_id for item in found if isinstance(item, Record)] == ["7"]
    assert [item.where for item in found if isinstance(item, Unread)] == ["line 2"]


def test_a_single_file_gives_its_name_to_the_lines_that_name_no_conversation(
    tmp_path: Path,
) -> None:
    (record,) = read(tmp_path / "logs" / "night.watch.jsonl", THEIRS)
    assert isinstance(record, Record)
    assert record.conversation == "night.watch"
