"""One line of an IRC log, whichever program wrote it: when, who, and what.

2024-01-01 10:00:00→@ada→hi                    weechat (→ is a tab)
10:00 <@ada> hi                                irssi
[10:00:00] <ada> hi                            ZNC, mIRC, eggdrop, KVIrc
Jan 01 10:00:00 <ada>→hi                       HexChat, XChat
[Mon Jan 1 2024] [10:00:00] <ada>→hi           Konversation
[2024-01-01T10:00:00+0000] <ada> hi            Textual, The Lounge, supybot (without brackets)
01-01-2024 10:00:00 < ada!a@example.org: hi    bip
@1704103200 <ada!a@example.org> hi             dircproxy
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ingest.written_dates import written

_CODES = re.compile(
    r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04[0-9a-fA-F]{0,6}|[\x02\x0f\x11\x12\x16\x1d-\x1f]"
)
"""Colours and bold."""
_HMS = r"(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d))?(?:\s?(?P<half>[AaPp][Mm]))?"
_ISO = r"(?P<y>\d{4})-(?P<mo>\d\d)-(?P<d>\d\d)"
_ZONE = r"(?:[.,]\d{1,6})?\s?(?P<zone>Z|[+-]\d\d:?\d\d)?"
_STAMPS = (
    re.compile(rf"\[?{_ISO}[T_ ]{_HMS}{_ZONE}\]?(?=\s)"),
    re.compile(rf"(?P<d>\d\d)-(?P<mo>\d\d)-(?P<y>\d{{4}}) {_HMS}(?P<zone>)(?= )"),
    re.compile(rf"\[(?P<day>[^\W\d][^\]\n]{{5,40}})\] \[{_HMS}(?: [A-Z]{{2,5}})?\]"),
    re.compile(rf"(?P<month>[^\W\d][^\s\d]{{1,8}})\.?\s{{1,2}}(?P<md>\d{{1,2}}) {_HMS}(?=\s)"),
    re.compile(r"@(?P<epoch>\d{9,10})(?=\s)"),
    re.compile(rf"\[{_HMS}\]|{_HMS.replace('?P<', '?P<b')}(?=\s)"),
)
_NICK = r"(?P<nick>[^\s<>!@:]{1,64}|[^\s<>]{1,64}?)"
_MODES = r"[@+%&~!* ]{0,3}"
_SAID = re.compile(rf"<{_MODES}{_NICK}(?:![^\s>]{{1,128}})?>(?:\s(?P<text>.*))?")
_NOTICED = re.compile(
    r"-(?P<nick>[^\s<>:!-][^\s<>:!]{0,64}?)(?:[!(:][^\s]{0,128}?)?- ?(?P<text>.*)"
)
_ACTED = re.compile(rf"[*•]\s{{1,2}}{_MODES}(?P<nick>[^\s*<>]{{1,64}})(?:\s(?P<text>.*))?")
_TOLD = re.compile(r"(?:\*{3}|-!-|-->|<--|--|---|===|=!=|\*!\*|!\S{2,40})(?:\s+(?P<text>.*))?")
_BIP = re.compile(r"[<>] (?P<nick>[^\s!:]{1,64})(?:!\S{1,128})?: (?P<text>.*)")
_COLUMNS = re.compile(rf"{_MODES}(?P<nick>[^\t]{{0,64}})\t(?P<text>.*)")
_MARKS = frozenset({"-->", "<--", "--", "=!=", "---", "***"})
_EVENT = re.compile(
    r"(?:\S+ )?(?:\([^()]*\) |\[[^\[\]]*\] )?(?:has (?:joined|left|quit|set|changed)|sets? mode"
    r"|is now known as|was kicked|changes topic|quit \(|kicked|gives? (?:channel )?operator)"
    r"|(?:Joins|Parts|Quits|Disconnected|Topic is|Set by|Now talking|Retrieving|Rejoined)\b"
    r"|You(?:'re| are)? (?:now |were |have )"
)
_RENAMED = re.compile(r"\*?\s*(?P<old>\S{1,64}) (?:is|are) now known as (?P<new>\S{1,64})")
_MINE = re.compile(r"You(?:'re| are) now known as (?P<new>\S{1,64})")
_DAY_LINE = re.compile(
    r"(?:--- Log opened|--- Day changed|-!- Log opened|\*{4} BEGIN LOGGING AT"
    r"|Session (?:Start|Time):|\[\d\d:\d\d(?::\d\d)?\] ---|=== Log opened)"
    r"\s+(?P<day>.{6,60})"
)
_IGNORED = re.compile(
    r"(?:--- (?:Log closed|.*[Ll]og (?:closed|ended))|\*{4} ENDING LOGGING|Session (?:Close|Ident):"
    r"|\*{4} (?:BEGIN|END)).*"
)
_IDENT = re.compile(r"Session Ident: (?P<chat>\S{1,80})")
_IN = re.compile(r"(?:has joined|Now talking (?:in|on)|joined) (?P<chat>[#&][^\s,]{1,80})")


class Stamp(NamedTuple):
    """When, as far as the line itself says."""

    written: str
    day: str
    """`2024-01-01`; empty where the line leaves it open."""
    month_day: str
    """`Jan 01`, of a year that is said elsewhere."""
    clock: tuple[int, int, int]
    exact: bool
    """With seconds."""
    zone: str
    epoch: int | None


class Line(NamedTuple):
    stamp: Stamp
    kind: str
    """said | acted | noticed | event"""
    nick: str
    text: str


def plain(line: str) -> str:
    """Without colours; clients show the same words."""
    return _CODES.sub("", line) if any(c < " " for c in line) else line


def read_line(line: str) -> Line | None:
    """None for what is no line of a log."""
    line = plain(line)
    stamp, rest = _stamp(line)
    if stamp is None:
        return None
    return _columns(stamp, rest) if rest.startswith("\t") else _payload(stamp, rest.lstrip(" "))


def day_line(line: str) -> str | None:
    """The day that a line says has begun, `YYYY-MM-DD`; empty when it is one that says nothing."""
    match = _DAY_LINE.match(line)
    if match is None:
        return "" if _IGNORED.match(line) else None
    found = written(match["day"])
    return found.at.date().isoformat() if found else ""


def renamed(text: str) -> tuple[str, str] | None:
    """(old, new) of a notice about a change of nick; an empty old one is the owner's."""
    own = _MINE.search(text)
    if own:
        return "", own["new"].rstrip(".")
    match = _RENAMED.match(text)
    return (match["old"], match["new"].rstrip(".")) if match else None


