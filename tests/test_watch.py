"""Files arrive by themselves: what changes in a watched folder is read, what goes is asked of."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shell import CHECKOUT, command, environment, run, settle_in

from ingest import Options
from secondme import refreshing, watch
from secondme.errors import Busy, NotFound, UsageError
from secondme.forget import Request
from secondme.memory import Memory
from secondme.vault.filters import Filter
from secondme.vault.outputs import Output
from secondme.watch.lock import alone

TRIP = "# Trip\nWe went to Porto.\n\n## Rain\nIt rained for days.\n\n## Food\nSardines and bread.\n"
CHAT = "".join(
    f"01/05/2024, 09:{minute:02} - {who}: message {minute}\n"
    for minute, who in enumerate(("Ada", "Bea") * 3)
)


class Notes:
    """A watched folder, a clock, and the watcher's looks at it."""

    def __init__(self, memory: Memory, root: Path) -> None:
        self.memory = memory
        self.root = root
        self.now = 1_700_000_000.0
        root.mkdir()
        memory.watch(root, Options(me=("Ada",)))
        self.look = watch.Look(memory, settle=2.0)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.now += 1
        os.utime(path, (self.now, self.now))
        return path

    def glance(self) -> watch.Outcome:
        return self.look.look(self.now)

    def settled(self) -> watch.Outcome:
        """Looks until everything is at rest; what the last of them found."""
        self.now += 10
        outcome = self.glance()
        while outcome.waiting:
            self.now += 2
            outcome = self.glance()
        return outcome

    def texts(self) -> list[str]:
        return sorted(stored.record.text for stored in self.memory._vault.records.every())

    def rows(self) -> dict[str, int]:
        return {s.record.text: s.row for s in self.memory._vault.records.every()}

    def listed(self, what: str) -> list[str]:
        (watched,) = self.memory.watched()
        return list(watched[what])

    def forget(self, words: str) -> None:
        assert self.memory.forget(Request(query=words))["plan"]["records"]


@pytest.fixture
def notes(memory: Memory, tmp_path: Path) -> Notes:
    return Notes(memory, tmp_path / "notes")


# -- reading --------------------------------------------------------------------------------------


def test_a_file_is_read_when_it_has_come_to_rest(notes: Notes) -> None:
    notes.write("trip.md", "# Trip\nhalf a sen")
    assert notes.glance().waiting == 1
    notes.write("trip.md", TRIP)
    notes.now += 1.5
    assert notes.glance().waiting == 1
    notes.now += 1
    assert notes.glance().read == 1
    assert len(notes.texts()) == 3


def test_what_is_dated_in_the_future_is_read_when_it_has_not_changed_for_a_while(
    notes: Notes,
) -> None:
    path = notes.write("trip.md", TRIP)
    os.utime(path, (notes.now + 9_999, notes.now + 9_999))
    assert notes.glance().waiting == 1
    notes.now += 2
    assert notes.glance().read == 1


def test_a_changed_note_changes_by_section(notes: Notes) -> None:
    notes.write("trip.md", TRIP)
    notes.settled()
    notes.memory.distil()
    before, vault = notes.rows(), notes.memory._vault
    vectors = dict(vault.vectors.every())
    notes.write("trip.md", TRIP.replace("for days", "for weeks"))
    notes.settled()
    after = notes.rows()
    assert after.keys() - before.keys() == {"## Rain\nIt rained for weeks."}
    kept = {row for text, row in after.items() if before.get(text) == row}
    assert len(kept) == 2
    assert {row: vectors[row] for row in kept} == dict(vault.vectors.every())
    assert vault.built.due_records("facts", "stub-reader", eligible="1", retry=False) == sorted(
        set(after.values()) - kept
    )
    assert len(notes.memory.batches()) == 1


