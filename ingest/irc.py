"""IRC: the logs that weechat, irssi, ZNC, mIRC, HexChat and their kind keep, a file a channel, or a
file a channel and day.

    ~/.local/share/weechat/logs/irc.libera.#tea.weechatlog
    ~/irclogs/libera/#tea.log
    ~/.znc/users/ada/moddata/log/libera/#tea/2024-01-01.log
    %APPDATA%\\mIRC\\logs\\#tea.libera.20240101.log

Most name no zone, and many say the day only now and then, or in the file's name. What the lines
look like: irc_lines.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from ingest import Item, Member, Options, importer
from ingest.calendar_words import month
from ingest.chat_people import owner, who_is_owner
from ingest.decode import decode, fold_newlines
from ingest.invisible import shown
from ingest.irc_lines import Line, Stamp, channel_in, day_line, read_line, renamed, session_of
from ingest.local_time import LocalTime
from ingest.times import from_epoch, parse_iso
from secondme.record import Record, Unread

_DAY_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")
_LOG_FOLDERS = frozenset(
    "log logs irclogs irc moddata users znc weechat mirc hexchat scrollback xchatlogs .".split()
)
_LOOK = 60


def _looks_like_irc(member: Member) -> bool:
    head = member.head[:4096]
    if not any(mark in head for mark in (b"<", b"\t", b"***", b"-!-", b"> ")) or head[:1] in b"{":
        return False
    lines = [line for line in member.start.split("\n", 200)[:200] if line.strip()][:_LOOK]
    found = [read_line(line) for line in lines if day_line(line) is None]
    read = [line for line in found if line]
    if not read or len(read) * 10 < len(found) * 8:
        return False
    telling = sum(line.kind != "said" or not line.stamp.written.endswith(":") for line in read)
    said = [line for line in read if line.kind == "said"]
    if member.suffix == ".weechatlog" or any(day_line(line) for line in lines):
        return True
    return bool(telling) and (bool(said) or "***" in member.start[:200]) and _spoken(member, said)


def _spoken(member: Member, said: list[Line]) -> bool:
    """Three columns are also a table; then the marks of weechat have to be seen."""
    if "\t" not in member.start[:200] or "<" in member.start[:200]:
        return True
    return any(mark in member.start for mark in ("\t-->\t", "\t<--\t", "\t--\t", "\t *\t"))


@importer("irc", recognises=_looks_like_irc)
def read(member: Member, options: Options) -> Iterator[Item]:
    """One record a line, in file order."""
    text = fold_newlines(decode(member.read()).text)
    yield from parse(text.split("\n"), member.name, options)


def parse(lines: list[str], name: str, options: Options) -> Iterator[Item]:
    """Pure. `name` is the file's path, which may say network, channel and day."""
    found = [read_line(line) for line in lines]
    speakers = frozenset(line.nick for line in found if line and line.kind == "said")
    chat = _chat(name, lines)
    mine = set(_mine(found, speakers, chat, options))
    clock = LocalTime(options)
    if any(line and not line.stamp.zone and line.stamp.epoch is None for line in found):
        yield from clock.question("the computer that kept this log")
    yield from who_is_owner(frozenset(mine) or None, speakers)
    days = _Days(day_in(name))
    odd: list[int] = []
    for number, (raw, line) in enumerate(zip(lines, found, strict=True), 1):
        begun = day_line(raw)
        if begun is not None:
            days.begin(begun)
        elif line:
            yield _record(line, chat, days.at(line.stamp), mine, clock)
        elif raw.strip():
            odd.append(number)
    if odd:
        rest = f" (and {len(odd) - 1} more)" if len(odd) > 1 else ""
        yield Unread(f"line {odd[0]}{rest}", "no line of a log")
    if days.unknown:
        yield Unread("times", "nothing says on which day these lines were written")


def _chat(name: str, lines: list[str]) -> str:
    """By the path, unless the log itself says better."""
    by_name = conversation_in(name)
    told = "" if "#" in by_name else next(filter(None, map(session_of, lines)), "")
    return told or by_name or next(filter(None, map(channel_in, lines)), "IRC")


class _Days:
    """On which day a line was written: by itself, by the last line that said, or by the name of
    the file. A clock that goes back by more than an hour has passed midnight."""

    def __init__(self, begins: date | None) -> None:
        self.day = begins
        self.before: time | None = None
        self.unknown = False

    def begin(self, day: str) -> None:
        if day:
            self.day, self.before = date.fromisoformat(day), None

    def at(self, stamp: Stamp) -> datetime | None:
        if stamp.epoch is not None:
            return None
        clock = time(*stamp.clock)
        if stamp.day:
            self._say(_iso_day(stamp.day))
        elif stamp.month_day:
            self._say(self._of_year(stamp.month_day))
        elif self.day and self.before and _hours(self.before) - _hours(clock) > 1:
            self.day += timedelta(1)
        self.before = clock
        self.unknown = self.unknown or self.day is None
        return datetime.combine(self.day, clock) if self.day else None

    def _say(self, day: date | None) -> None:
        self.day = day or self.day

    def _of_year(self, month_day: str) -> date | None:
        """The day in the year that was last spoken of, or in the next one after New Year."""
        found = _month_day(month_day)
        if found is None or self.day is None:
            return None
        year = self.day.year + (self.day.month == 12 and found[0] == 1)
        return _iso_day(f"{year:04}-{found[0]:02}-{found[1]:02}")