def channel_in(line: str) -> str:
    """The channel that a line is about, where it names it."""
    match = _IN.search(line)
    return match["chat"].rstrip(".]") if match else ""


def session_of(line: str) -> str:
    """Whom mIRC says a session is with: a channel or a nick."""
    match = _IDENT.match(line)
    return match["chat"] if match else ""


def _stamp(line: str) -> tuple[Stamp | None, str]:
    for pattern in _STAMPS:
        match = pattern.match(line)
        if match:
            return _of(match), line[match.end() :]
    return None, line


def _of(match: re.Match[str]) -> Stamp | None:
    parts = match.groupdict()
    get = {
        key.removeprefix("b") if key.startswith("b") else key: v for key, v in parts.items() if v
    }
    if "epoch" in get:
        return Stamp(match[0], "", "", (0, 0, 0), True, "", int(get["epoch"]))
    hour, minute, second = int(get["h"]), int(get["m"]), int(get.get("s", "0"))
    half = get.get("half", "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 24 or minute > 59 or second > 60:
        return None
    day = f"{get['y']}-{get['mo']}-{get['d']}" if "y" in get else ""
    if "day" in get:
        found = written(get["day"])
        day = found.at.date().isoformat() if found else ""
    month_day = f"{get['month']} {get['md']}" if "month" in get else ""
    clock = (hour % 24, minute, min(second, 59))
    return Stamp(match[0], day, month_day, clock, "s" in get, get.get("zone", ""), None)


def _columns(stamp: Stamp, rest: str) -> Line | None:
    """weechat: the nick stands in a column, and so do its marks."""
    match = _COLUMNS.fullmatch(rest[1:])
    if match is None:
        return None
    nick, text = match["nick"].strip(), match["text"]
    if nick in _MARKS or not nick:
        return Line(stamp, "event", "", text)
    if nick == "*":
        who, _, done = text.partition(" ")
        return Line(stamp, "acted", who, done)
    return Line(stamp, "said", nick, text) if " " not in nick else None


def _payload(stamp: Stamp, rest: str) -> Line | None:
    for kind, pattern in (("said", _SAID), ("event", _TOLD), ("acted", _ACTED), ("said", _BIP)):
        match = pattern.fullmatch(rest)
        if match is None:
            continue
        text = (match["text"] or "").lstrip("\t")
        if kind == "event" or (kind == "acted" and _is_event(rest)):
            told = text if kind == "event" else rest.lstrip("*• \t")
            return Line(stamp, "event", "", told)
        return Line(stamp, kind, match["nick"], text)
    match = _NOTICED.fullmatch(rest)
    return Line(stamp, "noticed", match["nick"], match["text"].lstrip("\t")) if match else None


def _is_event(rest: str) -> bool:
    return _EVENT.match(rest.lstrip("*• \t")) is not None


__all__ = ["Line", "Stamp", "channel_in", "day_line", "plain", "read_line", "renamed", "session_of"]
