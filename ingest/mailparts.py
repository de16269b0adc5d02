"""Words out of a mail's raw parts: headers with encoded words, addresses, bodies, HTML.

Every mail program of forty years is in an old mailbox, so nothing here trusts what a mail says
about itself, and nothing raises.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

from ingest.decode import decode, fold_newlines
from ingest.markup import node_text, page_text, sound
from ingest.mime import Part
from ingest.quotes import Span, merged, quoted

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
_LONGEST_MAILBOX = 1024
_BETWEEN_WORDS = re.compile(r"\?=\s+=\?")
_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bq])\?([^?]*)\?=", re.IGNORECASE)
_ADDRESS = re.compile(r'\s*((?:"(?:[^"\\]|\\.)*+"|[^<"])*+)<([^<>]*)>')
_COMMENTED = re.compile(r"\s*(\S+@\S+?)\s*\(([^()]*)\)\s*$")
_BARE = re.compile(r"[^\s<>,;:@\"()]{1,200}@[^\s<>,;:@\"()]{1,200}")
_QUOTES = (
    "blockquote, .gmail_quote, .yahoo_quoted, .protonmail_quote, .moz-cite-prefix, .tutanota_quote"
    ", .zmail_extra"
)
_QUOTES_INSIDE = re.compile(
    r"<blockquote|gmail_quote|yahoo_quoted|protonmail_quote|moz-cite|tutanota_quote|zmail_extra",
    re.IGNORECASE,
)
_OPEN, _SHUT = "\ue0f0", "\ue0f1"
_MARKS = re.compile(f"[{_OPEN}{_SHUT}]")


class Body(NamedTuple):
    text: str
    attachments: tuple[str, ...]
    quoted: list[Span]
    """Where it repeats other mails."""


def words(value: str) -> str:
    """A header value with its encoded words decoded."""
    if "=?" not in value:
        return value.strip()
    pieces: list[str] = []
    data, charset, end = b"", "", 0
    value = _BETWEEN_WORDS.sub("?==?", value)
    for match in _WORD.finditer(value):
        between = value[end : match.start()]
        name = match[1].partition("*")[0].lower()
        piece = _decoded_word(match)
        if piece is None:
            continue
        if data and (between or name != charset):
            pieces.append(charset_text(data, charset))
            data = b""
        # A letter may be cut in two by the end of a word, so that equal charsets are joined first.
        pieces += [between] * bool(between)
        data, charset, end = data + piece, name, match.end()
    if data:
        pieces.append(charset_text(data, charset))
    return "".join([*pieces, value[end:]]).strip()


def _decoded_word(match: re.Match[str]) -> bytes | None:
    data = match[3].encode("utf-8", "surrogateescape")
    if match[2] in "qQ":
        return binascii.a2b_qp(data, header=True)
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return None


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
    if "@" in mailbox and len(mailbox.split()) > 1:  # a group: `crew: ada@x.org, bea@x.org;`
        mailbox = next(iter(_BARE.findall(mailbox)), "")
    return (name or mailbox), (mailbox.lower() if "@" in mailbox else "")


def addresses(values: list[str]) -> list[str]:
    """Every address in these headers, in lower case, each once."""
    found = (match.lower() for value in values for match in _BARE.findall(value))
    return list(dict.fromkeys(found))


def body(parts: Iterable[Part]) -> Body:
    """The words of a mail as its reader saw them, and the names of what was attached."""
    plain: list[str] = []
    html: list[Part] = []
    names: list[str] = []
    for part in parts:
        kind = part.kind
        if kind.startswith("multipart/"):  # its boundary never came: the words are there still
            kind = "text/plain"
        name = words(part.file_name)
        if name or _is_attachment(part) or kind not in ("text/plain", "text/html"):
            if name or kind.startswith(("application/", "message/")):
                names.append(name or kind)
        elif kind == "text/plain":
            plain.append(_content(part))
        else:
            html.append(part)
    return _body(plain, [_content(page) for page in html] if _is_stub(plain) else [], names)


def body_of(plain: str, html: str, names: Sequence[str]) -> Body:
    """The same of a mail whose words lie ready."""
    return _body([plain] * bool(plain), [html] * bool(html), names)


def _body(plain: list[str], html: list[str], names: Sequence[str]) -> Body:
    text, spans = _chosen(plain, html)
    return Body(text, tuple(names), merged([*spans, *quoted(text)]))


def _is_stub(plain: list[str]) -> bool:
    return sum(len(piece.strip()) for piece in plain) < _STUB


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


def _content(part: Part) -> str:
    charset = part.param("content-type", "charset") or "us-ascii"
    return fold_newlines(charset_text(part.content(), charset))


def _chosen(plain: list[str], html: list[str]) -> tuple[str, list[Span]]:
    text = "\n".join(piece.strip("\n") for piece in plain).strip("\n")
    if html and len(text.strip()) < _STUB:
        seen = [(page, page_text(page)) for page in html]
        whole = "\n".join(piece for _, piece in seen)
        if not text.strip() or len(whole) > 3 * _STUB:
            return whole, _quotes_in(seen)
    return text, []


def _quotes_in(seen: list[tuple[str, str]]) -> list[Span]:
    """Of pages and their texts one below the other, where the texts are quotations."""
    spans: list[Span] = []
    at = 0
    for page, text in seen:
        if _QUOTES_INSIDE.search(page):
            spans += [(at + start, at + end) for start, end in _quotes_of(page, text)]
        at += len(text) + 1
    return spans


def _quotes_of(page: str, text: str) -> list[Span]:
    """The page is read again with marks around its quotations; the letters before each mark are
    counted, for marks change the white space."""
    tree = LexborHTMLParser(sound(_MARKS.sub("", page)))
    for node in tree.css(_QUOTES):
        node.insert_before(_OPEN)
        node.insert_after(_SHUT)
    marked = node_text(tree.body) if tree.body else ""
    letters = [place for place, c in enumerate(text) if not c.isspace()]
    spans, depth, start, count = [], 0, 0, 0
    for c in marked:
        if c == _OPEN:
            start = count if depth == 0 else start
            depth += 1
        elif c == _SHUT:
            depth -= 1
            if depth == 0 and start < count <= len(letters):
                spans.append((letters[start], letters[count - 1] + 1))
        elif not c.isspace():
            count += 1
    return spans


def _is_attachment(part: Part) -> bool:
    said = next(iter(part.headers.get("content-disposition", ())), "")
    return said.strip().lower().startswith("attachment")


__all__ = ["Body", "address", "addresses", "body", "body_of", "charset_text", "words"]
