"""Notes are cut into records, and nothing that was written falls between two of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import Export, Item, Options, detect
from ingest.notes import blocks, sections
from secondme.record import Record, Unread

_LINES = st.lists(
    st.sampled_from(
        ["", "  ", "# One", "## Two", "words here", "```", "===", "> # q", "- # x", "\t"]
    )
)


def words_of(text: str) -> list[str]:
    return text.split()


@given(_LINES)
def test_every_word_of_a_note_is_in_exactly_one_section(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert words_of("\n".join(s.text for s in sections(text))) == words_of(text)
    assert all(section.text in text for section in sections(text))


@given(st.text(alphabet="ab \n\t.", max_size=400), st.integers(1, 60))
def test_every_letter_of_a_text_is_in_exactly_one_record(text: str, longest: int) -> None:
    found = list(blocks(text, longest))
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(block in text and block.strip() and len(block) <= longest for block in found)


def read(path: Path, *me: str) -> list[Item]:
    items: list[Item] = []
    for member in Export(path).members:
        importer = detect(member)
        assert importer is not None
        items += importer.read(member, Options(me=me))
    return items


def test_front_matter_made_to_explode_is_only_text(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{name}: &{name} [*{above}, *{above}, *{above}, *{above}]\n"
        for above, name in zip("abcdefghijklmnop", "bcdefghijklmnopq", strict=True)
    )
    (tmp_path / "bomb.md").write_text(f"---\n{bomb}tags: *q\n---\nStill here.\n")
    (tmp_path / "deep.md").write_text("---\na: " + "[" * 300_000 + "\n---\nHere too.\n")
    (tmp_path / "list.md").write_text("---\n" + "- " * 300_000 + "\n---\nHere as well.\n")
    (tmp_path / "object.md").write_text("---\na: !!python/object:os.system {}\n---\nAnd here.\n")
    read_all = "\n".join(item.text for item in read(tmp_path) if isinstance(item, Record))
    for words in ("Still here.", "Here too.", "Here as well.", "And here."):
        assert words in read_all


@pytest.mark.parametrize(
    "lines",
    [
        "[LINE] Chat with Moor\nSaved: 1/5/2024\n\n09:30AM\tAda\tHi\n09:31AM\tBea\tYes\n",
        "Moor 2024-01-01 12:00:00\nhappy new year\n\nAda 2024-01-01 12:00:05\nand to you\n",
        "----- Monday -----\n[Ada] [10:00 AM] hi\n[Bea] [12:30 PM] ho\n",
    ],
)
def test_another_programs_export_is_kept_as_a_note_and_said_to_be_one(
    tmp_path: Path, lines: str
) -> None:
    path = tmp_path / "export.txt"
    path.write_text(lines)
    found = read(path)
    assert "".join("".join(r.text for r in found if isinstance(r, Record)).split()) == "".join(
        lines.split()
    )
    (unread,) = (item for item in found if isinstance(item, Unread))
    assert unread.where == "whole file"


@pytest.mark.parametrize(
    "lines",
    [
        "2024-05-01 09:30 got up\n2024-05-01 10:30 had tea\n2024-05-02 09:00 slept\n",
        "09:30 got up\n10:30 tea: green\n",
        "2024-05-01\nWent to town: rain.\n\n==========\n\n2024-05-02\nStayed in.\n",
        "Ada wrote on 2024-05-01 at noon.\nShe said: come.\nI came.\n",
    ],
)
def test_a_diary_is_a_note_and_nothing_else(tmp_path: Path, lines: str) -> None:
    path = tmp_path / "diary.txt"
    path.write_text(lines)
    assert all(isinstance(item, Record) for item in read(path))


def test_a_note_is_its_owners_words(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text("mine")
    (item,) = read(path)
    assert isinstance(item, Record)
    assert (item.mine, item.role, item.kind) == (True, "person", "section")


@pytest.mark.parametrize("example", ["markdown/Vault", "chatgpt", "claude"])
def test_the_same_words_are_the_same_record_whatever_the_owner_is_called(example: str) -> None:
    """A key with the name in it would double them, and bring back the forgotten."""
    path = Path(__file__).parent / "golden" / example
    path = path if example.startswith("markdown") else next(path.glob("conversations*.json"))
    named = read(path, "Ada", "ada@example.org")
    assert named == read(path)
    mine = {item.author for item in named if isinstance(item, Record) and item.mine}
    assert mine == {"me"}
