"""Words in pictures and voice notes: only where asked for, and told apart from typed ones."""

from __future__ import annotations

import io
import json
import wave
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from shell import run, settle_in, write_lines

from ingest import Export, Item, Options, detect
from models import hearing, seeing
from secondme.errors import Missing
from secondme.perceiving import Senses
from secondme.record import Record

CHAT = (
    "01/05/24, 09:30 - Ada: IMG-20240501-WA0001.jpg (file attached)\n"
    "01/05/24, 09:31 - Bea: PTT-20240501-WA0002.opus (file attached)\n"
    "01/05/24, 09:32 - Bea: PTT-20240501-WA0009.opus (file attached)\n"
    "01/05/24, 09:33 - Ada: typed\n"
)


def perceived(path: Path, senses: Senses) -> list[Record]:
    found: list[Item] = []
    for member in Export(path).members:
        importer = detect(member)
        assert importer is not None
        options = Options(me=("Ada",), zone="UTC", date_order="dmy")
        found += senses.perceived(importer.read(member, options), member)
    return [item for item in found if isinstance(item, Record)]


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    path = tmp_path / "WhatsApp Chat with Bea.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_chat.txt", CHAT)
        archive.writestr("IMG-20240501-WA0001.jpg", b"a picture")
        archive.writestr("PTT-20240501-WA0002.opus", b"a sound")
    return path


def test_what_is_seen_and_heard_follows_the_message_that_it_came_with(chat: Path) -> None:
    senses = Senses(see=lambda data: f"seen: {data!r}", hear=lambda data: f"heard: {data!r}")
    plain, found = perceived(chat, Senses()), perceived(chat, senses)
    assert [r for r in found if not r.meta] == plain
    seen, heard = (r for r in found if r.meta)
    assert (seen.text, seen.author, seen.role) == ("seen: b'a picture'", "Ada", "forwarded")
    assert (heard.text, heard.author, heard.role) == ("heard: b'a sound'", "Bea", "person")
    assert [json.loads(r.meta) for r in (seen, heard)] == [{"seen": True}, {"heard": True}]
    assert found.index(heard) == found.index(seen) + 2
    assert seen.native_id != heard.native_id


def test_a_sense_that_finds_nothing_adds_nothing(chat: Path) -> None:
    assert perceived(chat, Senses(see=lambda _: " \n")) == perceived(chat, Senses())


@pytest.mark.skipif(bool(find_spec("rapidocr_onnxruntime")), reason="the extra ocr is here")
def test_without_the_extra_pictures_name_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_in(tmp_path, monkeypatch)
    assert run("init", "--key", "file").code == 0
    asked = run("import", write_lines(tmp_path / "diary.jsonl"), "--read-pictures")
    asked.refuses(69, "pip install 'secondme[ocr]'")
    assert run("import", str(tmp_path / "diary.jsonl")).code == 0


@pytest.mark.skipif(bool(find_spec("faster_whisper")), reason="the extra speech is here")
def test_without_the_extra_voice_notes_name_the_command_that_installs_it() -> None:
    with pytest.raises(Missing) as missing:
        hearing.listener()
    assert missing.value.hint == "pip install 'secondme[speech]'"


def test_a_real_reader_reads_what_is_written(tmp_path: Path) -> None:
    pytest.importorskip("rapidocr_onnxruntime")
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (640, 160), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(32)
    draw.text((20, 20), "Platform 4", fill="black", font=font)
    draw.text((20, 90), "Ghent", fill="black", font=font)
    stored = io.BytesIO()
    picture.save(stored, "PNG")
    read = seeing.reader()
    assert read(stored.getvalue()) == read(stored.getvalue()) == "Platform 4\nGhent"
    assert read(b"no picture") == ""


def test_a_real_listener_hears_nothing_in_silence() -> None:
    pytest.importorskip("faster_whisper")
    stored = io.BytesIO()
    with wave.open(stored, "wb") as sound:
        sound.setparams((1, 2, 16_000, 16_000, "NONE", ""))
        sound.writeframes(bytes(32_000))
    hear = hearing.listener()
    assert hear(stored.getvalue()) == ""
    assert hear(b"no sound") == ""
