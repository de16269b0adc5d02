"""Zips as their owners have them: more lies in them than words, and some are no exports at all."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest import Export

GOLDEN = Path(__file__).parent / "golden"


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("kind", ["chatgpt", "claude"])
def test_an_official_zip_is_its_talks_and_not_the_files_about_them(
    tmp_path: Path, kind: str
) -> None:
    talks = next((GOLDEN / kind).glob("conversations*.json")).read_text("utf-8")
    beside = dict.fromkeys(("chat.html", "user.json", "users.json", "message_feedback.json"), "{}")
    uploaded = {"file-Ab12Cd34Ef-notes.md": "# Sent to the assistant"}
    whole = {"conversations.json": talks, **beside, **uploaded, "diary.txt": "Mine."}
    found = Export(zipped(tmp_path / "export.zip", whole)).members
    assert [member.name for member in found] == ["conversations.json", "diary.txt"]
    alone = Export(zipped(tmp_path / "other.zip", dict(beside))).members
    assert [member.name for member in alone] == sorted(beside)


@pytest.mark.parametrize(
    "files",
    [
        {"mimetype": "application/epub+zip", "text/one.txt": "It was night."},
        {"word/document.xml": "<w/>", "[Content_Types].xml": "<Types/>", "note.txt": "x"},
    ],
)
def test_a_book_and_an_office_document_are_one_file_and_not_their_parts(
    tmp_path: Path, files: dict[str, str]
) -> None:
    (member,) = Export(zipped(tmp_path / "book.zip", files)).members
    assert member.name == "book.zip"


def test_what_belongs_together_is_found_in_another_part_of_a_download(tmp_path: Path) -> None:
    zipped(tmp_path / "takeout-2024-001.zip", {"Takeout/Keep/Tea.html": "<p>"})
    zipped(tmp_path / "takeout-2024-002.zip", {"Takeout/Keep/Tea.json": "{}"})
    zipped(tmp_path / "chat.zip", {"Takeout/Keep/Rum.json": "{}"})
    page = next(m for m in Export(tmp_path).members if m.suffix == ".html")
    twin = page.beside("Tea.json")
    assert twin is not None and twin.name == "takeout-2024-002.zip/Takeout/Keep/Tea.json"
    assert page.beside("Rum.json") is None
