"""Exports made to do harm, or broken on the way: every one ends in words, none in a crash."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import Export, Item, Options, detect
from ingest.zips import MAX_DEPTH
from secondme.errors import SecondMeError, UnreadableExport
from secondme.record import Record, Unread

CHAT = "[31/12/2023, 23:59:58] Ada: Happy new year\n[01/01/2024, 00:00:03] Bea: And to you\n"


def read(path: Path) -> list[Item]:
    items: list[Item] = []
    for member in Export(path).members:
        if importer := detect(member):
            items += importer.read(member, Options())
    return items


def texts(items: list[Item]) -> list[str]:
    return [item.text for item in items if isinstance(item, Record)]


def complaints(items: list[Item]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Unread)]


def zipped(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def refused(path: Path) -> SecondMeError:
    with pytest.raises(SecondMeError) as caught:
        read(path)
    assert caught.value.hint, "an error without a way out"
    assert "Traceback" not in str(caught.value)
    return caught.value


def test_a_zip_cut_short_by_a_full_phone_is_named_and_not_read(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "whole.zip", {"_chat.txt": CHAT * 200}).read_bytes()
    cut = tmp_path / "chat.zip"
    cut.write_bytes(whole[: len(whole) // 2])
    assert "chat.zip" in str(refused(cut))


def test_a_zip_with_flipped_bits_inside_says_that_it_is_damaged(tmp_path: Path) -> None:
    path = zipped(tmp_path / "chat.zip", {"_chat.txt": CHAT * 2000})
    data = bytearray(path.read_bytes())
    for at in range(60, 120):
        data[at] ^= 0xFF
    path.write_bytes(data)
    assert isinstance(refused(path), UnreadableExport)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bomb.zip", {"_chat.txt": b"0" * (30 * 1024 * 1024)})
    started = time.process_time()
    error = refused(path)
    assert "bomb" in str(error)
    assert time.process_time() - started < 0.5


def test_names_that_climb_out_of_the_archive_write_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    path = zipped(
        inside / "chat.zip",
        {"../../evil.txt": "evil", "/etc/evil.txt": "evil", "..\\evil.txt": "x", "_chat.txt": CHAT},
    )
    monkeypatch.chdir(inside)
    assert "Happy new year" in texts(read(path))
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["chat.zip"]
    names = [member.name for member in Export(path).members]
    assert not [name for name in names if name.startswith("/") or ".." in name.split("/")]


def test_zips_in_zips_are_opened_only_so_deep(tmp_path: Path) -> None:
    content = CHAT
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("_chat.txt", content)
    for _ in range(MAX_DEPTH + 3):
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w") as archive:
            archive.writestr("deeper.zip", inner.getvalue())
        inner = outer
    path = tmp_path / "nested.zip"
    path.write_bytes(inner.getvalue())
    (deep,) = Export(path).members
    assert deep.name.endswith("deeper.zip")
    assert detect(deep) is None
    once = zipped(tmp_path / "once.zip", {"part.zip": _zip_bytes("_chat.txt", CHAT)})
    assert "Happy new year" in texts(read(once))


def test_a_zip_with_a_password_asks_to_be_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "locked.zip", {"_chat.txt": CHAT})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag in the local header
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    path.write_bytes(data)
    error = refused(path)
    assert "password" in str(error)
    assert "npack" in error.hint


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.9, 0.999])
def test_a_truncated_telegram_export_keeps_what_came_before(tmp_path: Path, kept: float) -> None:
    messages = [
        {"id": n, "type": "message", "date_unixtime": "1700000000", "from": "A", "text": f"no {n}"}
        for n in range(500)
    ]
    whole = json.dumps({"name": "A", "type": "private_group", "id": 1, "messages": messages})
    cut = whole[: int(len(whole) * kept)]
    path = tmp_path / "result.json"
    path.write_text(cut)
    items = read(path)
    complete = cut.count("}") - (cut.endswith("}]}"))
    assert texts(items) == [f"no {n}" for n in range(complete)]
    assert len(complaints(items)) == 1


def test_truncated_assistant_exports_keep_whole_conversations(tmp_path: Path) -> None:
    node = {
        "message": {
            "author": {"role": "user"},
            "content": {"content_type": "text", "parts": ["hello"]},
        }
    }
    chats = [{"id": str(n), "title": "t", "mapping": {"a": node}} for n in range(3)]
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps(chats)[:-30])
    items = read(path)
    assert texts(items) == ["hello", "hello"]
    assert len(complaints(items)) == 1


def test_an_export_without_one_whole_message_is_refused_with_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text('{"type": "personal_chat", "messages": [{"type": "message", "date": "20')
    assert "Telegram" in str(refused(path))


@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_brackets_a_million_deep_neither_crash_nor_fill_the_memory(
    tmp_path: Path, bracket: str
) -> None:
    first = {"type": "message", "date_unixtime": "1700000000", "from": "A", "text": "before"}
    path = tmp_path / "result.json"
    path.write_text('{"messages": [' + json.dumps(first) + "," + bracket * 1_000_000)
    started = time.process_time()
    items = read(path)
    assert texts(items) == ["before"]
    assert "deep" in complaints(items)[0]
    assert time.process_time() - started < 2


def test_json_that_is_not_quite_utf8_is_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(
        b'\xef\xbb\xbf{"messages": [{"type": "message", "date_unixtime": "1700000000", "from": "A",'
        b' "text": "caf\xe9 \\ud83d, a raw\ttab"}]}'
    )
    (text,) = texts(read(path))
    assert text.startswith("caf") and text.endswith("a raw\ttab")
    text.encode()  # storable: no half of a surrogate pair is left


@pytest.mark.parametrize("name", ["_chat.txt", "notes.txt", "letter.eml", "page.md"])
def test_a_line_of_300_kilobytes_takes_no_time(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    start = {"_chat.txt": CHAT + "[01/01/2024, 00:00:05] Ada: ", "letter.eml": "From: a@b\n\n"}
    path.write_text(start.get(name, "") + "a: [1/" * 50_000)
    started = time.process_time()
    assert sum(len(text) for text in texts(read(path))) >= 290_000
    assert time.process_time() - started < 2


@pytest.mark.parametrize("name", ["notes.txt", "page.md", "letter.eml"])
def test_a_program_that_is_called_a_text_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40)
    assert name in str(refused(path))


@pytest.mark.parametrize(
    "name", ["_chat.txt", "a.txt", "a.md", "a.eml", "a.mbox", "result.json", "a.jsonl", "a"]
)
def test_an_empty_file_holds_nothing_and_is_no_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    assert read(path) == []


def test_data_that_looks_like_text_is_left_alone(tmp_path: Path) -> None:
    for name, content in {
        "a.txt": '{"some": "json"}',
        "b.txt": "<?xml version='1.0'?><a/>",
        "c.txt": "id;name;city\n1;Ada;Rome\n2;Bea;Oslo\n",
        "d.txt": '[["a", 1], ["b", 2]]',
    }.items():
        (tmp_path / name).write_text(content)
    assert [detect(member) for member in Export(tmp_path).members] == [None] * 4


def test_a_text_that_somebody_sent_in_a_chat_is_not_the_owners_note(tmp_path: Path) -> None:
    path = zipped(tmp_path / "chat.zip", {"_chat.txt": CHAT, "their novel.txt": "It was a night."})
    assert texts(read(path)) == ["Happy new year", "And to you"]


ODD: tuple[Any, ...] = (None, True, -7, 1e300, "", "word", [], {}, [[0]], {"text": {"text": 1}})


@pytest.mark.parametrize(
    "name",
    [
        "telegram/one_chat.json",
        "telegram/account_sorted_keys.json",
        "chatgpt/conversations-000.json",
        "claude/conversations.json",
    ],
)
def test_a_value_of_the_wrong_kind_costs_one_message_at_most(tmp_path: Path, name: str) -> None:
    golden = Path(__file__).parent / "golden" / name
    (original,) = Export(golden).members
    importer = detect(original)
    assert importer is not None
    document = json.loads(golden.read_text(encoding="utf-8"))
    path = tmp_path / golden.name
    for number, (holder, key) in enumerate(list(_places(document))):
        kept, holder[key] = holder[key], ODD[number % len(ODD)]
        path.write_text(json.dumps(document))
        holder[key] = kept
        (member,) = Export(path).members
        for item in importer.read(member, Options()):
            if isinstance(item, Record):
                _storable(item)


@given(
    st.sampled_from(["telegram/one_chat.json", "mail/All mail.mbox", "mail/thread.eml"]),
    st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=3)), min_size=1, max_size=5),
)
def test_no_damage_to_a_file_ends_in_a_crash(name: str, damage: list[tuple[int, bytes]]) -> None:
    golden = Path(__file__).parent / "golden" / name
    (original,) = Export(golden).members
    importer = detect(original)
    assert importer is not None
    data = bytearray(golden.read_bytes())
    for at, replacement in damage:
        data[at : at + 2] = replacement
    with TemporaryDirectory() as folder:
        path = Path(folder) / golden.name
        path.write_bytes(data)
        (member,) = Export(path).members
        try:
            items = list(importer.read(member, Options()))
        except SecondMeError as error:
            assert error.hint
        else:
            for item in items:
                if isinstance(item, Record):
                    _storable(item)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key of a document, outside in."""
    keys = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    for key in list(keys):
        yield value, key
        yield from _places(value[key])


def _storable(record: Record) -> None:
    """Every field is of the kind that it is declared to be."""
    for field in record:
        assert field is None or isinstance(field, str | bool | tuple)
    for text in (record.text, record.author, record.author_id, record.conversation, record.title):
        text.encode()
    for name in record.attachments:
        name.encode()


def _zip_bytes(name: str, content: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, content)
    return data.getvalue()
