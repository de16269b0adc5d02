"""Microsoft Teams at work and school: messages as the Graph API gives them, saved by an export of
the tenant or by any of the programs that call it.

    [{"Id": "1754399664606", "ChatId": "19:9f83@thread.v2", "MessageType": "message",
      "CreatedDateTime": "2025-08-05T13:14:24.606+00:00",
      "From": {"User": {"Id": "fa90", "DisplayName": "Ada"}},
      "Body": {"ContentType": "html", "Content": "<p>hello</p>"}}]

A list, one message, a page (`value`) or pages of them, one a line; keys begin with a capital or
not. A chat's messages stand in the file of everybody who is in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.backwards import oldest_first
from ingest.decode import fold_newlines
from ingest.jsonlines import json_lines
from ingest.jsonstream import JsonError, broken_off, walk
from ingest.teams_people import People, titles
from ingest.teams_words import body_text, card_text, notice, pictures
from ingest.times import from_epoch, parse_iso
from ingest.values import entries_in, fields, text_in
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_CONTEXT = re.compile(r"(?:chats|channels)\('([^']{1,300})'\)")
_DATE = re.compile(r"/Date\((-?\d{1,17})\)/")
_OTHER = {"receivedDateTime", "internetMessageId", "organizer", "ReceivedDateTime", "Organizer"}
"""Mail and appointments of the same API."""
_LISTED = {
    key for name in ("userPrincipalName", "membershipType", "isMembershipLimitedToOwners")
    for key in (name, name[0].upper() + name[1:])
}  # fmt: skip
"""What tells lists of people, channels and teams."""
_DEEPEST = 40


def _looks_like_teams(member: Member) -> bool:
    shape = member.shape
    if not shape.kind:
        return False
    for depth in (0, 1):
        for made, body, by in (
            ("createdDateTime", "body", "from"),
            ("CreatedDateTime", "Body", "From"),
        ):
            if shape.has(depth, made, body, by) and not _OTHER & shape.keys[depth]:
                if depth and not {"value", "Value"} & shape.keys[0]:
                    return False
                return {"contentType", "ContentType"} & shape.keys[depth + 1] != set()
    named = {"DisplayName", "displayName"} & shape.keys[0]
    return shape.kind == "array" and bool(named) and bool(_LISTED & shape.keys[0])


@importer("teams", recognises=_looks_like_teams)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages, oldest first. A list of people says nothing by itself."""
    if not ({"body", "Body"} & (member.shape.keys[0] | member.shape.keys[1])):
        return
    people = _survey(member, options)
    if not people.me:
        guess = next(iter(people.names.values()), "")
        yield Question("me", "Which person in this export of Teams is you?", guess, "--me")
    broken: list[JsonError] = []
    context = _context(member)
    made = 0
    for number, value in oldest_first(_messages(member, broken), lambda m: _made(m[1])):
        if isinstance(value, Unread):
            yield value
            continue
        made += 1
        yield record(value, people, context, number)
    if broken and not made:
        raise UnreadableExport(
            f"{member.name} is not a complete export of Teams.", "Export it again."
        ) from broken[0]
    if broken:
        yield broken_off(broken[0], made, "message")


def _context(member: Member) -> str:
    """The chat that a saved page is of, where its messages do not say."""
    found = _CONTEXT.search(member.start[:2000])
    return found[1] if found else member.stem


def _survey(member: Member, options: Options) -> People:
    people = People(dict(titles(member.export)))
    context = _context(member)
    for _, value in _messages(member, []):
        if isinstance(value, dict):
            id_, name, _ = _author(value)
            people.saw(_conversation(value) or context, id_, name)
    people.settle(member, options.me)
    return people


def _messages(member: Member, broken: list[JsonError]) -> Iterator[tuple[int, Any]]:
    """Every message with its replies, keys in small letters, numbered from one."""
    number = 0
    for value in _values(member, broken):
        if isinstance(value, Unread):
            yield number, value
            continue
        value = camel(value)
        replies = value.get("replies") if isinstance(value, dict) else None
        for one in [value, *(replies if isinstance(replies, list) else ())]:
            number += 1
            yield number, one


def _values(member: Member, broken: list[JsonError]) -> Iterator[Any]:
    if member.shape.kind == "lines":
        for line in json_lines(member):
            yield line if isinstance(line, Unread) else line[1]
        return
    inside, wanted = _paths(member)
    try:
        with member.open() as stream:
            for path, value in walk(stream, inside):
                if path in wanted:
                    yield value
    except JsonError as error:
        broken.append(error)


def _paths(member: Member) -> tuple[frozenset[str], frozenset[str]]:
    """Which containers to enter, and where the messages stand: in a list, in a page or pages of
    them, or as the only one."""
    paged = bool({"value", "Value"} & member.shape.keys[0])
    if not paged:
        alone = member.shape.kind == "object"
        return frozenset() if alone else frozenset({""}), frozenset({"" if alone else "item"})
    lists = ("item.value", "item.Value") if member.shape.kind == "array" else ("value", "Value")
    return frozenset({"", "item", *lists}), frozenset(f"{path}.item" for path in lists)


