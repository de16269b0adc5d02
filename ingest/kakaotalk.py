"""KakaoTalk: a chat's menu → Export messages, a `.txt` (on a Mac a `.csv`), in a phone's words.

    겨울 님과 카카오톡 대화                           KakaoTalk Chats with Winter
    저장한 날짜 : 2024-02-01 10:00:00                Date Saved : 2024-02-01 10:00:00

    2024년 2월 1일 오후 3:04, 겨울 : 안녕             (Android)
    2024. 2. 1. 오후 3:04, 겨울 : 안녕                (iPhone)
    Feb 1, 2024 at 3:04 PM, Winter : hi             (English phones)
    --------------- 2024년 2월 1일 목요일 ---------------
    [겨울] [오후 3:04] 안녕                           (Windows)
    2024-02-01 15:04:05,"겨울","안녕"                 (Mac, under Date,User,Message)

Exports hold no ids and no zone. What stands under a time without ` : ` is a notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from functools import lru_cache
from typing import NamedTuple

from ingest import Item, Member, Options, importer
from ingest.calendar_words import hour
from ingest.chat_people import after_people, owner, who_is_owner
from ingest.decode import decode, fold_newlines
from ingest.invisible import shown
from ingest.kakaotalk_words import ME, chat_name, is_deleted, is_notice, saved
from ingest.local_time import LocalTime
from ingest.sheets import has_columns, rows
from ingest.times import parse_local
from ingest.written_dates import written
from secondme.record import Dialect, Record, Unread

_BLANK = "[ \u00a0\u202f\u2009]"
_CLOCK = (
    rf"(?:(?P<pre>[^\W\d][^\s\d:,]{{0,11}}){_BLANK}?)?(?P<h>\d{{1,2}}):(?P<m>\d\d)(?::(?P<s>\d\d))?"
    rf"(?:{_BLANK}(?P<post>[^\W\d]\.?{_BLANK}?[^\s\d:,]{{0,9}}))?"
)
_YEAR_FIRST = rf"\d{{4}}(?:[년年./-]{_BLANK}?)\d{{1,2}}(?:[월月./-]{_BLANK}?)\d{{1,2}}[일日.]?"
_SPELLED = (
    rf"(?:[^\W\d][^\s\d,]{{1,12}},?{_BLANK})?(?:[^\W\d][^\s\d,]{{2,12}}{_BLANK}\d{{1,2}},"
    rf"|\d{{1,2}}\.?{_BLANK}[^\W\d][^\s\d,]{{2,12}},?){_BLANK}\d{{4}}"
)
_DAY = rf"(?:{_YEAR_FIRST}|{_SPELLED})"
_PHONE = re.compile(
    rf"(?P<day>{_DAY}),?(?:{_BLANK}at|{_BLANK}um|{_BLANK}à)?{_BLANK}{_CLOCK}(?:, ?(?P<rest>.*))?"
)
_WINDOWS = re.compile(rf"\[(?P<name>.{{1,100}}?)\] \[{_CLOCK}\] ?(?P<rest>.*)")
_RULE = re.compile(rf"-{{3,40}} ?(?P<day>{_DAY}.{{0,24}}?) ?-{{3,40}}")
_DAY_ALONE = re.compile(rf"{_DAY}(?:,?{_BLANK}[^\s\d]{{1,12}})?|[^\s\d]{{2,12}},?{_BLANK}{_DAY}")
_FILE = re.compile(r"[\w-]{16,}\.(?:jpe?g|png|gif|webp|mp4|mov|m4a|aac|mp3|pdf|zip|docx?|xlsx?)")
_NAMED_FILE = re.compile(r"(?:파일|File|ファイル): ?(\S.{0,200}\.\w{1,8})")
_LOOK = 200


def _looks_like_kakaotalk(member: Member) -> bool:
    if b"Date,User,Message" in member.head[:64]:
        return has_columns(member, "date", "user", "message")
    if not member.start or member.head[:1] in b"{<":
        return False
    lines = member.start.split("\n", _LOOK)[:_LOOK]
    titled = any(map(saved, lines[:5])) and any(chat_name(line) for line in lines[:4])
    first = [line for line in lines[:20] if any(map(str.isdigit, line[:40]))]
    if not titled and not any(p.fullmatch(line) for line in first for p in (_PHONE, _WINDOWS)):
        return False
    shape = _shape(lines)
    if shape is None:
        return titled
    said = sum(_is_said(shape, line) for line in lines)
    ruled = any(_RULE.fullmatch(line) for line in lines)
    return titled or (shape is _WINDOWS and ruled) or (shape is _PHONE and said >= 3)


def _is_said(shape: re.Pattern[str], line: str) -> bool:
    match = shape.fullmatch(line)
    return bool(match and (shape is _WINDOWS or " : " in (match["rest"] or "")))


@importer("kakaotalk", recognises=_looks_like_kakaotalk)
def read(member: Member, options: Options) -> Iterator[Item]:
    """One record a message, in file order."""
    if b"Date,User,Message" in member.head[:64]:
        said = list(_table(member))
        lost: list[Unread] = []
    else:
        text = fold_newlines(decode(member.read()).text)
        said, lost = said_in(text.split("\n"))
    yield from _items(said, lost, _named(member), options)


def _named(member: Member) -> str:
    """The chat's name, by its first lines or by the file's name."""
    lines = member.start.split("\n", 4)[:4]
    found = next(filter(None, map(chat_name, lines)), "")
    return found or chat_name(member.stem.replace("_", " "))


class Said(NamedTuple):
    author: str
    text: str
    written: str
    at: datetime | None
    precision: str


def said_in(lines: list[str]) -> tuple[list[Said], list[Unread]]:
    """Pure: everything said in the lines of a `.txt`, whoever's phone wrote it."""
    shape = _shape(lines)
    if shape is None:
        return [], ([Unread("whole file", "no messages")] if len(lines) > 6 else [])
    return _windows(lines) if shape is _WINDOWS else _phone(lines)


