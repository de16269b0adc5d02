"""Talks with assistants: told apart by what is in them, whole after damage, never doubled."""

from __future__ import annotations

import json
import sqlite3
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ingest import Export, Item, Options, detect
from ingest.agents import own_words
from ingest.branches import nearest_above, newest_leaf, reading_order
from secondme.content_keys import first_key
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

GOLDEN = Path(__file__).parent / "golden"
TREE = {"1": {"id": "1", "parent": None, "children": [], "message": {"id": "1"}}}


def read(path: Path, **said: Any) -> list[Item]:
    items: list[Item] = []
    for member in Export(path).members:
        if importer := detect(member):
            items += importer.read(member, Options(**said))
    return items


def said(items: list[Item]) -> list[str]:
    return [item.text for item in items if isinstance(item, Record)]


def kind(path: Path) -> str:
    (member,) = Export(path).members
    importer = detect(member)
    return importer.name if importer else ""


def written(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("inside", "app"),
    [
        ({"title": "t", "mapping": {"1": {"message": {"author": {"role": "user"}}}}}, "chatgpt"),
        ({"title": "t", "inserted_at": "2025-01-01", "mapping": TREE}, "deepseek"),
        ({"uuid": "u", "chat_messages": [{"sender": "human", "text": "Hi"}]}, "claude"),
        ({"conversation": {"id": "g"}, "responses": [{"response": {"sender": "human"}}]}, "grok"),
        ({"id": "s", "conversations": [{"from": "human", "value": "Hi"}]}, "sharegpt"),
        ({"context_title": "t", "entries": [{"query": "Hi"}]}, "perplexity"),
        ({"messages": [{"role": "user", "content": "Hi"}]}, "chatlog"),
    ],
)
def test_files_of_one_name_are_told_apart_by_their_keys(
    tmp_path: Path, inside: dict[str, Any], app: str
) -> None:
    assert kind(written(tmp_path / "conversations.json", [inside])) == app
    if app != "sharegpt":
        assert kind(written(tmp_path / "conversations.json", {"conversations": [inside]})) == app


@pytest.mark.parametrize(
    "name",
    ["chatgpt/conversations-000.json", "claude/conversations.json", "deepseek/conversations.json"],
)
def test_a_cut_export_keeps_every_conversation_before_the_cut(tmp_path: Path, name: str) -> None:
    whole = (GOLDEN / name).read_bytes()
    everything = said(read(GOLDEN / name))
    counts = []
    for end in range(200, len(whole), 200):
        (tmp_path / "conversations.json").write_bytes(whole[:end])
        try:
            items = read(tmp_path)
        except UnreadableExport as error:
            assert error.hint
            continue
        texts = [t for t in said(items) if t in everything]
        assert len(texts) == len(said(items))
        counts.append(len(texts))
        if 0 < len(texts) < len(everything):
            assert any(isinstance(item, Unread) for item in items)
    assert counts == sorted(counts)
    assert counts[-1] > 0


def test_a_zip_inside_the_zip_is_read_and_its_settings_are_not(tmp_path: Path) -> None:
    inner = tmp_path / "Conversations__x-chatgpt-1.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.write(GOLDEN / "chatgpt/conversations-000.json", "conversations-000.json")
        archive.writestr("message_feedback.json", "[]")
    outer = tmp_path / "export.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, inner.name)
        archive.writestr("user.json", '{"id": "u", "email": "a@b", "chatgpt_plus_user": true}')
    inner.unlink()
    assert said(read(outer)) == said(read(GOLDEN / "chatgpt/conversations-000.json"))


def test_of_a_team_nobody_is_the_owner_until_he_says_so() -> None:
    items = read(GOLDEN / "claude" / "Team")
    assert [item.about for item in items if isinstance(item, Question)] == ["me"]
    assert not any(item.mine for item in items if isinstance(item, Record))
    items = read(GOLDEN / "claude" / "Team", me=("Ada Quill",))
    mine = [item.text for item in items if isinstance(item, Record) and item.mine]
    assert mine[:2] == ["Why do dunes sing?", "All of them?"]


def test_a_session_taken_up_again_is_no_second_talk(tmp_path: Path) -> None:
    line = {
        "type": "user",
        "uuid": "u-1",
        "sessionId": "s-1",
        "timestamp": "2026-01-01T10:00:00Z",
        "message": {"role": "user", "content": "Is it raining?"},
    }
    (tmp_path / "s-1.jsonl").write_text(json.dumps(line) + "\n")
    later = line | {"uuid": "u-2", "sessionId": "s-2", "parentUuid": "u-1"}
    again = [line | {"sessionId": "s-2"}, later]
    (tmp_path / "s-2.jsonl").write_text("".join(json.dumps(one) + "\n" for one in again))
    records = [item for item in read(tmp_path) if isinstance(item, Record)]
    assert len(records) == 3
    assert len({first_key(record) for record in records}) == 2


