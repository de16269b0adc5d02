"""Content lines, of which address cards (vCard) and calendars (iCalendar) are made.

    BEGIN:VEVENT
    DTSTART;TZID=Europe/Berlin:20240501T093000
    DESCRIPTION:Bring the lamp\\, and
      the chair                                        <- the line above goes on
    item1.TEL;CELL;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=2B49=
    =20171                                             <- so did vCard 2.1

Programs of thirty years wrote them, and few by the book, so nothing here refuses anything.
"""

from __future__ import annotations

import io
import quopri
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.decode import decode, fold_newlines
from ingest.export import Member
from ingest.mailparts import charset_text

_LONGEST = 1024 * 1024
"""No line of words is longer: the rest is cut off."""
_MOST_LINES = 20_000
"""Of one component; what comes after is passed over."""
_DEEPEST = 8
_STARTS = re.compile(
    r"[ \t]*(?:[A-Za-z0-9_-]+\.)?[A-Za-z0-9_-]+[ \t]*(?:-[ \t]*[A-Za-z0-9]+)?[ \t]*[;:]"
)
_NAME = re.compile(r"UID|SUMMARY|DESCRIPTION|LOCATION|CLASS|DT(?:START|END|STAMP)|X-[A-Z-]+")
"""Of a line folded before its colon."""
_BINARY = re.compile(
    r"[ \t]*(?:[A-Za-z0-9_-]+\.)?(?:PHOTO|LOGO|SOUND|KEY|IMAGE|X-MS-OL-DESIGN|X-MS-CARDPICTURE)[;:]"
    r"|[^:]{0,400};[ \t]*(?:ENCODING[ \t]*=[ \t]*)?(?:BASE64|B)[ \t]*[;:]",
    re.IGNORECASE,
)
_PRINTABLE = re.compile(
    r"[^:]{0,400};[ \t]*(?:ENCODING[ \t]*=[ \t]*)?QUOTED-PRINTABLE[;:]", re.IGNORECASE
)
_NEXT = re.compile(
    r"[ \t]*(?:item\d+\.)?(?:X-[A-Z-]+|END|BEGIN|N|FN|TEL|EMAIL|ADR|LABEL|ORG|TITLE|ROLE|URL|NOTE"
    r"|BDAY|PHOTO|CATEGORIES|NICKNAME|REV|UID|VERSION)[;:]",
    re.IGNORECASE,
)
"""What follows an encoded line that ends as if it went on."""
_KEPT_OF_BINARY = 300
_INVISIBLE = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks of direction, which chat programs put before lines that are passed on."""
_COLONS = re.compile('[":]')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CARET = re.compile(r"\^([n'^])")
_ENCODINGS = frozenset({"QUOTED-PRINTABLE", "BASE64", "B", "8BIT", "7BIT"})


class Line(NamedTuple):
    name: str
    """In capitals, without its group."""
    group: str
    """`item1`: the lines of one group belong together."""
    params: dict[str, list[str]]
    """By names in capitals. What vCard 2.1 writes without a name is a TYPE."""
    value: str
    """Decoded, but with its backslashes."""

    @property
    def text(self) -> str:
        return unescaped(self.value)

    def param(self, name: str) -> str:
        return next(iter(self.params.get(name, ())), "")


@dataclass(slots=True)
class Component:
    """What stands between BEGIN and END."""

    name: str
    lines: list[Line] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)
    whole: bool = True
    """False where the file ends inside it."""

    def first(self, name: str) -> Line | None:
        return next((line for line in self.lines if line.name == name and line.value), None)

    def text(self, name: str) -> str:
        line = self.first(name)
        return line.text.strip() if line else ""

    def all(self, *names: str) -> Iterator[Line]:
        return (line for line in self.lines if line.name in names and line.value.strip())


def read(member: Member, wanted: Container[str]) -> Iterator[Line | Component]:
    """Components with a `wanted` name, each when it ends, with those inside it; lines that stand in
    no such component come by themselves."""
    return components(_physical(member), wanted)


def components(lines: Iterable[str], wanted: Container[str]) -> Iterator[Line | Component]:
    """The same of physical lines without their ends."""
    stack: list[Component] = []
    for logical in _logical(lines):
        line = parsed(logical)
        if line is None:
            continue
        name = line.value.strip().upper()
        if line.name == "BEGIN":
            if stack and name == stack[0].name and not _holds_another(stack[-1]):
                yield stack[0]  # the next one begins: only its END is missing
                stack.clear()
            if stack or name in wanted:
                _begin(stack, Component(name))
        elif line.name == "END":
            if stack and name in (part.name for part in stack):
                while stack[-1].name != name:
                    stack.pop()
                ended = stack.pop()
                if not stack:
                    yield ended
        elif stack:
            if len(stack[-1].lines) < _MOST_LINES:
                stack[-1].lines.append(line)
        else:
            yield line
    if stack:
        stack[0].whole = False
        yield stack[0]


def _holds_another(component: Component) -> bool:
    """vCard 2.1 puts the card of somebody's agent inside theirs; nothing else is nested."""
    return bool(component.lines) and component.lines[-1].name == "AGENT"


def _begin(stack: list[Component], begun: Component) -> None:
    if stack and len(stack) < _DEEPEST:
        stack[-1].parts.append(begun)
    stack.append(begun)
    del stack[_DEEPEST * 4 :]


