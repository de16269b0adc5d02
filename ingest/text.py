"""Plain text that no other importer knows: notes, diaries, drafts, whatever a person typed.

Asked last. Data that only looks like text — JSON, XML, tables — is refused: cut into paragraphs it
would fill the memory with noise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from ingest import Export, Item, Member, Options, importer
from ingest.decode import decode, looks_binary
from ingest.notes import blocks, day_in, noon, path_of, text_of
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_TEXT = frozenset({".txt", ".text"})
_DATA = frozenset(
    """.json .jsonl .ndjson .xml .html .htm .xhtml .mht .csv .tsv .sql .svg .enex .ics .vcf .plist
    .js .ts .css .scss .py .rb .pl .php .c .h .cpp .hpp .java .go .rs .sh .bat .yml .yaml .toml
    .ini .cfg .conf .lock .map .msf .db .sqlite .dat .bin .exe .zip .gz .tgz .tar .7z .rar .edn
    .warc .opml .rtf .tex .log .srt .emlx .eml .mbox .md""".split()
)
_CHAT = re.compile(r"(?:^|/)(?:_chat\.txt|result\.json|main\.jsonl)$")
_STAMP = re.compile(rb"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.{1,4}\d{1,2}[:.]\d\d")
_LOOK = 32 * 1024
_DAY = r"(?:\d{4}[-./年년]\s?\d{1,2}[-./月월]\s?\d{1,2}[日일.]?|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})"
_TIME = r"(?:[^\W\d]{1,10}\s?)?\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?[^\W\d]{1,4}\b\.?)?"
_SAID = re.compile(
    rf"\W{{0,3}}{_DAY}\W{{1,3}}{_TIME}\W{{1,4}}[^:\n]{{1,40}}?\s?:\s"  # when, who: what
    rf"|\S[^\n]{{0,40}}?\s\(?{_DAY}\W{{1,3}}{_TIME}\)?\s*$"  # who, when, and what below
    rf"|{_TIME}\t[^\t\n]+\t"
    rf"|\[[^\]\n]{{1,40}}\]\s\[{_TIME}\]"
)
_CLIPPING = re.compile(r"^- .{3,120} \| ", re.MULTILINE)
_JSON = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\[{"\]])')
_XML = re.compile(r"\s*<(?:\?xml|!doctype|!--|[a-z][\w:.-]*(?:\s[^<>]*)?/?>)", re.IGNORECASE)


def _looks_like_prose(member: Member) -> bool:
    if member.suffix in _DATA:
        return False
    if _folder(member.name) in chat_folders(member.export):
        return False  # somebody sent it in that chat
    if looks_binary(member.head):
        return member.suffix in _TEXT  # claimed, so that its owner is told why it stays unread
    return not looks_like_data(decode(member.head).text)


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


@lru_cache(maxsize=1)
def chat_folders(export: Export) -> frozenset[str]:
    """Folders that hold a chat: the texts beside it are attachments, and not the owner's notes."""
    return frozenset(_folder(m.name) for m in export.members if _holds_chat(m))


def _holds_chat(member: Member) -> bool:
    if "whatsapp" in member.name.lower() and member.suffix == ".txt":
        return _STAMP.search(member.head[:200]) is not None
    return _CHAT.search(member.name) is not None


def looks_like_foreign_chat(text: str) -> bool:
    """Other programs' chats and clippings: every fourth line says when, and somebody's name or a
    mark of the program. A diary's times stand alone before its words.
    """
    lines = [line for line in text[:_LOOK].split("\n") if line.strip()][:200]
    if _CLIPPING.search(text[:_LOOK]) and "==========" in (line.strip() for line in lines):
        return True
    said = sum(_SAID.match(line) is not None for line in lines)
    return said >= 2 and said * 4 >= len(lines)


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
    """Yield the text in order, in records of whole paragraphs where their length allows it.

    Nobody is named as the author: a text file may be a letter, a lyric or somebody's manual, and
    facts about the owner come only from words the owner wrote.
    """
    if looks_binary(member.head):
        raise UnreadableExport(
            f"{member.name} is called a text file but holds something else.",
            "Import the text that it was made from, or leave it out.",
        )
    day = day_in(PurePosixPath(member.name).stem)
    text = text_of(member)
    if looks_like_foreign_chat(text):
        yield Unread(
            "whole file",
            "This looks like a chat export of a kind that is not read yet:"
            " it was kept as a plain note.",
        )
    for block in blocks(text):
        yield Record(
            "text",
            path_of(member),
            block,
            sent_at=noon(day) if day else None,
            sent_local=member.stem if day else "",
            precision="day" if day else "s",
            kind="section",
            title=member.stem,
        )