def test_the_database_of_cursor_gives_its_talks(tmp_path: Path) -> None:
    path = tmp_path / "state.vscdb"
    database = sqlite3.connect(path)
    for table in ("ItemTable", "cursorDiskKV"):
        database.execute(f"create table {table} (key text unique, value blob)")
    talk = {
        "composerId": "c1",
        "createdAt": 1735732800000,
        "fullConversationHeadersOnly": [
            {"bubbleId": "b1", "type": 1},
            {"bubbleId": "b2", "type": 2},
            {"bubbleId": "gone", "type": 2},
        ],
    }
    kept: dict[str, Any] = {
        "composerData:c1": talk,
        "bubbleId:c1:b1": {"type": 1, "text": "Why is the sail torn?", "bubbleId": "b1"},
        "bubbleId:c1:b2": {"text": "It was old.", "createdAt": "2025-01-01T12:05:00.000Z"},
        "composerData:c2": {"conversation": [{"type": 1, "bubbleId": "x", "text": "Inline"}]},
    }
    rows = [(key, json.dumps(value).encode()) for key, value in kept.items()]
    rows.append(("composerData:c3", b"{broken"))
    database.executemany("insert into cursorDiskKV values (?, ?)", rows)
    old = {
        "tabs": [{"tabId": "t1", "chatTitle": "Old", "bubbles": [{"type": "user", "text": "Hm"}]}]
    }
    key = "workbench.panel.aichat.view.aichat.chatdata"
    database.execute("insert into ItemTable values (?, ?)", (key, json.dumps(old)))
    database.commit()
    database.close()
    items = read(path)
    records = [item for item in items if isinstance(item, Record)]
    assert [(r.text, r.mine, r.precision) for r in records] == [
        ("Why is the sail torn?", True, "day"),
        ("It was old.", False, "s"),
        ("Inline", True, "day"),
        ("Hm", True, "day"),
    ]
    assert [r.title for r in records] == ["Why is the sail torn?"] * 2 + ["Inline", "Old"]
    assert [item.where for item in items if isinstance(item, Unread)] == ["talk c3"]


def test_what_a_program_says_in_the_owners_name_is_not_the_owners() -> None:
    assert own_words("<system-reminder>be kind</system-reminder>") == ""
    assert own_words("Fix it.\n<ide_selection>x = 1</ide_selection>") == "Fix it."
    assert own_words("What does <b>bold</b> mean?") == "What does <b>bold</b> mean?"
    assert own_words("<system-reminder> never closed") == "<system-reminder> never closed"
    assert own_words("[Request interrupted by user for tool use]") == ""


@pytest.mark.parametrize(
    "text",
    ["<image>" * 60_000, "<image></image>" * 30_000, "<" * 300_000, "## My request for " * 20_000],
    ids=["opened", "closed", "brackets", "requests"],
)
def test_a_long_prompt_full_of_elements_takes_no_long_time(text: str) -> None:
    started = time.process_time()
    own_words(text)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("piece", ["【1†", "<grok:render", "<grok:render>", "```", "``` "])
def test_an_answer_full_of_broken_marks_takes_no_long_time(tmp_path: Path, piece: str) -> None:
    text = piece * (300_000 // len(piece)) + " " * 20_000 + "end"
    told = {"content_type": "user_editable_context", "user_profile": f"```{' ' * 20_000}{text}"}
    asked = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": [text]}}
    mapping = {
        "1": {"parent": None, "message": {"author": {"role": "user"}, "content": told}},
        "2": {"parent": "1", "message": asked},
    }
    answer = {"_id": "1", "sender": "assistant", "message": text}
    grok = [{"conversation": {"id": "1"}, "responses": [{"response": answer}]}]
    for number, export in enumerate(([{"id": "c", "mapping": mapping}], {"conversations": grok})):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(export), encoding="utf-8")
        started = time.process_time()
        assert read(path)
        assert time.process_time() - started < 1


def test_a_long_address_in_my_activity_takes_no_long_time(tmp_path: Path) -> None:
    path = tmp_path / "MyActivity.json"
    url = f"https://gemini.google.com/{'a' * 100_000}!"
    entry = {"header": "Gemini Apps", "title": "Prompted hello", "time": "2026-03-02T10:05:00Z"}
    path.write_text(json.dumps([entry | {"titleUrl": url}]), encoding="utf-8")
    started = time.process_time()
    assert said(read(path)) == ["hello"]
    assert time.process_time() - started < 1


def test_a_tree_that_bites_its_tail_is_walked_once() -> None:
    loop = {"a": "b", "b": "a"}
    assert reading_order(loop, "a") == [("b", True), ("a", True)]
    assert nearest_above("a", loop, {}) is None
    assert newest_leaf(loop, lambda key: key) == "b"


def test_of_leaves_that_are_equally_old_the_later_one_is_shown() -> None:
    parents = {"root": None, "first": "root", "second": "root"}
    assert newest_leaf(parents, lambda key: "") == "second"
    assert reading_order(parents, "second") == [
        ("root", True),
        ("second", True),
        ("first", False),
    ]


def test_a_line_of_a_hundred_thousand_brackets_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    good = (GOLDEN / "sharegpt/lines.jsonl").read_text(encoding="utf-8")
    path.write_text(good + '{"conversations":' + "[" * 100_000 + "\n")
    items = read(path)
    assert said(items) == ["Line one", "Line two"]
    assert [item.where for item in items if isinstance(item, Unread)] == ["line 3"]
