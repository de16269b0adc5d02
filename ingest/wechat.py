"""WeChat as text, and QQ's own text: WeChat has no export, so these are what other tools write.

    小明 2024-01-01 12:00:00      2024-01-01 12:00:00 小明      小明 (2024-01-01 12:00:00):你好
    你好                         你好

    我 2024-01-01 12:00:05       2024-01-01 12:00:05 我
    [图片]                       [图片]

QQ's message manager writes the second kind under `消息对象:小明(10001)`, with a number behind each
name. `我` is the owner. There are no ids and no zone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from ingest import Item, Member, Options, importer
from ingest.calendar_words import hour
from ingest.chat_people import after_people, owner, who_is_owner
from ingest.decode import decode, fold_newlines
from ingest.invisible import shown
from ingest.local_time import LocalTime
from ingest.wechat_words import ME, chat_in, is_notice
from secondme.record import Dialect, Record, Unread

_TIME = (
    r"(?P<y>\d{4})[-/.年](?P<mo>\d{1,2})[-/.月](?P<d>\d{1,2})日? (?P<h>\d{1,2}):(?P<m>\d\d)"
    r"(?::(?P<s>\d\d))?(?: (?P<half>[AP]M))?"
)
_NAME_FIRST = re.compile(rf"(?P<name>\S.{{0,80}}?) {_TIME}")
_TIME_FIRST = re.compile(rf"{_TIME} (?P<name>\S.{{0,200}})")
_IN_LINE = re.compile(rf"(?P<name>\S.{{0,80}}?) ?\({_TIME}\) ?[:：](?P<text>.*)")
_SHAPES = {
    _NAME_FIRST: "name before time",
    _TIME_FIRST: "time before name",
    _IN_LINE: "one line a message",
}
_QQ = "消息记录（此消息记录为文本格式，不支持重新导入）"
_QQ_CHAT = re.compile(r"消息对象[:：](.*)")
_QQ_NAME = re.compile(r"(?P<name>.*?)(?:\((?P<number>\d{4,12})\)|<(?P<mail>[^<>\s]{3,80})>)")
_QQ_RANK = re.compile(r"^【[^【】]{1,20}】")
_QQ_HEADING = re.compile(r"={20,}|消息分组[:：].*")
_ID_BEHIND = re.compile(r"(?P<name>.+)\((?P<id>wxid_\w{3,40}|[\w-]{3,40}@chatroom)\)")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LOOK = 300


def _looks_like_wechat(member: Member) -> bool:
    head = member.start
    if not head or member.head[:1] in b"{[<" or _QQ in head[:200]:
        return False
    lines = head.split("\n", _LOOK)[:_LOOK]
    begins = next((line for line in lines if line.strip()), "")
    if not any(shape.fullmatch(begins) for shape in _SHAPES):
        return False
    shape = _shape(lines)
    if shape is None or not shape.fullmatch(begins):
        return False
    found = list(_headers(lines, shape))
    names = {match["name"] for _, match in found}
    seconds = all(match["s"] for _, match in found)
    filled = sum(bool(line.strip()) for line in lines)
    few = len(found) >= 6 and len(names) * 3 <= len(found)
    return seconds and len(found) * 8 >= filled and (bool(names & ME) or (few and _chinese(lines)))


def _chinese(lines: list[str]) -> bool:
    """A log of a program may be shaped alike; these tools are used for Chinese chats."""
    return sum(_HAN.search(line) is not None for line in lines) * 3 >= len(lines)


def _looks_like_qq(member: Member) -> bool:
    return _QQ in member.start[:200]


def _shape(lines: list[str]) -> re.Pattern[str] | None:
    counts = {shape: sum(1 for _ in _headers(lines[:_LOOK], shape)) for shape in _SHAPES}
    best = max(counts, key=lambda shape: counts[shape])
    return best if counts[best] else None


def _headers(lines: list[str], shape: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """The first lines of messages; a blank line stands before all but the first."""
    blank = True
    for number, line in enumerate(lines):
        if blank or shape is _IN_LINE:
            match = shape.fullmatch(line)
            if match and _at(match):
                yield number, match
        blank = not line.strip()


@importer("wechat", recognises=_looks_like_wechat)
def read(member: Member, options: Options) -> Iterator[Item]:
    """One record a message, in file order."""
    lines = fold_newlines(decode(member.read()).text).split("\n")
    shape = _shape(lines)
    if shape is None:
        yield Unread("whole file", "no messages")
        return
    said = list(said_in(lines, shape))
    yield Dialect(_SHAPES[shape], tuple(line for line in lines if line.strip())[:2])
    yield from _items("wechat", said, chat_in(member), options)


@importer("qq", recognises=_looks_like_qq)
def read_qq(member: Member, options: Options) -> Iterator[Item]:
    """Chat by chat: one file may hold them all."""
    lines = fold_newlines(decode(member.read()).text).split("\n")
    begins = [i for i, line in enumerate(lines) if _QQ_CHAT.fullmatch(line)]
    asked = False
    for start, end in zip(begins, [*begins[1:], len(lines)], strict=False):
        match = _QQ_CHAT.fullmatch(lines[start])
        name = _qq_name(match[1].strip() if match else "")[0]
        rows = ["" if _QQ_HEADING.fullmatch(line) else line for line in lines[start + 1 : end]]
        said = [_of_qq(one) for one in said_in(rows, _TIME_FIRST)]
        for item in _items("qq", said, name, options):
            if isinstance(item, Record) or not asked:
                yield item
        asked = asked or bool(said)
    if not begins:
        yield Unread("whole file", "no chats")


class Said(NamedTuple):
    author: str
    author_id: str
    text: str
    written: str
    at: datetime
    exact: str


def said_in(lines: list[str], shape: re.Pattern[str]) -> Iterator[Said]:
    """Pure: everything said, as far as the lines show where it begins."""
    found = list(_headers(lines, shape))
    ends = [number for number, _ in found[1:]] + [len(lines)]
    for (number, match), end in zip(found, ends, strict=False):
        body = lines[number + 1 : end]
        if shape is _IN_LINE:
            body = [match["text"], *body]
        text = "\n".join(body).strip("\n")
        author = shown(match["name"])
        if not text and shape is _TIME_FIRST and is_notice(author):
            text, author = match["name"], ""
        at = _at(match)
        if at is not None:
            exact = "s" if match["s"] else "min"
            known = _ID_BEHIND.fullmatch(author)
            author, handle = (known["name"], known["id"]) if known else (author, "")
            yield Said(author, handle, text, _written(match), at, exact)


def _at(match: re.Match[str]) -> datetime | None:
    half = match["half"]
    said = int(match["h"])
    at = hour(half, said) if half else said
    day = (int(match["y"]), int(match["mo"]), int(match["d"]))
    try:
        return datetime(*day, at or 0, int(match["m"]), int(match["s"] or 0))
    except ValueError:
        return None


def _written(match: re.Match[str]) -> str:
    last = next(part for part in ("half", "s", "m") if match[part])
    return match.string[match.start("y") : match.end(last)]


def _of_qq(said: Said) -> Said:
    name, number = _qq_name(said.author)
    return said._replace(author="" if number == "10000" else name, author_id=number)


def _qq_name(written: str) -> tuple[str, str]:
    """`【管理员】小明(10001)` is 小明 with the number 10001."""
    match = _QQ_NAME.fullmatch(written)
    name, number = (match["name"], match["number"] or match["mail"]) if match else (written, "")
    return shown(_QQ_RANK.sub("", name)) or number, number


def _items(source: str, said: list[Said], chat: str, options: Options) -> Iterator[Item]:
    speakers = frozenset(one.author for one in said if one.author)
    conversation = chat or after_people(_others(said), source)
    mine = owner(speakers, conversation, options.me) or (speakers & ME or None)
    clock = LocalTime(options)
    yield from clock.question("the phone or computer")
    yield from who_is_owner(mine, speakers)
    for one in said:
        sent_at = clock.utc(one.at)
        yield Record(
            source,
            conversation,
            one.text,
            one.author,
            one.author_id if one.author else "",
            sent_at,
            one.written,
            clock.source if sent_at else "none",
            one.exact,
            "message" if one.author else "event",
            mine is not None and one.author in mine,
            "person" if one.author else "system",
        )


def _others(said: Iterable[Said]) -> set[str]:
    """Who speaks beside the owner; everybody where nobody else does."""
    names = Counter(one.author for one in said if one.author)
    return set(names) - ME or set(names)


__all__ = ["Said", "read", "read_qq", "said_in"]
