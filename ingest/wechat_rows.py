"""A message of WeChat as the tools that read its database know it, and as a record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from ingest import Item, Options
from ingest.decode import fold_newlines
from ingest.invisible import shown
from ingest.local_time import LocalTime
from ingest.times import from_epoch, parse_iso, parse_local
from ingest.wechat_words import NOTICES, PLACEHOLDERS, app_text, sender_in
from secondme.record import Record, Unread

TRUE = frozenset({"1", "true", "True", "yes"})


class Row(NamedTuple):
    """A message as all of these tools know it; missing parts are empty."""

    chat: str
    title: str
    id: str
    kind: str
    author: str
    author_id: str
    mine: bool
    at: str
    """Seconds since 1970, an ISO time, or a local time."""
    text: str
    files: tuple[str, ...] = ()


def records(found: Iterator[Row], options: Options) -> Iterator[Item]:
    clock = LocalTime(options)
    me = {name.casefold() for name in options.me}
    asked = False
    for number, row in enumerate(found, 1):
        at = _moment(row.at, clock)
        if at is None and row.at:
            yield Unread(f"row {number}", "its time is no time")
        sent_at, zone = at or (None, "none")
        if zone == "guessed" and not asked:
            asked = True
            yield from clock.question("the computer")
        yield _record(row, sent_at, zone, me)


def _record(row: Row, sent_at: str | None, zone: str, me: set[str]) -> Record:
    sender, text = sender_in(fold_newlines(row.text))
    notice = row.kind in NOTICES
    text, meta = _shown(row.kind, text)
    author = "" if notice else shown(row.author)
    handle = "" if notice else sender or row.author_id
    mine = row.mine or bool(me & {author.casefold(), handle.casefold()} - {""})
    return Record(
        "wechat",
        row.chat or "WeChat",
        text,
        author,
        handle,
        sent_at,
        row.at,
        zone,
        "s",
        "event" if notice or not author else "message",
        mine and not notice,
        "system" if notice or not author else "person",
        row.id or None,
        title=row.title if row.title != row.chat else "",
        attachments=row.files,
        meta=json.dumps(meta, ensure_ascii=False, sort_keys=True) if meta else "",
    )


def _shown(kind: str, text: str) -> tuple[str, dict[str, Any]]:
    """What the app shows of a message, and what it quotes."""
    if kind == "1" or not kind.isdigit():
        words, quoted = app_text(text) if text.startswith(("<?xml", "<msg")) else ("", {})
        return words or text, {"quote": quoted} if quoted else {}
    if kind in NOTICES:
        return text, {}
    words, quoted = app_text(text) if "<" in text else ("" if kind in PLACEHOLDERS else text, {})
    known = PLACEHOLDERS.get(kind, "" if kind == "49" else text)
    return words or known or "[链接]", {"quote": quoted} if quoted else {}


def _moment(written: str, clock: LocalTime) -> tuple[str, str] | None:
    """The time in UTC, and where its zone is from."""
    written = written.strip()
    try:
        if written.replace(".", "", 1).isdigit():
            seconds = float(written)
            return from_epoch(seconds / 1000 if seconds > 1e11 else seconds), "unix"
    except ValueError:
        return None
    exact = parse_iso(written)
    if exact:
        return exact, "explicit"
    local = parse_local(written)
    sent_at = clock.utc(local) if local else None
    return (sent_at, clock.source) if sent_at else None


def of_dump(row: Mapping[str, Any], chat: str) -> Row:
    """PyWxDump's: its first versions put JSON into `content`, and times are local."""
    low = {str(key).lower(): plain(value) for key, value in row.items()}
    text, src = low.get("msg", ""), low.get("src", "")
    content = low.get("content", "")
    if content.startswith("{"):
        with suppress(ValueError, RecursionError):
            inner = json.loads(content)
            text, src = plain(inner.get("msg")), plain(inner.get("src"))
    mine = low.get("is_sender", "") in TRUE
    name = "我" if mine else low.get("talker", "")
    title = low.get("room_name") or chat or low.get("talker", "")
    files = (src,) if src and "\n" not in src and len(src) < 260 else ()
    id_, kind, at = low.get("msgsvrid", ""), low.get("type_name", ""), low.get("createtime", "")
    return Row(
        title, title, id_, kind, name, low.get("talker", ""), mine, at, text or content, files
    )


def plain(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None or isinstance(value, dict | list) else str(value)


__all__ = ["TRUE", "Row", "of_dump", "plain", "records"]