def _hours(at: time) -> float:
    return at.hour + at.minute / 60


@lru_cache(maxsize=1024)
def _month_day(written: str) -> tuple[int, int] | None:
    name, _, day = written.rpartition(" ")
    number = month(name)
    return (number, int(day)) if number else None


@lru_cache(maxsize=1024)
def _iso_day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _record(
    line: Line, chat: str, local: datetime | None, mine: set[str], clock: LocalTime
) -> Record:
    sent_at, zone = _moment(line.stamp, local, clock)
    change = renamed(line.text) if line.kind == "event" else None
    if change and (not change[0] or change[0].casefold() in mine):
        mine.add(change[1].casefold())
    author = "" if line.kind == "event" else shown(line.nick)
    text = f"{line.nick} {line.text}".strip() if line.kind == "acted" else line.text
    meta = {"acted": {"action": True}, "noticed": {"notice": True}}.get(line.kind)
    return Record(
        "irc",
        chat,
        text,
        author,
        "",
        sent_at,
        _written(line.stamp, local),
        zone,
        "s" if line.stamp.exact else "min",
        "event" if line.kind == "event" else "message",
        bool(author) and author.casefold() in mine,
        "person" if line.kind in ("said", "acted") else "system",
        meta=json.dumps(meta) if meta else "",
    )


def _written(stamp: Stamp, local: datetime | None) -> str:
    """As it stands there, with what of the day stands elsewhere."""
    said = stamp.written.strip("[]").replace("] [", " ")
    if local is None or stamp.day:
        return said
    return f"{local.year} {said}" if stamp.month_day else f"{local.date()} {said}"


def _moment(stamp: Stamp, local: datetime | None, clock: LocalTime) -> tuple[str | None, str]:
    if stamp.epoch is not None:
        return from_epoch(stamp.epoch), "unix"
    if local is None:
        return None, "none"
    if stamp.zone:
        exact = parse_iso(f"{local.isoformat()}{stamp.zone}")
        if exact:
            return exact, "explicit"
    sent_at = clock.utc(local)
    return sent_at, clock.source if sent_at else "none"


def _mine(
    found: list[Line | None], speakers: frozenset[str], chat: str, options: Options
) -> Iterator[str]:
    """The owner's nicks: as told, as the log says “You are now known as”, or in a chat of two the
    one that it is not called after."""
    yield from (name.casefold() for name in options.me)
    changes = (renamed(line.text) for line in found if line and line.kind == "event")
    yield from (new.casefold() for old, new in filter(None, changes) if not old)
    for name in owner(speakers, chat.rpartition("/")[2], options.me) or ():
        yield name.casefold()


def day_in(name: str) -> date | None:
    """The day that a file or its folders are called after."""
    found = list(_DAY_IN_NAME.finditer(name.replace("/", "-")))
    return _iso_day("-".join(found[-1].groups())) if found else None


def conversation_in(name: str) -> str:
    """`libera/#tea`, `#tea` or `ada`, by the path of the log; empty when it says nothing."""
    parts = [part for part in name.split("/") if part and part.lower() not in _LOG_FOLDERS]
    stem = re.sub(r"\.(?:log|txt|weechatlog)$", "", parts[-1]) if parts else ""
    bare = _DAY_IN_NAME.sub("", stem).strip("._- ")
    folders = [p for p in parts[:-1] if not p.isdigit() and not p.endswith((".zip", ".tar.gz"))]
    if bare.startswith("irc."):
        network, _, chat = bare.removeprefix("irc.").partition(".")
        return f"{network}/{chat}" if chat else network
    if not bare:
        return "/".join(folders[-2:])
    network, mark, channel = bare.partition("_#")
    if mark and network and not network.startswith("#"):
        return f"{network}/#{channel}"
    network, mark, channel = bare.partition("-#")
    if mark and network:
        return f"{network}/#{channel}"
    channel, _, network = bare.partition(".") if bare[:1] in "#&" else (bare, "", "")
    network = network or (folders[-1] if folders else "")
    return f"{network}/{channel}" if network else channel


__all__ = ["conversation_in", "day_in", "parse", "read"]
