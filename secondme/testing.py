"""A test kit for importers, ours and those of other packages: golden pairs, the contract, damage.

    golden/acme/chat.json                    an export, a file or a folder
    golden/acme/chat.json.expected.jsonl     its items, one a line
    golden/acme/chat.json.options.json       what the owner said, if anything

The folder is called after the importer. Nothing here needs a vault, a model or pytest; what is
wrong is an `AssertionError`.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from ingest import Export, Item, Options, detect
from ingest.contract import fault
from ingest.decode import looks_binary
from secondme.errors import UnreadableExport
from secondme.record import Corrected, Dialect, Kept, Question, Record, Unread

EXPECTED = ".expected.jsonl"
OPTIONS = ".options.json"
SLOW = 10.0
"""Seconds of this process that nobody should wait for a small file."""


def pairs(folder: Path) -> list[Path]:
    """Every export below `folder` that has its expectation beside it."""
    found = folder.glob(f"*/*{EXPECTED}")
    return sorted(path.with_name(path.name.removesuffix(EXPECTED)) for path in found)


def options_for(path: Path) -> Options:
    said = path.with_name(path.name + OPTIONS)
    fields = json.loads(said.read_text(encoding="utf-8")) if said.exists() else {}
    fields = {key: tuple(v) if isinstance(v, list) else v for key, v in fields.items()}
    return Options(**({"local_zone": "Europe/Berlin"} | fields))


def items(path: Path, options: Options | None = None) -> Iterator[Item]:
    """What the importer that the folder is called after makes of an export."""
    for member in Export(path).members:
        importer = detect(member)
        assert importer is not None, f"nobody recognises {member.name}"
        assert importer.name == path.parent.name, f"{importer.name} takes {member.name} for its own"
        yield from importer.read(member, options or options_for(path))


def as_object(item: Item) -> dict[str, Any]:
    """What differs from the defaults; tuples as JSON has them."""
    if isinstance(item, Unread):
        return {"unread": item.where, "reason": item.reason}
    if isinstance(item, Dialect):
        return {"dialect": item.name, "proof": list(item.proof)}
    if isinstance(item, Question):
        return {"question": item.about, "guess": item.guess}
    if isinstance(item, Kept | Corrected):
        return item._asdict()
    defaults = Record._field_defaults
    fields = {k: v for k, v in item._asdict().items() if k not in defaults or v != defaults[k]}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in fields.items()}


def expected(path: Path) -> list[dict[str, Any]]:
    text = path.with_name(path.name + EXPECTED).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def write(path: Path) -> None:
    """The expectation of an export, anew. Read every line of it before you believe it."""
    lines = [json.dumps(as_object(item), ensure_ascii=False) + "\n" for item in items(path)]
    path.with_name(path.name + EXPECTED).write_text("".join(lines), encoding="utf-8")


def check(path: Path) -> None:
    """An export gives exactly the items written beside it, twice, and each is as it must be."""
    found = list(items(path))
    assert [as_object(item) for item in found] == expected(path)
    assert list(items(path)) == found, "read twice, it is not the same"
    check_contract(found, path.parent.name)


def check_contract(found: list[Item], source: str | None = None) -> None:
    """Every item is what an importer may yield, and no two records have one id."""
    ids: set[tuple[str, str]] = set()
    for number, item in enumerate(found, 1):
        reason = "" if isinstance(item, Kept | Corrected) else fault(item, source)
        assert not reason, f"item {number}: {reason}"
        if isinstance(item, Record) and item.native_id is not None:
            assert (item.conversation, item.native_id) not in ids, f"two are {item.native_id}"
            ids.add((item.conversation, item.native_id))


def check_damage(path: Path, *, rounds: int = 100, seed: int = 0) -> None:
    """However an export is broken, reading it ends in items or in `UnreadableExport`."""
    chance = Random(seed)  # noqa: S311 - the same damage every time
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        shutil.copytree(path, copy) if path.is_dir() else shutil.copy(path, copy)
        files = sorted(p for p in copy.rglob("*") if p.is_file()) if path.is_dir() else [copy]
        whole = {file: file.read_bytes() for file in files}
        for _ in range(rounds):
            file = chance.choice(files)
            file.write_bytes(damaged(whole[file], chance))
            read_anything(copy, options_for(path))
            file.write_bytes(whole[file])


def read_anything(path: Path, options: Options) -> None:
    """Read whatever lies there by whoever recognises it, in time, and as the contract says."""
    started = time.process_time()
    try:
        for member in Export(path).members:
            if (importer := detect(member)) is None:
                continue
            try:
                for item in importer.read(member, options):
                    reason = "" if isinstance(item, Kept | Corrected) else fault(item, None)
                    assert not reason, f"{importer.name}: {reason}"
            except UnreadableExport as error:
                assert error.hint, f"{importer.name}: an error without a way out: {error}"
    except UnreadableExport as error:
        assert error.hint, f"an error without a way out: {error}"
    took = time.process_time() - started
    assert took < SLOW, f"it took {took:.1f} seconds"


# -- damage ---------------------------------------------------------------------------------------

LRM = "\u200e"


def rewritten(data: bytes) -> dict[str, bytes]:
    """The same text as other programs would have saved it; empty for what is no UTF-8 text."""
    if looks_binary(data[:65536]):
        return {}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {}
    lines = text.replace("\r\n", "\n")
    return {
        "crlf": lines.replace("\n", "\r\n").encode(),
        "bom": b"\xef\xbb\xbf" + data.removeprefix(b"\xef\xbb\xbf"),
        "utf-16": text.removeprefix("\ufeff").encode("utf-16"),
        "lrm": (LRM + lines.replace("\n", "\n" + LRM)).encode(),
    }


_NUMBER = re.compile(rb"\d+")
_VALUE = re.compile(rb'"[^"\n]{0,200}"|\b(?:true|false|null|\d+)\b')
_ODD = (
    b"", b"-1", b"0", b"9" * 400, b"1e999", b"null", b"true", b"[]", b"{}", b'""', b'[[""]]',
    b'{"text":1}', b'"\\ud800"', b"\0", b"\xff\xfe", b"\xe2\x80\xae", b"99999999999999", b"NaN",
)  # fmt: skip
_LUMPS = (
    b"[" * 3000, b'{"a":' * 2000, b"<div>" * 3000, b"\n" * 3000, b" " * 3000, b"\0" * 99, b"&" * 99,
    b"=?utf-8?b?", b"\xed\xa0\x80", b"a" * 5000, b"<![CDATA[", b"\r", b"BEGIN:VEVENT\r\n", b"::",
)  # fmt: skip


def damaged(data: bytes, chance: Random) -> bytes:
    """Cut, flipped, doubled, swapped, with strange values in it: one to four of these."""
    for _ in range(chance.randint(1, 4)):
        data = chance.choice(_WAYS)(data, chance)
    return data


def _span(data: bytes, chance: Random) -> tuple[int, int]:
    start = chance.randint(0, len(data))
    return start, min(len(data), start + chance.choice((1, 4, 30, 300, 3000)))


def _cut(data: bytes, chance: Random) -> bytes:
    return data[: chance.randint(0, len(data))]


def _dropped(data: bytes, chance: Random) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + data[end:]


def _doubled(data: bytes, chance: Random) -> bytes:
    start, end = _span(data, chance)
    return data[:end] + data[start:]


def _flipped(data: bytes, chance: Random) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + chance.randbytes(min(end - start, 8)) + data[end:]


def _lump(data: bytes, chance: Random) -> bytes:
    start, _ = _span(data, chance)
    return data[:start] + chance.choice(_LUMPS) + data[start:]


def _swapped(data: bytes, chance: Random) -> bytes:
    lines = data.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _odd_number(data: bytes, chance: Random) -> bytes:
    return _replaced(data, _NUMBER, chance)


def _odd_value(data: bytes, chance: Random) -> bytes:
    return _replaced(data, _VALUE, chance)


def _replaced(data: bytes, pattern: re.Pattern[bytes], chance: Random) -> bytes:
    """One of the places from a chosen point on: in a large file, not all are looked for."""
    start = chance.randint(0, len(data))
    found = pattern.search(data, start) or pattern.search(data)
    if found is None:
        return data
    return data[: found.start()] + chance.choice(_ODD) + data[found.end() :]


_WAYS = (_cut, _dropped, _doubled, _flipped, _lump, _swapped, _odd_number, *[_odd_value] * 3)
