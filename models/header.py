"""What a GGUF file says about itself, read from its first pages without loading any weights.

    "GGUF" u32 version, u64 tensors, u64 pairs
    pairs × (key, u32 type, value)
    tensors × (name, u32 dimensions, u64 × dimensions, u32 type, u64 offset)

Strings are a u64 length and UTF-8; everything is little-endian. The `gguf` library reads the same,
but makes objects of every word of the vocabulary: seconds for a large model.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from secondme.errors import UsageError

_FIXED = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING = 8
_ARRAY = 9
_EMBEDS = ("bert", "nomic-bert", "jina-bert", "modern-bert", "t5encoder", "embedding")
_LONGEST = 1 << 24
"""No string of a header is longer; a larger length means that the file is not what it claims."""

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Header:
    architecture: str
    title: str
    licence: str
    parameters: int
    embeds: bool
    """True for encoders, which turn text into vectors and cannot write."""


def describe(file: Path) -> Header:
    """Raises `UsageError` when `file` is not a GGUF that can be read."""
    try:
        with file.open("rb") as stream:
            return _describe(stream)
    except (struct.error, UnicodeDecodeError, OSError, KeyError, ValueError) as error:
        raise UsageError(
            f"{file.name} is not a GGUF model.",
            "secondme runs models in the GGUF format of llama.cpp.",
        ) from error


def _describe(stream: BinaryIO) -> Header:
    if stream.read(4) != b"GGUF":
        raise ValueError("no signature")
    version, tensors, pairs = struct.unpack("<IQQ", stream.read(20))
    if version < 2:
        raise ValueError("version 1 is not in use any more")
    said: dict[str, Value] = {}
    for _ in range(pairs):
        key = _string(stream)
        said[key] = _value(stream, _number(stream, "I"))
    parameters = sum(_elements(stream) for _ in range(tensors))
    architecture = str(said.get("general.architecture", ""))
    return Header(
        architecture=architecture,
        title=str(said.get("general.name", "")),
        licence=str(said.get("general.license", "unknown")),
        parameters=parameters,
        embeds=architecture.endswith(_EMBEDS),
    )


def _elements(stream: BinaryIO) -> int:
    _string(stream)
    dimensions = _number(stream, "I")
    shape = [_number(stream, "Q") for _ in range(dimensions)]
    stream.read(12)
    return math.prod(shape)


def _value(stream: BinaryIO, kind: int) -> Value:
    """Arrays are stepped over: nothing here needs the vocabulary."""
    if kind == _STRING:
        return _string(stream)
    if kind != _ARRAY:
        return _number(stream, _FIXED[kind])
    inner, count = _number(stream, "I"), _number(stream, "Q")
    if inner in _FIXED:
        stream.seek(struct.calcsize(_FIXED[inner]) * count, 1)
        return None
    for _ in range(count):
        _value(stream, inner)
    return None


def _number(stream: BinaryIO, code: str) -> int:
    number: int = struct.unpack("<" + code, stream.read(struct.calcsize("<" + code)))[0]
    return number


def _string(stream: BinaryIO) -> str:
    length = _number(stream, "Q")
    if length > _LONGEST:
        raise ValueError("a length that cannot be")
    data = stream.read(length)
    if len(data) < length:
        raise ValueError("cut short")
    return data.decode("utf-8", "replace")
