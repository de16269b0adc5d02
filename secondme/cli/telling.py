"""What an import found and did, in lines for people: nothing is named without an end.

Names come from other people's files: each stands in one line, and `say` disarms what a terminal
would obey.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from secondme.cli.session import note, say

FILES = 40
CHATS = 10
NAMES = 6
UNREAD = 5
LONGEST = 120
_COUNTED = ("imported", "duplicate", "tombstoned")


def tell(report: Mapping[str, Any], *, dry_run: bool) -> None:
    """The whole report; where there are very many files, first those with something to ask."""
    strange = set(report["unrecognised"]["examples"])
    files = [f for f in report["files"] if len(strange) == 1 or f["path"] not in strange]
    if len(files) > FILES:
        files = sorted(files, key=lambda file: (not file["questions"], not file["unread"]))
    for file in files[:FILES]:
        for line in _file(file):
            say(line)
    if len(files) > FILES:
        say(f"… and {len(files) - FILES:,} more files: {_by_source(files[FILES:])}")
    for line in _of_all(report):
        say(line)
    verb = "would import" if dry_run else "imported"
    say(
        f"{verb} {report['imported']}, already here {report['duplicate']},"
        f" forgotten before {report['tombstoned']}, not read {report['skipped']}"
    )
    if report["batch"] and report["imported"]:
        note(f"Batch {report['batch']}: take it back with `secondme undo {report['batch']}`.")


def _file(file: Mapping[str, Any]) -> Iterator[str]:
    yield f"{one_line(file['path'])}  {file['source'] or '?'}  {_kinds(file['by_kind'])}"
    if len(file["chats"]) > 1:
        for chat in file["chats"][:CHATS]:
            yield f"  · {_chat(chat)}"
        more = len(file["chats"]) - CHATS + file["chats_left_out"]
        if more > 0:
            yield f"  · … and {more:,} more conversations"
    elif file["first"] or file["people"]:
        yield f"  {_when(file)}{_some(file['people'], NAMES)}"
    for dialect in file["dialects"]:
        yield f"  read as: {one_line(dialect['name'])}"
        yield from (f"    | {one_line(line)}" for line in dialect["proof"][:3])
    for unread in file["skipped"][:UNREAD]:
        yield f"  not read: {one_line(unread['where'])}: {one_line(unread['reason'], 300)}"
    if file["unread"] > UNREAD:
        yield f"  … and {file['unread'] - UNREAD:,} more not read"
    if missing := file["missing_media"]["count"]:
        examples = _some(file["missing_media"]["examples"], 3, missing)
        yield f"  attached to it, and not among the files: {missing:,} ({examples})"
    if file["secrets"]:
        yield f"  secrets in it: {_counts(file['secrets'])}"
    for question in file["questions"]:
        guess = f" (taken: {one_line(question['guess'])})" if question["guess"] else ""
        yield f"  {one_line(question['text'], 300)}{guess} → {question['option']}"


def _of_all(report: Mapping[str, Any]) -> Iterator[str]:
    unlisted = report["unrecognised"]["files"]
    if unlisted > 1:
        kinds = Counter(report["unrecognised"]["by_ending"]).most_common(NAMES)
        named = ", ".join(f"{one_line(ending, 20) or 'no ending'} {n:,}" for ending, n in kinds)
        examples = _some(report["unrecognised"]["examples"], 3, unlisted)
        yield f"of no kind that is read: {unlisted:,} files ({named}): {examples}"
    for source, answers in report["remembered"].items():
        told = ", ".join(_remembered(about, answer) for about, answer in answers.items())
        yield f"as answered before for {source}: {told} (--ask-again asks anew)"
    for plugin in report["plugins"]:
        yield f"plug-in {one_line(plugin['plugin'])}: {one_line(plugin['fault'])}"
    if report["secrets"]:
        how = "replaced" if report["redacted"] else "kept → --redact-secrets replaces them"
        yield f"secrets: {_counts(report['secrets'])}, {how}"


def _remembered(about: str, answer: Any) -> str:
    if about == "me":
        return f"you are {_some(answer, NAMES)}"
    return one_line(str(answer))


def _chat(chat: Mapping[str, Any]) -> str:
    title = one_line(chat["title"], 60)
    return f"{title}  {_kinds(chat['by_kind'])}  {_when(chat)}{_some(chat['people'], NAMES)}"


def _when(of: Mapping[str, Any]) -> str:
    return f"{of['first'][:10]} … {of['last'][:10]}, " if of["first"] else ""


def _by_source(files: Iterable[Mapping[str, Any]]) -> str:
    files_of: Counter[str] = Counter(file["source"] or "?" for file in files)
    return ", ".join(f"{source} {count:,}" for source, count in files_of.most_common())


def _kinds(counts: Mapping[str, int]) -> str:
    plural = (f"{n:,} {kind}{'s' if n != 1 else ''}" for kind, n in counts.items())
    return ", ".join(plural) or "nothing read"


def _counts(secrets: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count:,}" for kind, count in secrets.items())


def _some(names: Sequence[str], shown: int, count: int = 0) -> str:
    more = (count or len(names)) - min(shown, len(names))
    return ", ".join(one_line(name, 60) for name in names[:shown]) + (
        f", and {more:,} more" if more > 0 else ""
    )


def one_line(text: str, longest: int = LONGEST) -> str:
    """The beginning of `text` without line breaks."""
    line = " ".join(text[: 2 * longest].split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
