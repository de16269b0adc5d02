"""A mail taken apart: its headers, and the parts that its boundaries cut it into.

The standard library parses every header and line of a mail, and a mailbox of twenty years is mostly
attachments and signatures of servers. Here a boundary is searched for, and what nobody asks for
stays bytes.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from ingest.decode import decode

_DEEPEST = 50
_LONGEST_HEADER = 16 * 1024
_BLOCK = re.compile(
    rb"(?:[!-9;-~]{1,200}+[ \t]*+:[^\r\n]*+(?:\r?\n[ \t][^\r\n]*+)*+(?:\r\n|\n|\r|$))*+"
)
_HEADER = re.compile(rb"([!-9;-~]+)[ \t]*:([^\r\n]*+(?:\r?\n[ \t][^\r\n]*+)*+)")
_ASKED = frozenset(
    b"from sender to cc subject date received message-id in-reply-to references delivered-to"
    b" content-type content-disposition content-transfer-encoding x-gm-thrid x-gmail-labels"
    b" x-spam-flag x-mozilla-status list-id".split()
)
"""Half of a mail's headers are what servers sign and say to one another."""
_ENDS = re.compile(rb"\r\n|\n|\r")
_ENVELOPE = re.compile(rb"[\r\n]*(?:>?From [^\r\n]*[\r\n]+)?")
_KIND = re.compile(r"\s*([\w!#$&^.+-]+/[\w!#$&^.+-]+)")
_PARAM = re.compile(r';\s*([\w!#$&^.+*-]+)\s*=\s*("(?:[^"\\]|\\.)*+"?|[^;]*)')
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*(?:\r?\n|\r|$)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")

Headers = dict[str, list[str]]
"""Values by lower-case name, folded lines joined, encoded words left as they are."""


@dataclass(slots=True)
class Part:
    """A leaf of a mail, or the whole of one that has no parts."""

    headers: Headers
    raw: bytes
    start: int
    end: int
    """Its content is `raw[start:end]`, as it was sent."""
    usual: str = "text/plain"
    """Its kind where nothing is said."""

    @property
    def kind(self) -> str:
        match = _KIND.match(first(self.headers, "content-type"))
        return match[1].lower() if match else self.usual

    def param(self, header: str, name: str) -> str:
        """A parameter of a header: `charset` of `content-type`."""
        return _param(first(self.headers, header), name)

    @property
    def file_name(self) -> str:
        """As written; empty for a part that is no file."""
        described = ("content-disposition", "filename"), ("content-type", "name")
        for header, name in described:
            value = first(self.headers, header)
            if "name" not in value.lower():
                continue
            if "*" in value:  # RFC 2231, in pieces and in charsets
                message = Message()
                message["Content-Disposition"] = value
                found = message.get_filename("") or _told(message, name)
            else:
                found = _param(value, name)
            if found:
                return found
        return ""

    def content(self) -> bytes:
        """Without its transfer encoding; as it stands where that is broken."""
        data = self.raw[self.start : self.end]
        encoding = first(self.headers, "content-transfer-encoding").strip().lower()
        if encoding == "base64":
            return _base64(data)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(data)
        if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
            message = Message()
            message["Content-Transfer-Encoding"] = encoding
            message.set_payload(data.decode("ascii", "surrogateescape"))
            try:
                payload = message.get_payload(decode=True)
            except ValueError:
                return data
            return payload if isinstance(payload, bytes) else data
        return data


def leaves(raw: bytes) -> tuple[Headers, list[Part]]:
    """The mail's own headers, and its parts without parts in their order.

    Raises `ValueError` for one whose parts are nested beyond all reason.
    """
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    envelope = _ENVELOPE.match(raw)
    head, start = headers(raw, envelope.end() if envelope else 0, len(raw))
    found: list[Part] = []
    stack = [(Part(head, raw, start, len(raw)), 0)]
    while stack:
        part, depth = stack.pop()
        inner = list(_cut(part)) if part.kind.startswith("multipart/") else []
        if not inner:
            found.append(part)
            continue
        if depth == _DEEPEST:
            raise ValueError("its parts are nested too deeply")
        stack += [(one, depth + 1) for one in reversed(inner)]
    return head, found


def headers(raw: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The headers at `start` that anybody asks for, and where the content behind them begins."""
    found: Headers = {}
    block = _BLOCK.match(raw, start, end)
    at = block.end() if block else start
    for name, value in _HEADER.findall(raw, start, at):
        if (known := name.lower()) in _ASKED:
            found.setdefault(known.decode(), []).append(_unfolded(value))
    blank = _ENDS.match(raw, at, end)
    return found, blank.end() if blank else at


def first(head: Headers, name: str) -> str:
    """The first value that is not empty: headers can be doubled."""
    for value in head.get(name, ()):
        if value and not value.isspace():
            return value
    return ""


def _cut(part: Part) -> Iterator[Part]:
    """The parts between its boundaries; none where no boundary ever came."""
    boundary = part.param("content-type", "boundary").rstrip()
    if not boundary:
        return
    mark = b"--" + boundary.encode("utf-8", "surrogateescape")
    usual = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
    raw, begun = part.raw, -1
    at = part.start
    while (at := raw.find(mark, at, part.end)) >= 0:
        match = _AFTER_BOUNDARY.match(raw, at + len(mark), part.end)
        if match is None or (at > part.start and raw[at - 1] not in b"\r\n"):
            at += len(mark)
            continue
        if begun >= 0:
            yield _part(raw, begun, _before_end(raw, begun, at), usual)
        begun = match.end()
        at = match.end()
        if match[1]:
            return
    if 0 <= begun < part.end:
        yield _part(raw, begun, part.end, usual)


def _part(raw: bytes, start: int, end: int, usual: str) -> Part:
    head, content = headers(raw, start, end)
    return Part(head, raw, content, end, usual)


def _before_end(raw: bytes, start: int, at: int) -> int:
    """The line end before a boundary belongs to the boundary."""
    if at > start and raw[at - 1] == 10:
        at -= 1
    if at > start and raw[at - 1] == 13:
        at -= 1
    return at


def _param(value: str, name: str) -> str:
    for match in _PARAM.finditer(value):
        if match[1].lower() == name:
            said = match[2].strip()
            if said.startswith('"'):
                return re.sub(r"\\(.)", r"\1", said.strip('"'))
            return said
    return ""


def _told(message: Message, name: str) -> str:
    said = message.get_param(name, "", "content-disposition")
    return said[2] if isinstance(said, tuple) else str(said or "")


def _base64(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", data)
        letters = letters[
            : len(letters) // 4 * 4 + (0 if len(letters) % 4 == 1 else len(letters) % 4)
        ]
        try:
            return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
        except binascii.Error:
            return data


def _unfolded(value: bytes) -> str:
    value = value[:_LONGEST_HEADER]
    if b"\n" in value:
        value = b" ".join(line.strip() for line in value.splitlines())
    return sound(value.lstrip(b" \t"))


def sound(data: bytes) -> str:
    """The text of a header, which by the book is ASCII and often is not."""
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        foreign = sum(byte > 127 for byte in data)
        # Too few letters to guess an encoding from: the common one.
        return data.decode("cp1252", "replace") if foreign * 4 < len(data) else decode(data).text


__all__ = ["Headers", "Part", "first", "leaves", "sound"]
