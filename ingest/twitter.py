"""X, once Twitter: Settings → Your account → Download an archive; the zip's `data/*.js`.

    window.YTD.tweets.part0 = [{"tweet": {"id_str": "…", "created_at": "Fri Mar 01 …", …}}, …]
    window.YTD.direct_messages.part0 = [{"dmConversation": {"messages": [{"messageCreate": …}]}}]

Messages name accounts by number only; whose archive it is stands in `account.js` beside them.
Newest come first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from functools import lru_cache
from html import unescape
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.jsonstream import JsonError, broken_off, walk
from ingest.owner import OWNER
from ingest.times import parse_iso
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_BEGINNING = re.compile(rb"\s*(?:\xef\xbb\xbf)?window\.YTD\.([a-z_]{2,60})\.part\d+\s*=\s*")
_READ = frozenset(
    "tweets tweet note_tweet like direct_messages direct_message direct_messages_group"
    " direct_message_group community_tweet".split()
)


@importer("twitter", recognises=lambda m: bool(_BEGINNING.match(m.head[:200])))
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield what was posted, liked and written, oldest first. Other files hold settings only."""
    start = _BEGINNING.match(member.head)
    if start is None or start[1].decode() not in _READ:
        return
    owner = _account(member)
    if not owner and not options.me and "direct" in start[1].decode():
        yield Question("me", "What is the number of your account on X?", "", "--me")
    items: list[Item] = []
    try:
        items += (record for value in _values(member) for record in _records(value, owner, options))
    except JsonError as error:
        if not items:
            raise UnreadableExport(
                f"{member.name} is not a complete archive file.", "Download it again."
            ) from error
        yield from reversed(items)
        yield broken_off(error, len(items), "item")
    else:
        yield from reversed(items)


def _values(member: Member) -> Iterator[Any]:
    start = _BEGINNING.match(member.head)
    with member.open() as stream:
        stream.read(start.end() if start else 0)
        for path, value in walk(stream, ("",)):
            if path == "item":
                yield value


def _records(value: Any, owner: str, options: Options) -> Iterator[Item]:
    """Newest first, as the file has it."""
    if not isinstance(value, dict):
        yield Unread("item", "It is nothing that was posted.")
        return
    for name, read_one in (("tweet", _tweet), ("noteTweet", _note), ("like", _like)):
        inside = value.get(name)
        if isinstance(inside, dict):
            yield read_one(inside)
    talk = value.get("dmConversation")
    if isinstance(talk, dict) and isinstance(talk.get("messages"), list):
        conversation = str(talk.get("conversationId") or "")
        for message in talk["messages"]:
            said = _message(message, conversation, owner, options)
            if said:
                yield said


def _tweet(tweet: dict[str, Any]) -> Record:
    text = str(tweet.get("full_text") or tweet.get("text") or "")
    written = str(tweet.get("created_at") or "")
    entities = tweet.get("entities")
    media = _listed(tweet.get("extended_entities"), "media") or _listed(entities, "media")
    reply = tweet.get("in_reply_to_status_id_str") or tweet.get("in_reply_to_status_id")
    return _posted(
        tweet.get("id_str") or tweet.get("id"),
        _spelled(text, _listed(entities, "urls"), "expanded_url", media),
        _posted_at(written),
        written,
        forwarded=text.startswith("RT @"),
        reply=None if reply is None else str(reply),
        attachments=tuple(str(m.get("media_url_https") or "").rpartition("/")[2] for m in media),
    )


def _note(note: dict[str, Any]) -> Record:
    core = note.get("core")
    text = str(core.get("text") or "") if isinstance(core, dict) else ""
    text = _spelled(text, _listed(core, "urls"), "expandedUrl", [])
    written = str(note.get("createdAt") or "")
    return _posted(note.get("noteTweetId"), text, parse_iso(written), written)


def _posted(
    id_: Any,
    text: str,
    at: str | None,
    written: str,
    *,
    forwarded: bool = False,
    reply: str | None = None,
    attachments: tuple[str, ...] = (),
) -> Record:
    return Record(
        "twitter",
        "Posts",
        text,
        author=OWNER,
        sent_at=at,
        sent_local=written,
        zone="explicit",
        kind="post",
        mine=True,
        role="forwarded" if forwarded else "person",
        native_id=None if id_ is None else str(id_),
        reply_to=reply,
        attachments=attachments,
    )


