"""LINE: a chat's menu → Settings → Export chat history, a `.txt` as phones and computers write it.

    [LINE] Chat history with Ada            [LINE] Adaとのトーク履歴      (missing on computers)
    Saved on: 26/04/2026, 04:36PM           保存日時：2026/04/26 16:36

    Sun, 26/04/2026                         2026/04/26(日)               2026.04.26 日曜日
    04:35PM→Ada→Hello                       16:35→Ada→こんにちは           16:35 Ada こんにちは
    04:36PM→Ada→"two                        16:36→Ada→[スタンプ]           (fields by single spaces)
    lines"

`→` is a tab. Exports hold no ids and no zone. A line of two fields is a notice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from ingest import Item, Member, Options, importer
from ingest.calendar_words import covered, hour, weekday
from ingest.chat_people import after_people, owner, who_is_owner
from ingest.decode import decode, fold_newlines
from ingest.invisible import shown
from ingest.line_names import chat_name, is_notice, names_in, split_name
from ingest.local_time import LocalTime
from ingest.numeric_dates import ORDERS, Order, decide_order, read_date
from secondme.record import Dialect, Question, Record, Unread

_WORD = r"[^\s\d,:：()（）\[\]]{1,20}"
_DATE = (
    r"(?:[RHS]|令和|平成|昭和)?\d{1,4}(?:[./\-]|\.\s|[年년]\s?)\d{1,2}(?:[./\-]|\.\s|[月월]\s?)\d{1,4}"
    r"[.日일]?"
)
_DAY = re.compile(
    rf"(?:(?P<before>{_WORD}),?\s{{1,2}})?(?P<date>{_DATE})"
    rf"(?:,?\s{{0,2}}[(（]?(?P<after>{_WORD})[)）]?)?\s*"
)
_BLANK = "[ \u00a0\u202f]"
_PRE = rf"(?:(?P<pre>[^\W\d][^\s\d:]{{0,11}}){_BLANK}?)?"
_TIME = rf"{_PRE}(?P<h>\d{{1,2}})[:.](?P<m>\d\d)"
_POST = rf"(?:{_BLANK}?(?P<post>[^\W\d]\.?{_BLANK}?[^\s\d:]{{0,9}}))?"
_TABS = re.compile(rf"{_TIME}{_POST}\t(?P<first>[^\t]*)(?:\t(?P<rest>.*))?")
_BLANKS = re.compile(rf"{_TIME}{_POST} {{2,8}}(?P<first>\S.{{0,80}}?)(?: {{2,8}}(?P<rest>.*))?")
_ONE_BLANK = re.compile(
    rf"{_TIME}(?:{_BLANK}?(?P<post>[AaPp]\.?[Mm]\.?))? (?P<rest>\S.*)(?P<first>)?"
)
_SHAPES = (_TABS, _BLANKS, _ONE_BLANK)
_CJK_WEEKDAYS = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6}
_CALL = "☎"
_LOOK = 400


class _Day(NamedTuple):
    line: int
    written: str
    """The date alone."""
    weekday: int | None
    whole: str


def _looks_like_line(member: Member) -> bool:
    begins = member.start[:200].lstrip()
    if not (begins.startswith("[LINE]") or any(map(str.isdigit, begins[:24]))):
        return False
    lines = member.start.split("\n", _LOOK)[:_LOOK]
    titled = begins.startswith("[LINE]")
    days = _days(lines)
    if not days:
        return titled and len(lines) <= 5
    shape = _shape(lines[days[0].line + 1 :])
    if shape is None or not (titled or _begins_with(days[0], lines)):
        return False
    return titled or shape is _TABS or _names_repeat(lines, member.name)


def _begins_with(day: _Day, lines: list[str]) -> bool:
    return day.weekday is not None and not any(line.strip() for line in lines[: day.line])


def _names_repeat(lines: list[str], name: str) -> bool:
    """Without tabs, a diary looks the same: but in a chat the first words are few."""
    said = [match["rest"] for match in map(_ONE_BLANK.fullmatch, lines) if match]
    first = Counter(rest.split(" ", 1)[0] for rest in said if " " in rest)
    return "LINE" in name or (len(said) >= 6 and len(first) * 3 <= len(said))


@importer("line", recognises=_looks_like_line)
def read(member: Member, options: Options) -> Iterator[Item]:
    """One record a message, in file order."""
    text = fold_newlines(decode(member.read()).text)
    yield from parse(text, named=member.stem, options=options)


def parse(text: str, *, named: str, options: Options) -> Iterator[Item]:
    """Pure. `named` is the file's name, which is all that says whose chat it is on a computer."""
    lines = text.split("\n")
    days = _days(lines)
    if not days:
        if text.strip():
            yield from _without_days(lines)
        return
    shape = _shape(lines[days[0].line + 1 :])
    if shape is None:
        yield Unread("whole file", "days without messages")
        return
    yield from _Chat(lines, days, shape, chat_name(lines[0], named), options).items()


