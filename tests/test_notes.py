"""Notes are cut into records, and nothing that was written falls between two of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import Export, Item, Options, detect
from ingest.notes import blocks, sections
from secondme.record import Record

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