def camel(value: Any, depth: int = 0) -> Any:
    """The same with keys as the API writes them: PowerShell and exports of tenants capitalise."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: camel(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [camel(item, depth + 1) for item in value]
    return value


def _made(value: Any) -> str:
    return _utc(text_in(_get(value, "createdDateTime"))) or ""


def _utc(written: str) -> str | None:
    found = _DATE.fullmatch(written)
    if found:
        try:
            return from_epoch(int(found[1]) // 1000)
        except ValueError:
            return None
    return parse_iso(written) or parse_iso(f"{written}Z")


def record(value: Any, people: People, context: str, number: int) -> Record | Unread:
    """One message in the API's spelling."""
    if not isinstance(value, dict):
        return Unread(f"message {number}", "It is not a message.")
    conversation = _conversation(value) or context
    id_, name, machine = _author(value)
    written = text_in(value.get("createdDateTime"))
    sent_at = _utc(written)
    kind, text, files, meta = _said(value, people)
    quoted = meta.pop("quoted", None)
    forwarded = meta.pop("forwarded", False)
    return Record(
        "teams",
        conversation,
        fold_newlines(text),
        author=name or (people.name(id_) if id_ else ""),
        author_id=id_,
        sent_at=sent_at,
        sent_local=written,
        zone="explicit" if sent_at else "none",
        kind=kind,
        mine=bool(id_) and id_ in people.me and not machine,
        role="system" if machine else "forwarded" if forwarded else "person",
        native_id=text_in(value.get("id")) or None,
        reply_to=text_in(value.get("replyToId")) or quoted or None,
        subject=text_in(value.get("subject")),
        title=people.title(conversation),
        attachments=files,
        meta=json.dumps(meta, ensure_ascii=False, sort_keys=True) if meta else "",
    )


def _said(
    value: dict[str, Any], people: People
) -> tuple[str, str, tuple[str, ...], dict[str, Any]]:
    """Kind, words, files, and what else is worth keeping."""
    body = fields(value.get("body"))
    detail = fields(value.get("eventDetail"))
    if text_in(value.get("deletedDateTime")):
        return "event", "This message was deleted.", (), {}
    if text_in(value.get("messageType")) not in ("message", "") or (
        not value.get("from") and detail
    ):
        return "event", notice(detail), (), {}
    content = text_in(body.get("content"))
    text = body_text(content, text_in(body.get("contentType")))
    files, told, meta = _attached(value)
    files += pictures(content)
    text = "\n".join(filter(None, (text, *told)))
    if text_in(value.get("lastEditedDateTime")):
        meta["edited"] = value["lastEditedDateTime"]
    reactions = [_reaction(one, people) for one in entries_in(value.get("reactions"))]
    if reactions:
        meta["reactions"] = reactions
    if not text and not files and not entries_in(value.get("attachments")):
        return "event", "This message is empty in the export.", (), meta
    return "message", text, tuple(files), meta


def _attached(value: dict[str, Any]) -> tuple[list[str], list[str], dict[str, Any]]:
    files: list[str] = []
    told: list[str] = []
    meta: dict[str, Any] = {}
    for one in entries_in(value.get("attachments")):
        one = fields(one)
        kind, name = text_in(one.get("contentType")), text_in(one.get("name"))
        if kind in ("messageReference", "forwardedMessageReference"):
            quote = _quoted(one.get("content"))
            if kind.startswith("forwarded"):
                meta["forwarded"] = True
                told.append(quote.get("text", ""))
            else:
                meta["quoted"] = quote.pop("id", "") or text_in(one.get("id"))
                meta["quote"] = quote
        elif kind.startswith("application/vnd.microsoft.card") or not name:
            told.append(card_text(one.get("content")) or name)
        else:
            files.append(name)
    return files, list(filter(None, told)), meta


def _quoted(content: Any) -> dict[str, str]:
    """Of a reference to another message, which is JSON in a text."""
    try:
        found = fields(camel(json.loads(content)) if isinstance(content, str) else content)
    except (ValueError, RecursionError):
        return {}
    who = fields(
        fields(found.get("messageSender") or found.get("originalMessageSender")).get("user")
    )
    words = text_in(found.get("messagePreview")) or text_in(found.get("originalMessageContent"))
    told = {"by": text_in(who.get("displayName")), "text": body_text(words, "text")}
    told["id"] = text_in(found.get("messageId")) or text_in(found.get("originalMessageId"))
    return {key: text for key, text in told.items() if text}


def _reaction(value: Any, people: People) -> dict[str, str]:
    found = fields(value)
    user = fields(fields(found.get("user")).get("user")) or fields(found.get("user"))
    by = text_in(user.get("displayName")) or people.name(text_in(user.get("id")))
    return {"reaction": text_in(found.get("reactionType")), "by": by}


def _conversation(value: dict[str, Any]) -> str:
    channel = fields(value.get("channelIdentity"))
    return text_in(value.get("chatId")) or text_in(channel.get("channelId"))


def _author(value: dict[str, Any]) -> tuple[str, str, bool]:
    """Id, name, and whether it is a program."""
    by = fields(value.get("from"))
    user, machine = fields(by.get("user")), fields(by.get("application"))
    one = user or machine
    return text_in(one.get("id")), text_in(one.get("displayName")), bool(machine) and not user


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


__all__ = ["camel", "read", "record"]
