"""Exports that are tables of comma-separated values, read row by row under their columns' names."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import lru_cache

from ingest.decode import decode, fold_newlines
from ingest.export import Member
from secondme.errors import UnreadableExport

_LARGEST = 512 * 1024 * 1024
_LONGEST_FIELD = 64 * 1024 * 1024
_PREAMBLE = 8
"""Some tables begin with a few lines for people; the names of the columns come after them."""
_SEPARATORS = ",;\t"

Row = dict[str, str]
"""A row by the lower-case names of its columns; missing fields are empty."""


def has_columns(member: Member, *names: str) -> bool:
    """Whether the file is a table with all of these columns (in lower case)."""
    return any(columns.issuperset(names) for columns, _ in _headings(member))


def rows(member: Member, *names: str) -> Iterator[tuple[int, Row]]:
    """Every row under the line that names the columns, with the number of the row from one.

    Raises `UnreadableExport` where no line names them all, or for a file of absurd size.
    """
    if member.size > _LARGEST:
        raise UnreadableExport(f"{member.name} is too large for a table.", "Split it.")
    csv.field_size_limit(_LONGEST_FIELD)
    separator = next((sep for columns, sep in _headings(member) if columns.issuperset(names)), "")
    if not separator:
        raise UnreadableExport(
            f"{member.name} has not the columns of its kind.", "Export it again."
        )
    text = fold_newlines(decode(member.read()).text).replace("\0", "")
    reader = csv.reader(_lines(text), delimiter=separator)
    columns: list[str] = []
    number = 0
    try:
        for fields in reader:
            if not columns:
                found = [field.strip().lower() for field in fields]
                columns = found if set(names) <= set(found) else []
            elif any(fields):
                number += 1
                yield number, _Row(zip(columns, fields, strict=False))
    except csv.Error as error:
        raise UnreadableExport(
            f"{member.name} is damaged after row {number}.", "Export it again."
        ) from error


class _Row(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _lines(text: str) -> Iterator[str]:
    """Only `\\n` ends a line: other separators that Unicode knows belong to the fields."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start : end + 1]
        start = end + 1
    if start < len(text):
        yield text[start:]


@lru_cache(maxsize=4)
def _headings(member: Member) -> tuple[tuple[frozenset[str], str], ...]:
    """What the first lines would be as names of columns, with each separator that they may have."""
    head = member.head[:8192]
    if head[:1] in (b"{", b"[", b"<") or not any(mark.encode() in head for mark in _SEPARATORS):
        return ()
    found = []
    for line in [line for line in member.start[:8192].split("\n") if line.strip()][:_PREAMBLE]:
        for separator in _SEPARATORS:
            if separator in line:
                fields = next(csv.reader([line.replace("\0", "")], delimiter=separator), [])
                found.append((frozenset(field.strip().lower() for field in fields), separator))
    return tuple(found)


__all__ = ["Row", "has_columns", "rows"]
