"""One talk as Messenger and Instagram give it away: `messages/inbox/<talk>/message_1.json`.

    {"participants": [{"name": "Zo\\u00c3\\u00ab"}, {"name": "Ada"}], "messages": [
      {"sender_name": "Ada", "timestamp_ms": 1700000002000, "content": "caf\\u00c3\\u00a9?",
       "reactions": [{"reaction": "\\u00e2\\u009d\\u00a4", "actor": "Zo\\u00c3\\u00ab"}]}],
     "title": "Zo\\u00c3\\u00ab", "thread_path": "inbox/zoe_1234567890"}

Newest first, ten thousand to a file. What is end-to-end encrypted comes in a download of its own,
one `<name>_<n>.json` a talk, oldest first and spelled rightly:

    {"participants": ["Zoë", "Ada"], "threadName": "Zoë_3", "messages": [
      {"senderName": "Ada", "timestamp": 1700000000000, "text": "hi", "type": "text",
       "media": [{"uri": "./media/abc.jpg"}], "reactions": [], "isUnsent": false}]}
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ingest import Item, Member, Options
from ingest.backwards import oldest_first
from ingest.decode import fold_newlines
from ingest.jsonstream import OPENED, JsonError, broken_off, walk
from ingest.meta_notices import is_notice, is_placeholder, is_reaction
from ingest.meta_owner import in_all_talks, names, owner_names
from ingest.mojibake import mended
from ingest.times import from_epoch
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_INSIDE = frozenset({"", "messages"})
_MEDIA = ("photos", "videos", "audio_files", "gifs", "files", "media")
_NUMBER = re.compile(r".*_(\d{9,})")
_FILE = re.compile(r"(message_)(\d{1,6})\.json")
_SENT_AT = re.compile(r'"timestamp_ms"\s*:\s*(\d{1,17})\b')
_NOBODY = re.compile(r"Facebook|Instagram|Messenger")
"""In every language's name for whoever has deleted their account: each is somebody else."""
_COUNTER = re.compile(r"_\d+$")
_ASSISTANT = "Meta AI"
_TAKEN = {
    "is_unsent": "This message was unsent.",
    "is_taken_down": "This message was taken down.",
}


@dataclass(slots=True)
class Thread:
    """What is known about all messages of one file."""

    source: str
    conversation: str
    title: str
    people: tuple[str, ...] = ()
    me: frozenset[str] = frozenset()
    asks: Question | None = None
    times: Counter[int] = field(default_factory=Counter)
    """How many messages were sent in each millisecond."""


def looks_like_thread(member: Member) -> bool:
    """Either of the two shapes."""
    shape = member.shape
    if shape.kind != "object" or "messages" not in shape.keys[0]:
        return False
    return (
        shape.has(1, "sender_name", "timestamp_ms")
        or (shape.has(1, "sender_name", "timestamp") and shape.has(0, "participants"))
        or shape.has(0, "participants", "thread_path")
        or (shape.has(0, "participants", "threadName") and not shape.has(1, "from"))
        or shape.has(1, "senderName", "timestamp", "isUnsent")
    )


def read_thread(member: Member, options: Options, source: str) -> Iterator[Item]:
    """Yield the messages of one file, oldest first."""
    thread = survey(member, options, source)
    made = 0
    broken: list[JsonError] = []
    for number, value in oldest_first(_messages(member, broken), lambda m: _ms(m[1]) or 0):
        item = record(value, thread, number)
        if isinstance(item, Record) and not made:
            if thread.asks:
                yield thread.asks
            made += 1
        yield item
    if broken and not made:
        raise UnreadableExport(
            f"{member.name} is not a complete download.", "Download it again, as JSON."
        ) from broken[0]
    if broken:
        yield broken_off(broken[0], sum(thread.times.values()), "message")


def _messages(member: Member, broken: list[JsonError]) -> Iterator[tuple[int, Any]]:
    number = 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if path == "messages.item":
                    number += 1
                    yield number, value
    except JsonError as error:
        broken.append(error)