def parsed(logical: str) -> Line | None:
    """A logical line taken apart; None for what has no name and no value."""
    head, value = _halves(logical)
    if value is None:
        return None
    name, *rest = _split(head, ";")
    group, _, name = name.strip().rpartition(".")
    params: dict[str, list[str]] = {}
    for piece in rest:
        key, given, said = piece.partition("=")
        key = key.strip().upper()
        if not given:
            key, said = ("ENCODING" if key in _ENCODINGS else "TYPE"), key
        values = params.setdefault(key, [])
        values += [_bare(one) for one in _split(said, ",") if one.strip()]
    if "QUOTED-PRINTABLE" in (one.upper() for one in params.get("ENCODING", ())):
        charset = next(iter(params.get("CHARSET", ())), "utf-8")
        value = _printable(quopri.decodestring(value.encode("utf-8", "replace")), charset)
    return Line(name.strip().upper(), group, params, value)


def _printable(data: bytes, charset: str) -> str:
    text = data.decode("utf-8", "replace").rstrip("\ufffd")  # phones cut the last letter in half
    if charset.lower() not in ("utf-8", "utf8") or "\ufffd" in text:
        text = charset_text(data, charset)
    return fold_newlines(text)


def unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], value)


def fields(value: str, separator: str = ";") -> list[str]:
    """The parts of a structured value, such as a name's, unescaped and stripped."""
    if "\\" not in value:
        return [part.strip() for part in value.split(separator)]
    parts, start, at = [], 0, 0
    while at < len(value):
        if value[at] == "\\":
            at += 1
        elif value[at] == separator:
            parts.append(value[start:at])
            start = at + 1
        at += 1
    return [unescaped(part).strip() for part in (*parts, value[start:])]


def _halves(logical: str) -> tuple[str, str | None]:
    """What stands before and behind the first colon that no quotes are around."""
    quoted = False
    for mark in _COLONS.finditer(logical):
        if mark[0] == '"':
            quoted = not quoted
        elif not quoted:
            return logical[: mark.start()], logical[mark.end() :]
    head, colon, value = logical.partition(":")
    return head, (value if colon else None)


def _split(text: str, separator: str) -> list[str]:
    """At separators that no quotes are around."""
    if '"' not in text:
        return text.split(separator)
    pieces, start, quoted = [], 0, False
    for mark in re.finditer(f'["{separator}]', text):
        if mark[0] == '"':
            quoted = not quoted
        elif not quoted:
            pieces.append(text[start : mark.start()])
            start = mark.end()
    return [*pieces, text[start:]]


def _bare(said: str) -> str:
    said = said.strip().strip('"').strip()
    if "^" in said:  # RFC 6868
        said = _CARET.sub(lambda m: {"n": "\n", "'": '"', "^": "^"}[m[1]], said)
    return said


def _logical(lines: Iterable[str]) -> Iterator[str]:
    """Physical lines joined. Pictures lose all but their beginning."""
    pieces: list[str] = []
    length = 0
    binary = printable = False
    for line in lines:
        if not line.strip():
            continue  # some write two line ends for one
        goes_on = printable and pieces[-1].endswith("=") and not _NEXT.match(line[:500])
        if pieces and (goes_on or line[0] in " \t" or _is_rest(line, pieces[0], binary)):
            piece = line if goes_on else line[1:] if line[0] in " \t" else f"\n{line}"
            if goes_on:
                pieces[-1] = pieces[-1][:-1]
            room = (_KEPT_OF_BINARY if binary else _LONGEST) - length
            pieces.append(piece[: max(room, 0)])
            length += len(pieces[-1])
            continue
        if pieces:
            yield "".join(pieces)
        pieces, length = [line], len(line)
        binary = _BINARY.match(line[:500]) is not None
        printable = not binary and _PRINTABLE.match(line[:500]) is not None
    if pieces:
        yield "".join(pieces)


def _is_rest(line: str, begun: str, binary: bool) -> bool:
    """A line that names nothing: of a picture whose lines are not folded, or of a text whose line
    ends nobody escaped."""
    if binary:
        return ":" not in line
    marks = ("BEGIN:", "END:", "VERSION:", "PRODID:")
    starts = _STARTS.match(line) or _NAME.fullmatch(line.rstrip())
    return not begun.upper().startswith(marks) and starts is None


def _physical(member: Member) -> Iterator[str]:
    """Lines without their ends, however those are written."""
    encoding = decode(member.head).encoding
    with member.open() as stream:
        # surrogateescape: of a file that is UTF-8 but for some lines, those are read apart
        text = io.TextIOWrapper(
            stream, encoding, errors="surrogateescape" if encoding == "utf-8" else "replace"
        )
        while line := text.readline(_LONGEST):
            whole = line.endswith("\n")
            line = line.rstrip("\n").replace("\0", "")
            if not line.isascii():
                line = _sound(line).replace("\ufeff", "").lstrip(_INVISIBLE)
            yield line
            while not whole and (rest := text.readline(_LONGEST)):
                whole = rest.endswith("\n")


def _sound(line: str) -> str:
    try:
        line.encode()
    except UnicodeEncodeError:
        return decode(line.encode("utf-8", "surrogateescape")).text
    return line


__all__ = ["Component", "Line", "components", "fields", "parsed", "read", "unescaped"]