def _shape(lines: list[str]) -> re.Pattern[str] | None:
    counts = {
        shape: sum(shape.fullmatch(line) is not None for line in lines[:_LOOK])
        for shape in (_PHONE, _WINDOWS)
    }
    best = max(counts, key=lambda shape: counts[shape])
    return best if counts[best] else None


def _phone(lines: list[str]) -> tuple[list[Said], list[Unread]]:
    found: list[Said] = []
    more: list[str] = []
    lost: list[Unread] = []
    for number, line in enumerate(lines):
        match = _PHONE.fullmatch(line)
        if match and _at(match, match["day"]):
            _append(found, more)
            rest = match["rest"]
            if rest is None:
                continue  # a day begins
            name, colon, text = rest.partition(" : ")
            author = shown(name) if colon and len(name) <= 100 else ""
            when = line[: match.start("rest")].rstrip(", ")
            text = text if author else rest
            found.append(Said(author, text, when, _at(match, match["day"]), _exact(match)))
        elif found and not _DAY_ALONE.fullmatch(line):
            more.append(line)
        elif number > 4 and not found and line.strip():
            lost.append(Unread(f"line {number + 1}", "text before the first message"))
    _append(found, more)
    return found, lost[:1]


def _windows(lines: list[str]) -> tuple[list[Said], list[Unread]]:
    found: list[Said] = []
    more: list[str] = []
    lost: list[Unread] = []
    day = ""
    for number, line in enumerate(lines):
        rule = _RULE.fullmatch(line)
        if rule:
            _append(found, more)
            day = rule["day"]
            continue
        match = _WINDOWS.fullmatch(line)
        if match:
            _append(found, more)
            when = f"{day} {_clock_in(match)}".strip()
            at = _at(match, day)
            found.append(Said(shown(match["name"]), match["rest"], when, at, _exact(match)))
            if at is None and not lost:
                lost.append(Unread(f"line {number + 1}", "a message without a day"))
        elif day and is_notice(line):
            _append(found, more)
            found.append(Said("", line, day, _noticed(found, day), "day"))
        elif found:
            more.append(line)
    _append(found, more)
    return found, lost


def _clock_in(match: re.Match[str]) -> str:
    """The time as it stands there."""
    first = next(part for part in ("pre", "h") if match[part])
    last = next(part for part in ("post", "s", "m") if match[part])
    return match.string[match.start(first) : match.end(last)]


def _append(found: list[Said], more: list[str]) -> None:
    """The lines that follow the first of a message."""
    if found and more:
        text = "\n".join([found[-1].text, *more]).rstrip("\n")
        found[-1] = found[-1]._replace(text=text)
    more.clear()


def _noticed(found: list[Said], day: str) -> datetime | None:
    """A notice under Windows has no time of its own: not earlier than what stands before it."""
    when = _day(day)
    before = found[-1].at if found else None
    if when is None or (before and before.date() == when):
        return before
    return datetime.combine(when, time())


def _exact(match: re.Match[str]) -> str:
    return "s" if match["s"] else "min"


def _at(match: re.Match[str], day: str) -> datetime | None:
    when = _day(day)
    said, minute = int(match["h"]), int(match["m"])
    word = match["pre"] or match["post"]
    at = hour(word, said) if word else said % 24
    if when is None or at is None or said > 24 or minute > 59:
        return None
    return datetime.combine(when, time(at, minute, min(int(match["s"] or 0), 59)))


@lru_cache(maxsize=1024)
def _day(text: str) -> date | None:
    found = written(text, order="ymd")
    return found.at.date() if found else None


def _table(member: Member) -> Iterator[Said]:
    for _, row in rows(member, "date", "user", "message"):
        when = row["date"].strip()
        text, author = fold_newlines(row["message"]), shown(row["user"])
        if is_notice(text):
            author = ""
        yield Said(author, text, when, parse_local(when), "s" if when.count(":") > 1 else "min")


def _items(said: list[Said], lost: list[Unread], name: str, options: Options) -> Iterator[Item]:
    speakers = frozenset(one.author for one in said if one.author)
    conversation = name or after_people(speakers, "KakaoTalk")
    mine = owner(speakers, conversation, options.me) or (speakers & ME or None)
    clock = LocalTime(options)
    if said:
        yield Dialect("times as " + said[0].written, tuple(one.written for one in said[:1]))
    yield from clock.question("the phone or computer")
    yield from who_is_owner(mine, speakers)
    yield from lost
    for one in said:
        sent_at = clock.utc(one.at) if one.at else None
        gone = is_deleted(one.text)
        own = one.author and not gone
        yield Record(
            "kakaotalk",
            conversation,
            one.text,
            one.author,
            "",
            sent_at,
            one.written,
            clock.source if sent_at else "none",
            one.precision,
            "message" if own else "event",
            mine is not None and one.author in mine,
            "person" if own else "system",
            attachments=_attachments(one.text),
        )


def _attachments(text: str) -> tuple[str, ...]:
    if _FILE.fullmatch(text):
        return (text,)
    named = _NAMED_FILE.fullmatch(text) if len(text) < 300 else None
    return (named[1],) if named else ()


__all__ = ["Said", "read", "said_in"]
