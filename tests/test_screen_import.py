"""The import page, driven by keys over real exports and a real vault."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from driving import at, drive, press, rest, seen
from shell import write_lines
from snapshots import assert_looks_like
from textual import events
from textual.pilot import Pilot

from ingest import Options
from secondme import paths
from secondme.memory import Memory
from tui import preview
from tui.chooser import Names, Zones, typed_path
from tui.imports import ImportPage

CHAT = (
    "01/02/2024, 09:30 - Ada: We ate sardines in Lisbon\n"
    "01/02/2024, 09:31 - Bea: Rosa was there too\n"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with exports in it; a machine in Lisbon."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "chat.txt").write_text(CHAT, encoding="utf-8")
    write_lines(folder / "diary.jsonl")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("TZ", "Europe/Lisbon")
    return folder


@asynccontextmanager
async def looking_at(memory: Memory, path: Path | str) -> AsyncIterator[Pilot[None]]:
    """The import page with the preview of this path, which was pasted."""
    async with at(memory, "f7") as pilot:
        await paste(pilot, str(path))
        await press(pilot, "enter")
        yield pilot


async def paste(pilot: Pilot[None], text: str) -> None:
    pilot.app.screen.post_message(events.Paste(text))
    await rest(pilot)


async def to(pilot: Pilot[None], field: str) -> None:
    """Tab until the field has the focus."""
    for _ in range(12):
        if pilot.app.focused is not None and pilot.app.focused.id == field:
            return
        await pilot.press("tab")
    raise AssertionError(f"nobody gets to {field} by tab")


def test_a_preview_shows_what_is_in_an_export_and_writes_nothing(
    memory: Memory, home: Path
) -> None:
    async def play() -> None:
        async with looking_at(memory, home / "diary.jsonl") as pilot:
            assert "Would import 3, here already 0" in seen(pilot)
            assert "secondme-jsonl" in seen(pilot)
            assert "Ada, Bea, Beatrice" in seen(pilot)
            assert "2024-05-01 … 2024-06-01" in seen(pilot)
            assert "Bea, Office" in seen(pilot)
            assert memory.stats()["records"] == 0
            assert memory.batches() == []

    drive(play)


def test_an_export_is_chosen_in_the_tree_which_shows_no_hidden_files(
    memory: Memory, home: Path
) -> None:
    (home / ".hidden.txt").touch()

    async def play() -> None:
        async with at(memory, "f7") as pilot:
            assert "chat.txt" in seen(pilot)
            assert "hidden" not in seen(pilot)
            await press(pilot, "tab", "down", "enter")
            assert "Would import 2" in seen(pilot)
            await rest(pilot)  # the footer is told after the page, and drawn a round later
            assert_looks_like(pilot.app, "import_preview")
            await press(pilot, "ctrl+s")
            assert "Imported 2" in seen(pilot)
        (hit,) = memory.search("sardines")[:1]
        assert memory.show(hit.id)["zone"] == "guessed", "nobody has answered"

    drive(play)


def test_what_only_the_owner_knows_is_asked_and_the_answer_is_seen_at_once(
    memory: Memory, home: Path
) -> None:
    async def play() -> None:
        async with looking_at(memory, home / "chat.txt") as pilot:
            assert "Which of these is you: Ada, Bea?" in seen(pilot)
            assert "Europe/Lisbon" in seen(pilot)
            assert "day/month/year" in seen(pilot)
            await to(pilot, "me")
            await pilot.press("a", "right")
            await press(pilot, "enter")
            assert "Which of these is you" not in seen(pilot)
            await to(pilot, "zone")
            await press(pilot, "enter")
            assert "In which time zone" not in seen(pilot)
            await to(pilot, "order")
            await press(pilot, "enter", "down", "enter")
            assert "day first or month first" not in seen(pilot)
            assert "2024-01…2024-01" in seen(pilot)
            await press(pilot, "ctrl+s")
        (hit,) = [hit for hit in memory.search("sardines") if hit.author == "Ada"]
        shown = memory.show(hit.id)
        assert shown["mine"]
        assert shown["sent_at"] == "2024-01-02T09:30:00Z"
        assert [p["name"] for p in memory.people() if p["me"]] == ["Ada"]

    drive(play)


def test_an_unknown_zone_is_said_in_place_and_nothing_is_imported(
    memory: Memory, home: Path
) -> None:
    async def play() -> None:
        async with looking_at(memory, home / "chat.txt") as pilot:
            await to(pilot, "zone")
            await pilot.press("ctrl+u", *"Atlantis")
            await press(pilot, "enter")
            assert "There is no time zone Atlantis." in seen(pilot)
            await press(pilot, "ctrl+s")
            assert memory.batches() == []

    drive(play)


def test_an_import_says_what_it_did_and_can_be_taken_back(memory: Memory, home: Path) -> None:
    async def play() -> None:
        async with looking_at(memory, home / "diary.jsonl") as pilot:
            await press(pilot, "ctrl+s")
            assert "Imported 3, here already 0" in seen(pilot)
            assert memory.search("kettle")
            await press(pilot, "ctrl+b")
            assert "2024-06-01 12:00:00  done" in seen(pilot)
            await press(pilot, "u", "n")
            assert memory.stats()["records"] == 3
            await press(pilot, "u", "y")
            assert "Removed 3, kept by other imports 0." in seen(pilot)
            assert "taken back" in seen(pilot)
            assert memory.stats()["records"] == 0
            await press(pilot, "u")
            assert "Import 1 is taken back already." in seen(pilot)
            assert_looks_like(pilot.app, "imports_made")
            await press(pilot, "escape")
            assert isinstance(pilot.app.screen, ImportPage)

    drive(play)


def test_a_folder_and_a_zip_show_every_file_with_the_doubtful_ones_first(
    memory: Memory, home: Path
) -> None:
    (home / "broken.jsonl").write_text('{"id": "9", "text": "tea"}\n{"id": "10"\n', "utf-8")
    with zipfile.ZipFile(home / "all.zip", "w") as archive:
        for name in ("chat.txt", "diary.jsonl", "broken.jsonl"):
            archive.write(home / name, name)

    async def play() -> None:
        async with looking_at(memory, home / "all.zip") as pilot:
            assert "not read 1" in seen(pilot)
            assert "line 2" not in seen(pilot)
            order = [seen(pilot).index(f"zip/{n}") for n in ("chat", "broken", "diary")]
            assert order == sorted(order)
            await to(pilot, "files")
            await press(pilot, "down")
            assert "line 2" in seen(pilot)
        (home / "all.zip").unlink()
        async with looking_at(memory, f"'{home}'") as pilot:
            await press(pilot, "ctrl+s")
            assert memory.stats()["records"] == 6

    drive(play)


@pytest.mark.parametrize(
    ("path", "words"),
    [("", "Nothing is chosen."), ("~/nowhere", "There is no")],
    ids=["none", "no"],
)
def test_what_cannot_be_read_is_said_in_place(
    memory: Memory, home: Path, path: str, words: str
) -> None:
    async def play() -> None:
        async with at(memory, "f7") as pilot:
            if path:
                await paste(pilot, path)
            await press(pilot, "enter")
            assert words in seen(pilot)
            await press(pilot, "ctrl+s")
            assert memory.batches() == []

    drive(play)


def test_a_running_import_shows_how_far_it_is_and_can_be_stopped(
    memory: Memory, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, go_on = threading.Event(), threading.Event()
    whole = Memory.import_

    def slow(self: Memory, *given: Any, progress: Any, **options: Any) -> Any:
        def told(name: str, read: int) -> None:
            progress(name, read)
            held.set()
            assert go_on.wait(20)
            progress(name, read)

        return whole(self, *given, **options, progress=progress if options["dry_run"] else told)

    monkeypatch.setattr(Memory, "import_", slow)

    async def play() -> None:
        async with looking_at(memory, home / "diary.jsonl") as pilot:
            await pilot.press("ctrl+s")
            while not held.is_set():
                await pilot.pause(0.01)
            await pilot.pause(0.3)
            assert "diary.jsonl: 3 records read" in seen(pilot)
            await pilot.press("escape")
            assert "stopping" in seen(pilot)
            go_on.set()
            await rest(pilot)
            assert "Stopped. What was finished is kept." in seen(pilot)
            await press(pilot, "ctrl+b")
            assert "unfinished" in seen(pilot)
            await press(pilot, "u", "y")
            assert memory.stats()["records"] == 0

    drive(play)


def test_names_in_an_export_cannot_repaint_the_screen(memory: Memory, home: Path) -> None:
    lines = [
        {"id": "1", "author": "\x1b[31mEve\u202e[bold]", "text": "hi", "conversation": "\x07c"}
    ]
    path = home / "e\x1b[2Jvil.jsonl"
    write_lines(path, lines)

    async def play() -> None:
        async with looking_at(memory, path) as pilot:
            shown = seen(pilot)
            assert "[31mEve[bold]" in shown
            assert not {"\x1b", "\x07", "\u202e"} & set(shown)

    drive(play)


def test_a_large_preview_lists_the_first_files_and_says_so(memory: Memory, home: Path) -> None:
    for number in range(220):
        (home / f"{number}.md").write_text("tea", encoding="utf-8")
    lines = [{"id": str(n), "text": "tea", "author": f"me {n}"} for n in range(99)]
    (home / "large.jsonl").write_text(
        "".join(json.dumps(line) + "\n" for line in lines) + "{nonsense\n" * 60, encoding="utf-8"
    )
    report = memory.import_([home], Options(), dry_run=True)
    seen = preview.Seen.of(report, done=False)
    assert len(seen.files) == 200
    assert f"first 200 of {len(report['files'])} files listed" in seen.total
    (file,) = [file for file in seen.files if file["path"].endswith("large.jsonl")]
    assert "… and 59 more" in preview.about(file).plain
    assert "… and 10 more not read" in preview.about(file).plain


def test_secrets_in_an_export_are_replaced_at_a_key_press_before_they_are_written(
    memory: Memory, home: Path
) -> None:
    (home / "chat.txt").write_text(CHAT + "01/02/2024, 09:32 - Bea: 4111 1111 1111 1111\n")

    async def play() -> None:
        async with looking_at(memory, home / "chat.txt") as pilot:
            assert "Secrets: card 1; ctrl+g replaces them" in seen(pilot)
            await press(pilot, "ctrl+g")
            assert "Secrets: card 1; replaced." in seen(pilot)
            await press(pilot, "ctrl+g", "ctrl+g", "ctrl+s")
            assert "Imported 3" in seen(pilot)
        assert memory.search("redacted")
        assert "4111" not in " ".join(memory.dump())

    drive(play)


def test_a_preview_shows_conversation_by_conversation_what_comes_and_what_is_missing(
    memory: Memory, home: Path
) -> None:
    lines = [
        {"id": n, "conversation": f"Boat {n}", "author": "Ada", "at": f"2024-05-0{n}T10:00:00Z",
         "text": "tea"} for n in "123"
    ]  # fmt: skip
    write_lines(home / "boats.jsonl", lines)

    async def play() -> None:
        async with looking_at(memory, home / "boats.jsonl") as pilot:
            assert "· Boat 2  1 message, 2024-05-02 … 2024-05-02, Ada" in seen(pilot)

    drive(play)
    (home / "chat.txt").write_text(CHAT + "01/02/2024, 09:32 - Bea: IMG-7.jpg (file attached)\n")
    report = memory.import_([home / "chat.txt"], Options(), dry_run=True)
    assert "not here  1 attached: IMG-7.jpg" in preview.about(report["files"][0]).plain


def test_what_was_answered_before_is_taken_and_said(memory: Memory, home: Path) -> None:
    memory.import_([home / "chat.txt"], Options(("Ada",), "Europe/Oslo"))

    async def play() -> None:
        async with looking_at(memory, home / "chat.txt") as pilot:
            assert "As answered before for whatsapp: Ada, Europe/Oslo." in seen(pilot)
            assert "Which of these is you" not in seen(pilot)

    drive(play)


@pytest.mark.parametrize("typed", ["'{}'", '"{}"', "{}", " {} ", "escaped"])
def test_a_path_is_taken_as_people_paste_it(tmp_path: Path, typed: str) -> None:
    path = tmp_path / "WhatsApp Chat - Bea.zip"
    path.touch()
    text = str(path).replace(" ", "\\ ") if typed == "escaped" else typed.format(path)
    assert typed_path(text) == path


def test_names_and_zones_complete_themselves(home: Path) -> None:
    async def play() -> None:
        names = Names(["Ada", "Bea", "\x1b[31mBeatrice"])
        assert await names.get_suggestion("Doe, Ada; b") == "Doe, Ada; Bea"
        assert await names.get_suggestion("Ada; ") is None
        assert await Zones().get_suggestion("europe/lis") == "Europe/Lisbon"

    assert paths.local_zone() == "Europe/Lisbon"
    drive(play)
