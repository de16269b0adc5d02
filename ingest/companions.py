"""Files that lie beside the talks in an assistant's export and hold nothing that anybody said, and
the pages for people in an export of ours.

An official zip is its `conversations.json` and a dozen settings, receipts and copies. Only where
the talks themselves lie in the same folder are the others known by their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from secondme.errors import UnreadableExport

if TYPE_CHECKING:
    from ingest.export import Member

_TALKS = re.compile(r"conversations(?:-\d+)?\.json")
_MARKS = (b'"mapping"', b'"chat_messages"')
_NOTES = (b'"prompt_template"', b'"conversations_memory"')
"""In projects and memories of Claude's, which are called like the settings of others."""
MARK = "secondme-export.json"
"""The file at the root of what `secondme export` wrote."""
PAGE = "<!-- Written by secondme export, for people: it is never read again. -->"
"""The first line of every page in it: taken out of its folder, a page is still no note."""
_CHAT = re.compile(
    r"_chat\.txt|.*WhatsApp.*\.txt|result\.json|messages\d*\.html|messages?(?:_\d+)?\.json|main\.jsonl"
    r"|channels?\.json|chat\.(?:md|html|db)|export\.json|sms\.db"
)
"""What the file of a chat is called, by whatever app that puts what was sent beside it."""
_SENT = frozenset(".pdf .vcf .docx .xlsx .pptx .odt .epub .rtf .doc .xls .ics".split())
_READ = "records.jsonl"
_JOURNAL = re.compile(r"-(?:wal|shm|journal)$")
_BESIDE = re.compile(
    r"(?:chat\.html|(?:user|users|user_settings|message_feedback|shared_conversations|"
    r"model_comparisons|group_chats|shopping|sora|projects|memories|export_manifest|"
    r"conversation_asset_file_names|library_files|ads|codex)\.json|file[-_][A-Za-z0-9]{8,}.*)"
)
"""`file-…` is what was uploaded into a talk: named there, and seldom the owner's words."""


def without_companions(members: Iterable[Member]) -> list[Member]:
    """The members in their order; all of them where no talks lie beside."""
    members = _without_journals(_without_pages(list(members)))
    folders = {_folder(member) for member in members if _holds_talks(member)}
    return [
        member
        for member in members
        if _folder(member) not in folders
        or not _BESIDE.fullmatch(PurePosixPath(member.name).name)
        or _holds(member, _NOTES)
    ]


def attached(members: Iterable[Member]) -> list[Member]:
    """The members without documents that were sent in a chat: they lie below its folder.

    Nobody says of them whose words they are.
    """
    members = list(members)
    chats = {_folder(m) for m in members if _CHAT.fullmatch(PurePosixPath(m.name).name)}
    if not chats:
        return members
    return [m for m in members if m.suffix not in _SENT or not chats & _folders_above(m)]


def _without_pages(members: list[Member]) -> list[Member]:
    """Of every export of ours, what its importer begins with: the rest is no notes of anybody."""
    ours = {_folder(member) for member in members if PurePosixPath(member.name).name == MARK}
    if not ours:
        return members
    return [m for m in members if _read_by_us(m, ours) or not ours & _folders_above(m)]


def _without_journals(members: list[Member]) -> list[Member]:
    """Without what SQLite keeps beside a database: it is read together with it."""
    names = {member.name for member in members}
    journals = {n for n in names if _JOURNAL.search(n) and _JOURNAL.sub("", n) in names}
    return [member for member in members if member.name not in journals]


def _read_by_us(member: Member, ours: set[str]) -> bool:
    return _folder(member) in ours and PurePosixPath(member.name).name == _READ


def _folders_above(member: Member) -> set[str]:
    parts = member.name.split("/")[:-1]
    return {"/".join(parts[:depth]) for depth in range(len(parts) + 1)}


def _folder(member: Member) -> str:
    return member.name.rpartition("/")[0]


def _holds_talks(member: Member) -> bool:
    return bool(_TALKS.fullmatch(PurePosixPath(member.name).name)) and _holds(member, _MARKS)


def _holds(member: Member, marks: Iterable[bytes]) -> bool:
    try:
        return any(mark in member.head for mark in marks)
    except UnreadableExport:
        return False  # reported when it is read


__all__ = ["MARK", "PAGE", "attached", "without_companions"]
