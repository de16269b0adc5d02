"""How one phone wrote the times in one WhatsApp export, found by looking at the whole file.

The region setting decides, not the language: `18/03/2022, 14:56 - `, `[3/18/22, 2:56:01 PM] `,
`[14:56:01, 3/18/2565 BE] `, `18.3.2022 klo 14.56 - `, in any digits and with invisible marks
anywhere. Whether day or month comes first is decided once, by the file as a whole.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ingest.invisible import MARKS
from ingest.numeric_dates import ERAS, is_possible

_M = f"[{MARKS}]{{0,8}}"
_S = "[ \u00a0\u202f\u2009]"
_PART = rf"(?:{'|'.join(ERAS)})?\d{{1,4}}"
_SEP = rf"{_M}(?:{_S}?[/.\-年月년월]{_S}?|{_S}){_M}"
_CALENDAR = rf"(?:{_S}?(?:BE|AD|CE|AH|AP|г\.|พ\.ศ\.|ค\.ศ\.|هـ))?"
_DATE = rf"{_PART}{_SEP}\d{{1,2}}{_SEP}{_PART}[.日일]?{_CALENDAR}"
_LETTER = r"[^\d\s\[\]:,،/~+\-]"
_WORD = rf"{_LETTER}[^\d\s\[\]:,،~+]{{0,13}}"
_JOIN = rf"{_M}(?:[,،]{_M}{_S}{{0,2}}|{_S}{{1,2}}|(?<=[日일])){_M}"
_SENDER = r"(?P<sender>(?:[^:\n]{1,120}(?:(?<=\d):\d\d(?!\d)[^:\n]{0,60})?: ?)?)"
_CLOCK = rf"(?P<h>\d{{1,2}})(?:[:.]|{_S}?h{_S}?)(?P<m>\d\d)"


def _stamp(seconds: str, *, time_first: bool) -> str:
    clock = (
        rf"(?P<pre>(?:{_WORD}(?:{_S}{_WORD})?)?){_S}?{_CLOCK}{seconds}"
        rf"(?:{_M}{_S}?{_M}(?={_LETTER}))?(?P<post>(?:{_WORD}(?:{_S}{_WORD}){{0,2}})?)"
    )
    day = f"(?P<date>{_DATE})"
    return clock + _JOIN + day if time_first else day + _JOIN + clock


class _Frame(NamedTuple):
    """What stands around a time. `STAMP` is the time; the message follows."""

    pattern: str
    bracketed: bool
    phone: str


_FRAMES = (
    _Frame(rf"^(?P<mark>{_M})\[{_M}(?P<stamp>STAMP){_M}\]{_S}?", True, "iPhone"),
    _Frame(rf"^(?P<mark>{_M})(?P<stamp>STAMP){_M}{_S}{_M}[-–](?:{_S}|$)", False, "Android"),
    _Frame(rf"^(?P<mark>{_M})(?P<stamp>STAMP){_M}: ", False, "old iPhone"),
)
_WITH = rf"(?:[:.]|{_S}min{_S})(?P<s>\d{{2}})(?:{_S}s\b)?"
_WITHOUT = rf"(?P<s>)(?![:.]\d|{_S}min{_S})"
_EITHER = rf"(?:{_WITH})?"
_USUAL_HOUR = r"(?P<hour>\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}, \d{1,2})[:.](?P<m>\d\d)"
_USUAL = (_USUAL_HOUR + "SECONDS", rf"{_USUAL_HOUR}SECONDS{_S}(?P<post>{_WORD}(?:{_S}{_WORD})?)")
"""Of 24 hours, and of 12: nearly all phones write one of them, and a pattern of nothing else is
found twice as fast."""


class Layout(NamedTuple):
    header: re.Pattern[str]
    usual: re.Pattern[str] | None
    """The same for a file whose beginning needs no more; it may miss messages further down."""
    bracketed: bool
    """An iPhone's: the sender is always named, and notices begin with a direction mark."""
    phone: str


class Hour(NamedTuple):
    """One hour of one day, as it is written."""

    day: str
    hour: str
    pre: str
    """The word before the hour."""
    post: str


class Messages(NamedTuple):
    """All messages of a file in its order, column by column; missing parts are empty.

    A line with a time that cannot be begins one too when somebody is named in it: that message is
    kept, without a time.
    """

    marks: list[str]
    """Before the time."""
    stamps: list[str]
    hours: list[str]
    """Keys of `spelled`."""
    minutes: list[str]
    seconds: list[str]
    senders: list[str]
    """What stands up to the first colon, with it: the sender, or the beginning of a notice."""
    bodies: list[str]
    """What follows, up to the next message, without the line end before that."""
    spelled: dict[str, Hour]
    """All hours, in the order in which the chat comes to them first."""


def messages(text: str, layout: Layout) -> tuple[str, Messages]:
    """What stands before the first message, and the messages."""
    if layout.usual:
        before, found = _split(text, layout.usual)
        if layout.header.search(before) or _missed(found.bodies, layout):
            before, found = _matched(text, layout.header)
    else:
        before, found = _matched(text, layout.header)
    wrong = any(not _is_time(hour.day, hour.hour, "0") for hour in found.spelled.values())
    if wrong or any(int(minute) > 59 for minute in set(found.minutes)):
        return _matched(text, layout.header, believable=True)
    return before, found


