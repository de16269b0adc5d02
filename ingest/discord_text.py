"""Discord as DiscordChatExporter writes it, as text or as a table: a file a channel.

    ==============================================================
    Guild: Boats
    Channel: Sea / harbour
    ==============================================================

    [01-May-24 09:54 AM] nora#1234
    at six

    {Attachments}
    https://cdn.discordapp.com/…/pier.jpg

The table has the columns `AuthorID,Author,Date,Content,Attachments,Reactions`. Neither has ids of
messages; the channel's stands in the name of the file. Dates are as the exporter's language writes
them, and only newer tables say the zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest import Item, Member, Options, importer
from ingest.chat_people import owner, who_is_owner
from ingest.decode import decode, fold_newlines
from ingest.discord_records import channel_in, file_name, shown_title
from ingest.local_time import LocalTime
from ingest.record_meta import meta_of
from ingest.sheets import has_columns, rows
from ingest.times import parse_iso
from ingest.written_dates import written
from ingest.zoned_dates import order_of
from secondme.errors import UnreadableExport
from secondme.record import Record

_COLUMNS = ("authorid", "author", "date", "content", "attachments", "reactions")
_LARGEST = 512 * 1024 * 1024
_RULE = "=" * 62
_HEAD = re.compile(r"^\[([^\]\n]{6,60})\] ([^\n]{1,100})$", re.MULTILINE)
_END = re.compile(rf"\n{_RULE}\nExported [^\n]{{1,40}} message\(s\)\n{_RULE}\s*\Z")
_PART = re.compile(r"^\{(Attachments|Embed|Embeds|Stickers|Reactions)\}$", re.MULTILINE)
_PINNED = " (pinned)"
_REACTION = re.compile(r"(\S{1,64})(?: \((\d{1,7})\))?(?: |,|$)")
_BY = re.compile(r"[ _-]part[ _]\d+|\s*\[part \d+\]")


class Said(NamedTuple):
    author: str
    author_id: str
    written: str
    text: str
    files: tuple[str, ...] = ()
    reactions: tuple[tuple[str, int], ...] = ()
    pinned: bool = False
    theirs: bool = False


def _looks_like_table_or_text(member: Member) -> bool:
    if member.head[:1] == b"=" or member.head[:8].lstrip(b"\xef\xbb\xbf")[:1] == b"=":
        start = member.start.lstrip("\ufeff")
        return start.startswith(f"{_RULE}\nGuild: ") and "\nChannel: " in start[:2000]
    return b"uthor" in member.head[:64] and has_columns(member, *_COLUMNS)


@importer("discord", recognises=_looks_like_table_or_text)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of the channel in their order."""
    if member.size > _LARGEST:
        raise UnreadableExport(f"{member.name} is too large for a channel.", "Export it in parts.")
    title, said = "", []
    if b"uthor" in member.head[:64]:
        said = [_row(row) for _, row in rows(member, *_COLUMNS)]
    else:
        text = fold_newlines(decode(member.read()).text).lstrip("\ufeff")
        title, said = _title(text), list(parse(text))
    name = channel_in(member.stem)
    place = title or _BY.sub("", member.stem.replace(f"[{name}]", "")).strip()
    yield from _records(said, name or place, place, options)


def _records(said: list[Said], name: str, title: str, options: Options) -> Iterator[Item]:
    speakers = {one.author for one in said}
    me = {id_.casefold() for id_ in options.me}
    mine = owner(speakers, title.rpartition(" / ")[2], options.me)
    order, unsure = order_of((one.written for one in said[:20_000]), options)
    if unsure:
        yield unsure
    if said and not options.me:
        yield from who_is_owner(mine, speakers)
    clock = LocalTime(options)
    guessed = False
    for one in said:
        sent_at, zone, precision = _when(one.written, order, clock)
        guessed = guessed or zone == "guessed"
        reactions = [{"count": count, "reaction": emoji} for emoji, count in one.reactions]
        yield Record(
            "discord",
            name,
            one.text,
            one.author,
            one.author_id,
            sent_at,
            one.written,
            zone,
            precision,
            mine=bool(mine and one.author in mine) or one.author_id in me,
            role="forwarded" if one.theirs else "person",
            title=title,
            attachments=one.files,
            meta=meta_of({"pinned": one.pinned, "reactions": reactions}),
        )
    if guessed:
        yield from clock.question("the computer that made this export")


def _when(text: str, order: str, clock: LocalTime) -> tuple[str | None, str, str]:
    sent_at = parse_iso(text)
    if sent_at:
        return sent_at, "explicit", "s"
    found = written(text, order=order)
    sent_at = clock.utc(found.at) if found else None
    if found is None or sent_at is None:
        return None, "none", "s"
    return sent_at, clock.source, found.precision


def _row(row: dict[str, str]) -> Said:
    return Said(
        _called(row["author"]),
        row["authorid"],
        row["date"],
        row["content"],
        tuple(file_name(url) for url in row["attachments"].split(",") if url),
        tuple(_reactions(row["reactions"])),
    )


def _called(author: str) -> str:
    """Those who have no number any more were given four noughts by older exporters."""
    return author.removesuffix("#0000").removesuffix("#0")


def _title(text: str) -> str:
    lines = text[:4000].split("\n")
    told = dict(line.split(": ", 1) for line in lines[1:6] if ": " in line)
    place = told.get("Channel", "")
    _, slash, channel = place.rpartition(" / ")
    guild = told.get("Guild", "")
    return shown_title(guild, channel if slash and guild != "Direct Messages" else place)


def parse(text: str) -> Iterator[Said]:
    """What stands under the lines that say who and when: such a line stands after an empty one."""
    start = text.find(f"\n{_RULE}\n", len(_RULE))
    end = _END.search(text, max(start, 0))
    body = text[start + len(_RULE) + 2 : end.start() if end else len(text)]
    heads = [m for m in _HEAD.finditer(body) if _is_head(body, m)]
    for number, head in enumerate(heads):
        until = heads[number + 1].start() if number + 1 < len(heads) else len(body)
        yield _said(head[1], head[2], body[head.end() : until].strip("\n"))


def _is_head(body: str, match: re.Match[str]) -> bool:
    before = body[max(0, match.start() - 2) : match.start()]
    return before in ("", "\n", "\n\n") and (
        parse_iso(match[1]) is not None or written(match[1]) is not None
    )


def _said(when: str, author: str, body: str) -> Said:
    pinned = author.endswith(_PINNED)
    parts = list(_PART.finditer(body))
    text = body[: parts[0].start()] if parts else body
    found: dict[str, str] = {}
    for number, part in enumerate(parts):
        end = parts[number + 1].start() if number + 1 < len(parts) else len(body)
        found[part[1]] = f"{found.get(part[1], '')}\n{body[part.end() : end]}".strip()
    embedded = found.get("Embed") or found.get("Embeds") or ""
    text = text.strip("\n")
    return Said(
        _called(author.removesuffix(_PINNED)),
        "",
        when,
        text or embedded,
        tuple(file_name(line) for line in found.get("Attachments", "").split("\n") if line),
        tuple(_reactions(found.get("Reactions", ""))),
        pinned,
        bool(embedded and not text),
    )


def _reactions(written_: str) -> Iterator[tuple[str, int]]:
    for found in _REACTION.finditer(written_):
        yield found[1], int(found[2] or 1)
