"""Claude: `conversations.json` from the "Export data" zip of claude.ai.

    [{"uuid": "…", "name": "Cats", "chat_messages": [
        {"uuid": "…", "sender": "human", "content": [{"type": "text", "text": "Hi"}, …]}, …]}, …]

The words are in `content`; `text` is a lossy copy that is often empty. Exports since autumn 2026
begin with a manifest that only links to the zips that hold the conversations. A team's export has
the talks of all its members; `users.json` beside it says whose they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ingest import Item, Member, Options, importer
from ingest.branches import newest_leaf, reading_order
from ingest.claude_projects import holds_notes, notes
from ingest.jsonstream import JsonError, conversations, listed
from ingest.talks import ALTERNATE, Talk, fields, items, moment, standing_at, titled, words
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_MANIFEST = re.compile(r'"(?:conversations|projects)[^"/]*\.zip"')
_UNSUPPORTED = re.compile(
    r"(?:```\n?)?This block is not supported on your current device yet\.(?:\n?```)?"
)
_SAID = ("text", "transcript")
_SPOKEN = frozenset({"text", "voice_note"})


def _looks_like_claude(member: Member) -> bool:
    if not member.shape.kind:
        return False
    return _holds_talks(member) or _is_users(member) or holds_notes(member) or _is_manifest(member)


def _holds_talks(member: Member) -> bool:
    if standing_at(member, "chat_messages") is not None:
        return True
    depth = standing_at(member, "uuid", "messages")
    return depth is not None and member.shape.has(depth + 1, "sender", "text")


def _is_users(member: Member) -> bool:
    return member.shape.has(0, "uuid", "full_name", "email_address")


def _is_manifest(member: Member) -> bool:
    return '"url"' in member.start and bool(_MANIFEST.search(member.start))


@importer("claude", recognises=_looks_like_claude)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield every message in reading order. Thinking and tool calls are nobody's words."""
    if holds_notes(member):
        team = _team(member, options)
        for item in notes(member):
            yield _owned(item, team) if isinstance(item, Record) and item.mine else item
    elif _holds_talks(member):
        yield from _talks(member, options)
    elif _is_manifest(member):
        yield Unread(
            member.name,
            "This only lists the parts of a Claude export. Download the zips that it links to"
            " within a day of the mail, and import those.",
        )


class _Person(NamedTuple):
    name: str
    mine: bool


def _talks(member: Member, options: Options) -> Iterator[Item]:
    team = _team(member, options)
    if team and not options.me:
        names = ", ".join(person.name for person in team.values())
        yield Question("me", f"Which of these is you: {names}?", "", "--me")
    for one in conversations(member, "Claude"):
        if isinstance(one, Unread):
            yield one
        else:
            number, value = one
            name = words(fields(value).get("name"))
            yield from titled(_conversation(value, number, team), name)


def _team(member: Member, options: Options) -> dict[str, _Person]:
    """Who the accounts belong to, where there is more than one."""
    users = member.beside("users.json")
    if users is None:
        return {}
    me = {name.casefold() for name in options.me}
    found: dict[str, _Person] = {}
    try:
        with users.open() as stream:
            for user in items(list(listed(stream, users.start, "users"))):
                id_, mail = words(user.get("uuid")), words(user.get("email_address"))
                name = words(user.get("full_name")) or mail or id_
                mine = not me.isdisjoint((name.casefold(), mail.casefold(), id_.casefold()))
                found[id_] = _Person(name, mine)
    except (JsonError, UnreadableExport):
        return {}
    return found if len(found) > 1 else {}


def _conversation(value: Any, number: int, team: dict[str, _Person]) -> Iterator[Item]:
    value = fields(value)
    messages = value.get("chat_messages", value.get("messages"))
    if not isinstance(messages, list):
        yield Unread(f"conversation {number}", "It holds no messages.")
        return
    title = words(value.get("name"))
    name = str(value.get("uuid") or f"{title} {number}".strip())
    talk = Talk("claude", name, title, "Claude")
    account = words(fields(value.get("account")).get("uuid"))
    person = team.get(account) if team else None
    known: set[str] = set()
    for position, shown in _order(messages, value.get("current_leaf_message_uuid")):
        message = messages[position]
        if not isinstance(message, dict):
            yield Unread(f"conversation {number}, message {position + 1}", "It is not a message.")
            continue
        above = words(message.get("parent_message_uuid"))
        record = _record(message, talk, above if above in known else None, shown)
        if record:
            known.add(record.native_id or "")
            yield _by(record, person, account) if person and record.mine else record


def _owned(record: Record, team: dict[str, _Person]) -> Record:
    """A note as its writer's, whom it names where there are several."""
    person = team.get(record.author_id)
    return _by(record, person, record.author_id) if person else record._replace(author_id="")


def _by(record: Record, person: _Person, account: str) -> Record:
    return record._replace(author=person.name, author_id=account, mine=person.mine)


def _order(messages: list[Any], last: Any) -> list[tuple[int, bool]]:
    """Positions in reading order, and what the app shows: all of it where there is no tree.

    Where a message in the middle is missing, the links say nothing about what is shown.
    """
    flat = [(position, True) for position in range(len(messages))]
    places = {words(m.get("uuid")): at for at, m in enumerate(messages) if isinstance(m, dict)}
    if len(places) < len(messages) or "" in places:
        return flat
    parents = {id_: words(messages[at].get("parent_message_uuid")) for id_, at in places.items()}
    roots = {parent for parent in parents.values() if parent not in parents}
    if len(roots) != 1 or not any(parent in parents for parent in parents.values()):
        return flat
    if not isinstance(last, str) or last not in parents:
        last = newest_leaf(parents, lambda id_: words(messages[places[id_]].get("created_at")))
    return [(places[id_], shown) for id_, shown in reading_order(parents, last)]


def _record(
    message: dict[str, Any], talk: Talk, reply_to: str | None, shown: bool
) -> Record | None:
    """None for a turn that holds only thoughts and tool calls."""
    text, attachments = _text(message), _attachments(message)
    pasted = "" if text.strip() or attachments else _pasted(message)
    if not text.strip() and not attachments and not pasted:
        return None
    record = talk.said(
        pasted or text,
        mine=message.get("sender") == "human",
        at=moment(message.get("created_at")),
        id_=str(message["uuid"]) if message.get("uuid") else None,
        reply_to=reply_to,
        attachments=attachments,
        meta={"branch": "" if shown else ALTERNATE},
    )
    return record._replace(role="forwarded") if pasted and record.mine else record


def _text(message: dict[str, Any]) -> str:
    spoken = (
        block for block in items(message.get("content")) if words(block.get("type")) in _SPOKEN
    )
    texts = [said for block in spoken if (said := _said(block)) is not None]
    return "\n\n".join(texts) if texts else _UNSUPPORTED.sub("", words(message.get("text")))


def _said(block: dict[str, Any]) -> str | None:
    return next((block[key] for key in _SAID if isinstance(block.get(key), str)), None)


def _pasted(message: dict[str, Any]) -> str:
    """What was pasted and not typed: long texts become attachments, which have no name."""
    texts = (words(file.get("extracted_content")) for file in items(message.get("attachments")))
    return "\n\n".join(text for text in texts if text.strip())


def _attachments(message: dict[str, Any]) -> tuple[str, ...]:
    files = (file for key in ("attachments", "files") for file in items(message.get(key)))
    return tuple(dict.fromkeys(str(f["file_name"]) for f in files if f.get("file_name")))
