"""Bytes of an export as text, whatever encoding it was saved in, and never an error.

Phones write UTF-8. Editors, mail programs and chat logs of twenty years do not, and one file can
hold lines in two encodings because two people typed them.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from typing import NamedTuple

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its first two bytes are that BOM
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    b"PK\x03\x04",
    b"%PDF",
    b"SQLite format 3\0",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"\x7fELF",
    b"ID3",
    b"OggS",
    b"RIFF",
    b"Rar!",
    b"7z\xbc\xaf",
    b"bplist00",
    b"\xd0\xcf\x11\xe0",
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\b\x1b"))
_WESTERN = ["cp1252", "cp1250", "cp1254", "mac_roman", "cp437", "cp850"]
_OTHERS = ["cp1251", "koi8_r", "cp866", "cp1253", "cp1255", "cp1256"]
_EASTERN = ["cp932", "euc_jp", "gb18030", "big5", "cp949"]
_SAMPLE = 64 * 1024
"""Bytes shown to the charset guesser: its cost grows with them and its verdict does not."""
_MIXED = 10
"""A file is taken for mixed UTF-8 when at least one in this many non-ASCII lines is valid UTF-8;
text in a legacy encoding is so by chance far more rarely."""


class Decoded(NamedTuple):
    text: str
    encoding: str
    replaced: int
    """How many bytes were not valid in `encoding`."""


def decode(data: bytes) -> Decoded:
    """The text of `data`, without byte order marks; line ends and NULs are left as they are.

    Asks in this order: byte order mark, UTF-8, UTF-8 with foreign lines, a guess from letter
    frequencies, Windows-1252. Never raises; linear in the length of `data`.
    """
    marked = next((encoding for mark, encoding in _BOMS if data.startswith(mark)), "")
    wide = marked or _wide_without_mark(data[:4096])
    if wide not in ("", "utf-8"):
        return _with_encoding(data, wide)
    try:
        return Decoded(_unmarked(data.decode("utf-8")), "utf-8", 0)
    except UnicodeDecodeError:
        pass
    lines = data.split(b"\n")
    if marked or _mostly_utf8(lines):
        text, replaced = _rescue(lines)
        return Decoded(_unmarked(text), "utf-8", replaced)
    return _with_encoding(data, _guess(lines))


def looks_binary(head: bytes) -> bool:
    """True when the first bytes of a file are no text in any encoding that `decode` knows.

    A stray NUL does not make a file binary: crashed loggers write them into chat logs.
    """
    if any(head.startswith(mark) for mark, _ in _BOMS):
        return False
    if head.startswith(_MAGIC) or head[4:8] == b"ftyp":
        return True
    sample = head[:4096]
    if _wide_without_mark(sample):
        return False
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return controls > 3 and controls * 20 > len(sample)


def fold_newlines(text: str) -> str:
    """CRLF and CR as LF. Other characters that Unicode calls line ends belong to the text."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _unmarked(text: str) -> str:
    """Without U+FEFF: marks end up inside files when exports are joined or re-saved."""
    return text.replace("\ufeff", "") if "\ufeff" in text else text


def _with_encoding(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    # Every encoding used here can hold U+FFFD only if it is a Unicode one, where it is rare.
    return Decoded(_unmarked(text), encoding, text.count("\ufffd"))


def _wide_without_mark(sample: bytes) -> str:
    """`utf-16-le`, `utf-16-be` or nothing: every second byte of such a text is mostly NUL."""
    pairs = len(sample) // 2
    if pairs < 4 or sample.count(0) * 3 < pairs:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd * 3 > pairs and even * 20 < odd:
        return "utf-16-le"
    if even * 3 > pairs and odd * 20 < even:
        return "utf-16-be"
    return ""


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(lines: Iterable[bytes]) -> bool:
    good = bad = 0
    for line in lines:
        if not line.isascii():
            if _is_utf8(line):
                good += 1
            else:
                bad += 1
    return good > 0 and good * _MIXED >= bad


def _rescue(lines: list[bytes]) -> tuple[str, int]:
    """Each line as UTF-8 where it is, with its foreign bytes read as Windows-1252 where not."""
    texts, replaced = [], 0
    for line in lines:
        try:
            texts.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            text = line.decode("utf-8", "surrogateescape")
            replaced += sum(1 for c in text if "\udc80" <= c <= "\udcff")
            texts.append(text.translate(_FOREIGN))
    return "\n".join(texts), replaced


_FOREIGN = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}


def _guess(lines: Iterable[bytes]) -> str:
    """The most likely legacy encoding, judged by the lines that differ between encodings."""
    from charset_normalizer import from_bytes  # 30 ms to import, and hardly ever needed

    sample = b"\n".join(line for line in lines if not line.isascii())[:_SAMPLE]
    matches = from_bytes(
        sample, cp_isolation=_WESTERN + _OTHERS + _EASTERN, threshold=0.3, enable_fallback=False
    )
    best = matches.best()
    if best is None:
        return "cp1252"
    # Western tables agree on most letters; where nothing speaks against the common one, take it.
    rivals = [match for match in matches if match.chaos <= best.chaos]
    common = any("cp1252" in match.could_be_from_charset for match in rivals)
    return "cp1252" if common else best.encoding


__all__ = ["Decoded", "decode", "fold_newlines", "looks_binary"]
