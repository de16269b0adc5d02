"""Telegram, Signal, Discord, Slack and Matrix: what pairs of exports cannot say."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import Export, Item, Options, detect
from ingest.contract import fault
from ingest.times import from_epoch
from secondme.errors import UnreadableExport
from secondme.record import Question, Record

GOLDEN = Path(__file__).parent / "golden"


def read(path: Path, **said: object) -> Iterator[Item]:
    for member in Export(path).members:
        importer = detect(member)
        assert importer is not None, member.name
        yield from importer.read(member, Options(**said))  # type: ignore[arg-type]


def records(path: Path, **said: object) -> list[Record]:
    return [item for item in read(path, **said) if isinstance(item, Record)]


def ids(path: Path) -> set[tuple[str, str | None]]:
    return {(record.conversation, record.native_id) for record in records(path)}


def test_telegram_pages_beside_their_json_are_not_read_twice(tmp_path: Path) -> None:
    both = tmp_path / "ChatExport"
    shutil.copytree(GOLDEN / "telegram" / "ChatExport_2024-05-01", both)
    shutil.copy(GOLDEN / "telegram" / "one_chat.json", both / "result.json")
    assert records(both) == records(GOLDEN / "telegram" / "one_chat.json")


def test_a_chat_that_telegram_cut_into_pages_knows_its_owner_on_every_page() -> None:
    said = records(GOLDEN / "telegram" / "ChatExport_2024-05-01")
    assert {record.author for record in said if record.mine} == {"Ada Byron"}
    last = said[-1]
    assert last.mine and last.text == "a = 1\nb = 2"  # it does not repeat the name above it


def test_control_characters_as_telegram_spells_them_do_not_end_the_file(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    messages = [{"id": n, "type": "message", "date_unixtime": "1", "text": "@"} for n in range(999)]
    chat = {"name": "Ada", "type": "personal_chat", "id": 1, "messages": messages}
    path.write_text(json.dumps(chat).replace("@", r"a\x1Bb\\x41"), encoding="utf-8")
    assert Counter(record.text for record in records(path)) == {"a\x1bb\\x41": 999}


@pytest.mark.parametrize("seconds", [0, -1, 86_399, 1_714_550_060.999, -62_135_596_800])
def test_seconds_since_1970_are_the_time_that_the_calendar_says(seconds: float) -> None:
    from datetime import UTC, datetime, timedelta

    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds // 1)
    assert from_epoch(seconds) == at.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 1e30, -62_135_596_801, 10**400])
def test_seconds_outside_the_calendar_are_no_time(seconds: float) -> None:
    with pytest.raises(ValueError):
        from_epoch(seconds)


def test_one_message_of_discord_has_one_id_in_every_export() -> None:
    here = GOLDEN / "discord"
    name = "Boats - Sea - harbour [820000000000000001]"
    exported, page = ids(here / f"{name}.json"), ids(here / f"{name}.html")
    assert len(exported & page) == 6
    package = ids(here / "package")
    assert package & exported and package & ids(here / "direct.json")


def test_rooms_of_matrix_go_by_the_same_id_in_pages_and_in_json() -> None:
    rooms = [
        {r.conversation for r in records(GOLDEN / "matrix" / name)} for name in ("page", "cut.json")
    ]
    assert rooms == [{"!quay:hs.example"}] * 2


def test_words_that_somebody_else_puts_into_a_message_of_matrix_do_not_count(
    tmp_path: Path,
) -> None:
    def said(number: int, sender: str, **content: object) -> dict[str, object]:
        content = {"msgtype": "m.text", "body": "hi"} | content
        return {
            "type": "m.room.message", "event_id": f"${number}", "sender": sender,
            "room_id": "!r:hs", "origin_server_ts": number, "content": content,
        }  # fmt: skip

    forged: dict[str, object] = {
        "m.new_content": {"body": "I owe you a boat"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$1"},
    }
    room = {"room_name": "r", "exported_by": "ada", "messages": [
        said(1, "@ada:hs"), said(2, "@eve:hs", **forged)
    ]}  # fmt: skip
    path = tmp_path / "export.json"
    path.write_text(json.dumps(room), encoding="utf-8")
    assert [(record.text, record.mine) for record in records(path)] == [("hi", True)]


def test_a_workspace_with_a_hundred_days_asks_once_who_its_owner_is(tmp_path: Path) -> None:
    users: list[dict[str, object]] = [
        {"id": f"U{n}", "team_id": "T", "name": n, "profile": {}} for n in ("ada", "nora")
    ]
    (tmp_path / "users.json").write_text(json.dumps(users), encoding="utf-8")
    (tmp_path / "harbour").mkdir()
    for day in range(1, 10):
        message = {"type": "message", "user": "Unora", "text": "hi", "ts": f"171455000{day}.000100"}
        path = tmp_path / "harbour" / f"2024-05-0{day}.json"
        path.write_text(json.dumps([message]), encoding="utf-8")
    items = list(read(tmp_path))
    assert [item.about for item in items if isinstance(item, Question)] == ["me"]
    assert sum(isinstance(item, Record) for item in items) == 9
    told = records(tmp_path, me=("nora",))
    assert all(record.mine for record in told)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_cut_export_of_signal_keeps_what_came_before(tmp_path: Path, kept: float) -> None:
    whole = GOLDEN / "signal" / "official" / "main.jsonl"
    text = whole.read_bytes()
    cut = tmp_path / "main.jsonl"
    cut.write_bytes(text[: int(len(text) * kept)])
    before = [record.native_id for record in records(whole)]
    found = [record.native_id for record in records(cut)]
    assert found == before[: len(found)]
    assert len(found) >= int(len(before) * kept) - 8


def test_an_encrypted_backup_of_signal_says_what_to_export_instead(tmp_path: Path) -> None:
    path = tmp_path / "signal-2024-05-01.backup"
    path.write_bytes(b"\0\0\0\x36\n4\n\x10" + b"\x9f" * 64)
    with pytest.raises(UnreadableExport) as refused:
        list(read(path))
    assert "signal-export" in refused.value.hint


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize(
    "name",
    [
        "telegram/everything.json",
        "signal/official/main.jsonl",
        "discord/Boats - Sea - harbour [820000000000000001].json",
        "matrix/zip folder/export.json",
        "slack/dump/C0HARB.json",
    ],
)
def test_values_of_any_kind_in_any_place_are_reported_and_no_more(
    tmp_path: Path, name: str, depth: int
) -> None:
    """All values below a depth at which the file is still known for what it is."""
    text = (GOLDEN / name).read_text(encoding="utf-8")
    lines = text.split("\n") if name.endswith(".jsonl") else [text]
    instead: tuple[object, ...] = ([[[]]], 7, None, {"a": {}}, True, "text", -1e300)
    for strange in instead:
        odd = []
        for line in lines:
            try:
                odd.append(
                    json.dumps(_instead(json.loads(line.replace(r"\x", "x")), strange, depth))
                )
            except ValueError:
                odd.append(line)
        path = tmp_path / Path(name).name
        path.write_text("\n".join(odd), encoding="utf-8")
        (member,) = Export(path).members
        importer = detect(member)
        if importer is None:  # then nobody knows it any more
            continue
        try:
            for item in importer.read(member, Options()):
                assert fault(item, importer.name) == ""
        except UnreadableExport as error:
            assert error.hint


def _instead(value: object, strange: object, depth: int) -> object:
    if isinstance(value, dict):
        return {k: _instead(v, strange, depth - 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_instead(each, strange, depth) for each in value]
    return strange if depth < 0 else value