def _like(like: dict[str, Any]) -> Record:
    """Somebody else's words; nobody says whose or when."""
    url = str(like.get("expandedUrl") or "")
    return Record(
        "twitter",
        "Likes",
        unescape(str(like.get("fullText") or url)),
        kind="bookmark",
        mine=True,
        role="system",
        native_id=str(like.get("tweetId")) if like.get("tweetId") else None,
        meta=json.dumps({"url": url}) if url else "",
    )


def _message(value: Any, conversation: str, owner: str, options: Options) -> Record | None:
    """A message, or a notice of a group; None for what is neither."""
    kind, inside = next(iter(value.items()), ("", None)) if isinstance(value, dict) else ("", None)
    if not isinstance(inside, dict):
        return None
    event = kind != "messageCreate"
    sender = str(inside.get("senderId") or inside.get("initiatingUserId") or "")
    written = str(inside.get("createdAt") or "")
    reactions = [
        {"by": str(r.get("senderId") or ""), "emoji": str(r.get("reactionKey") or "")}
        for r in _listed(inside, "reactions")
    ]
    text = _spelled(str(inside.get("text") or ""), _listed(inside, "urls"), "expanded", [])
    media = inside.get("mediaUrls")
    return Record(
        "twitter",
        conversation or "Messages",
        _notice(kind, inside) if event else text,
        author=sender,
        author_id=sender,
        sent_at=parse_iso(written),
        sent_local=written,
        zone="explicit",
        kind="event" if event else "message",
        mine=bool(sender) and (sender == owner or sender in options.me),
        native_id=str(inside["id"]) if inside.get("id") else None,
        title=_title(conversation, owner),
        attachments=tuple(str(m).rpartition("/")[2] for m in media)
        if isinstance(media, list)
        else (),
        meta=json.dumps({"reactions": reactions}, ensure_ascii=False) if reactions else "",
    )


def _notice(kind: str, inside: dict[str, Any]) -> str:
    """`conversation name update: Bee people`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
    name = inside.get("name")
    return f"{words}: {name}" if isinstance(name, str) else words


def _title(conversation: str, owner: str) -> str:
    """`100-200` is the talk of two accounts: called after the other one."""
    both = conversation.split("-")
    others = [account for account in both if account != owner]
    return f"@{others[0]}" if len(both) == 2 and others else f"Group {conversation}"


def _spelled(text: str, urls: list[dict[str, Any]], key: str, media: list[dict[str, Any]]) -> str:
    """With shortened addresses as they were, and without those that only stand for a picture."""
    for url in urls:
        short, full = url.get("url") or url.get("shortUrl"), url.get(key)
        if isinstance(short, str) and isinstance(full, str) and short:
            text = text.replace(short, full)
    for picture in media:
        if isinstance(picture.get("url"), str) and picture["url"]:
            text = text.replace(picture["url"], "")
    return unescape(text).strip()


def _listed(value: Any, key: str) -> list[dict[str, Any]]:
    found = value.get(key) if isinstance(value, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _posted_at(written: str) -> str | None:
    """`Fri Mar 01 10:20:30 +0000 2024`."""
    parts = written.split()
    if len(parts) != 6:
        return parse_iso(written)
    _, month, day, clock, zone, year = parts
    try:
        moment = parsedate_to_datetime(f"{day} {month} {year} {clock} {zone}")
    except (ValueError, OverflowError):
        return None
    return parse_iso(moment.isoformat())


def _account(member: Member) -> str:
    """The number of the owner's account; empty where the archive does not hold it."""
    found = member.beside("account.js")
    return _account_in(found) if found else ""


@lru_cache(maxsize=4)
def _account_in(member: Member) -> str:
    try:
        for value in _values(member):
            account = value.get("account") if isinstance(value, dict) else None
            if isinstance(account, dict):
                return str(account.get("accountId") or "")
    except (JsonError, UnreadableExport):
        pass
    return ""
