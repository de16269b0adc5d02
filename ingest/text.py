"""Plain text that no other importer knows: notes, diaries, drafts, whatever a person typed.

Asked last. Data that only looks like text — JSON, XML, tables — is refused: cut into paragraphs it
would fill the memory with noise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from ingest import Item, Member, Options, importer
from ingest.decode import decode, looks_binary
from ingest.notes import day_in, noon, path_of, text_of
from secondme.errors import UnreadableExport
from secondme.record import Record

LONGEST = 2000
"""About this many characters make one record: a screen of prose."""
_TEXT = frozenset({".txt", ".text"})
_DATA = frozenset(
    """.json .jsonl .ndjson .xml .html .htm .xhtml .mht .csv .tsv .sql .svg .enex .ics .vcf .plist
    .js .ts .css .scss .py .rb .pl .php .c .h .cpp .hpp .java .go .rs .sh .bat .yml .yaml .toml
    .ini .cfg .conf .lock .map .msf .db .sqlite .dat .bin .exe .zip .gz .tgz .tar .7z .rar .edn
    .warc .opml .rtf .tex .log .srt .emlx .eml .mbox .md""".split()
)
_JSON = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\[{"\]])')
_XML = re.compile(r"\s*<(?:\?xml|!doctype|!--|[a-z][\w:.-]*(?:\s[^<>]*)?/?>)", re.IGNORECASE)
_BLANK = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)*")
_BLANK_START = re.compile(r"(?:[ \t]*\n)*")
_SPACE = re.compile(r"\s")


def _looks_like_prose(member: Member) -> bool:
    if member.suffix in _DATA:
        return False
    if looks_binary(member.head):
        return member.suffix in _TEXT  # claimed, so that its owner is told why it stays unread
    return not looks_like_data(decode(member.head).text)


def looks_like_data(text: str) -> bool:
    """JSON, XML, or lines with equally many separators."""
    if _JSON.match(text) or _XML.match(text):
        return True
    lines = [line for line in text[:8192].split("\n") if line.strip()][:10]
    if len(lines) < 3:
        return False
    return any(
        lines[0].count(separator) >= 2 and len({line.count(separator) for line in lines}) == 1
        for separator in "\t;,"
    )


@importer("text", recognises=_looks_like_prose)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the text in order, in records of whole paragraphs where their length allows it."""
    if looks_binary(member.head):
        raise UnreadableExport(
            f"{member.name} is called a text file but holds something else.",
            "Import the text that it was made from, or leave it out.",
        )
    day = day_in(PurePosixPath(member.name).stem)
    for block in blocks(text_of(member)):
        yield Record(
            "text",
            path_of(member),
            block,
            author=options.me[0] if options.me else "me",
            sent_at=noon(day) if day else None,
            sent_local=member.stem if day else "",
            precision="day" if day else "s",
            kind="section",
            mine=True,
            title=member.stem,
        )


def blocks(text: str, longest: int = LONGEST) -> Iterator[str]:
    """Slices of `text` at blank lines, joined while they stay within `longest` characters.

    A longer paragraph is cut at white space, and where there is none, anywhere.
    """
    start = end = 0
    for paragraph_start, paragraph_end in _paragraphs(text, longest):
        if end > start and paragraph_end - start > longest:
            yield text[start:end]
            start = paragraph_start
        elif end == start:
            start = paragraph_start
        end = paragraph_end
    if end > start:
        yield text[start:end]


def _paragraphs(text: str, longest: int) -> Iterator[tuple[int, int]]:
    text = text.rstrip() + "\n\n"
    first = _BLANK_START.match(text)
    start = first.end() if first else 0
    for match in _BLANK.finditer(text, start):
        yield from _cut(text, start, match.start(), longest)
        start = match.end()


def _cut(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    while end - start > longest:
        line = text.rfind("\n", start + 1, start + longest)
        stop = line if line > 0 else text.rfind(" ", start + 1, start + longest)
        stop = stop if stop > 0 else start + longest
        yield start, stop
        start = stop
        while start < end and _SPACE.match(text, start):
            start += 1
    if end > start:
        yield start, end
