"""Reads the scripts of the built-in life: who says what, when, in as little markup as can be.

A chat script:

    % t Tilda Marrow            a letter for each speaker
    = 2023-04-02 19:12          from here on it is this time, in Hamburg
    * Bea left                  a notice of the app
    t: words                    said by Tilda a little later than the line before
    | more words                the same message goes on
    t!: ok                      said in the same second as the line before
    t^: words                   an answer to the line before
    [image] or [voice]          as the whole text: media

Scripts of assistants have `# title` lines and the speakers `u`, `a` and `a~` (an answer that was
generated and set aside).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
_SAID = re.compile(r"(\w)([!^~]?): (.*)")


class Line(NamedTuple):
    at: datetime
    author: str
    """Empty for a notice."""
    text: str
    reply: bool = False


@dataclass
class Letter:
    file: str
    """`inbox`, or the name of its own file."""
    at: datetime
    key: str
    references: list[str]
    headers: dict[str, str] = field(default_factory=dict)
    attachments: list[str] = field(default_factory=list)
    body: str = ""

    @property
    def mine(self) -> bool:
        return "tilda.marrow@" in self.headers["From"]

    @property
    def thread(self) -> str:
        """The Message-ID of the letter that began the thread."""
        return f"{(self.references or [self.key])[0]}@example.org"


def local(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def chat(text: str) -> list[Line]:
    """The lines of one chat, in order. Raises `ValueError` with the line that it cannot read."""
    names: dict[str, str] = {}
    lines: list[Line] = []
    at = datetime.min
    for number, row in enumerate(text.splitlines(), 1):
        said = _SAID.fullmatch(row)
        if row.startswith("% "):
            names[row[2]] = row[4:]
        elif row.startswith("= "):
            at = local(row[2:] if len(row) > 8 else f"{at:%Y-%m-%d} {row[2:]}")
        elif row.startswith("* "):
            lines.append(Line(at, "", row[2:]))
        elif row.startswith("|"):
            last = lines.pop()
            lines.append(last._replace(text=f"{last.text}\n{row[2:]}"))
        elif said:
            speaker, mark, words = said.groups()
            at += timedelta(seconds=0 if mark == "!" else _pause(words))
            author = "alternate" if mark == "~" else names.get(speaker, speaker)
            lines.append(Line(at, author, words, mark == "^"))
        else:
            raise ValueError(f"line {number}: {row}")
    return lines


def _pause(words: str) -> int:
    """Seconds to read the line before and type this one: longer for more words, never random."""
    return 8 + len(words) // 3 + crc32(words.encode()) % 47


def talks(text: str) -> Iterator[tuple[str, list[Line]]]:
    for block in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        title, _, rest = block.partition("\n")
        yield title, chat(rest)


def files(text: str) -> Iterator[tuple[str, str]]:
    for block in re.split(r"^==== ", text, flags=re.MULTILINE)[1:]:
        name, _, body = block.partition("\n")
        yield name, body


def letters(text: str) -> list[Letter]:
    found: dict[str, Letter] = {}
    for title, rest in files(text):
        file, day, time, key, *above = title.split()
        references = [*found[above[1]].references, above[1]] if above else []
        letter = Letter(file, local(f"{day} {time}"), key, references)
        head, _, body = rest.partition("\n\n")
        for line in head.split("\n"):
            name, _, value = line.partition(": ")
            letter.headers[name] = value
        rows = body.rstrip("\n").split("\n")
        while rows[-1].startswith("Attachment: "):
            letter.attachments.insert(0, rows.pop().removeprefix("Attachment: "))
        letter.body = "\n".join(rows)
        found[key] = letter
    return list(found.values())