def test_a_chat_only_grows(notes: Notes) -> None:
    lines = CHAT.splitlines(keepends=True)
    notes.write("WhatsApp Chat with Bea.txt", "".join(lines[:4]))
    notes.settled()
    notes.write("WhatsApp Chat with Bea.txt", CHAT)
    notes.settled()
    assert len(notes.texts()) == 6
    assert len(notes.memory.batches()) == 1
    notes.write("WhatsApp Chat with Bea.txt", "".join(lines[3:]) + "01/06/2024, 09:00 - Bea: new\n")
    notes.settled()
    assert len(notes.texts()) == 7


def test_a_note_that_is_emptied_says_nothing_and_an_emptied_chat_stays(notes: Notes) -> None:
    notes.write("trip.md", TRIP)
    notes.write("WhatsApp Chat with Bea.txt", CHAT)
    notes.settled()
    notes.write("trip.md", "")
    notes.write("WhatsApp Chat with Bea.txt", "")
    notes.settled()
    assert len(notes.texts()) == 6


def test_an_editors_way_of_saving_is_one_change(notes: Notes) -> None:
    path = notes.write("trip.md", TRIP)
    notes.settled()
    for name in ("4913", ".trip.md.swp", "trip.md~", "#trip.md#", "trip.md.tmp"):
        notes.write(name, "not to be read")
    path.rename(notes.root / "trip.md~")
    assert notes.glance().waiting == 1
    notes.write("trip.md.new.tmp", TRIP + "\nMore.\n").rename(path)
    notes.settled()
    assert notes.listed("missing") == []
    assert sum("More." in text for text in notes.texts()) == 1
    assert len(notes.texts()) == 3


def test_a_touched_file_is_not_read_again(notes: Notes) -> None:
    path = notes.write("trip.md", TRIP)
    notes.settled()
    batch = notes.memory.batches()
    os.utime(path, (notes.now + 60, notes.now + 60))
    notes.now += 60
    assert notes.settled().read == 0
    assert notes.memory.batches() == batch


