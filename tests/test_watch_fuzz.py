"""Whatever happens to a watched tree, its memory ends as if the last state had been imported."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import cast

import pytest
from stubs import KEY, NOW, StubLibrary

from ingest import Options
from secondme import watch
from secondme.brains import Library
from secondme.errors import VaultError
from secondme.memory import Memory, translated
from secondme.vault import Vault, make

ACTS = 2_000
SETTLE = 2.0
FOLDERS = ("", "trips", "trips/north", "work", "work/old", "people")
WORDS = "tea lamp river I live in Porto I love maps bread the boat leaks again and again".split()
OPTIONS = Options(me=("Ada",))


class Person:
    """Somebody with a folder of notes and chats, and a watcher that is looked with now and then."""

    def __init__(self, here: Path, seed: int) -> None:
        self.chance = Random(seed)
        self.root = here / "tree"
        self.now = 1_700_000_000.0
        self.lines = self.chats = 0
        for folder in FOLDERS:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        make(here / "vault", KEY).close()
        self.folder = here / "vault"
        self.memory = opened(self.folder)
        self.memory.watch(self.root, OPTIONS)
        self.look = watch.Look(self.memory, settle=SETTLE)

    def live(self, acts: int) -> None:
        often: list[tuple[Callable[[], None], int]] = [
            (self.creates_a_note, 6), (self.creates_a_chat, 1), (self.appends, 5),
            (self.rewrites, 4), (self.saves_like_an_editor, 4), (self.moves, 5), (self.copies, 1),
            (self.moves_a_folder, 1), (self.deletes, 3), (self.touches, 2), (self.truncates, 2),
            (self.leaves_something_unfinished, 1), (self.lets_it_look, 6), (self.answers, 1),
            (self.restarts, 1), (self.kills_a_look, 1), (self.distils, 1),
        ]  # fmt: skip
        for act in self.chance.choices([a for a, _ in often], [n for _, n in often], k=acts):
            self.now += self.chance.choice((0.0, 0.1, 1.0, 3.0))
            act()

    # -- what they write ----------------------------------------------------------------------

    def creates_a_note(self) -> None:
        suffix = self.chance.choice((".md", ".md", ".md", ".txt", ".markdown"))
        self.write(self.place(f"{self.word()}{self.chance.randrange(9)}{suffix}"), self.note())

    def creates_a_chat(self) -> None:
        """A chat only grows: another one in its place would be something else."""
        self.chats += 1
        name = f"chat {self.chats}.jsonl"
        if self.chance.random() < 0.5:
            name = f"WhatsApp Chat with Bea {self.chats}.txt"
        self.write(self.place(name), "".join(self.said(name) for _ in range(3)))

    def appends(self) -> None:
        if path := self.any_file():
            more = self.said(path.name) if is_chat(path) else self.section()
            self.write(path, path.read_text() + more)

    def rewrites(self) -> None:
        if path := self.any_note():
            parts = path.read_text().split("\n\n")
            self.chance.shuffle(parts)
            self.write(path, "\n\n".join(parts[self.chance.randrange(2) :]) + self.section())

    def truncates(self) -> None:
        if path := self.any_note():
            text = path.read_text()
            self.write(path, text[: self.chance.randrange(len(text) + 1)])

    def saves_like_an_editor(self) -> None:
        if path := self.any_note():
            text = path.read_text() + self.section()
            if self.chance.random() < 0.5:
                path.rename(path.with_name(path.name + "~"))
            new = path.with_name(f".{path.name}.swp") if self.chance.random() < 0.5 else path
            self.write(new, text)
            new.replace(path)

    def leaves_something_unfinished(self) -> None:
        name = self.chance.choice(("4913", "x.md~", ".x.md.swp", "x.md.part", ".git/x.md", "#x#"))
        self.write(self.place(name), "never to be read")

    def moves(self) -> None:
        if path := self.any_file():
            name = path.name if is_chat(path) else f"{self.word()}{path.suffix}"
            path.replace(self.place(name))

    def copies(self) -> None:
        if path := self.any_note():
            shutil.copy2(path, self.place(f"copy of {path.name}"))

    def moves_a_folder(self) -> None:
        old, new = self.root / "work/old", self.root / self.chance.choice(("old", "people/old"))
        (old, new) = (old, new) if old.exists() else (new, old)
        if old.exists() and not new.exists() and new.parent.exists():
            old.rename(new)

    def deletes(self) -> None:
        if path := self.any_file():
            path.unlink()

    def touches(self) -> None:
        if path := self.any_file():
            os.utime(path, (self.now, self.now))

    # -- what the watcher does ----------------------------------------------------------------

    def lets_it_look(self) -> None:
        self.look.look(self.now)

    def restarts(self) -> None:
        self.memory.close()
        self.memory = opened(self.folder)
        self.look = watch.Look(self.memory, settle=SETTLE)

    def kills_a_look(self) -> None:
        """Stopped in the midst of a statement, like by a power cut."""
        left = iter(range(self.chance.randrange(400)))
        conn = self.memory._vault._db.conn
        conn.set_progress_handler(lambda: next(left, None) is None, 100)
        with suppress(VaultError), translated():
            self.look.look(self.now)
        conn.set_progress_handler(None, 0)
        self.restarts()

    def answers(self) -> None:
        for watched in self.memory.watched():
            for name in watched["missing"]:
                if not (self.root / name).exists():
                    watch.answer(self.memory, self.root / name, "take-back")

    def distils(self) -> None:
        self.memory.distil()

    def rests(self) -> None:
        """Until nothing is left to read or to ask."""
        self.now += 10
        while self.look.look(self.now).waiting:
            self.now += SETTLE
        self.answers()

    # -- details ------------------------------------------------------------------------------

    def write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (self.now, self.now))

    def files(self) -> list[Path]:
        return sorted(p for p in self.root.rglob("*") if p.is_file() and p.name[0] in READ)

    def any_file(self) -> Path | None:
        return self.chance.choice(self.files() or [None])

    def any_note(self) -> Path | None:
        return self.chance.choice([p for p in self.files() if not is_chat(p)] or [None])

    def place(self, name: str) -> Path:
        folders = sorted(p for p in self.root.rglob("*") if p.is_dir() and p.name != ".git")
        return self.chance.choice([self.root, *folders]) / name

    def word(self) -> str:
        return self.chance.choice(WORDS).lower()

    def note(self) -> str:
        head = "---\ntitle: Lamp\n---\n" if self.chance.random() < 0.2 else ""
        return head + "".join(self.section() for _ in range(self.chance.randrange(5)))

    def section(self) -> str:
        level = "#" * self.chance.randrange(4)
        heading = f"{level} {self.word()}\n" if level else ""
        return f"\n\n{heading}{' '.join(self.chance.choices(WORDS, k=6))}\n"

    def said(self, where: str) -> str:
        self.lines += 1
        minute = f"{9 + self.lines // 3600:02}:{self.lines // 60 % 60:02}"
        text = " ".join(self.chance.choices(WORDS, k=4))
        if where.endswith(".txt"):
            return f"01/05/2024, {minute} - {self.chance.choice(('Ada', 'Bea', 'Cy'))}: {text}\n"
        at = f"2024-05-01T{minute}:00Z"
        return json.dumps({"id": f"m{self.lines}", "author": "Bea", "at": at, "text": text}) + "\n"


READ = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def is_chat(path: Path) -> bool:
    return path.suffix == ".jsonl" or "Chat" in path.name


def opened(folder: Path) -> Memory:
    return Memory(Vault(folder, KEY), cast(Library, StubLibrary()), lambda: NOW)


def imported(root: Path, here: Path) -> list[str]:
    make(here, KEY).close()
    with opened(here) as memory:
        memory.import_([root], OPTIONS)
        memory.distil()
        return list(memory.dump())


@pytest.mark.parametrize("seed", [1])
def test_two_thousand_file_operations_end_like_a_fresh_import(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some files come in by several transactions, and may be cut short between them.
    monkeypatch.setattr("secondme.refreshing.SMALL", 150)
    person = Person(tmp_path, seed)
    person.live(ACTS)
    person.rests()
    for path in sorted(person.root.rglob("*")):
        if path.is_file() and (path.name[0] not in READ or path.name.endswith((".part", "~"))):
            path.unlink()
    assert len(person.files()) > 10
    person.distils()
    assert list(person.memory.dump()) == imported(person.root, tmp_path / "fresh")
    assert person.memory.verify()["found"] == []
    person.memory.close()
