"""The models folder: which weights are here, where they came from, and which are in use.

The folder holds one GGUF per model and `models.json`, which remembers each file's hash and the
model chosen for each role. It is shared by all vaults and holds nothing personal.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.catalogue import catalogue
from models.header import describe
from secondme.errors import CannotCreate, ModelMissing, NotFound, UsageError

ROLES = ("chat", "embed")
_ABSTRACTIVE_FROM = 1_000_000_000
"""Parameters from which a model is trusted to compose; `secondme eval` measures whether it can."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model in the folder, or one of the catalogue that could be."""

    name: str
    role: str
    """chat | embed"""
    tier: str
    """extractive | abstractive"""
    path: Path
    sha256: str
    licence: str
    about: str
    present: bool
    current: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """What `models.json` keeps of a file. Size and time tell whether it must be hashed again."""

    role: str
    tier: str
    sha256: str
    licence: str
    about: str
    size: int
    mtime_ns: int


class Store:
    """The models in `folder`, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = folder / "models.json"

    def listing(self) -> list[ModelFile]:
        """What is here, then what the catalogue could bring, each in the order of its name."""
        known, current = self._read()
        here = [self._file(name, known[name], current) for name in sorted(known)]
        absent = [
            ModelFile(
                name=entry.name,
                role=entry.role,
                tier=entry.tier,
                path=self.folder / entry.file,
                sha256=entry.sha256,
                licence=entry.licence,
                about=entry.about,
                present=False,
                current=False,
            )
            for entry in sorted(catalogue().values(), key=lambda e: e.name)
            if entry.name not in known
        ]
        return here + absent

    def current(self, role: str) -> ModelFile | None:
        """The model in use for `role`, or None when none was chosen or its file is gone.

        Raises `ModelMissing` when the file is no longer the one that was added.
        """
        known, current = self._read()
        name = current.get(role)
        if name is None or name not in known:
            return None
        file = self._file(name, known[name], current)
        if not file.present:
            return None
        self._refuse_changed(file, known[name])
        return file

    def need(self, role: str) -> ModelFile:
        """`current`, or `ModelMissing` with the command that brings one."""
        file = self.current(role)
        if file is not None:
            return file
        entry = next(e for e in catalogue().values() if e.role == role)
        kind = "language model" if role == "chat" else "embedding model"
        raise ModelMissing(f"There is no {kind} yet.", f"secondme models pull {entry.name}")

    def add(self, file: Path, *, name: str = "", tier: str = "") -> ModelFile:
        """Take the owner's own GGUF in: a hard link where the disk allows it, else a copy.

        The role follows from its architecture, the tier from its size unless given. It comes into
        use at once when its role had no model.
        """
        if not file.is_file():
            raise NotFound(f"There is no {file}.", "Check the path.")
        name = name or file.stem.lower()
        if name in catalogue():
            raise UsageError(
                f"{name} is a name of the catalogue.", f"Rename the file, or pull {name}."
            )
        found = describe(file)
        role = "embed" if found.embeds else "chat"
        size_tier = "abstractive" if found.parameters >= _ABSTRACTIVE_FROM else "extractive"
        target = self.folder / f"{name}.gguf"
        with self._writing():
            if not (target.exists() and target.samefile(file)):
                _place(file, target)
        return self.register(
            name,
            role=role,
            tier=tier or size_tier,
            sha256=sha256(target),
            licence=found.licence,
            about=found.title,
        )

    def register(
        self, name: str, *, role: str, tier: str, sha256: str, licence: str, about: str
    ) -> ModelFile:
        """Note that `<name>.gguf` lies in the folder; first of its role, it comes into use."""
        known, current = self._read()
        state = (self.folder / f"{name}.gguf").stat()
        known[name] = _Known(role, tier, sha256, licence, about, state.st_size, state.st_mtime_ns)
        if current.get(role) not in known:
            current[role] = name
        self._write(known, current)
        return self._file(name, known[name], current)

    def use(self, name: str, role: str = "") -> ModelFile:
        """Choose `name` for `role` (its own role when empty)."""
        known, current = self._read()
        if name not in known or not (self.folder / f"{name}.gguf").is_file():
            hint = f"secondme models pull {name}" if name in catalogue() else "secondme models list"
            raise ModelMissing(f"The model {name} is not here.", hint)
        role = role or known[name].role
        if role != known[name].role:
            raise UsageError(
                f"{name} cannot be used for {role}: it is a model for {known[name].role}.",
                f"Leave the role out, or choose among {', '.join(ROLES)}.",
            )
        current[role] = name
        self._write(known, current)
        return self._file(name, known[name], current)

    def _file(self, name: str, known: _Known, current: dict[str, str]) -> ModelFile:
        path = self.folder / f"{name}.gguf"
        return ModelFile(
            name=name,
            role=known.role,
            tier=known.tier,
            path=path,
            sha256=known.sha256,
            licence=known.licence,
            about=known.about,
            present=path.is_file(),
            current=path.is_file() and current.get(known.role) == name,
        )

    def _refuse_changed(self, file: ModelFile, known: _Known) -> None:
        """Vectors and facts are kept under the model's hash, so another file must not pass."""
        state = file.path.stat()
        if (state.st_size, state.st_mtime_ns) == (known.size, known.mtime_ns):
            return
        if state.st_size != known.size or sha256(file.path) != known.sha256:
            verb = "pull" if file.name in catalogue() else "add"
            raise ModelMissing(
                f"The file of {file.name} has changed since it was added.",
                f"secondme models {verb} {file.name if verb == 'pull' else file.path}",
            )

    def _read(self) -> tuple[dict[str, _Known], dict[str, str]]:
        try:
            raw: Any = json.loads(self._index.read_text("utf-8"))
            known = {name: _Known(**fields) for name, fields in raw["models"].items()}
            return known, dict(raw["current"])
        except FileNotFoundError:
            return {}, {}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelMissing(
                f"{self._index} is damaged.", "Delete it, then pull or add your models again."
            ) from error

    def _write(self, known: dict[str, _Known], current: dict[str, str]) -> None:
        models = {name: asdict(known[name]) for name in sorted(known)}
        text = json.dumps({"current": current, "models": models}, indent=2, sort_keys=True)
        with self._writing():
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".models-")
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text + "\n")
            Path(temporary).replace(self._index)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            yield
        except OSError as error:
            raise CannotCreate(
                f"The models folder {self.folder} cannot be written: {error.strerror}.",
                "Free some space, or point SECONDME_MODELS at another folder.",
            ) from error


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _place(file: Path, target: Path) -> None:
    """Replace `target` in one step, so that a reader sees the old file or the new one."""
    temporary = target.with_name(f".{target.name}.part")
    temporary.unlink(missing_ok=True)
    try:
        os.link(file.resolve(), temporary)
    except OSError:
        shutil.copyfile(file, temporary)
    temporary.replace(target)