def test_links_hidden_files_and_our_own_are_not_read(notes: Notes, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("elsewhere")
    notes.root.joinpath("link.md").symlink_to(outside)
    notes.root.joinpath("folder").symlink_to(tmp_path)
    notes.write(".hidden/a.md", "hidden")
    notes.write("copy/secondme-export.json", "{}")
    notes.write("copy/pages/a.md", "exported")
    notes.write("written/a.md", "written out")
    written = Output(str(notes.root / "written"), "export", "now")
    notes.memory._vault.outputs.note(written)
    assert notes.settled().read == 0
    assert notes.texts() == []
    with pytest.raises(UsageError):
        notes.memory.watch(tmp_path, Options())
    notes.memory.unwatch(notes.root)
    notes.memory.watch(tmp_path, Options())
    notes.settled()
    assert notes.texts() == ["elsewhere"]


def test_what_cannot_be_read_is_said_once_and_tried_again_when_it_changes(notes: Notes) -> None:
    path = notes.write("shopping.txt", '{"looks": "like data"}')
    assert notes.settled().unreadable == 1
    assert notes.settled().unreadable == 0
    assert notes.listed("unreadable") == ["shopping.txt"]
    notes.write(path.name, "bread and tea")
    notes.settled()
    assert notes.listed("unreadable") == []
    assert notes.texts() == ["bread and tea"]


def test_a_damaged_note_takes_nothing_away(notes: Notes) -> None:
    path = notes.write("trip.md", TRIP)
    notes.settled()
    path.write_bytes(b"\0\1\2" * 100)
    notes.settled()
    assert len(notes.texts()) == 3
    assert notes.listed("unreadable") == ["trip.md"]


def test_texts_beside_a_chat_were_sent_in_it(notes: Notes) -> None:
    notes.write("poem.txt", "a poem about rain")
    notes.settled()
    chat = notes.write("WhatsApp Chat with Bea.txt", CHAT)
    notes.settled()
    assert "a poem about rain" not in notes.texts()
    chat.rename(notes.root.parent / "WhatsApp Chat with Bea.txt")
    notes.settled()
    assert "a poem about rain" in notes.texts()


def test_a_single_export_is_watched_by_itself(memory: Memory, tmp_path: Path) -> None:
    notes = Notes(memory, tmp_path / "notes")
    memory.unwatch(notes.root)
    chat = notes.write("WhatsApp Chat with Bea.txt", CHAT)
    notes.write("other.md", "not watched")
    memory.watch(chat, Options(me=("Ada",)))
    notes.settled()
    assert len(notes.texts()) == 6
    assert {s.record.conversation for s in memory._vault.records.every()} == {"Bea"}
    chat.unlink()
    notes.settled()
    assert notes.listed("missing") == [chat.name]
    assert len(notes.texts()) == 6


def test_large_files_of_no_kind_are_not_even_hashed(
    notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secondme.watch.changes.LARGE", 4)
    notes.write("machine.sqlite", "not words")
    notes.write("trip.md", TRIP)
    outcome = notes.settled()
    assert (outcome.read, outcome.unreadable) == (1, 1)
    assert notes.settled().unreadable == 0
    conn = notes.memory._vault._db.conn
    assert conn.execute("select digest from watched_files order by name").fetchone() == ("-",)


def test_other_decisions_about_a_watched_folder_hold_for_what_was_read_too(notes: Notes) -> None:
    notes.memory.watch(notes.root, Options())
    notes.write("chat.jsonl", '{"id": "1", "author": "Ada", "text": "mine", "at": null}\n')
    notes.settled()
    (stored,) = notes.memory._vault.records.every()
    assert not stored.record.mine
    notes.memory.watch(notes.root, Options(me=("Ada",)))
    assert notes.settled().read == 1
    (stored,) = notes.memory._vault.records.every()
    assert stored.record.mine
    assert len(notes.memory.batches()) == 1


def test_a_file_without_permission_is_read_when_it_may_be(notes: Notes) -> None:
    path = notes.write("trip.md", TRIP)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert notes.settled().unreadable == 1
    assert notes.settled().unreadable == 0
    path.chmod(0o600)
    assert notes.settled().read == 1


@pytest.mark.skipif(sys.platform != "linux", reason="paths end elsewhere there")
def test_a_folder_that_no_path_reaches_does_not_stop_the_watcher(notes: Notes) -> None:
    notes.write("trip.md", TRIP)
    inside = os.open(notes.root, os.O_RDONLY)
    for _ in range(17):
        os.mkdir("d" * 250, dir_fd=inside)
        outside, inside = inside, os.open("d" * 250, os.O_RDONLY, dir_fd=inside)
        os.close(outside)
    os.close(inside)
    assert notes.settled().read == 1
    shutil.rmtree(notes.root / ("d" * 250))
    deep = notes.root.joinpath(*["d"] * 1_100)
    for folder in reversed([deep, *list(deep.parents)[:1_099]]):
        folder.mkdir()
    notes.write("rain.md", "It rained.")
    assert notes.settled().read == 1
    subprocess.run(["rm", "-r", notes.root / "d"], check=True)


def test_what_lies_in_a_folder_that_is_closed_is_not_gone(notes: Notes) -> None:
    path = notes.write("inside/trip.md", TRIP)
    notes.write("stays.md", "here")
    notes.settled()
    path.parent.chmod(0)
    try:
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
        notes.write("rain.md", "It rained.")
        assert notes.settled().read == 1
        assert notes.listed("missing") == []
        with pytest.raises(NotFound):
            watch.answer(notes.memory, notes.root, "forget")
    finally:
        path.parent.chmod(0o700)
    assert len(notes.texts()) == 5


def test_a_file_dated_beyond_all_calendars_is_read(notes: Notes) -> None:
    path = notes.write("trip.md", TRIP)
    try:
        os.utime(path, ns=(0, 2**63 + 10**9))
    except OverflowError:
        pytest.skip("no such time can be set here")
    assert notes.settled().read == 1
    assert notes.settled().read == 0


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text there")
def test_names_that_are_no_text_are_names_too(notes: Notes) -> None:
    notes.write(os.fsdecode(b"caf\xe9.md"), "by the river")
    notes.write(os.fsdecode(b"caf\xe9.json"), "{}")
    assert notes.settled().read == 1
    assert notes.listed("unreadable") == ["caf\\udce9.json"]
    assert notes.settled().read == 0


def test_zips_in_a_watched_folder_are_read_like_folders(notes: Notes) -> None:
    def pack(chat: str) -> None:
        path = notes.root / "WhatsApp Chat - Bea.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("_chat.txt", chat)
        notes.now += 1
        os.utime(path, (notes.now, notes.now))

    pack(CHAT)
    notes.settled()
    notes.write("trip.md", TRIP)
    notes.settled()
    pack(CHAT + "01/06/2024, 09:00 - Bea: new\n")
    notes.settled()
    assert len(notes.texts()) == 10
    names = {s.record.conversation for s in notes.memory._vault.records.every()}
    assert names == {"Bea", "trip"}


def test_what_was_read_is_distilled_when_there_is_nothing_to_read(notes: Notes) -> None:
    notes.write("trip.md", TRIP)
    said: list[str] = []
    watch.once(notes.memory, said.append, settle=0, distil=True)
    assert notes.memory.distilled()["coverage"] == 100.0
    assert [line.split(":")[0] for line in said] == ["Read 1 file"]


def test_what_an_import_brought_too_stays_when_the_file_changes(notes: Notes) -> None:
    notes.write("trip.md", TRIP)
    notes.memory.import_([notes.root], Options(me=("Ada",)))
    notes.settled()
    notes.write("trip.md", TRIP.replace("days", "weeks"))
    notes.settled()
    assert len(notes.texts()) == 4


# -- moving, going, coming back -------------------------------------------------------------------


def test_a_renamed_note_is_the_same_note_and_nobody_is_asked(notes: Notes) -> None:
    path = notes.write("trip.md", TRIP)
    notes.settled()
    notes.root.joinpath("old").mkdir()
    path.rename(notes.root / "old/porto.md")
    notes.settled()
    assert notes.listed("missing") == []
    assert len(notes.texts()) == 3
    assert {s.record.conversation for s in notes.memory._vault.records.every()} == {"old/porto"}


def test_a_note_moved_into_another_watched_folder_moves_there(notes: Notes, tmp_path: Path) -> None:
    path = notes.write("trip.md", TRIP)
    notes.write("stays.md", "here")
    notes.settled()
    archive = tmp_path / "archive"
    archive.mkdir()
    notes.memory.watch(archive, Options())
    path.rename(archive / "trip.md")
    notes.settled()
    assert [watched["missing"] for watched in notes.memory.watched()] == [[], []]
    assert len(notes.texts()) == 4


@pytest.mark.parametrize("choice", ["keep", "take-back", "forget"])
def test_what_is_gone_is_asked_about(choice: str, notes: Notes) -> None:
    notes.write("stays.md", "here")
    path = notes.write("trip.md", TRIP)
    notes.settled()
    path.unlink()
    notes.settled()
    assert notes.listed("missing") == ["trip.md"]
    assert len(notes.texts()) == 4
    assert notes.settled().missing == 0
    done = watch.answer(notes.memory, path, choice)
    assert done["files"] == 1
    assert notes.listed("missing") == []
    assert len(notes.texts()) == (4 if choice == "keep" else 1)
    assert len(notes.memory._vault.receipts.all()) == (choice == "forget")
    notes.write("trip.md", TRIP)
    notes.settled()
    assert len(notes.texts()) == (1 if choice == "forget" else 4)


def test_only_what_is_gone_can_be_answered(notes: Notes) -> None:
    path = notes.write("trip.md", TRIP)
    notes.settled()
    with pytest.raises(NotFound):
        watch.answer(notes.memory, path, "forget")
    assert len(notes.texts()) == 3


def test_what_was_moved_a_moment_ago_is_not_answered_with_what_is_gone(notes: Notes) -> None:
    trip = notes.write("WhatsApp Chat with Bea.txt", CHAT)
    rain = notes.write("rain.md", "It rained.")
    notes.settled()
    rain.unlink()
    notes.settled()
    trip.rename(notes.root / "WhatsApp Chat with Bea (1).txt")
    assert watch.answer(notes.memory, notes.root, "forget")["forgotten"] == 1
    notes.settled()
    assert len(notes.texts()) == 6


def test_a_file_that_comes_back_is_not_missing_any_more(notes: Notes, tmp_path: Path) -> None:
    notes.write("stays.md", "here")
    path = notes.write("trip.md", TRIP)
    notes.settled()
    path.rename(tmp_path / "aside.md")
    notes.settled()
    assert notes.listed("missing") == ["trip.md"]
    tmp_path.joinpath("aside.md").rename(path)
    assert notes.settled().read == 0
    assert notes.listed("missing") == []


@pytest.mark.parametrize("how", ["gone", "emptied"])
def test_a_drive_that_is_not_there_changes_nothing(how: str, notes: Notes, tmp_path: Path) -> None:
    notes.write("trip.md", TRIP)
    notes.settled()
    aside = notes.root.rename(tmp_path / "aside")
    if how == "emptied":
        notes.root.mkdir()
    assert len(notes.settled().away) == 1
    assert notes.settled().away == []
    assert (notes.listed("missing"), len(notes.texts())) == ([], 3)
    if how == "emptied":
        notes.root.rmdir()
    aside.rename(notes.root)
    assert notes.settled().read == 0
    notes.root.rename(tmp_path / "aside")
    assert len(notes.settled().away) == 1
    watch.answer(notes.memory, notes.root, "take-back")
    assert notes.texts() == []


def test_another_drive_in_the_same_place_changes_nothing(notes: Notes, tmp_path: Path) -> None:
    notes.write("trip.md", TRIP)
    notes.settled()
    notes.look._devices[str(notes.root)] += 1  # as if it had been another drive then
    notes.root.joinpath("trip.md").rename(tmp_path / "trip.md")
    notes.write("lost+found.md", "of the other drive")
    assert len(notes.settled().away) == 1
    assert notes.settled().away == []
    assert notes.listed("missing") == []
    assert len(notes.texts()) == 3
    tmp_path.joinpath("trip.md").rename(notes.root / "trip.md")
    notes.settled()
    assert len(notes.texts()) == 4


# -- forgetting -----------------------------------------------------------------------------------


def test_a_forgotten_section_stays_forgotten_when_the_note_is_edited_or_moved(
    notes: Notes,
) -> None:
    path = notes.write("trip.md", TRIP)
    notes.settled()
    notes.forget("rained")
    notes.write("trip.md", TRIP + "\n## More\nAnd home again.\n")
    notes.settled()
    assert len(notes.texts()) == 3
    for name in ("porto.md", "old.md"):
        path = path.rename(notes.root / name)
        notes.settled()
        assert len(notes.texts()) == 3
        assert not any("rained" in text for text in notes.texts())
    notes.write("old.md", path.read_text() + "\n## Last\nThe end.\n")
    notes.settled()
    assert len(notes.texts()) == 4
    notes.write("old.md", f"---\ndate: 2024-05-01\n---\n{path.read_text()}")
    notes.settled()
    notes.write("old.md", path.read_text().replace("# Trip\n", "# Travel\n"))
    notes.settled()
    assert len(notes.texts()) == 4
    assert not any("rained" in text for text in notes.texts())
    assert notes.memory.verify()["found"] == []


@pytest.mark.parametrize("how", ["edited", "renamed"])
def test_a_correction_goes_with_its_words_when_their_note_changes(how: str, notes: Notes) -> None:
    home = "# Home\nI live in Oslo.\n"
    path = notes.write("home.md", home)
    notes.settled()
    notes.memory.distil()
    (fact,) = notes.memory.facts()
    notes.memory.edit(fact.id, "I live in Oslo, by the river")
    if how == "edited":
        notes.write("home.md", home.replace("I live", "Rain again. I live"))
    else:
        path.rename(notes.root / "about me.md")
    notes.settled()
    notes.memory.distil()
    assert "I live in Oslo, by the river" in [fact.statement for fact in notes.memory.facts()]
    assert len(notes.memory._vault.corrections.every()) == 1


def test_a_resolution_goes_with_its_words_too(notes: Notes) -> None:
    for name, town, day in (("one.md", "Oslo", 1), ("two.md", "Porto", 2)):
        notes.write(name, f"---\ndate: 2024-05-0{day}\n---\nI live in {town}.\n")
    notes.settled()
    notes.memory.distil()
    (doubt,) = (d for d in notes.memory.review() if d["kind"] == "contradiction")
    notes.memory.resolve(doubt["id"], doubt["other"], "both")
    notes.root.joinpath("one.md").rename(notes.root / "three.md")
    notes.settled()
    notes.memory.distil()
    assert [fact.status for fact in notes.memory.facts()] == ["current", "current"]


def test_a_correction_whose_words_left_a_note_waits_and_is_forgotten_with_the_note(
    notes: Notes,
) -> None:
    home = "# Home\nI live in Oslo.\n"
    notes.write("home.md", home)
    notes.settled()
    notes.memory.distil()
    (fact,) = notes.memory.facts()
    notes.memory.edit(fact.id, "I live in Oslo, by the river")
    other = "# Home\nNothing about that.\n"
    notes.write("home.md", other)
    notes.settled()
    notes.write("home.md", home)
    notes.settled()
    notes.memory.distil()
    assert [fact.statement for fact in notes.memory.facts()] == ["I live in Oslo, by the river"]
    path = notes.write("home.md", other)
    notes.settled()
    path.rename(notes.root / "old.md")
    notes.settled()
    assert len(notes.memory._vault.corrections.every()) == 1
    notes.write("apart.md", "# Apart\nA word.\n")
    notes.settled()
    assert notes.memory.forget(Request(query="word"))["plan"]["edits"] == 0
    assert notes.memory.forget(Request(query="nothing"))["plan"]["edits"] == 1
    assert notes.memory._vault.corrections.every() == []


def test_words_that_a_note_says_twice_are_forgotten_where_they_were_forgotten(notes: Notes) -> None:
    twice = "# Monday\n## To do\ntea\n# Tuesday\n## To do\ntea\n"
    path = notes.write("todo.md", twice)
    notes.settled()
    hits = [s for s in notes.memory._vault.records.every() if s.record.subject.startswith("Mon")]
    notes.memory.forget(Request(ids=(next(s.key for s in hits if "tea" in s.record.text),)))
    notes.write("todo.md", path.read_text() + "# Wednesday\nrest\n")
    notes.settled()
    subjects = {stored.record.subject for stored in notes.memory._vault.records.every()}
    assert subjects == {"Monday", "Tuesday", "Tuesday › To do", "Wednesday"}


def test_names_of_files_do_not_outlive_forgetting(notes: Notes) -> None:
    notes.write("Rosa.md", "# Rosa\nShe plays the oboe.\n")
    notes.write("other.md", "here")
    notes.settled()
    notes.forget("oboe")
    tables = ("watched", "watched_files", "batches", "conversations")
    conn = notes.memory._vault._db.conn
    kept = [line for t in tables for line in conn.execute(f"select * from {t}")]
    assert "Rosa" not in str(kept)
    notes.root.joinpath("Rosa.md").unlink()
    notes.settled()
    assert notes.listed("missing") == [""]
    assert watch.answer(notes.memory, notes.root / "Rosa.md", "keep")["files"] == 1


def test_an_export_of_which_everything_was_forgotten_is_not_watched_any_more(
    memory: Memory, tmp_path: Path
) -> None:
    notes = Notes(memory, tmp_path / "notes")
    memory.unwatch(notes.root)
    chat = notes.write("WhatsApp Chat with Bea.txt", CHAT)
    memory.watch(chat, Options(me=("Ada",)))
    notes.settled()
    notes.forget("message 3")
    assert len(memory.watched()) == 1
    memory.forget(Request(within=Filter(source="whatsapp")))
    assert memory.watched() == []


# -- the watcher as a process ---------------------------------------------------------------------


def test_what_a_killed_look_had_read_of_a_file_that_is_gone_now_is_taken_back(
    notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secondme.refreshing.SMALL", 0)
    notes.write("stays.md", "here")
    notes.settled()
    path = notes.write("chat.jsonl", '{"id": "1", "text": "half of it"}\n')
    finished = refreshing._Arrival.finish
    monkeypatch.setattr(refreshing._Arrival, "finish", None)
    with pytest.raises(TypeError):
        notes.settled()
    monkeypatch.setattr(refreshing._Arrival, "finish", finished)
    path.unlink()
    notes.settled()
    assert notes.texts() == ["here"]
    assert notes.listed("missing") == []


def test_only_one_process_watches_a_vault(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(Busy), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settle_in(tmp_path, monkeypatch)
    assert run("init", "--key", "file").code == 0
    tmp_path.joinpath("notes").mkdir()
    tmp_path.joinpath("notes/trip.md").write_text(TRIP)
    assert run("watch", "add", str(tmp_path / "notes")).code == 0
    return tmp_path


def texts() -> set[str]:
    lines = map(json.loads, run("dump").out.splitlines())
    return {line["text"] for line in lines if line["type"] == "record"}


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def watcher(home: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts `watch run` and returns when its first look is done."""
    begun: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command("watch", "run", "--settle", "0.2"), text=True, stderr=subprocess.PIPE,
            env=environment(), cwd=CHECKOUT,
        )  # fmt: skip
        begun.append(process)
        assert process.stderr is not None
        while "Watching" not in process.stderr.readline():
            assert process.poll() is None
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_watcher_goes_on_where_it_was(
    home: Path, watcher: Callable[[], subprocess.Popen[str]]
) -> None:
    process = watcher()
    eventually(lambda: len(texts()) == 3)
    home.joinpath("notes/new.md").write_text("written while it watches")
    eventually(lambda: "written while it watches" in texts())
    assert run("watch", "run").code == 75
    process.kill()
    process.wait()
    home.joinpath("notes/new.md").write_text("written while nobody watched")
    home.joinpath("notes/trip.md").rename(home / "notes/porto.md")
    process = watcher()
    eventually(lambda: "written while nobody watched" in texts())
    eventually(lambda: len(texts()) == 4 and not run("watch", "list", "--json").json[0]["missing"])
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130


def test_one_look_is_enough_for_a_script(home: Path) -> None:
    told = run("watch", "run", "--once", "--settle", "0.1")
    assert (told.code, told.out) == (0, "")
    assert "Read 1 file: 3 new records" in told.err
    home.joinpath("notes/other.md").write_text("here")
    home.joinpath("notes/trip.md").unlink()
    assert "still remembered: 1 file" in run("watch", "run", "--once", "--settle", "0.1").err
    listed = run("watch", "list", "--json").json
    assert listed[0]["missing"] == ["trip.md"]
    assert "missing: trip.md" in run("watch", "list").out
    gone = str(home / "notes/trip.md")
    run("watch", "answer", gone).refuses(64, "--keep")
    run("watch", "answer", gone, "--forget").refuses(64, "--yes")
    assert run("watch", "answer", gone, "--take-back", "--json").json["removed"] == 3
    run("watch", "answer", gone, "--keep").refuses(66)
    assert texts() == {"here"}
    assert run("watch", "remove", str(home / "notes")).code == 0
    run("watch", "remove", str(home / "notes")).refuses(66)
    assert texts() == {"here"}


def test_what_cannot_be_watched_is_refused(home: Path) -> None:
    run("watch", "add", str(home / "nowhere")).refuses(66)
    run("watch", "add", str(home / "vault")).refuses(64)
    run("watch", "add", str(home), "--source", "smoke").refuses(64)
    run("watch", "add", str(home), "--tz", "Moon/Base").refuses(64)


def test_a_stranger_as_source_is_refused(memory: Memory, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        memory.watch(tmp_path, Options(), source="smoke")
