"""Words out of a mail's raw parts: headers with encoded words, addresses, bodies, HTML.

Every mail program of forty years is in an old mailbox, so nothing here trusts what a mail says
about itself, and nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message
from typing import NamedTuple

from ingest.decode import decode, fold_newlines
from ingest.markup import page_text

# Labels that programs write for a smaller alphabet than they use.
_WIDER = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-9": "cp1254",
}
_SLOW = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape"})
"""Codecs that Python knows and mail does not; some take quadratic time."""
_STUB = 200
"""A plain part shorter than this may only say that the mail is HTML."""
_LONGEST_HEADER = 16 * 1024
_LONGEST_MAILBOX = 1024
_BETWEEN_WORDS = re.compile(r"\?=\s+=\?")
_ADDRESS = re.compile(r'\s*((?:"(?:[^"\\]|\\.)*+"|[^<"])*+)<([^<>]*)>')
_COMMENTED = re.compile(r"\s*(\S+@\S+?)\s*\(([^()]*)\)\s*$")
_BARE = re.compile(r"[^\s<>,;:@\"()]{1,200}@[^\s<>,;:@\"()]{1,200}")


class Body(NamedTuple):
    text: str
    attachments: tuple[str, ...]


def headers(message: Message) -> dict[str, list[str]]:
    """Header values by lower-case name, folded lines joined, encoded words left as they are."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        found.setdefault(name.strip().lower(), []).append(_unfolded(str(value)))
    return found


def words(value: str) -> str:
    """A header value with its encoded words decoded."""
    if "=?" not in value:
        return value.strip()
    try:
        pieces = decode_header(_BETWEEN_WORDS.sub("?==?", value))
    except Exception:  # binascii, HeaderParseError, ValueError: by Python version
        return value.strip()
    return "".join(
        charset_text(piece, charset or "us-ascii") if isinstance(piece, bytes) else piece
        for piece, charset in pieces
    ).strip()


def address(value: str) -> tuple[str, str]:
    """`(name, address)` of the first mailbox in a header; the address in lower case."""
    value = value[:_LONGEST_MAILBOX]
    if match := _ADDRESS.match(value):
        name, mailbox = match[1].strip(), match[2].strip()
    elif match := _COMMENTED.match(value):
        name, mailbox = match[2].strip(), match[1]
    else:
        name, mailbox = "", words(value)
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    name = words(name)
    return (name or mailbox), (mailbox.lower() if "@" in mailbox else "")


def addresses(values: list[str]) -> list[str]:
    """Every address in these headers, in lower case, each once."""
    found = (match.lower() for value in values for match in _BARE.findall(value))
    return list(dict.fromkeys(found))


def body(message: Message) -> Body:
    """The words of a mail as its reader saw them, and the names of what was attached."""
    plain: list[str] = []
    html: list[Message] = []
    names: list[str] = []
    for part in _leaves(message):
        kind = part.get_content_type()
        if kind.startswith("multipart/"):  # its boundary never came: the words are there still
            kind = "text/plain"
        name = _file_name(part) if "name" in _described(part) else ""
        if name or _is_attachment(part) or kind not in ("text/plain", "text/html"):
            if name or kind.startswith(("application/", "message/")):
                names.append(name or kind)
        elif kind == "text/plain":
            plain.append(_content(part))
        else:
            html.append(part)
    return Body(_chosen(plain, html), tuple(names))


def charset_text(data: bytes, charset: str) -> str:
    """`data` in the encoding that a mail claims, or in the likeliest one where that is wrong."""
    name = charset.strip("\"' ").lower()
    if name not in _SLOW:
        for candidate in (_WIDER.get(name, name), name):
            try:
                return data.decode(candidate)
            except (LookupError, ValueError, TypeError):  # also codecs that are not text
                continue
    return decode(data).text


def _leaves(message: Message) -> Iterator[Message]:
    """Parts without parts, in order; a forwarded mail is one attachment, not more words.

    An explicit stack: hostile mails nest thousands of parts.
    """
    stack = [message]
    while stack:
        part = stack.pop()
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            stack.extend(child for child in reversed(payload) if isinstance(child, Message))
        else:
            yield part


def _content(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
    except Exception:  # damaged uuencode and the like
        payload = None
    if not isinstance(payload, bytes):
        raw = part.get_payload()
        return fold_newlines(_sound(raw)) if isinstance(raw, str) else ""
    charset = part.get_param("charset") or "us-ascii"
    label = charset[2] if isinstance(charset, tuple) else charset
    return fold_newlines(charset_text(payload, str(label)))


def _chosen(plain: list[str], html: list[Message]) -> str:
    text = "\n".join(piece.strip("\n") for piece in plain).strip("\n")
    if html and len(text.strip()) < _STUB:
        seen = "\n".join(page_text(_content(page)) for page in html)
        if not text.strip() or len(seen) > 3 * _STUB:
            return seen
    return text


def _is_attachment(part: Message) -> bool:
    return str(part.get("content-disposition", "")).strip().lower().startswith("attachment")


def _described(part: Message) -> str:
    """Where a file name could stand: looking there is cheaper than parsing the parameters."""
    return f"{part.get('content-disposition', '')} {part.get('content-type', '')}".lower()


def _file_name(part: Message) -> str:
    try:
        return words(_sound(part.get_filename("")))
    except Exception:  # RFC 2231 pieces in impossible orders
        return ""


def _unfolded(value: str) -> str:
    value = value[:_LONGEST_HEADER]
    if "\n" in value or "\r" in value:
        value = " ".join(line.strip() for line in value.splitlines())
    return _sound(value)


def _sound(value: str) -> str:
    """Header text whose raw 8-bit bytes, kept as surrogates by the parser, are decoded."""
    if value.isascii():
        return value
    data = value.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        foreign = sum(byte > 127 for byte in data)
        # Too few letters to guess an encoding from: the common one.
        return data.decode("cp1252", "replace") if foreign * 4 < len(data) else decode(data).text


__all__ = ["Body", "address", "addresses", "body", "charset_text", "headers", "words"]
