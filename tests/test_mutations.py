"""Exports that others wrote, as other programs would have saved them, and as full phones cut them:
the same records, or words that say what is missing.

The golden exports stand in for the shared ones where these are absent.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from secondme.testing import pairs, rewritten
from tests.promises import REFUSED, Sample
from tests.test_golden_exports import GOLDEN
from tests.test_shared_exports import SHARED, outcome, samples

LARGE = 200_000
"""Bytes above which a sample is left to its own tests."""
FILES = 60
CUTS = 8
"""Of more places to be cut at, a kilobyte apart, these many are taken."""
WAYS = ("crlf", "bom", "utf-16", "lrm")


def _everything() -> list[Sample]:
    if SHARED.is_dir():
        return list(samples())
    return [Sample(path.parent.name, path.name, path, "", "") for path in pairs(GOLDEN)]


def _texts() -> list[Sample]:
    return [sample for sample in _everything() if sample.path.exists() and _small(sample.path)]


def _small(path: Path) -> bool:
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return len(files) <= FILES and 0 < sum(p.stat().st_size for p in files) <= LARGE


def _zips() -> list[Sample]:
    return [sample for sample in _texts() if zipfile.is_zipfile(sample.path)]


TEXTS = [sample for sample in _texts() if not zipfile.is_zipfile(sample.path)]


def _name(sample: Sample) -> str:
    return f"{sample.format}-{sample.path.name}"


def _copy(sample: Sample, folder: Path) -> Sample:
    target = folder / sample.path.name
    if sample.path.is_dir():
        shutil.copytree(sample.path, target)
    else:
        shutil.copy(sample.path, target)
    return sample._replace(path=target)


def _files(path: Path) -> list[Path]:
    return sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


def _rewrite(path: Path, way: str) -> bool:
    """Whether anything of it is text that could be saved that way."""
    done = False
    for file in _files(path):
        other = rewritten(file.read_bytes()).get(way)
        if other is not None:
            file.write_bytes(other)
            done = True
    return done


@pytest.mark.parametrize("sample", TEXTS, ids=_name)
def test_saved_by_another_program_an_export_gives_the_same_or_says_what_not(
    sample: Sample, tmp_path: Path
) -> None:
    before, said = outcome(sample)
    silent = []
    for way in WAYS:
        folder = tmp_path / way
        folder.mkdir()
        copy = _copy(sample, folder)
        if not _rewrite(copy.path, way):
            continue
        found, complaints = outcome(copy)
        if found not in (before, REFUSED) and not set(complaints) - set(said):
            silent.append((way, +(before - found), +(found - before)))
    assert silent == []


@pytest.mark.parametrize("sample", [s for s in TEXTS if s.path.is_file()], ids=_name)
def test_cut_off_anywhere_an_export_gives_what_is_whole_and_no_more(
    sample: Sample, tmp_path: Path
) -> None:
    before, said = outcome(sample)
    data = sample.path.read_bytes()
    document = _is_one_document(data)
    cuts = range(1024, len(data), 1024)
    for cut in sorted(Random(len(data)).sample(cuts, min(CUTS, len(cuts)))):
        copy = sample._replace(path=tmp_path / sample.path.name)
        copy.path.write_bytes(data[:cut])
        found, complaints = outcome(copy)
        if document and found != before:
            assert found == REFUSED or set(complaints) - set(said), (cut, found)


def _is_one_document(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


@pytest.mark.parametrize("sample", _zips(), ids=_name)
def test_the_order_of_files_in_a_zip_does_not_matter(sample: Sample, tmp_path: Path) -> None:
    before, _ = outcome(sample)
    copy = sample._replace(path=tmp_path / sample.path.name)
    try:
        with zipfile.ZipFile(sample.path) as old, zipfile.ZipFile(copy.path, "w") as new:
            entries = old.infolist()
            document = entries[0].filename in ("mimetype", "[Content_Types].xml")
            chance = Random(len(entries))
            for entry in entries if document else chance.sample(entries, len(entries)):
                new.writestr(entry, old.read(entry), zipfile.ZIP_DEFLATED)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
        assert before in (REFUSED, Counter())
        return
    assert outcome(copy)[0] == before