def survey(member: Member, options: Options, source: str) -> Thread:
    """Title and path stand behind the messages."""
    header: dict[str, Any] = {}
    times: Counter[int] = Counter()
    senders: dict[str, None] = {}
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if path == "messages.item":
                    times[_ms(value) or 0] += 1
                    senders.update(dict.fromkeys([_sender(value)]))
                elif value is not OPENED:
                    header[path] = value
    except JsonError:
        pass  # reported by the reading itself
    title = mended(header.get("title") or "")
    other = mended(header.get("threadName") or "")
    title = title if isinstance(title, str) and title else _COUNTER.sub("", str(other))
    people = tuple(names(header.get("participants"))) or tuple(filter(None, senders))
    conversation = _conversation(header, member, title, people)
    times.update(_next_begins(member))
    thread = Thread(source, conversation, title, people, times=times)
    thread.me, thread.asks = owner(member, options, thread, senders)
    return thread


def _next_begins(member: Member) -> list[int]:
    """When the message was sent with which the next file of the talk goes on."""
    found = _FILE.fullmatch(PurePosixPath(member.name).name)
    following = member.beside(f"{found[1]}{int(found[2]) + 1}.json") if found else None
    try:
        first = _SENT_AT.search(following.start) if following is not None else None
    except UnreadableExport:
        return []  # reported when it is read
    return [int(first[1])] if first else []


def _conversation(
    header: dict[str, Any], member: Member, title: str, people: tuple[str, ...]
) -> str:
    """The number at the end of its path: the words before it are a name, and names change."""
    path = header.get("thread_path")
    if isinstance(header.get("threadName"), str):
        # The number behind it counts the talks of one download, and the next one counts anew.
        if any(_NOBODY.search(name) for name in people):
            return str(mended(header["threadName"]))
        group = f"{title}: " if len(people) > 2 else ""
        return group + ", ".join(sorted(people)) or _COUNTER.sub("", header["threadName"])
    if not isinstance(path, str) or not path:
        numbered = PurePosixPath(member.name).stem.lower().startswith("message")
        path = member.folder if numbered else ""
    last = str(mended(PurePosixPath(path).name))
    number = _NUMBER.fullmatch(last)
    return number[1] if number else last or title or member.stem


def owner(
    member: Member, options: Options, thread: Thread, senders: Iterable[str]
) -> tuple[frozenset[str], Question | None]:
    """Who of the people is the owner, and the question if only they can say. Somebody who left a
    group wrote in it, and is no longer among its people."""
    said = {name.casefold() for name in (*owner_names(member.export), *options.me)}
    me = frozenset(name for name in (*thread.people, *senders) if name.casefold() in said)
    if me:
        return me, None
    common = in_all_talks(member.export)
    if common in thread.people:
        return frozenset({common}), None
    if len(thread.people) == 2 and thread.title in thread.people:
        return frozenset(thread.people) - {thread.title}, None
    guess = thread.people[-1] if thread.people else ""
    if options.me or owner_names(member.export):
        return frozenset(), None
    about = f"Which person in “{thread.title or thread.conversation}” is you?"
    return frozenset(), Question("me", about, guess, "--me")


