"""What an import tells before and after it writes, and what it remembers of the owner's answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from shell import run, settle_in, write_lines
from stubs import KEY
from test_cli_contract import on_a_terminal

from ingest import Options
from secondme.forget import Request
from secondme.memory import Memory
from secondme.record import Record
from secondme.report import CHATS, UNREAD, FileReport
from secondme.vault import FILE
from secondme.vault.connection import connect

CARD = "4111 1111 1111 1111"
KEY_OF_A_SERVICE = "ghp_" + "a1B2c3D4e5" * 4

Chat = Callable[..., Path]


@pytest.fixture
def chat(tmp_path: Path) -> Chat:
    """Writes a chat as WhatsApp does; the first of its days can be read in two ways."""

    def made(other: str, *lines: str, day: str = "01/02/2024") -> Path:
        folder = tmp_path / "phone"
        folder.mkdir(exist_ok=True)
        path = folder / f"WhatsApp Chat with {other}.txt"
        said = lines or (f"Ada: tea for {other}?", f"{other}: yes")
        path.write_text("".join(f"{day}, 09:3{n} - {line}\n" for n, line in enumerate(said)))
        return path

    return made


def scan(memory: Memory, path: Path, **said: Any) -> dict[str, Any]:
    return memory.import_([path], Options(local_zone="Europe/Berlin", **said), dry_run=True)


def bring(memory: Memory, path: Path, **said: Any) -> dict[str, Any]:
    return memory.import_([path], Options(local_zone="Europe/Berlin", **said))


def asked(report: dict[str, Any]) -> list[str]:
    return [question["about"] for question in report["questions"]]


# -- what is told ---------------------------------------------------------------------------------


def test_every_conversation_of_an_export_is_told_by_itself(memory: Memory, tmp_path: Path) -> None:
    lines = [
        {"id": "1", "conversation": "Boat", "author": "Ada", "at": "2024-05-02T10:00:00Z"},
        {"id": "2", "conversation": "Boat", "author": "Ben", "at": "2024-05-01T10:00:00Z"},
        {"id": "3", "conversation": "Boat", "author": "Ben", "at": None, "kind": "event"},
        {"id": "4", "conversation": "Rent", "author": "Cy", "at": "2023-01-01T10:00:00Z"},
    ]
    path = tmp_path / "all.jsonl"
    write_lines(
        path, [{"text": "hm", "title": line["conversation"] + "!", **line} for line in lines]
    )
    (file,) = scan(memory, path)["files"]
    assert file["chats"] == [
        {
            "title": "Boat!",
            "people": ["Ben", "Ada"],
            "first": "2024-05-01T10:00:00Z",
            "last": "2024-05-02T10:00:00Z",
            "by_kind": {"event": 1, "message": 2},
        },
        {
            "title": "Rent!",
            "people": ["Cy"],
            "first": "2023-01-01T10:00:00Z",
            "last": "2023-01-01T10:00:00Z",
            "by_kind": {"message": 1},
        },
    ]
    assert file["conversations"] == ["Boat!", "Rent!"]


def test_of_a_mailbox_with_very_many_threads_the_first_are_told_apart_and_all_are_counted() -> None:
    report = FileReport("All mail.mbox")
    for number in range(CHATS + 30):
        report.note(Record("mail", f"thread {number}", "hello", f"P{number}", kind="mail"))
    told = report.as_dict()
    assert len(told["chats"]) == CHATS
    assert told["chats_left_out"] == 30
    assert told["by_kind"] == {"mail": CHATS + 30}
    assert len(told["people"]) == len(told["conversations"]) == CHATS + 30


@pytest.mark.usefixtures("empty")
def test_a_file_of_nonsense_is_reported_without_an_end_and_counted_whole(tmp_path: Path) -> None:
    path = tmp_path / "diary.jsonl"
    path.write_text('{"id": "1", "text": "tea"}\n' + "{nonsense\n" * (UNREAD + 5))
    told = run("import", str(path), "--dry-run", "--json").json
    assert told["skipped"] == told["files"][0]["unread"] == UNREAD + 5
    assert len(told["files"][0]["skipped"]) == UNREAD
    assert f"… and {UNREAD:,} more not read" in run("import", str(path), "--dry-run").out


def test_media_that_a_chat_names_and_nobody_gave_is_counted(memory: Memory, chat: Chat) -> None:
    chat("Bea", "Ada: IMG-1.jpg (file attached)", "Bea: IMG-2.jpg (file attached)")
    folder = chat("Cy").parent
    (folder / "IMG-1.jpg").touch()
    told = scan(memory, folder)
    assert told["missing_media"] == 1
    assert told["files"][0]["missing_media"] == {"count": 1, "examples": ["IMG-2.jpg"]}


@pytest.mark.usefixtures("empty")
def test_files_of_no_kind_are_summed_up(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number}.bin").write_bytes(b"\x00\x01\x02")
    nothing = run("import", str(folder))
    nothing.refuses(65, "None of these 300 files")
    write_lines(folder / "diary.jsonl")
    told = run("import", str(folder), "--dry-run", "--json").json
    assert told["skipped"] == 300
    assert len(told["files"]) < 30
    assert told["unrecognised"]["files"] == 300
    assert told["unrecognised"]["by_ending"] == {".bin": 300}
    out = run("import", str(folder), "--dry-run").out
    assert "of no kind that is read: 300 files (.bin 300)" in out
    assert len(out.splitlines()) < 12


@pytest.mark.usefixtures("empty")
def test_a_name_with_line_breaks_and_escapes_stays_in_its_line(tmp_path: Path) -> None:
    evil = "evil\nname\x1b[2J\u202e" + "x" * 500
    lines = [{"id": n, "conversation": evil + n, "author": evil, "text": "hm"} for n in "12"]
    out = run("import", write_lines(tmp_path / "e\nvil.jsonl", lines), "--dry-run").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert not [line for line in out.splitlines() if line.startswith("name") or len(line) > 400]


def test_among_many_chats_the_owner_is_guessed_to_be_who_is_in_most(
    memory: Memory, chat: Chat
) -> None:
    for other in ("Bea", "Cy", "Dan"):
        path = chat(other, f"{other}: yes", "Ada: ok", "Eve: and I?")
    (question,) = [q for q in scan(memory, path.parent)["questions"] if q["about"] == "me"]
    assert question["files"] == 3
    assert question["guess"] == ""
    assert question["choices"][:2] == ["Ada", "Eve"], "both are in all"
    chat("Fay", "Ada: ok", "Fay: yes", "Gus: hm")
    (question,) = [q for q in scan(memory, path.parent)["questions"] if q["about"] == "me"]
    assert question["guess"] == "Ada"


# -- secrets --------------------------------------------------------------------------------------


def test_secrets_are_counted_and_replaced_when_the_owner_says_so(
    memory: Memory, chat: Chat
) -> None:
    path = chat("Bea", f"Ada: it is {CARD}", f"Bea: and {KEY_OF_A_SERVICE}", f"Ada: {CARD} again")
    told = scan(memory, path)
    assert told["secrets"] == told["files"][0]["secrets"] == {"card": 2, "github-token": 1}
    assert not told["redacted"]
    told = bring(memory, path, redact_secrets=True)
    assert told["secrets"] == {"card": 2, "github-token": 1}
    assert "it is [redacted: card]" in texts(memory)
    assert CARD not in " ".join(memory.dump())
    assert KEY_OF_A_SERVICE not in " ".join(memory.dump())


def test_what_was_replaced_once_is_replaced_again_and_twice_is_once(
    memory: Memory, chat: Chat
) -> None:
    path = chat("Bea", f"Ada: it is {CARD}", "Bea: ok")
    first = bring(memory, path, redact_secrets=True)["batch"]
    again = bring(memory, path)
    assert again["redacted"]
    assert (again["imported"], again["duplicate"]) == (0, 2)
    for batch in (first, again["batch"]):
        memory.undo(batch)
    assert not scan(memory, path)["redacted"], "what was taken back is no answer"


def test_two_secrets_in_one_second_stay_two_messages(memory: Memory, tmp_path: Path) -> None:
    path = tmp_path / "WhatsApp Chat with Bea.txt"
    path.write_text(
        f"01/02/2024, 09:30 - Ada: {CARD}\n01/02/2024, 09:30 - Ada: 5555 5555 5555 4444\n"
    )
    bring(memory, path, redact_secrets=True)
    assert texts(memory) == ["[redacted: card]"] * 2


@pytest.mark.parametrize("first", [True, False])
def test_what_was_forgotten_stays_so_whatever_is_said_about_secrets_later(
    memory: Memory, chat: Chat, first: bool
) -> None:
    path = chat("Bea", f"Ada: {CARD}", "Bea: ok", f"Ada: {KEY_OF_A_SERVICE} and more")
    bring(memory, path, redact_secrets=first)
    stored = {one.record.text: one.key for one in memory._vault.records.every()}
    memory.forget(Request((stored["[redacted: card]" if first else CARD],)))
    again = bring(memory, path, redact_secrets=not first)
    assert (again["imported"], again["duplicate"], again["tombstoned"]) == (1, 1, 1)
    told = bring(memory, path, redact_secrets=first)
    assert (told["imported"], told["duplicate"], told["tombstoned"]) == (0, 2, 1)


def texts(memory: Memory) -> list[str]:
    return [stored.record.text for stored in memory._vault.records.every()]


# -- answers --------------------------------------------------------------------------------------


def test_an_answer_is_taken_again_for_the_next_export_of_its_source(
    memory: Memory, chat: Chat
) -> None:
    bring(memory, chat("Bea"), me=("Ada",), zone="Asia/Tokyo")
    path = chat("Cy", "Ada: tea?", "Cy: yes", "Dan: no")
    told = bring(memory, path)
    assert told["remembered"] == {"whatsapp": {"me": ("Ada",), "tz": "Asia/Tokyo"}}
    assert asked(told) == ["date-order"]
    (hit,) = [h for h in memory.search("tea?") if h.text == "tea?"]
    shown = memory.show(hit.id)
    assert (shown["mine"], shown["sent_at"]) == (True, "2024-02-01T00:30:00Z")
    again = memory.import_([path], Options(), dry_run=True, ask_again=True)
    assert again["remembered"] == {}
    assert asked(again) == ["date-order", "me", "tz"]
    told = scan(memory, path, me=("Dan",), zone="Europe/Oslo")
    assert told["remembered"] == {}, "what is said now counts"


def test_a_remembered_date_order_is_a_guess_and_no_order(memory: Memory, chat: Chat) -> None:
    bring(memory, chat("Bea"), date_order="mdy", me=("Ada",), zone="UTC")
    open_ = scan(memory, chat("Cy"))
    assert open_["files"][0]["first"][:10] == "2024-01-02"
    (question,) = open_["questions"]
    assert (question["about"], question["guess"]) == ("date-order", "mdy")
    decided = scan(memory, chat("Dan", day="25/02/2024"))
    assert decided["files"][0]["first"][:10] == "2024-02-25"


def test_an_answer_goes_with_the_import_it_was_given_with(memory: Memory, chat: Chat) -> None:
    batch = bring(memory, chat("Bea"), me=("Bea",), zone="Asia/Tokyo")["batch"]
    memory.undo(batch)
    assert scan(memory, chat("Bea"))["remembered"] == {}
    assert everything(memory, "answers") == everything(memory, "answered_me") == []


def test_who_is_forgotten_is_no_answer_any_more(memory: Memory, chat: Chat) -> None:
    bring(memory, chat("Bea", "Bea: yes", "Ada: ok", "Cy: no"), me=("Ada", "Bea"))
    assert scan(memory, chat("Dan"))["remembered"]["whatsapp"]["me"] == ("Ada", "Bea")
    memory.forget(Request(query="yes"))
    assert scan(memory, chat("Dan"))["remembered"]["whatsapp"]["me"] == ("Ada",)
    memory.forget(Request(query="ok"))
    assert scan(memory, chat("Dan"))["remembered"] == {}


def test_an_answer_to_one_source_says_nothing_to_another(memory: Memory, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    line = {"id": "1", "author": "Ada", "text": "tea", "at": "2024-05-01T09:30"}
    write_lines(path, [line])
    bring(memory, path, me=("Ada",), zone="Asia/Tokyo")
    other = tmp_path / "WhatsApp Chat with Bea.txt"
    other.write_text("25/02/2024, 09:30 - Ada: tea\n25/02/2024, 09:31 - Cy: no\n")
    assert scan(memory, other)["remembered"] == {}


def test_of_somebody_with_a_handle_the_handle_is_remembered(memory: Memory, tmp_path: Path) -> None:
    """A friend of the same name is not taken for the owner in the next export."""
    path = tmp_path / "x.jsonl"
    line = {"id": "1", "author": "Ada", "author_id": "a1", "text": "tea"}
    write_lines(path, [line])
    bring(memory, path, me=("Ada",))
    friend = line | {"id": "2", "author_id": "a2"}
    write_lines(path, [line, friend])
    told = bring(memory, path)
    assert told["remembered"] == {"secondme-jsonl": {"me": ("a1",)}}
    mine = [
        stored.record.author_id for stored in memory._vault.records.every() if stored.record.mine
    ]
    assert mine == ["a1"]


def everything(memory: Memory, table: str) -> list[Any]:
    db = connect(memory._vault.folder / FILE, KEY)
    try:
        return db.conn.execute(f"select * from {table}").fetchall()
    finally:
        db.conn.close()


# -- asking ---------------------------------------------------------------------------------------


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settle_in(tmp_path, monkeypatch)
    assert run("init", "--key", "file").code == 0
    yield


@pytest.mark.usefixtures("empty")
@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
def test_on_a_terminal_an_import_asks_first_and_then_reads_as_it_was_told(chat: Chat) -> None:
    path = chat("Cy", "Ada: tea?", "Cy: yes", "Dan: no")
    typed = b"7\n2\n9\n1; Dan\nAtlantis\nAsia/Tokyo\n"
    code, seen = on_a_terminal("import", str(path), "--no-distil", typed=typed)
    assert code == 0, seen
    assert "1  day/month/year" in seen
    assert "There is no time zone Atlantis." in seen
    told = run("search", "tea?", "--json").json
    shown = run("show", told[0]["id"], "--json").json
    assert shown["sent_at"] == "2024-01-02T00:30:00Z"
    assert shown["mine"]


@pytest.mark.usefixtures("empty")
def test_nobody_is_asked_where_nobody_can_answer(chat: Chat) -> None:
    run("import", str(chat("Bea")), "--ask").refuses(64, "Nobody is there", "--me")
    assert run("import", str(chat("Bea"))).code == 0
