"""Web archives: WARC files of crawlers and browser extensions, and pages that browsers save whole.

    WARC/1.0                                MIME-Version: 1.0
    WARC-Type: response                     Snapshot-Content-Location: https://…
    WARC-Target-URI: https://…              Content-Type: multipart/related; …
    WARC-Date: 2024-03-01T10:20:30Z
    Content-Length: 1234                    (.mhtml; Safari's .webarchive is a property list)

Only pages are read, and their words are never taken for the owner's. WARC: ISO 28500.
"""

from __future__ import annotations

import gzip
import io
import json
import plistlib
import re
import zlib
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import IO, Any, NamedTuple

from ingest import Item, Member, Options, importer
from ingest.mailparts import charset_text
from ingest.notes import Section, blocks
from ingest.pages import html_text, page
from ingest.times import parse_iso
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_LONGEST_PAGE = 16 * 1024 * 1024
_LONGEST_HEADER = 64 * 1024
_LARGEST = 256 * 1024 * 1024
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DAMAGE = (EOFError, OSError, zlib.error)


class Saved(NamedTuple):
    url: str
    at: str
    """As written."""
    html: str


def _looks_like_warc(member: Member) -> bool:
    head = member.head
    if head.startswith(b"\x1f\x8b"):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, 64)
        except zlib.error:
            return False
    return head.startswith((b"WARC/0.", b"WARC/1."))


@importer("warc", recognises=_looks_like_warc)
def warc(member: Member, options: Options) -> Iterator[Item]:
    """Yield the words of every page in the order of the archive."""
    found = 0
    with member.open() as raw:
        packed = member.head.startswith(b"\x1f\x8b")
        stream: Any = gzip.GzipFile(fileobj=raw) if packed else raw
        try:
            for saved in responses(stream):
                if isinstance(saved, Unread):
                    yield saved
                    continue
                found += 1
                yield from _records("warc", saved)
        except _DAMAGE:
            yield Unread(f"after page {found}", "The archive is damaged or incomplete here.")


def responses(stream: IO[bytes]) -> Iterator[Saved | Unread]:
    """The pages among the records of a WARC. Raises `EOFError` where it breaks off."""
    while first := _line(stream):
        if not first.strip():
            continue
        if not first.startswith(b"WARC/"):
            raise EOFError
        headers = _headers(stream)
        try:
            length = int(headers.get("content-length", ""))
        except ValueError as error:
            raise EOFError from error
        url, at = headers.get("warc-target-uri", "").strip("<>"), headers.get("warc-date", "")
        if headers.get("warc-type") not in ("response", "resource") or length > _LONGEST_PAGE:
            _skip(stream, length)
            continue
        body = stream.read(length)
        html = _page_in(body, headers)
        if len(body) < length:
            yield Unread(url or "record", "It breaks off: the archive is incomplete.")
        if html:
            yield Saved(url, at, html)
        if len(body) < length:
            return


def _line(stream: IO[bytes]) -> bytes:
    return stream.readline(_LONGEST_HEADER)


def _headers(stream: IO[bytes]) -> dict[str, str]:
    """Up to the blank line, by lower-case names."""
    found: dict[str, str] = {}
    while (line := _line(stream)) and line.strip():
        name, _, value = line.decode("utf-8", "replace").partition(":")
        found[name.strip().lower()] = value.strip()
    return found


def _skip(stream: IO[bytes], length: int) -> None:
    while length > 0 and (piece := stream.read(min(length, 1 << 20))):
        length -= len(piece)


def _page_in(body: bytes, about: dict[str, str]) -> str:
    """The HTML of a record; empty for what is no page."""
    kind = about.get("content-type", "")
    if kind.startswith("application/http"):
        stream = io.BytesIO(body)
        status = stream.readline()
        headers = _headers(stream)
        kind, body = headers.get("content-type", ""), stream.read()
        if not status.startswith(b"HTTP/") or b" 20" not in status[:14]:
            return ""
        if "chunked" in headers.get("transfer-encoding", "").lower():
            body = _unchunked(body)
        body = _unpacked(body, headers.get("content-encoding", ""))
    if "html" not in kind:
        return ""
    charset = _CHARSET.search(kind)
    return charset_text(body, charset[1]) if charset else html_text(body)


def _unchunked(body: bytes) -> bytes:
    """RFC 9112, 7.1; what is not chunked in spite of its header stays as it is."""
    pieces: list[bytes] = []
    stream = io.BytesIO(body)
    while line := stream.readline():
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError:
            return b"".join(pieces) if pieces else body
        if size <= 0:
            break
        pieces.append(stream.read(min(size, len(body))))
        stream.readline()
    return b"".join(pieces)


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding.lower() not in ("gzip", "x-gzip", "deflate"):
        return body
    try:
        return zlib.decompressobj(wbits=47).decompress(body, _LONGEST_PAGE)
    except zlib.error:
        return body


def _looks_like_mhtml(member: Member) -> bool:
    head = member.head[:4096].lower()
    if b"multipart/related" not in head:
        return False
    return b"snapshot-content-location:" in head or member.suffix in (".mht", ".mhtml")


@importer("mhtml", recognises=_looks_like_mhtml)
def mhtml(member: Member, options: Options) -> Iterator[Item]:
    """Yield the words of the page that was saved."""
    message = message_from_bytes(_whole(member))
    url = str(message.get("Snapshot-Content-Location") or "")
    for part in message.walk():
        if part.get_content_type() == "text/html":
            saved = Saved(url or str(part.get("Content-Location") or ""), "", _content(part))
            yield from _records("mhtml", saved)
            return
    yield Unread(member.name, "It holds no page.")


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset()
    return charset_text(data, charset) if charset else html_text(data)


@importer(
    "webarchive",
    recognises=lambda m: m.head.startswith(b"bplist00") and b"WebMainResource" in m.head,
)
def webarchive(member: Member, options: Options) -> Iterator[Item]:
    """Yield the words of a page that Safari saved."""
    try:
        main = plistlib.loads(_whole(member))["WebMainResource"]
        url, data = str(main.get("WebResourceURL") or ""), bytes(main["WebResourceData"])
        named = str(main.get("WebResourceTextEncodingName") or "")
        html = charset_text(data, named) if named else html_text(data)
    except Exception as error:  # whatever a damaged property list makes of itself
        raise UnreadableExport(f"{member.name} is a damaged page.", "Save it again.") from error
    yield from _records("webarchive", Saved(url, "", html))


def _whole(member: Member) -> bytes:
    if member.size > _LARGEST:
        raise UnreadableExport(f"{member.name} is too large for a page.", "Leave it out.")
    return member.read()


def _records(source: str, saved: Saved) -> Iterator[Item]:
    """One page, called by its address: the same page saved twice is two, by the time."""
    found = page(saved.html)
    url = saved.url or found.url
    at = parse_iso(saved.at) if saved.at else None
    for section in found.sections or (Section("", found.title),):
        for block in blocks(section.text):
            yield Record(
                source,
                url or found.title or source,
                block,
                sent_at=at,
                sent_local=saved.at,
                zone="explicit" if at else "none",
                kind="section",
                role="system",
                subject=section.heading,
                title=found.title or url,
                meta=json.dumps({"url": url}, ensure_ascii=False) if url else "",
            )


__all__ = ["Saved", "responses"]
