"""Outlook's own mail, `.msg`: properties with numbers instead of headers.

__substg1.0_0037001F        the subject; 001F is UTF-16, 001E an old code page, 0102 bytes
__properties_version1.0     times and numbers, sixteen bytes each
__recip_version1.0_#…/      who got it
__attach_version1.0_#…/     what was attached
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from ingest.compound import SIGNATURE, Compound
from ingest.decode import fold_newlines
from ingest.mailparts import Body, body_of, charset_text
from ingest.mime import Headers, headers
from ingest.outlook_rtf import rich_words

_SUBJECT, _HEADERS, _BODY, _HTML, _RICH = "0037", "007D", "1000", "1013", "1009"
_MESSAGE_ID, _REFERENCES, _ANSWERED = "1035", "1039", "1042"
_SENDER_NAMES = ("0042", "0C1A", "3FF8")
_SENDER_ADDRESSES = ("5D02", "5D01", "5D0A", "0065", "0C1F")
_RECIPIENT_NAME, _RECIPIENT_ADDRESSES = "3001", ("39FE", "3003")
_FILE_NAMES = ("3707", "3704", "3001")
_SENT_AT, _DELIVERED_AT = "0039", "0E06"
_CODE_PAGES = ("3FDE", "3FFD")
_MAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+")
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class Item:
    """The properties of a message, of one of its recipients, or of an attachment."""

    def __init__(self, streams: dict[str, bytes], prefix: str, fixed_from: int) -> None:
        self._streams = streams
        self._prefix = prefix
        table = streams.get(f"{prefix}__properties_version1.0", b"")
        self._fixed = {
            f"{number:04X}": (kind, table[at + 8 : at + 16])
            for at in range(fixed_from, len(table) - 15, 16)
            for kind, number in [struct.unpack_from("<HH", table, at)]
        }

    def text(self, *names: str) -> str:
        """The first of these properties that is there, as text."""
        return next((said for name in names if (said := self._text(name))), "")

    def _text(self, name: str) -> str:
        stem = f"{self._prefix}__substg1.0_{name}"
        if (wide := self._streams.get(f"{stem}001F")) is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self._streams.get(f"{stem}001E", b"").rstrip(b"\0")
        return charset_text(narrow, self.charset) if narrow else ""

    def data(self, name: str) -> bytes:
        return self._streams.get(f"{self._prefix}__substg1.0_{name}0102", b"")

    @property
    def charset(self) -> str:
        number = next((n for name in _CODE_PAGES if (n := self._number(name))), 0)
        return {0: "cp1252", 65001: "utf-8", 20127: "us-ascii"}.get(number, f"cp{number}")

    def _number(self, name: str) -> int:
        kind, value = self._fixed.get(name, (0, b""))
        return int(struct.unpack("<I", value[:4])[0]) if kind == 3 else 0

    def time(self, *names: str) -> str:
        """As a mail's Date line; empty where none is known."""
        for name in names:
            kind, value = self._fixed.get(name, (0, b""))
            if kind == 0x40 and len(value) == 8:
                try:
                    ticks = struct.unpack("<Q", value)[0]
                    return format_datetime(_EPOCH + timedelta(microseconds=ticks // 10))
                except OverflowError:
                    continue
        return ""


def is_outlook(head: bytes) -> bool:
    return head.startswith(SIGNATURE)


def message(data: bytes) -> tuple[Headers, Body]:
    """As a mail that came over the net would have them. Raises `ValueError` for no message."""
    streams = Compound(data).streams()
    if "__properties_version1.0" not in streams:
        raise ValueError("it holds no message")
    item = Item(streams, "", 32)
    head, _ = _sent_headers(item)
    made = {
        "subject": item.text(_SUBJECT),
        "from": _mailbox(item.text(*_SENDER_NAMES), _address(item, *_SENDER_ADDRESSES)),
        "to": ", ".join(_recipients(streams)),
        "date": item.time(_SENT_AT, _DELIVERED_AT),
        "message-id": item.text(_MESSAGE_ID),
        "references": item.text(_REFERENCES),
        "in-reply-to": item.text(_ANSWERED),
    }
    for name, value in made.items():
        if value and not head.get(name):
            head[name] = [value]
    return head, body_of(*_words(item), tuple(_attached(streams)))


def _sent_headers(item: Item) -> tuple[Headers, int]:
    """Mails that came from outside keep their headers as they were."""
    raw = item.text(_HEADERS).encode("utf-8", "replace")
    return headers(raw, 0, len(raw))


def _mailbox(name: str, address: str) -> str:
    return f'"{name}" <{address}>' if address else name


def _address(item: Item, *names: str) -> str:
    """Within a company, Exchange has addresses of its own (`/O=…`), which are none to others."""
    said = (item.text(name) for name in names)
    return next((one for one in said if _MAIL.fullmatch(one)), "")


def _storages(streams: dict[str, bytes], kind: str) -> list[str]:
    found = (name.partition("/")[0] for name in streams if name.startswith(f"__{kind}_version1.0_"))
    return sorted(set(found))


def _recipients(streams: dict[str, bytes]) -> Iterator[str]:
    for storage in _storages(streams, "recip"):
        item = Item(streams, f"{storage}/", 8)
        name, address = item.text(_RECIPIENT_NAME), _address(item, *_RECIPIENT_ADDRESSES)
        if name or address:
            yield _mailbox(name.replace('"', "'"), address)


def _attached(streams: dict[str, bytes]) -> Iterator[str]:
    for storage in _storages(streams, "attach"):
        if name := Item(streams, f"{storage}/", 8).text(*_FILE_NAMES):
            yield name


def _words(item: Item) -> tuple[str, str]:
    """Plain and HTML; of a mail that has neither, the words of its rich text."""
    plain = fold_newlines(item.text(_BODY)).strip("\n")
    html = item.text(_HTML) or charset_text(item.data(_HTML), item.charset)
    if not plain and not html.strip():
        plain = rich_words(item.data(_RICH))
    return plain, html


__all__ = ["is_outlook", "message"]
