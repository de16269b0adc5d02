"""What an import would do, or has done, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from tui.safe import one_line, safe

COLUMNS = {"file": 22, "in it": 17, "when": 15, "unread": 6, "kind": 14}
"""The columns of the list and their widths."""
FILES = 200
"""Files listed of one export; those with something to say come first."""
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
    questions: list[dict[str, str]]
    """What only the owner can answer: the first question about each thing that is asked."""
    people: list[str]
    records: int
    """How many were read, which is how many an import after a preview will read."""

    @classmethod
    def of(cls, report: dict[str, Any], *, done: bool) -> Seen:
        files = report["files"]
        asked = {q["about"]: q for file in reversed(files) for q in reversed(file["questions"])}
        doubtful_first = sorted(files, key=lambda f: (not f["questions"], not f["skipped"]))
        return cls(
            doubtful_first[:FILES],
            _total(report, done),
            [asked[about] for about in sorted(asked)],
            sorted({name for file in files for name in file["people"]})[:SUGGESTED],
            sum(sum(file["by_kind"].values()) for file in files),
        )


def row(file: dict[str, Any]) -> tuple[Text, ...]:
    """As in `COLUMNS`. What a narrow screen cuts off is in `about`."""
    unread = len(file["skipped"])
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
    for unread in file["skipped"][:UNREAD]:
        text.append("not read  ", "bold red")
        text.append(f"{one_line(unread['where'])}: {one_line(unread['reason'])}\n")
    if len(file["skipped"]) > UNREAD:
        text.append(f"… and {len(file['skipped']) - UNREAD:,} more not read\n", "dim")
    return text


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
    for question in file["questions"]:
        yield "asks", one_line(question["text"])


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


def _some(names: Sequence[str]) -> str:
    more = f" … and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
    return ", ".join(one_line(name, 60) for name in names[:NAMES]) + more


def _end(path: str, longest: int) -> str:
    """The last part of a path is the one that tells files apart."""
    line = " ".join(safe(path).split())
    return line if len(line) <= longest else "…" + line[1 - longest :]