def record(value: Any, thread: Thread, number: int) -> Record | Unread:
    """One message in either of the shapes."""
    if not isinstance(value, dict):
        return Unread(f"message {number}", "It is not a message.")
    ms = _ms(value)
    sender = _sender(value)
    try:
        sent_at = None if ms is None else from_epoch(ms // 1000)
    except ValueError:
        sent_at = None
    kind, text, role = _said(value, sender)
    mine = sender in thread.me
    unique = ms is not None and thread.times[ms] == 1
    return Record(
        thread.source,
        thread.conversation,
        text,
        author=sender,
        sent_at=sent_at,
        sent_local="" if ms is None else str(ms),
        zone="unix" if sent_at else "none",
        kind=kind,
        mine=mine and role != "assistant",
        role=role,
        native_id=str(ms) if unique else None,
        title=thread.title,
        attachments=_attachments(value),
        meta=_meta(value),
    )


def _said(value: dict[str, Any], sender: str) -> tuple[str, str, str]:
    """Its kind, its words, and whose they are."""
    content = value.get("content", value.get("text"))
    text = mended(content) if isinstance(content, str) else ""
    for flag, note in _TAKEN.items():
        if value.get(flag) or (flag == "is_unsent" and value.get("isUnsent")):
            return "event", note, "person"
    if value.get("type") == "placeholder" and not text:
        return "event", "This message is not in the export.", "person"
    share = value.get("share") if isinstance(value.get("share"), dict) else {}
    beside = bool(share or _attachments(value))
    placeholder = is_placeholder(text, sender if beside else "")
    called = "call_duration" in value or value.get("type") in ("Call", "Subscribe", "Unsubscribe")
    if called or is_reaction(text) or (is_notice(text, sender) and not placeholder):
        return "event", fold_newlines(text), "person"
    role = "assistant" if sender == _ASSISTANT else "person"
    if placeholder and beside:
        text = ""
    if share and not text:
        return "message", _shared(share), "forwarded" if share.get("share_text") else role
    link = mended(share.get("link")) if share else None
    if isinstance(link, str) and link and link not in text:
        text = f"{text}\n{link}"
    if not text and not _attachments(value):
        return "event", "This message is empty in the export.", "person"
    return "message", fold_newlines(text), role


def _shared(share: dict[str, Any]) -> str:
    parts = [mended(share.get(key)) for key in ("share_text", "link")]
    return fold_newlines("\n".join(part for part in parts if isinstance(part, str) and part))


def _attachments(value: dict[str, Any]) -> tuple[str, ...]:
    files: list[Any] = [value.get("sticker")]
    for key in _MEDIA:
        listed = value.get(key)
        files += listed if isinstance(listed, list) else []
    uris = (file.get("uri") for file in files if isinstance(file, dict))
    # Instead of a path, "Failed to download media" may stand there.
    return tuple(
        mended(uri).removeprefix("./")
        for uri in uris
        if isinstance(uri, str) and uri and ("/" in uri or "." in uri)
    )


def _meta(value: dict[str, Any]) -> str:
    kept: dict[str, Any] = {}
    reactions = value.get("reactions")
    found = [r for r in reactions if isinstance(r, dict)] if isinstance(reactions, list) else []
    if found:
        kept["reactions"] = [
            {"by": mended(r.get("actor")), "reaction": mended(r.get("reaction"))} for r in found
        ]
    share = value.get("share")
    if isinstance(share, dict):
        by = mended(share.get("original_content_owner"))
        kept |= {k: v for k, v in (("url", mended(share.get("link"))), ("by", by)) if v}
    if "call_duration" in value:
        seconds = value["call_duration"]
        kept["call"] = {"seconds": seconds if isinstance(seconds, int) else None}
        if value.get("missed"):
            kept["call"]["missed"] = True
    if value.get("is_unsent") or value.get("isUnsent"):
        kept["unsent"] = True
    return json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else ""


def _sender(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    name = value.get("sender_name", value.get("senderName"))
    return str(mended(name)) if isinstance(name, str) else ""


def _ms(value: Any) -> int | None:
    """Milliseconds since 1970; older downloads have seconds."""
    if not isinstance(value, dict):
        return None
    for key in ("timestamp_ms", "timestamp"):
        at = value.get(key)
        if isinstance(at, str) and at.isdigit() and len(at) < 20:
            at = int(at)
        if isinstance(at, int) and not isinstance(at, bool):
            return at * 1000 if 0 < at < 10**11 else at
    return None


__all__ = ["Thread", "looks_like_thread", "owner", "read_thread", "record", "survey"]
