"""Telegram Desktop, as it exports by default: pages of a thousand messages each.

    ChatExport_2024-05-01/messages.html, messages2.html, …      one chat
    DataExport_2024-05-01/chats/chat_03/messages.html, lists/contacts.html      an account

    <div class="message default clearfix" id="message7"> … <div class="body">
      <div class="pull_right date details" title="01.05.2024 09:54:20 UTC+02:00">09:54</div>
      <div class="from_name">Ada</div> <div class="text">at six</div>

The ids are those of `result.json`, but nothing says the chat's own: it goes by its name. Where the
JSON lies beside, it says the same and more, and the pages are not read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import unescape

from ingest import Export, Item, Member, Options, importer
from ingest.chat_people import owner, who_is_owner
from ingest.local_time import LocalTime
from ingest.pieces import pieces
from ingest.record_meta import meta_of
from ingest.sent_files import lies_beside
from ingest.telegram import looks_like_json
from ingest.telegram_boxes import Box, box
from ingest.times import parse_iso
from secondme.phones import e164
from secondme.record import Record, Unread

_MESSAGE = re.compile(r'<div class="message (?:default|service)')
_ENTRY = re.compile(r'<(?:div|a) class="entry ')
_FROM = re.compile(r'<div class="from_name">([^<]{1,600})<')
_VIA = re.compile(r"\s+via @\w+$")
_NAME = re.compile(r'<div class="name bold">([^<]{1,600})<')
_DETAILS = re.compile(r'<div class="details_entry details">([^<]{1,600})<')
_LINK = re.compile(r'href="(?:\.\./)*([^"]{1,400})/messages\.html')
_VALUE = re.compile(
    r'<div class="label details">\s*(First|Last) name\s*</div>\s*'
    r'<div class="value bold">([^<]{1,600})<'
)
_HEADING = re.compile(r'<div class="text bold">([^<]{1,600})<')
_WRITTEN = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d:\d\d)(?: UTC([+-]\d\d:\d\d))?")
_DAY = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}|No exported messages")
"""Stands between the messages of two days, as if it were one."""
_ASSETS = ("css/style.css", "js/script.js")
_SENT = re.compile(r"(?:^|/)(?:files|contacts)/[^/]+$")
_SAVED = "Saved messages"


def _looks_like_page(member: Member) -> bool:
    if member.name.endswith(_ASSETS):
        return lies_beside(member, ("../messages.html", "../export_results.html"), _is_page)
    return _is_sent(member) or _is_page(member)


def _is_sent(member: Member) -> bool:
    if _SENT.search(member.name) is None:
        return False
    return lies_beside(member, ("../messages.html",), _is_page) or lies_beside(
        member, ("../result.json", "../../../result.json"), looks_like_json
    )


def _is_page(member: Member) -> bool:
    if b"<" not in member.head[:512]:
        return False
    start = member.start[:8192]
    return 'class="page_wrap' in start and 'class="page_header"' in start


@importer("telegram", recognises=_looks_like_page)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of a page in their order, the contacts of an account; nothing for pages
    that only lead to others."""
    if member.name.endswith(_ASSETS) or _is_sent(member) or _told_by_json(member):
        return
    if "chat_page" in member.start[:16384]:
        yield from _chat(member, options)
    elif _found(_HEADING, member.start) == "Contacts":
        yield from _contacts(member)


def _told_by_json(member: Member) -> bool:
    names = ("result.json", "../result.json", "../../result.json")
    return lies_beside(member, names, looks_like_json)


@dataclass(slots=True)
class _Chat:
    """What is known about all messages of one page."""

    conversation: str
    title: str
    mine: frozenset[str]
    saved: bool
    """The owner's own notebook: what others wrote there was passed on."""
    clock: LocalTime
    author: str = ""
    """Of the last message: those that follow at once do not repeat it."""
    forwarded: str = ""


