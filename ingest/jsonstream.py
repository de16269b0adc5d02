"""JSON documents too large for memory, read value by value, and never trusted.

`walk` steps into the containers it is told about and hands out everything below them whole. The
standard library's scanner does the work: it is fast, keeps integers exact, and gives up on hostile
nesting instead of filling the memory.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Container, Iterator
from typing import Any, BinaryIO, Final

from ingest.export import Member
from secondme.errors import UnreadableExport
from secondme.record import Unread

_CHUNK = 256 * 1024
_LONGEST = 256 * 1024 * 1024
"""A single value longer than this many characters is refused rather than held in memory."""
_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_GAP = re.compile(r"[ \t\r\n,]*")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HALF = re.compile(r"\\u[dD]")
_HEX = re.compile(r"\\x[0-9A-Fa-f]{2}")
_ESCAPED = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|.)", re.DOTALL)
_decode = json.JSONDecoder(strict=False).raw_decode

OPENED: Final = object()
"""The value that `walk` gives for an object at the moment it steps into it."""


class JsonError(ValueError):
    """The document stops making sense; everything before was handed out."""


def walk(stream: BinaryIO, inside: Container[str]) -> Iterator[tuple[str, Any]]:
    """Yield `(path, value)` in document order.

    Paths are keys joined by dots, with `item` for the members of an array and the empty path for
    the document itself. Containers whose path is in `inside` are entered (an object first yields
    `(path, OPENED)`); all other values come whole. Raises `JsonError` where the document breaks.
    """
    yield from _value(_Window(stream), "", inside)


def opening(head: bytes) -> bytes:
    """The head of a file without byte order mark and white space: `{` and `[` decide early."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")


def listed(stream: BinaryIO, start: str, wrapper: str) -> Iterator[Any]:
    """The values of a document that is a list, an object with a list under `wrapper`, or one value.

    `start` is the beginning of its text. Raises `JsonError` like `walk`.
    """
    start = start.lstrip("\ufeff \t\r\n")
    inside: tuple[str, ...] = ("",) if start[:1] == "[" else ()
    if re.match(rf'\{{\s*"{re.escape(wrapper)}"\s*:', start):
        inside = ("", wrapper)
    for path, value in walk(stream, inside):
        if value is not OPENED and path in ("", "item", f"{wrapper}.item"):
            yield value


def conversations(member: Member, app: str, *, skip: int = 0) -> Iterator[tuple[int, Any] | Unread]:
    """(number, value) of every conversation in an AI chat's export, from one; a broken end is an
    `Unread`. The document begins `skip` bytes into the file. Raises `UnreadableExport` when not one
    conversation is whole.
    """
    found = 0
    start = member.head[skip : skip + 99].decode("utf-8", "replace") if skip else member.start
    try:
        with member.open() as stream:
            stream.read(skip)
            for value in listed(stream, start, "conversations"):
                found += 1
                yield found, value
    except JsonError as error:
        if not found:
            raise UnreadableExport(
                f"{member.name} is not a complete {app} export.", "Download the export again."
            ) from error
        yield broken_off(error, found, "conversation")


def broken_off(error: JsonError, after: int, what: str) -> Unread:
    """How a document that breaks in the middle is reported."""
    return Unread(f"after {what} {after}", f"The file is damaged or incomplete here ({error}).")


def _value(text: _Window, path: str, inside: Container[str]) -> Iterator[tuple[str, Any]]:
    first = text.peek()
    if first == "{" and path in inside:
        yield path, OPENED
        yield from _object(text, path, inside)
    elif first == "[" and path in inside:
        yield from _array(text, path, inside)
    else:
        yield path, text.take()


def _object(text: _Window, path: str, inside: Container[str]) -> Iterator[tuple[str, Any]]:
    text.skip("{")
    while text.peek(_GAP) != "}":
        key = text.take()
        if not isinstance(key, str):
            raise JsonError("a key is no text")
        text.skip(":")
        yield from _value(text, f"{path}.{key}" if path else key, inside)
    text.skip("}")


def _array(text: _Window, path: str, inside: Container[str]) -> Iterator[tuple[str, Any]]:
    item = f"{path}.item" if path else "item"
    whole = item not in inside
    text.skip("[")
    while text.peek(_GAP) != "]":
        if whole:
            yield item, text.take()
        else:
            yield from _value(text, item, inside)
    text.skip("]")


class _Window:
    """The part of the document that is in memory, and where in it we are."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        first = stream.read(_CHUNK)
        encoding = next((name for mark, name in _BOMS if first.startswith(mark)), "utf-8")
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._text = self._decoder.decode(first)
        self._at = 0
        self._ended = not first

    def peek(self, gap: re.Pattern[str] = _SPACE) -> str:
        """The first character behind the gap. Raises `JsonError` at the end."""
        while True:
            match = gap.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                raise JsonError("it ends too early")

    def skip(self, expected: str) -> None:
        if self.peek() != expected:
            raise JsonError(f"{expected!r} is missing")
        self._at += 1

    def take(self) -> Any:
        """The value that starts at the character just peeked at, however far it reaches."""
        while True:
            try:
                value, end = _decode(self._text, self._at)
            except RecursionError as error:
                raise JsonError("it is nested too deeply") from error
            except ValueError as error:
                if self._respelt(error):
                    continue
                if self._certain(error) or not self._more():
                    raise JsonError(_reason(error)) from error
                continue
            # A number at the edge of the window may go on behind it.
            if end < len(self._text) or not self._more():
                halves = (
                    self._text.find("\\u", self._at, end) >= 0
                    and _HALF.search(self._text, self._at, end) is not None
                )
                self._at = end
                return mended(value) if halves else value

    def _respelt(self, error: ValueError) -> bool:
        """Whether the value has Telegram's `\\x1B` for a control character, which JSON does not
        know: from here on they are then spelt as it does."""
        if not isinstance(error, json.JSONDecodeError) or "escape" not in error.msg:
            return False
        if not _HEX.match(self._text, error.pos - 1) and not _HEX.match(self._text, error.pos):
            return False
        rest = _ESCAPED.sub(_four_digits, self._text[self._at :])
        changed = len(rest) != len(self._text) - self._at
        self._text, self._at = rest, 0
        return changed

    def _certain(self, error: ValueError) -> bool:
        """Whether more text cannot help."""
        if not isinstance(error, json.JSONDecodeError):
            return True
        return error.pos < len(self._text) - 64 and not error.msg.startswith("Unterminated")

    def _more(self) -> bool:
        """Take in as much again as is still unread, so that long values cost linear time."""
        if self._ended:
            return False
        rest = self._text[self._at :]
        if len(rest) > _LONGEST:
            raise JsonError("one value is too long")
        data = self._stream.read(max(_CHUNK, len(rest)))
        self._ended = not data
        self._text = rest + self._decoder.decode(data, final=self._ended)
        self._at = 0
        return True


def _four_digits(escape: re.Match[str]) -> str:
    return f"\\u00{escape[1]}" if escape[1] else escape[0]


def _reason(error: ValueError) -> str:
    return error.msg.lower() if isinstance(error, json.JSONDecodeError) else "a number is too long"


def mended(value: Any) -> Any:
    """`value` with halves of surrogate pairs replaced: they cannot be stored as UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [mended(item) for item in value]
    if isinstance(value, dict):
        return {mended(key): mended(item) for key, item in value.items()}
    return value


__all__ = [
    "OPENED",
    "JsonError",
    "broken_off",
    "conversations",
    "listed",
    "mended",
    "opening",
    "walk",
]
