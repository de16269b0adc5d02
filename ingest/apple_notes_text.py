"""The text of a note of Apple's: a gzipped message of words and of runs that say how they look.

    document 2 › note 3 › text 2, runs 5: length 1 (UTF-16), paragraph 2, link 9, attachment 12

What is a heading, a list or a task there is one in Markdown here.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from ingest.protobuf import fields, number, part, parts

_LARGEST: Final = 64 * 1024 * 1024
_GZIP: Final = 31
_EMBEDDED: Final = "\ufffc"
_TITLE, _HEADING, _SUBHEADING, _CODE = 0, 1, 2, 4
_MARKS: Final = {_HEADING: "# ", _SUBHEADING: "## ", 100: "- ", 101: "- "}
_NUMBERED, _TASK = 102, 103
_BODY: Final = -1


class _Run(NamedTuple):
    text: str
    style: int
    indent: int
    done: bool
    quoted: bool
    link: str
    attachment: str


def unpacked(data: bytes) -> bytes:
    """Raises `ValueError` for damage, and for what unpacks to more than any note."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    unpacker = zlib.decompressobj(_GZIP)
    try:
        held = unpacker.decompress(data, _LARGEST)
    except zlib.error as error:
        raise ValueError("it is damaged") from error
    if unpacker.unconsumed_tail:
        raise ValueError("it is too large")
    return held


def markdown(data: bytes, embedded: Mapping[str, str]) -> str:
    """`embedded` is what stands for each attachment. Raises `ValueError` for what is no note."""
    note = fields(part(fields(part(fields(unpacked(data)), 2)), 3))
    return plain_note(note, embedded)


def plain_note(note: Mapping[int, list[int | bytes]], embedded: Mapping[str, str]) -> str:
    """The same of a note that is part of another message: the cell of a table."""
    lines: list[str] = []
    fenced = False
    numbered: dict[int, int] = {}
    for line in _lines(_runs(dict(note))):
        first = line[0]
        words = "".join(_shown(run, embedded) for run in line)
        if (first.style == _CODE) != fenced:
            lines.append("```")
            fenced = not fenced
        if first.style != _NUMBERED:
            numbered.clear()
        elif words:
            numbered[first.indent] = numbered.get(first.indent, 0) + 1
        lines.append(words if fenced or not words.strip() else _marked(first, words, numbered))
    return "\n".join([*lines, "```"] if fenced else lines).strip("\n")


def _marked(first: _Run, words: str, numbered: Mapping[int, int]) -> str:
    mark = _MARKS.get(first.style, "")
    if first.style == _NUMBERED:
        mark = f"{numbered.get(first.indent, 1)}. "
    elif first.style == _TASK:
        mark = "- [x] " if first.done else "- [ ] "
    indent = "  " * min(first.indent, 20) if mark and first.style >= 100 else ""
    return f"{'> ' if first.quoted else ''}{indent}{mark}{words}"


def _shown(run: _Run, embedded: Mapping[str, str]) -> str:
    if run.attachment:
        return run.text.replace(_EMBEDDED, embedded.get(run.attachment, ""))
    words = run.text.replace(_EMBEDDED, "")
    if run.link and run.link != words and words.strip():
        return f"[{words}]({run.link})"
    return words


def _lines(runs: Iterator[_Run]) -> Iterator[list[_Run]]:
    """The runs of each line; a line looks as its first run does. Never an empty list."""
    line: list[_Run] = []
    for run in runs:
        *whole, rest = run.text.split("\n")
        for words in whole:
            yield [*line, run._replace(text=words)]
            line = []
        if rest:
            line.append(run._replace(text=rest))
    if line:
        yield line


def _runs(note: dict[int, list[int | bytes]]) -> Iterator[_Run]:
    text = part(note, 2).decode("utf-8", "replace")
    wide = text.encode("utf-16-le", "surrogatepass")
    at = 0
    for run in parts(note, 5):
        told = fields(run)
        end = at + 2 * number(told, 1)
        yield _run(wide[at:end].decode("utf-16-le", "replace"), told)
        at = end
    if at < len(wide):
        yield _run(wide[at:].decode("utf-16-le", "replace"), {})


def _run(text: str, told: dict[int, list[int | bytes]]) -> _Run:
    paragraph = fields(part(told, 2))
    style = number(paragraph, 1) if 1 in paragraph else _BODY
    return _Run(
        text,
        style,
        number(paragraph, 4),
        number(fields(part(paragraph, 5)), 2) > 0,
        number(paragraph, 8) > 0,
        part(told, 9).decode("utf-8", "replace"),
        part(fields(part(told, 12)), 1).decode("utf-8", "replace"),
    )


__all__ = ["markdown", "plain_note", "unpacked"]