def _chat(member: Member, options: Options) -> Iterator[Item]:
    account = _account(member.export, "/".join(member.folder.split("/")[:-2]))
    title = account.titles.get(member.folder) or _found(_HEADING, member.start) or member.stem
    twice = Counter(account.titles.values())[title] > 1
    name = f"{title} ({member.folder.rpartition('/')[2]})" if twice else title
    speakers = _speakers(member.export, member.folder)
    me = (*options.me, account.owner) if account.owner else options.me
    mine = owner(speakers, title, me)
    chat = _Chat(name, title, mine or frozenset(), title == _SAVED, LocalTime(options))
    asked = unzoned = False
    with member.open() as stream:
        for number, piece in enumerate(pieces(stream, _MESSAGE)):
            found = box(piece) if number else None
            if found is None:
                if number:
                    yield Unread(f"message {number}", "It is damaged.")
                continue
            if item := _record(found, chat):
                if not asked:
                    yield from who_is_owner(frozenset() if me else mine, speakers)
                    asked = True
                unzoned = unzoned or item.zone == "guessed"
                yield item
    if unzoned:
        yield from chat.clock.question("the computer that made this export")


def _record(found: Box, chat: _Chat) -> Record | None:
    """None for the name of a day."""
    if found.notice:
        chat.author = ""
        if found.number.startswith("-") and _DAY.fullmatch(found.text):
            return None
        return Record(
            "telegram",
            chat.conversation,
            found.text,
            kind="event",
            native_id=found.number,
            title=chat.title,
        )
    if not found.joined:
        chat.author, chat.forwarded = found.author, ""
    chat.forwarded = found.forwarded or chat.forwarded
    mine = chat.author in chat.mine
    source = chat.forwarded if found.forwarded is not None else ""
    theirs = bool(source and not (mine and source in chat.mine)) or (chat.saved and not mine)
    theirs = theirs or (found.shown.theirs and not found.text)
    sent_at, zone = _time(found.written, chat.clock)
    return Record(
        "telegram",
        chat.conversation,
        found.text or found.shown.text,
        chat.author,
        sent_at=sent_at,
        sent_local=found.written,
        zone=zone,
        kind="event" if found.shown.call else "message",
        mine=mine,
        role="forwarded" if theirs else "person",
        native_id=found.number,
        reply_to=found.reply_to or None,
        title=chat.title,
        attachments=found.shown.files,
        meta=meta_of(found.shown.meta | {"forwarded_from": source}),
    )


def _time(written: str, clock: LocalTime) -> tuple[str | None, str]:
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return None, "none"
    local = f"{found[3]}-{found[2]}-{found[1]}T{found[4]}"
    if found[5]:
        sent_at = parse_iso(local + found[5])
        return sent_at, "explicit" if sent_at else "none"
    try:
        sent_at = clock.utc(datetime.fromisoformat(local))
    except ValueError:
        sent_at = None
    return sent_at, clock.source if sent_at else "none"


@lru_cache(maxsize=2)
def _speakers(export: Export, folder: str) -> frozenset[str]:
    """Everybody who is named over a message of the chat, on whichever of its pages."""
    found: set[str] = set()
    for member in export.everything:
        if member.folder == folder and member.suffix == ".html" and _is_page(member):
            with member.open() as stream:
                for piece in pieces(stream, _MESSAGE):
                    if name := _found(_FROM, piece.partition('<div class="forwarded')[0]):
                        found.add(_VIA.sub("", name))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Account:
    owner: str
    """What the owner is called; empty where a chat was exported alone."""
    titles: dict[str, str]
    """What each chat is called, by its folder."""


@lru_cache(maxsize=2)
def _account(export: Export, root: str) -> _Account:
    above = f"{root}/" if root else ""
    results, chats = (
        export.member(above + name) for name in ("export_results.html", "lists/chats.html")
    )
    names = _VALUE.findall(results.start) if results else []
    titles: dict[str, str] = {}
    if chats is not None:
        with chats.open() as stream:
            for piece in pieces(stream, _ENTRY):
                folder, title = _found(_LINK, piece), _found(_NAME, piece)
                if folder:
                    titles[above + folder] = title
    return _Account(" ".join(unescape(name).strip() for _, name in names), titles)


def _contacts(member: Member) -> Iterator[Record]:
    with member.open() as stream:
        for number, piece in enumerate(pieces(stream, _ENTRY)):
            name, phone = _found(_NAME, piece), _found(_DETAILS, piece)
            if not number or not phone:
                continue
            phones = [e164(phone) or phone]
            yield Record(
                "telegram",
                "contacts",
                f"{name}\n{phone}",
                name,
                phones[0],
                kind="contact",
                role="system",
                subject=name,
                title="Contacts",
                meta=meta_of({"phones": phones}),
            )


def _found(pattern: re.Pattern[str], html: str) -> str:
    match = pattern.search(html)
    return unescape(match[1]).strip() if match else ""
