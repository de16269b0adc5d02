"""Messenger and Instagram as pages: "Download your information" in the format that Meta offers
first, and the single `messages.htm` of the years before 2018.

    <div class="_3-95 _a6-g"><h2 class="_2ph_ _a6-h _a6-i">Ada</h2>
      <div class="_2ph_ _a6-p"><div><div></div><div>Tea?</div></div></div>
      <footer class="_3-94 _a6-o"><div class="_a72d">Jul 12, 2024 4:55:32 pm</div></footer></div>

Times are in the words of the account's language. Instagram's are always eight hours behind UTC,
in summer too; Facebook's are in the zone of whoever asked for the download, and no page of a talk
says which. JSON has all of that and the reactions' times: it is the better choice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import PurePosixPath
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest import Item, Member, Options, importer
from ingest.backwards import oldest_first
from ingest.calendar_words import language_of
from ingest.markup import node_text, sound
from ingest.meta_notices import is_notice, is_placeholder, is_reaction
from ingest.meta_owner import app_of, owner_names
from ingest.pieces import pieces
from ingest.zoned_dates import order_of, stamp
from secondme.errors import UnreadableExport
from secondme.record import Dialect, Question, Record, Unread

_TODAY = re.compile(r'<(?:div|section)\b[^<>]{0,80}class="[^"<>]{0,80}\b_a6-g\b')
_BEFORE = re.compile(r'<div class="pam _3-95 [^"<>]{0,60}uiBoxWhite noborder')
_OLDEST = re.compile(r'<div class="(?:thread|message)"')
_SENDER, _WORDS, _TIME = "._a6-h, ._2lek", "._a6-p, ._2let", "._a72d, ._a6-o, ._2lem"
_ALL = '<div class="thread">'
_MARKS = ("_a6-g", "uiBoxWhite", _ALL)
_INSTAGRAM = "Etc/GMT+8"
_LANGUAGE_FROM = 60
"""So many dates tell the language of a page, and which number is the day."""
_NUMBER = re.compile(r".*_(\d{9,})")


class Said(NamedTuple):
    """One message as a page has it."""

    sender: str
    text: str
    when: str
    files: tuple[str, ...] = ()
    reactions: tuple[str, ...] = ()
    thread: str = ""
    """Who is in the talk, in the pages of before 2018: they hold all talks."""


def _looks_like_pages(member: Member) -> bool:
    start = member.start
    if not any(mark in start for mark in _MARKS):
        return False
    if _ALL in start and '<span class="user">' in start:
        return True
    now = _TODAY.search(start) and "_a6-o" in start
    if not now and not (_BEFORE.search(start) and "_2lem" in start):
        return False
    # Posts, followers and searches are in the same boxes: only talks lie in folders of their own.
    return re.fullmatch(r"message(?:_\d+)?\.html?", PurePosixPath(member.name).name) is not None


def _is_instagram(member: Member) -> bool:
    return _looks_like_pages(member) and app_of(member) == "instagram"


def _is_messenger(member: Member) -> bool:
    return _looks_like_pages(member) and app_of(member) == "messenger"


@importer("instagram", recognises=_is_instagram)
def read_instagram(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of one page, oldest first."""
    yield from _read(member, options, "instagram")


