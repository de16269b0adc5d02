"""Discord as DiscordChatExporter writes it, as JSON: a file a channel.

{"guild": {"id": "81…", "name": "Boats"}, "channel": {"id": "82…", "type": "GuildTextChat",
 "category": "Sea", "name": "harbour"}, "messages": [
  {"id": "110…", "type": "Default", "timestamp": "2024-05-01T07:54:20+00:00",
   "content": "at six", "author": {"id": "7…", "name": "nora", "nickname": "Nora"},
   "reference": {"messageId": "109…"}, "attachments": [], "reactions": []}]}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.chat_people import owner, who_is_owner
from ingest.decode import fold_newlines
from ingest.discord_records import account, file_name, resolved, shown_title, when
from ingest.jsonstream import OPENED, JsonError, broken_off, walk
from ingest.record_meta import meta_of
from ingest.times import parse_iso
from ingest.values import fields, listed, scalar, whole
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_INSIDE = frozenset({"", "messages"})
_SAID = frozenset(
    "Default Reply ThreadStarterMessage ChatInputCommand ContextMenuCommand 0 19 20 21 23".split()
)
"""The other types are notices: who joined, what was pinned."""


@dataclass(slots=True)
class Channel:
    """What is known about all messages of one channel."""

    id: str
    title: str
    mine: frozenset[str] = frozenset()
    """Ids of the owner's accounts."""
    names: dict[str, str] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)


def _looks_like_exporter(member: Member) -> bool:
    shape = member.shape
    return (
        shape.kind == "object"
        and shape.has(0, "guild", "channel")
        and (shape.has(0, "messages") or shape.has(0, "exportedAt"))
    )


@importer("discord", recognises=_looks_like_exporter)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of the channel in their order."""
    channel, speakers, known = _survey(member, options)
    number = made = 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if path != "messages.item":
                    continue
                number += 1
                item = message(value, channel, number)
                if isinstance(item, Record) and not made:
                    yield from who_is_owner(frozenset() if known else None, speakers)
                made += isinstance(item, Record)
                yield item
    except JsonError as error:
        if not made:
            raise UnreadableExport(
                f"{member.name} is not a complete export of a channel.", "Export it again."
            ) from error
        yield broken_off(error, number, "message")


def _survey(member: Member, options: Options) -> tuple[Channel, set[str], bool]:
    """The channel, the names of all who speak in it, and whether it is known who the owner is."""
    header: dict[str, Any] = {}
    people: dict[str, tuple[str, bool]] = {}
    me = {name.casefold() for name in options.me}
    mine = {account(member.export).id} - {""}
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if path == "messages.item":
                    author = fields(fields(value).get("author"))
                    id_ = scalar(author.get("id"))
                    if id_ in people:
                        continue
                    people[id_] = (_name(author), author.get("isBot") is True)
                    said = {scalar(author.get(key)).casefold() for key in _CALLED} - {""}
                    if me & (said | {f"{scalar(author.get('name'))}#{_tag(author)}".casefold()}):
                        mine.add(id_)
                elif value is not OPENED:
                    header[path] = value
    except JsonError:
        pass  # reported by the reading itself
    place, guild = fields(header.get("channel")), fields(header.get("guild"))
    name = scalar(place.get("name"))
    speakers = {who for who, machine in people.values() if not machine}
    if not mine and scalar(place.get("type")).startswith("Direct"):
        alone = owner(speakers, name, ())
        mine = {id_ for id_, (who, _) in people.items() if alone and who in alone}
    channel = Channel(
        scalar(place.get("id")) or member.stem,
        shown_title(scalar(guild.get("name")), name),
        frozenset(mine),
        {id_: who for id_, (who, _) in people.items()},
        {scalar(place.get("id")): name},
    )
    return channel, speakers, bool(mine or options.me)


_CALLED = ("id", "name", "nickname")


def _tag(author: dict[str, Any]) -> str:
    return scalar(author.get("discriminator"))


def _name(author: dict[str, Any]) -> str:
    return scalar(author.get("nickname")) or scalar(author.get("name"))


def message(value: Any, channel: Channel, number: int) -> Record | Unread:
    """One message as the exporter has it."""
    value = fields(value)
    id_, author = scalar(value.get("id")), fields(value.get("author"))
    if not id_ and not author:
        return Unread(f"message {number}", "It is not a message.")
    passed_on = fields(value.get("forwardedMessage"))
    said = passed_on or value
    author_id, written = scalar(author.get("id")), scalar(value.get("timestamp"))
    sent_at, zone = when(written, id_)
    named = channel.names | {
        scalar(each.get("id")): _name(each) for each in listed(value.get("mentions"))
    }
    text = resolved(scalar(said.get("content")), named, channel.channels)
    embedded = "" if text else _embedded(listed(said.get("embeds")))
    mine = author_id in channel.mine
    machine = author.get("isBot") is True
    theirs = bool(passed_on or embedded) and not machine
    reference = fields(value.get("reference"))
    answers = not passed_on and scalar(reference.get("type")) != "Forward"
    return Record(
        "discord",
        channel.id,
        fold_newlines(text or embedded),
        _name(author) or author_id,
        author_id,
        sent_at,
        written,
        zone,
        kind="message" if scalar(value.get("type")) in _SAID | {""} else "event",
        mine=mine,
        role="system" if machine else "forwarded" if theirs else "person",
        native_id=id_ or None,
        reply_to=(scalar(reference.get("messageId")) or None) if answers else None,
        title=channel.title,
        attachments=tuple(_files(listed(said.get("attachments")))),
        meta=meta_of(_kept(value, said)),
    )


def _embedded(embeds: list[dict[str, Any]]) -> str:
    """What a message without words shows: a card of a machine's, or of a page."""
    lines: list[str] = []
    for each in embeds:
        lines += [scalar(each.get("title")), scalar(each.get("description"))]
        for part in listed(each.get("fields")):
            lines += [scalar(part.get("name")), scalar(part.get("value"))]
    return "\n".join(filter(None, lines))


def _files(attachments: list[dict[str, Any]]) -> Iterator[str]:
    """A file that was downloaded with the export is named by its path there."""
    for each in attachments:
        url, name = scalar(each.get("url")), scalar(each.get("fileName"))
        if found := (name or file_name(url)) if "://" in url or not url else file_name(url):
            yield found


def _kept(value: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    stickers = [scalar(each.get("name")) for each in listed(said.get("stickers"))]
    command = fields(value.get("interaction"))
    kept: dict[str, Any] = {
        "edited": parse_iso(scalar(value.get("timestampEdited"))),
        "pinned": value.get("isPinned") is True,
        "reactions": list(_reactions(listed(value.get("reactions")))),
        "stickers": stickers,
        "command": scalar(command.get("name")),
        "forwarded": "forwardedMessage" in value and bool(value["forwardedMessage"]),
    }
    if scalar(value.get("callEndedTimestamp")):
        kept["call"] = {"ended": scalar(value["callEndedTimestamp"])}
    return kept


def _reactions(reactions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """By whom where that is said; of the others, how many."""
    for each in reactions:
        emoji = scalar(fields(each.get("emoji")).get("name"))
        people = listed(each.get("users"))
        for person in people:
            yield {"by": _name(person), "reaction": emoji}
        rest = (whole(each.get("count")) or 0) - len(people)
        if rest > 0:
            yield {"count": rest, "reaction": emoji}
