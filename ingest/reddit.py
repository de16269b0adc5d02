"""Reddit: reddit.com/settings/data-request; the zip holds tables.

    comments.csv  id, permalink, date, …, subreddit, …, parent, body, media
    posts.csv     id, permalink, date, …, subreddit, …, title, url, body
    messages.csv  id, permalink, thread_id, date, …, from, to, subject, body
    saved_posts.csv, saved_comments.csv, hidden_posts.csv   id, permalink

All comments and posts are the owner's; `account.csv` or `statistics.csv` name the account. Of what
was saved, there are only addresses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ingest import Item, Member, Options, importer
from ingest.bookmarks import Bookmark, record
from ingest.owner import OWNER
from ingest.sheets import Row, has_columns, rows
from ingest.times import parse_iso
from secondme.record import Question, Record

_COMMENTS = ("id", "permalink", "date", "subreddit", "body")
_MESSAGES = ("id", "date", "from", "to", "body")
_CHATS = ("message_id", "created_at", "username", "message")
_SAVED = ("id", "permalink")
_SITE = "https://www.reddit.com"


def _looks_like_reddit(member: Member) -> bool:
    if any(has_columns(member, *kind) for kind in (_COMMENTS, _CHATS)):
        return True
    if has_columns(member, *_MESSAGES):
        return has_columns(member, "permalink")
    return has_columns(member, *_SAVED) and ("/r/" in member.start or "saved" in member.stem)


@importer("reddit", recognises=_looks_like_reddit)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the rows in file order; Reddit's own order is not by time."""
    if has_columns(member, *_COMMENTS):
        for _, row in rows(member, *_COMMENTS):
            yield _posted(row)
    elif has_columns(member, *_CHATS):
        yield from _said(member, options, _CHATS)
    elif has_columns(member, *_MESSAGES):
        yield from _said(member, options, _MESSAGES)
    else:
        for _, row in rows(member, *_SAVED):
            address = _address(row["permalink"])
            title = row["permalink"].strip("/").rpartition("/")[2].replace("_", " ")
            yield record("reddit", Bookmark(address, title, member.stem), None)


def _posted(row: Row) -> Record:
    title = row["title"]
    link = row["url"] if title and row["permalink"] not in row["url"] else ""
    return Record(
        "reddit",
        f"r/{row['subreddit']}",
        "\n\n".join(filter(None, (title, row["body"], link))),
        author=OWNER,
        sent_at=parse_iso(row["date"]),
        sent_local=row["date"],
        zone="explicit",
        kind="post" if title else "comment",
        mine=True,
        native_id=row["id"] or None,
        reply_to=row["parent"] or None,
        subject=title,
        meta=json.dumps({"url": _address(row["permalink"])}, ensure_ascii=False),
    )


def _said(member: Member, options: Options, columns: tuple[str, ...]) -> Iterator[Item]:
    if not options.me:
        yield Question("me", "What is your name on Reddit?", "", "--me")
    for _, row in rows(member, *columns):
        author, at = row["from"] or row["username"], row["date"] or row["created_at"]
        other = row["to"] if author in options.me else author
        yield Record(
            "reddit",
            row["thread_id"] or row["channel_url"] or row["id"],
            row["body"] or row["message"],
            author=author,
            sent_at=parse_iso(at),
            sent_local=at,
            zone="explicit",
            mine=author in options.me,
            native_id=row["id"] or row["message_id"] or None,
            subject=row["subject"],
            title=row["channel_name"] or row["subject"] or other,
        )


def _address(permalink: str) -> str:
    return permalink if "://" in permalink else _SITE + permalink