def _without_days(lines: list[str]) -> Iterator[Item]:
    if any(shape.fullmatch(line) for line in lines[:_LOOK] for shape in _SHAPES[:2]):
        yield Unread("line 1", "messages without the line that says their day")


def _days(lines: list[str]) -> list[_Day]:
    """The lines that say which day begins. Where some name the weekday, all do."""
    found = [day for i, line in enumerate(lines) if (day := _day(i, line))]
    named = [day for day in found if day.weekday is not None]
    return named or found


def _day(number: int, line: str) -> _Day | None:
    if len(line) > 60 or not any(c.isdigit() for c in line):
        return None
    match = _DAY.fullmatch(shown(line))
    if match is None:
        return None
    words = [word for word in (match["before"], match["after"]) if word]
    known = [_weekday(word) for word in words]
    if None in known:
        return None
    return _Day(number, match["date"], known[0] if known else None, line.strip())


@lru_cache(maxsize=256)
def _weekday(word: str) -> int | None:
    bare = word.removeprefix("週").removeprefix("周").removeprefix("星期")
    found = _CJK_WEEKDAYS.get(bare)
    known = (found, weekday(word), weekday(f"วัน{word}"))
    return next((day for day in known if day is not None), None)


def _shape(lines: list[str]) -> re.Pattern[str] | None:
    """How the fields of most lines are kept apart."""
    counts = {
        shape: sum(_is_message(shape.fullmatch(line)) for line in lines[:_LOOK])
        for shape in _SHAPES
    }
    best = max(_SHAPES, key=lambda shape: counts[shape])
    return best if counts[best] else None


def _is_message(match: re.Match[str] | None) -> bool:
    if match is None or int(match["h"]) > 24 or int(match["m"]) > 59:
        return False
    return all(covered(word) is not None for word in (match["pre"], match["post"]) if word)


class _Message(NamedTuple):
    match: re.Match[str]
    day: _Day
    lines: list[str]
    """Those that follow the first."""