@importer("messenger", recognises=_is_messenger)
def read_messenger(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of one page, oldest first."""
    yield from _read(member, options, "messenger")


def _read(member: Member, options: Options, source: str) -> Iterator[Item]:
    page = _Page(member, options, source)
    yield from page.told
    number = 0
    for _, thread in groupby(_said(member), lambda s: s.thread):
        for said in oldest_first(thread, lambda s: page.at(s.when) or ""):
            number += 1
            item = page.record(said, number)
            if isinstance(item, Record) and item.zone == "guessed" and not page.usual:
                yield from page.ask_zone()
            yield item
    if not number:
        raise UnreadableExport(
            f"{member.name} holds no messages that could be read.",
            "Download your information again and choose JSON instead of HTML.",
        )


class _Page:
    """What is known about all messages of one page."""

    def __init__(self, member: Member, options: Options, source: str) -> None:
        first = [said for said, _ in zip(_said(member), range(_LANGUAGE_FROM), strict=False)]
        dates = [said.when for said in first]
        self.options, self.source = options, source
        self.usual = _INSTAGRAM if source == "instagram" else ""
        self.language = language_of(re.findall(r"[^\W\d_]{3,}", " ".join(dates)))
        self.order, question = order_of(dates, options)
        self.title, whose = _titles(member)
        self.conversation = _conversation(member) or self.title or member.stem
        people = dict.fromkeys(said.sender for said in first)
        self.me, asks = _owner(member, options, self.title, people, whose)
        self.told: list[Item] = [
            Dialect(f"pages, dates in {self.language or 'numbers'}", tuple(dates[:3]))
        ]
        self.told += [asked for asked in (question, asks) if asked]
        self._asked = False

    def at(self, when: str) -> str | None:
        found = stamp(
            when, self.options, order=self.order, language=self.language, usual=self.usual
        )
        return found.sent_at if found else None

    def ask_zone(self) -> Iterator[Question]:
        if not self._asked:
            self._asked = True
            about = "In which time zone was this download asked for?"
            yield Question("tz", about, self.options.local_zone, "--tz")

    def record(self, said: Said, number: int) -> Record | Unread:
        found = stamp(
            said.when, self.options, order=self.order, language=self.language, usual=self.usual
        )
        if not said.sender and not said.text and not said.files:
            return Unread(f"message {number}", "It is empty.")
        notice = is_reaction(said.text) or is_notice(said.text, said.sender)
        placeholder = is_placeholder(said.text) and bool(said.files)
        meta = {"reactions": list(said.reactions)} if said.reactions else {}
        return Record(
            self.source,
            said.thread or self.conversation,
            "" if placeholder else said.text,
            author=said.sender,
            sent_at=found.sent_at if found else None,
            sent_local=said.when,
            zone=found.zone if found else "none",
            precision=found.precision if found else "s",
            kind="event" if notice and not placeholder else "message",
            mine=said.sender in self.me,
            role="assistant" if said.sender == "Meta AI" else "person",
            title=said.thread or self.title,
            attachments=said.files,
            meta=json.dumps(meta, ensure_ascii=False, sort_keys=True) if meta else "",
        )


def _owner(
    member: Member, options: Options, title: str, people: Iterable[str], whose: str
) -> tuple[frozenset[str], Question | None]:
    said = {name.casefold() for name in (*owner_names(member.export), *options.me, whose)}
    me = frozenset(name for name in people if name and name.casefold() in said)
    if me or options.me:
        return me | frozenset(options.me), None
    # Not among those who wrote last: it takes all of the page.
    people = list(dict.fromkeys(one.sender for one in _said(member) if one.sender))
    me = frozenset(name for name in people if name.casefold() in said)
    if me:
        return me, None
    if len(people) <= 2 and title in people:
        return frozenset(people) - {title}, None
    about = f"Which person in “{title or member.stem}” is you?"
    return frozenset(), Question("me", about, people[-1] if people else "", "--me")


def _titles(member: Member) -> tuple[str, str]:
    """Of the page; and before 2018, when one page held all talks, the name of its owner."""
    tree = LexborHTMLParser(sound(member.start))
    return _text(tree.css_first("title")), (
        _text(tree.css_first("h1")) if _ALL in member.start else ""
    )


def _conversation(member: Member) -> str:
    """As the same talk is called in JSON: by the number at the end of its folder."""
    last = PurePosixPath(member.folder).name
    number = _NUMBER.fullmatch(last)
    return number[1] if number else last


def _said(member: Member) -> Iterator[Said]:
    """The messages of a page in its order, newest first."""
    start = member.start
    if _ALL in start:
        yield from _said_before_2018(member)
        return
    marker = _TODAY if _TODAY.search(start) else _BEFORE
    with member.open() as stream:
        for piece in pieces(stream, marker):
            said = message(piece)
            if said:
                yield said


def message(html: str) -> Said | None:
    """One box of the pages since 2018; None for one that is no message."""
    tree = LexborHTMLParser(sound(html))
    sender, when = _text(tree.css_first(_SENDER)), tree.css_first(_TIME)
    words = tree.css_first(_WORDS)
    if when is None or words is None:
        return None
    reactions = tuple(filter(None, (_text(node) for node in words.css("ul li"))))
    for node in words.css("ul"):
        node.decompose()
    files = tuple(dict.fromkeys(_files(words)))
    for node in words.css("video, img, audio"):
        node.decompose()
    return Said(sender, node_text(words), _text(when), files, reactions)


def _files(words: LexborNode) -> Iterator[str]:
    for node in words.css("img, video, audio, source, a"):
        name = node.attributes.get("src") or (
            node.attributes.get("href") if node.tag == "a" else ""
        )
        if name and not re.match(r"https?:|#|mailto:", name):
            yield name


def _said_before_2018(member: Member) -> Iterator[Said]:
    thread = ""
    with member.open() as stream:
        for piece in pieces(stream, _OLDEST):
            tree = LexborHTMLParser(sound(piece))
            body = tree.body
            if body is None:
                continue
            user, meta = tree.css_first("span.user"), tree.css_first("span.meta")
            if user is None or meta is None:
                top = tree.css_first("div.thread")
                thread = (_text(top) or thread) if top is not None else thread
                continue
            files = tuple(str(n.attributes["src"]) for n in tree.css("p img[src]"))
            paragraphs = (node_text(node) for node in tree.css("p"))
            text = "\n".join(filter(None, paragraphs))
            yield Said(_text(user), text, _text(meta), files, (), thread)


def _text(node: LexborNode | None) -> str:
    return " ".join((node.text() or "").split()) if node is not None else ""


__all__ = ["Said", "message", "read_instagram", "read_messenger"]
