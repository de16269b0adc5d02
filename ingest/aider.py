"""aider: `.aider.chat.history.md` in the folder where it was used.

    # aider chat started at 2024-05-01 09:30:00

    > Aider v0.60.0
    #### why does the test fail?
    Because the clock stands still.

What was typed has four hashes before every line and two spaces behind it, what the program says an
angle bracket; the rest is the model's. Only the beginning of a chat has a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest import Item, Member, Options, importer
from ingest.decode import decode, fold_newlines
from ingest.talks import Moment, Talk, local_moment, titled, zone_question
from ingest.times import parse_local
from secondme.record import Record

_STARTED = re.compile(
    r"^# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)[ \t]*$", re.MULTILINE
)
_ASKING = re.compile(r"/(?:ask|code|architect|context|help) +(?=\S)")
_TYPED = re.compile(r"^#### .*[ ]{2}$", re.MULTILINE)
_BLANK = "<blank>"
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def _looks_like_aider(member: Member) -> bool:
    return "# aider chat" in member.start and bool(_STARTED.search(member.start))


@importer("aider", recognises=_looks_like_aider)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the turns of every chat in file order."""
    yield from parse(fold_newlines(decode(member.read()).text), options)


def parse(text: str, options: Options) -> Iterator[Item]:
    """Pure. `text` has `\\n` line ends."""
    chats = list(_STARTED.finditer(text))
    if chats and not options.zone:
        yield zone_question("aider", options)
    for number, start in enumerate(chats):
        end = chats[number + 1].start() if number + 1 < len(chats) else len(text)
        at = local_moment(start[1], parse_local(start[1]), options)
        talk = Talk("aider", start[1], "", "aider")
        yield from titled(_turns(text[start.end() : end], talk, at))


def _turns(text: str, talk: Talk, at: Moment) -> Iterator[Record]:
    for mine, said in _pieces(text):
        words = said.strip()
        if mine:
            words = _ASKING.sub("", words, count=1) if words.startswith("/") else words
            # Other commands add files, run tests and leave: nothing is asked.
            words = "" if words.startswith("/") or words == _BLANK else words
        if words:
            yield talk.said(words, mine=mine, at=at)._replace(precision="day")


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """(mine, text): what was typed, each prompt by itself, and what was answered."""
    lines: list[str] = []
    mine = False
    fence = ""
    # An answer may have headings of its own; where an editor took the spaces away, none is told.
    ends = "  " if _TYPED.search(text) else ""
    for line in text.split("\n"):
        typed = not fence and line.startswith("#### ") and line.endswith(ends)
        if typed != mine:
            yield mine, "\n".join(lines)
            lines, mine = [], typed
        if typed:
            lines.append(line[5:].rstrip())
        elif fence or not line.startswith(">"):
            lines.append(line)
            if mark := _FENCE.match(line):
                fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
    yield mine, "\n".join(lines)
