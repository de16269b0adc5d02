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


def listed(stream: BinaryIO, head: bytes, wrapper: str) -> Iterator[Any]:
    """The values of a document that is a list, an object with a list under `wrapper`, or one value.

    Raises `JsonError` like `walk`.
    """
    start = opening(head)
    inside: tuple[str, ...] = ("",) if start[:1] == b"[" else ()
    if re.match(rb'\{\s*"%b"\s*:' % re.escape(wrapper.encode()), start):
        inside = ("", wrapper)
    for path, value in walk(stream, inside):
        if value is not OPENED and path in ("", "item", f"{wrapper}.item"):
            yield value


def conversations(member: Member, app: str) -> Iterator[tuple[int, Any] | Unread]:
    """(number, value) of every conversation in an AI chat's export, from one; a broken end is an
    `Unread`. Raises `UnreadableExport` when not one is whole.
    """
    found = 0
    try:
        with member.open() as stream:
            for value in listed(stream, member.head, "conversations"):
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
                if self._certain(error) or not self._more():
                    raise JsonError(_reason(error)) from error
                continue
            # A number at the edge of the window may go on behind it.
            if end < len(self._text) or not self._more():
                escaped = self._text.find("\\ud", self._at, end) >= 0
                escaped = escaped or self._text.find("\\uD", self._at, end) >= 0
                self._at = end
                return _mended(value) if escaped else value

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


def _reason(error: ValueError) -> str:
    return error.msg.lower() if isinstance(error, json.JSONDecodeError) else "a number is too long"


def _mended(value: Any) -> Any:
    """`value` with halves of surrogate pairs replaced: they cannot be stored as UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value


__all__ = ["OPENED", "JsonError", "broken_off", "listed", "opening", "walk"]