def _split(text: str, header: re.Pattern[str]) -> tuple[str, Messages]:
    """By columns, which is several times cheaper than to look at match after match."""
    parts = header.split(f"\n{text}")
    width = header.groups + 1
    columns = {name: parts[number::width] for name, number in header.groupindex.items()}
    bodies = parts[width::width]
    if bodies:
        bodies[-1] = bodies[-1].removesuffix("\n")
    return parts[0][1:], _of_columns(columns, bodies)


def _matched(
    text: str, header: re.Pattern[str], *, believable: bool = False
) -> tuple[str, Messages]:
    """One after the other; `believable` are those that do not only look like a message."""
    found = list(header.finditer(text))
    if believable:
        found = [m for m in found if is_header(m) or m["sender"].endswith(": ")]
    ends = [match.start() - 1 for match in found[1:]] + [len(text) - text.endswith("\n")]
    columns = {name: [match[name] or "" for match in found] for name in header.groupindex}
    bodies = [text[m.end() : end] for m, end in zip(found, ends, strict=False)]
    before = text[: found[0].start()].removesuffix("\n") if found else text
    return before, _of_columns(columns, bodies)


def _of_columns(columns: dict[str, list[str]], bodies: list[str]) -> Messages:
    """Of whatever groups the pattern has."""
    empty = [""] * len(bodies)
    posts = columns.get("post", empty)
    if "hour" in columns:
        hours = columns["hour"]
        if posts is not empty:
            hours = list(map("|".join, zip(hours, posts, strict=True)))
        spelled = {key: _spelled(key) for key in dict.fromkeys(hours)}
    else:
        every = zip(columns["date"], columns["h"], columns["pre"], posts, strict=True)
        told = list(map(Hour._make, every))
        spelled = {"|".join(hour): hour for hour in dict.fromkeys(told)}
        hours = list(map("|".join, told))
    seconds = columns.get("s", empty)
    if None in seconds:  # the group of a part that is not always there
        seconds = [second or "" for second in seconds]
    return Messages(
        columns.get("mark", empty),
        columns["stamp"],
        hours,
        columns["m"],
        seconds,
        columns["sender"],
        bodies,
        spelled,
    )


def _spelled(hour: str) -> Hour:
    """`31/12/2023, 11|PM`, as the quick patterns have it."""
    written, _, post = hour.partition("|")
    day, _, hour = written.partition(", ")
    return Hour(day, hour, "", post)


def _missed(bodies: list[str], layout: Layout) -> bool:
    """Whether something in a message begins another one."""
    search = layout.header.search
    return any("\n" in body and search(body, body.index("\n") + 1) for body in bodies)


def find_layout(text: str) -> Layout | None:
    """The layout that most lines at the beginning of `text` are headers of; None without any.

    A file whose times have seconds (or have none) almost throughout is read strictly, so that a
    pasted line from another phone stays part of the message it was pasted into.
    """
    best, most = _CANDIDATES[0], 0
    for candidate in _CANDIDATES:
        count = sum(map(is_header, _compiled(*candidate, _EITHER).finditer(text[:_LOOK])))
        if count > most:
            best, most = candidate, count
    if not most:
        return None
    found = list(filter(is_header, _compiled(*best, _EITHER).finditer(text[:_LOOK])))
    share = sum(bool(match["s"]) for match in found) / most
    seconds = _WITH if share > 0.8 else _WITHOUT if share < 0.2 else _EITHER
    usual = _usual(*best, seconds, found)
    return Layout(_compiled(*best, seconds), usual, best[0].bracketed, best[0].phone)


def _usual(
    frame: _Frame, time_first: bool, seconds: str, found: list[re.Match[str]]
) -> re.Pattern[str] | None:
    """The quick pattern that finds just these messages, if one does."""
    if time_first or frame is _FRAMES[2]:
        return None
    for stamp in _USUAL:
        pattern = _quick(frame.bracketed, stamp.replace("SECONDS", seconds.replace("(?P<s>)", "")))
        if all(pattern.match(f"\n{match[0]}") for match in found):
            return pattern
    return None


@lru_cache
def _quick(bracketed: bool, stamp: str) -> re.Pattern[str]:
    android = r"\n(?P<stamp>STAMP) - "
    around = rf"\n(?P<mark>{_M})\[(?P<stamp>STAMP)\] " if bracketed else android
    # A line end to look for: it is found four times faster than the beginning of a line.
    return re.compile(around.replace("STAMP", stamp) + _SENDER)


@lru_cache
def _compiled(frame: _Frame, time_first: bool, seconds: str) -> re.Pattern[str]:
    kind = _WITH if frame is _FRAMES[2] else seconds  # without them, a colon after a time is prose
    stamp = _stamp(kind, time_first=time_first)
    return re.compile(frame.pattern.replace("STAMP", stamp) + _SENDER, re.MULTILINE)


_LOOK = 128 * 1024
_CANDIDATES = tuple((frame, time_first) for frame in _FRAMES for time_first in (False, True))


def is_header(match: re.Match[str]) -> bool:
    """Whether what looks like a time can be one; else the line belongs to the message before."""
    return _is_time(match["date"], match["h"], match["m"])


def _is_time(date: str, hour: str, minute: str) -> bool:
    return int(hour) <= 24 and int(minute) <= 59 and is_possible(date)


__all__ = ["Layout", "Messages", "find_layout", "is_header", "messages"]
