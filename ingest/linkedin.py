"""LinkedIn: Settings → Data privacy → Get a copy of your data; the zip holds tables.

    messages.csv     CONVERSATION ID, CONVERSATION TITLE, FROM, SENDER PROFILE URL, TO, …, CONTENT
    Connections.csv  First Name, Last Name, URL, Email Address, Company, Position, Connected On
    Shares.csv       Date, ShareLink, ShareCommentary, SharedUrl, …
    Comments.csv     Date, Link, Message

Times are UTC. The owner stands in `Profile.csv` beside them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache

from ingest import Export, Item, Member, Options, importer
from ingest.markup import page_text
from ingest.owner import OWNER
from ingest.sheets import Row, has_columns, rows
from ingest.times import parse_iso
from secondme.errors import UnreadableExport
from secondme.record import Question, Record

_MESSAGES = ("conversation id", "from", "date", "content")
_CONNECTIONS = ("first name", "last name", "connected on")
_SHARES = ("date", "sharelink", "sharecommentary")
_COMMENTS = ("date", "link", "message")
_PROFILE = ("first name", "last name", "headline")
_KINDS = (_MESSAGES, _CONNECTIONS, _SHARES, _COMMENTS, _PROFILE)


@importer("linkedin", recognises=lambda m: any(has_columns(m, *kind) for kind in _KINDS))
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield messages oldest first, people as contacts, and what the owner posted."""
    kind = next((kind for kind in _KINDS if has_columns(member, *kind)), None)
    if kind is None:
        raise UnreadableExport(
            f"{member.name} is no table of LinkedIn's.", "Choose the larger download there."
        )
    found = [row for _, row in rows(member, *kind)]
    if kind is _MESSAGES:
        yield from _messages(found, member, options)
    elif kind is _CONNECTIONS:
        yield from map(_contact, found)
    elif kind in (_SHARES, _COMMENTS):
        name = "post" if kind is _SHARES else "comment"
        posts = [_post(row, name) for row in found]
        yield from (post for post in reversed(posts) if post.text)


def _messages(found: list[Row], member: Member, options: Options) -> Iterator[Item]:
    names = {row["from"] for row in found}
    owners = names & ({_owner(member.export)} | set(options.me))
    if not owners and names:
        everywhere = [n for n in sorted(names) if _in_all(n, found)]
        guess = everywhere[0] if len(everywhere) == 1 else ""
        yield Question(
            "me", "Which of the people in these LinkedIn messages are you?", guess, "--me"
        )
        owners = {guess} - {""}
    # The table is newest first.
    for row in reversed(found):
        yield _message(row, owners)


def _in_all(name: str, found: list[Row]) -> bool:
    """Whether somebody takes part in every conversation."""
    every = {row["conversation id"] for row in found}
    parts = {row["conversation id"] for row in found if name in (row["from"], *_to(row))}
    return every == parts


def _to(row: Row) -> list[str]:
    return [name.strip() for name in row["to"].split(",")]


def _message(row: Row, owners: set[str]) -> Record:
    content = row["content"]
    others = ", ".join(sorted({*_to(row), row["from"]} - owners - {""}))
    return Record(
        "linkedin",
        row["conversation id"] or others or "Messages",
        page_text(content) if "<" in content else content,
        author=row["from"],
        author_id=row["sender profile url"],
        sent_at=_at(row["date"]),
        sent_local=row["date"],
        zone="explicit",
        mine=row["from"] in owners,
        role="system" if row["from"] == "LinkedIn Member" and not content else "person",
        subject=row["subject"],
        title=row["conversation title"] or others,
        attachments=tuple(filter(None, row["attachments"].split())),
    )


def _contact(row: Row) -> Record:
    name = f"{row['first name']} {row['last name']}".strip()
    work = ", ".join(filter(None, (row["position"], row["company"])))
    mail = row["email address"]
    meta = {"name": name, "emails": [mail] if mail else [], "url": row["url"]}
    return Record(
        "linkedin",
        "Connections",
        "\n".join(filter(None, (name, work, mail, row["url"]))),
        author=name,
        author_id=row["url"],
        sent_local=row["connected on"],
        kind="contact",
        role="system",
        native_id=row["url"] or None,
        subject=name,
        meta=json.dumps(meta, ensure_ascii=False, sort_keys=True),
    )


def _post(row: Row, kind: str) -> Record:
    url = row["sharelink"] or row["link"]
    return Record(
        "linkedin",
        "Posts" if kind == "post" else "Comments",
        row["sharecommentary"].replace('"\n"', "\n") or row["message"],
        author=OWNER,
        sent_at=_at(row["date"]),
        sent_local=row["date"],
        zone="explicit",
        kind=kind,
        mine=True,
        meta=json.dumps({"url": url}, ensure_ascii=False) if url else "",
    )


def _at(written: str) -> str | None:
    """`2024-03-01 10:20:30 UTC`; Shares leave the zone out and mean UTC too."""
    return parse_iso(written) or parse_iso(f"{written} UTC")


@lru_cache(maxsize=1)
def _owner(export: Export) -> str:
    for member in export.members:
        try:
            if has_columns(member, *_PROFILE):
                first = next((row for _, row in rows(member, *_PROFILE)), None)
                return f"{first['first name']} {first['last name']}".strip() if first else ""
        except UnreadableExport:
            continue
    return ""