class _Chat:
    """One file: what has to be known about all of it before its first message can be read."""

    def __init__(
        self,
        lines: list[str],
        days: list[_Day],
        shape: re.Pattern[str],
        conversation: str,
        options: Options,
    ) -> None:
        self.options, self.shape = options, shape
        self.messages, self.lost = _messages(lines, days, shape)
        self.names = frozenset(
            names_in((m.match["rest"] for m in self.messages), conversation)
            if shape is _ONE_BLANK
            else ()
        )
        self.split = [self._fields(message) for message in self.messages]
        self.speakers = frozenset(name for name, _ in self.split if name)
        self.conversation = conversation or after_people(self.speakers, "LINE")
        self.mine = owner(self.speakers, self.conversation, options.me)
        self.order = _order(days, options)
        self.read_as = options.date_order or self.order.order
        self.clock = LocalTime(options)

    def _fields(self, message: _Message) -> tuple[str, str]:
        """Who and what; a notice has no who."""
        first, rest = message.match["first"], message.match["rest"]
        if self.shape is _ONE_BLANK:
            if is_notice(rest):
                return "", _joined(rest, message.lines)
            name, rest = split_name(rest, self.names)
            return name, _joined(rest, message.lines)
        if rest is None:
            return "", _joined(first, message.lines)
        return shown(first), _unquoted(_joined(rest, message.lines))

    def items(self) -> Iterator[Item]:
        yield self._dialect()
        yield from self.clock.question("the phone or computer")
        if not self.order.sure and self.options.date_order is None:
            text = f"Is {self.order.example} day first or month first? Read as {self.order.order}."
            yield Question("date-order", text, self.order.order, "--date-order")
        yield from who_is_owner(self.mine, self.speakers)
        yield from self.lost
        for message, (author, text) in zip(self.messages, self.split, strict=True):
            yield self._record(message, author, text)

    def _record(self, message: _Message, author: str, text: str) -> Record:
        sent_at = self._sent_at(message)
        return Record(
            "line",
            self.conversation,
            text,
            author,
            "",
            sent_at,
            f"{message.day.whole} {_written(message.match)}",
            self.clock.source if sent_at else "none",
            "min",
            "message" if author else "event",
            self.mine is not None and author in self.mine,
            "person" if author and not text.startswith(_CALL) else "system",
        )

    def _sent_at(self, message: _Message) -> str | None:
        day = read_date(message.day.written, self.read_as)
        match = message.match
        written, minute = int(match["h"]), int(match["m"])
        words = [word for word in (match["pre"], match["post"]) if word]
        at = hour(words[0], written) if words else written % 24
        if day is None or at is None or written > 24 or minute > 59:
            return None
        return self.clock.utc(datetime.combine(day, time(at, minute)))

    def _dialect(self) -> Dialect:
        first = self.messages[0] if self.messages else None
        kept = {_TABS: "tabs", _BLANKS: "blanks", _ONE_BLANK: "single blanks (a computer's)"}
        hours = "12 hours" if first and (first.match["pre"] or first.match["post"]) else "24 hours"
        proof = (first.day.whole, first.match[0][:200]) if first else ()
        return Dialect(f"fields by {kept[self.shape]}, {ORDERS[self.read_as]}, {hours}", proof)


def _messages(
    lines: list[str], days: list[_Day], shape: re.Pattern[str]
) -> tuple[list[_Message], list[Unread]]:
    """Every message with the day it stands under."""
    found: list[_Message] = []
    lost: list[Unread] = []
    begins = {day.line: day for day in days}
    today: _Day | None = None
    for number, line in enumerate(lines):
        if number in begins:
            today = begins[number]
            continue
        match = shape.fullmatch(line)
        if match and _is_message(match):
            if today:
                found.append(_Message(match, today, []))
            elif not lost:
                lost.append(Unread(f"line {number + 1}", "a message before the first day"))
        elif found and found[-1].day is today:
            found[-1].lines.append(line)
        elif today and line.strip():
            lost.append(Unread(f"line {number + 1}", "not a message"))
    return found, lost


def _joined(first: str, more: list[str]) -> str:
    return "\n".join(chain([first], more)).rstrip("\n") if more else first


def _unquoted(text: str) -> str:
    """Phones put a text of several lines between quotes, and double the quotes in it."""
    if len(text) > 1 and "\n" in text and text[0] == '"' and text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text


def _written(match: re.Match[str]) -> str:
    """The time as it stands there."""
    last = "post" if match["post"] else "m"
    return match[0][: match.end(last) - match.start()]


def _order(days: list[_Day], options: Options) -> Order:
    """By the weekdays that stand beside the dates, else by the dates alone."""
    right = {
        order: sum(_falls_on(day, read_date(day.written, order)) for day in days)
        for order in ("dmy", "mdy", "ymd")
    }
    first, second, _ = sorted(right, key=lambda order: -right[order])
    if right[first] > right[second]:
        return Order(first, True)
    written = (day.written for day in days)
    return decide_order(written, hint=options.usual_order or "ymd")


def _falls_on(day: _Day, when: date | None) -> bool:
    return when is not None and when.weekday() == day.weekday


__all__ = ["parse", "read"]
