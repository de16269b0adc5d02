"""Where a mail repeats somebody else's words: what it answers, or passes on.

    Yes, let us sail.                                    <- the author's own

    On Mon, 6 May 2024 at 10:00, Bea <bea@x> wrote:      <- from here on Bea's
    > Shall we sail?

The text stays as it was written. Only the places are told, so that nobody is taken at another's
word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_MARKED = re.compile(r"[ \t]{0,8}(?:[A-Z][A-Za-z]{0,3})?[>＞]")
_FROM = (
    "From|Von|De|Da|Van|Från|Fra|Lähettäjä|Od|От|От кого|Від|Від кого|Kimden|Gönderen|发件人|寄件者"
    "|寄件人|差出人|보낸 사람|보낸사람|Από|מאת|من|Feladó|De la|Expéditeur|Absender|Remitente"
    "|Mittente|Afzender|Avsändare|Nadawca|Odesílatel|Отправитель|Pengirim|Từ|จาก"
)
_SAYS = re.compile(r"[ \t>*_]{0,6}([^\W\d_][^\n:：<>]{0,24}?)[ \t*_]{0,3}[:：][ \t*_\u00a0]*(?=\S)")
_SENDER = re.compile(rf"(?:{_FROM})", re.IGNORECASE)
_RULE = re.compile(r"[ \t]{0,4}(?:-{3,}|_{5,}|={5,}|\*{5,})[^\n]{0,80}$")
_NAMED_RULE = re.compile(r"[ \t]{0,4}-{2,}[ \t]*[^\W\d_][^\n-]{3,50}?[ \t]*-{2,}[ \t]*$")
_ATTRIBUTION = re.compile(
    r"[ \t]{0,4}(?=[^\n]{0,400}(?:\d|@))[^\n]{0,400}?"
    r"(?:wrote|writes|schrieb|schreibt|écrit|escribió|escribi[oó]|escreveu|ha scritto|schreef|skrev"
    r"|skriver|kirjoitti|napisał(?:\(a\))?|napsal(?:\(a\))?|написал(?:\(а\))?|пишет|пише|yazdı|写道|寫道"
    r"|のメール|작성|έγραψε|כתב(?:/ה)?|írta|a scris|menulis|đã viết|เขียนว่า)[^\n]{0,120}[:：][ \t]*$"
)
_MOST_ABOVE = 3


def quoted(text: str) -> list[Span]:
    """Ascending places of what is not the author's own, together with the line that says whose it
    is. Empty where nothing is repeated."""
    if not _may_repeat(text):
        return []
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found = [(starts[a], starts[b] - 1) for a, b in _blocks(lines)]
    return [(start, min(end, len(text))) for start, end in found if start < end]


def _may_repeat(text: str) -> bool:
    """Most mails are told apart by looking for a letter."""
    marks = ">" in text or "＞" in text or ":\n" in text or "：" in text or "--" in text
    return marks or text.count(":") > 2


def merged(spans: list[Span]) -> list[Span]:
    """Ascending, and without overlaps."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found


def _blocks(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Ranges of lines. After an old mail's heading all the rest is the old mail."""
    at, last = 0, len(lines)
    while at < last:
        line = lines[at]
        if (">" in line[:14] or "＞" in line[:14]) and _MARKED.match(line):
            end = _end_of_marks(lines, at)
            yield _attribution(lines, at), end
            at = end
        elif (":" in line or "：" in line or "--" in line) and _begins_old_mail(lines, at):
            yield at - (at > 0 and _RULE.match(lines[at - 1]) is not None), last
            return
        else:
            at += 1


def _end_of_marks(lines: list[str], at: int) -> int:
    end = at
    while at < len(lines) and (_MARKED.match(lines[at]) or not lines[at].strip()):
        at += 1
        if lines[at - 1].strip():
            end = at
    return end


def _attribution(lines: list[str], at: int) -> int:
    """The first line of `On Monday Bea wrote:` above the marks; their own where there is none."""
    last = at - 1
    while last >= 0 and at - last <= 2 and not lines[last].strip():
        last -= 1
    if last < 0 or not lines[last].rstrip().endswith((":", "：")):
        return at
    found = at
    for first in range(last, max(-1, last - _MOST_ABOVE), -1):
        said = " ".join(lines[first : last + 1])
        if not lines[first].strip() or _MARKED.match(lines[first]):
            break
        if _ATTRIBUTION.match(said[:600]):
            return first
        if found == at and ("@" in said or sum(c.isdigit() for c in said) >= 4):
            found = first
    return found


def _begins_old_mail(lines: list[str], at: int) -> bool:
    line = lines[at]
    if _SENDER.match(line.lstrip(" \t>*_")) and _is_heading(lines, at):
        return True
    if _NAMED_RULE.match(line) and any(_SAYS.match(one) for one in _next(lines, at)[:2]):
        return True
    if line.rstrip().endswith((":", "：")) and _ATTRIBUTION.match(line[:600]):
        following = _next(lines, at)
        return not (following and _MARKED.match(following[0]))
    return False


def _is_heading(lines: list[str], at: int) -> bool:
    """`From:`, and of the four lines below it two more that say something of the kind."""
    first = _SAYS.match(lines[at])
    if first is None or _SENDER.fullmatch(first[1].strip()) is None:
        return False
    below = [line for line in lines[at + 1 : at + 7] if line.strip()][:4]
    return sum(_SAYS.match(line) is not None for line in below) >= 2


def _next(lines: list[str], at: int) -> list[str]:
    return [line for line in lines[at + 1 : at + 6] if line.strip()]


__all__ = ["Span", "merged", "quoted"]
