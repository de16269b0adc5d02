"""What an import would do, or has done, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from tui.safe import one_line, safe

COLUMNS = {"file": 22, "in it": 17, "when": 15, "unread": 6, "kind": 14}
"""The columns of the list and their widths."""
CHATS = 100
FILES = 200
"""Files listed of one export; those with something to say come first."""
FEW = 6
NAMES = 40
SUGGESTED = 2_000
UNREAD = 50


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page shows of a report. Made in the thread that read the export: there may be a
    hundred thousand files in it, and the screen must not wait.
    """

    files: list[dict[str, Any]]
    """Some: what asks something, what was not wholly read, then the rest."""
    total: str
    questions: list[dict[str, Any]]
    """What only the owner can answer, each thing once."""
    people: list[str]
    records: int
    """How many were read, which is how many an import after a preview will read."""
    secrets: bool
    """There are some in it."""
    redacted: bool
    """They are replaced."""

    @classmethod
    def of(cls, report: dict[str, Any], *, done: bool) -> Seen:
        strange = set(report["unrecognised"]["examples"])
        listed = report["files"]
        files = [f for f in listed if len(strange) == 1 or f["path"] not in strange]
        doubtful_first = sorted(files, key=lambda f: (not f["questions"], not f["skipped"]))
        return cls(
            doubtful_first[:FILES],
            "\n".join([_total(report, done), *_notes(report)]),
            report["questions"],
            sorted({name for file in files for name in file["people"]})[:SUGGESTED],
            sum(sum(file["by_kind"].values()) for file in files),
            bool(report["secrets"]),
            report["redacted"],
        )


def row(file: dict[str, Any]) -> tuple[Text, ...]:
    """As in `COLUMNS`. What a narrow screen cuts off is in `about`."""
    unread = file["unread"]
    return (
        Text(_end(file["path"], COLUMNS["file"])),
        Text(_kinds(file["by_kind"])),
        Text(f"{file['first'][:7]}…{file['last'][:7]}" if file["first"] else ""),
        Text(f"{unread:,}" if unread else "", "bold red"),
        Text(file["source"] or "?"),
    )


def about(file: dict[str, Any]) -> Text:
    """Everything that is known of one file of an export."""
    text = Text()
    for title, line in _parts(file):
        text.append(f"{title}  ", "dim")
        text.append(f"{line}\n")
    for dialect in file["dialects"]:
        text.append("read as  ", "dim")
        text.append(f"{one_line(dialect['name'])}\n")
        for line in dialect["proof"][:3]:
            text.append(f"    | {one_line(line, 90)}\n", "dim")
    for unread in file["skipped"][:UNREAD]:
        text.append("not read  ", "bold red")
        text.append(f"{one_line(unread['where'])}: {one_line(unread['reason'])}\n")
    if file["unread"] > UNREAD:
        text.append(f"… and {file['unread'] - UNREAD:,} more not read\n", "dim")
    if len(file["chats"]) > 1:
        _list_chats(file, text)
    return text


def _list_chats(file: dict[str, Any], text: Text) -> None:
    for chat in file["chats"][:CHATS]:
        text.append(f"· {one_line(chat['title'], 60)}  ")
        when = f"{chat['first'][:10]} … {chat['last'][:10]}, " if chat["first"] else ""
        people = ", ".join(one_line(name, 40) for name in chat["people"][:FEW])
        more = f", and {len(chat['people']) - FEW:,} more" if len(chat["people"]) > FEW else ""
        text.append(f"{_kinds(chat['by_kind'])}, {when}{people}{more}\n", "dim")
    if (more_chats := len(file["chats"]) - CHATS + file["chats_left_out"]) > 0:
        text.append(f"… and {more_chats:,} more conversations\n", "dim")


def _parts(file: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "file", safe(file["path"])
    yield "kind", file["source"] or "none that secondme reads"
    if file["by_kind"]:
        kinds = _kinds(file["by_kind"])
        counts = f"{file['imported']:,} new, {file['duplicate']:,} here already"
        gone = f", {file['tombstoned']:,} forgotten before" if file["tombstoned"] else ""
        yield "in it", f"{kinds}: {counts}{gone}"
    if file["first"]:
        yield "when", f"{file['first'][:10]} … {file['last'][:10]}"
    if file["conversations"]:
        yield "conversations", _some(file["conversations"])
    if file["people"]:
        yield "people", _some(file["people"])
    if missing := file["missing_media"]["count"]:
        yield "not here", f"{missing:,} attached: {_some(file['missing_media']['examples'])}"
    if file["secrets"]:
        yield "secrets", _counts(file["secrets"])
    for question in file["questions"]:
        yield "asks", one_line(question["text"])


def _notes(report: dict[str, Any]) -> Iterator[str]:
    """What is to be known of the whole import besides its counts, in a line each."""
    if (strange := report["unrecognised"]["files"]) > 1:
        kinds = list(report["unrecognised"]["by_ending"])[:FEW]
        endings = ", ".join(one_line(kind, 20) or "none" for kind in kinds)
        yield f"Of no kind that is read: {strange:,} files (endings: {endings})."
    if report["secrets"]:
        how = "replaced" if report["redacted"] else "ctrl+g replaces them before they are written"
        yield f"Secrets: {_counts(report['secrets'])}; {how}."
    for source, answers in report["remembered"].items():
        told = ", ".join(_some(a) if isinstance(a, tuple) else a for a in answers.values())
        yield f"As answered before for {source}: {told}."
    for plugin in report["plugins"]:
        yield f"Plug-in {one_line(plugin['plugin'], 60)}: {one_line(plugin['fault'])}."


def _total(report: dict[str, Any], done: bool) -> str:
    """The whole import in one sentence, and how many files of it are listed."""
    verb = "Imported" if done else "Would import"
    count = len(report["files"])
    more = f" (first {FILES} of {count:,} files listed)" if count > FILES else ""
    batch = f" It is import {report['batch']}; f8 distils it." if report["imported"] else ""
    return (
        f"{verb} {report['imported']:,}, here already {report['duplicate']:,},"
        f" forgotten before {report['tombstoned']:,}, not read {report['skipped']:,}{more}."
        f"{batch if done else ''}"
    )


def _kinds(counts: dict[str, int]) -> str:
    plural = (f"{n:,} {kind}{'s' if n != 1 else ''}" for kind, n in counts.items())
    return ", ".join(plural) or "nothing read"


def _counts(secrets: dict[str, int]) -> str:
    return ", ".join(f"{kind} {count:,}" for kind, count in secrets.items())


def _some(names: Sequence[str]) -> str:
    more = f" … and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
    return ", ".join(one_line(name, 60) for name in names[:NAMES]) + more


def _end(path: str, longest: int) -> str:
    """The last part of a path is the one that tells files apart."""
    line = " ".join(safe(path).split())
    return line if len(line) <= longest else "…" + line[1 - longest :]
