"""The lists at the top of a Slack export: who the users are, and which folder is which channel."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from ingest.export import Export, Member
from ingest.jsonstream import JsonError, walk
from ingest.slack_text import Names
from ingest.values import fields, scalar
from secondme.errors import UnreadableExport

DAY = re.compile(r"(?:^|/)\d{4}-\d\d-\d\d\.json$")
_USERS = ("users.json", "org_users.json")
_CHANNELS = ("channels.json", "groups.json", "mpims.json", "dms.json")
_SLACKBOT = "USLACKBOT"


class User(NamedTuple):
    id: str
    name: str
    machine: bool
    called: frozenset[str]
    """Everything the owner might call themselves, in lower case."""


class Channel(NamedTuple):
    id: str
    name: str
    members: tuple[str, ...]
    direct: bool


class Workspace:
    """What the lists say; nothing where an export has none."""

    def __init__(self, users: dict[str, User], channels: dict[str, Channel], first: str) -> None:
        self.users = users
        self._channels = channels
        self._by_id = {channel.id: channel.name for channel in channels.values()}
        self.first = first
        """The name of the first file with messages: questions are asked once."""
        self.names = Names(self.name, lambda id_: self._by_id.get(id_, id_))

    def name(self, id_: str) -> str:
        user = self.users.get(id_)
        return user.name if user else "slackbot" if id_ == _SLACKBOT else id_

    def machine(self, id_: str) -> bool:
        user = self.users.get(id_)
        return id_ == _SLACKBOT or (user is not None and user.machine)

    def channel(self, folder: str) -> Channel:
        """A folder is called by the channel's name, of direct messages by its id."""
        return self._channels.get(folder) or Channel(folder, folder, (), False)

    def title(self, channel: Channel, me: frozenset[str]) -> str:
        """`#harbour`, or who a direct message is with."""
        if not channel.direct:
            return f"#{channel.name}"
        others = [id_ for id_ in channel.members if id_ not in me] or list(channel.members)
        return ", ".join(self.name(id_) for id_ in others) or channel.name

    def owners(self, said: tuple[str, ...]) -> frozenset[str]:
        """Ids of the owner: whom they named, else the one who takes part in every direct
        message, for nobody else can see them all."""
        told = {name.casefold() for name in said}
        found = frozenset(id_ for id_, user in self.users.items() if user.called & told)
        if found or said:
            return found or frozenset(said)
        direct = [channel.members for channel in self._channels.values() if channel.direct]
        count = Counter(id_ for members in direct for id_ in set(members))
        always = [id_ for id_, times in count.items() if times == len(direct)]
        return frozenset(always) if len(direct) > 1 and len(always) == 1 else frozenset()


@lru_cache(maxsize=2)
def workspace(export: Export, root: str) -> Workspace:
    above = f"{root}/" if root else ""
    users: dict[str, User] = {}
    for name in _USERS:
        for value in _listed(export.member(above + name)):
            user = _user(value)
            users[user.id] = user
    channels: dict[str, Channel] = {}
    for name in _CHANNELS:
        for value in _listed(export.member(above + name)):
            channel = _channel(value, direct=name in ("mpims.json", "dms.json"))
            channels[channel.id] = channel
            channels[channel.name] = channel
    names = (member.name for member in export.everything if DAY.search(member.name))
    first = next((name for name in names if name.startswith(above)), "")
    return Workspace(users, channels, first)


def _listed(member: Member | None) -> Iterator[dict[str, Any]]:
    if member is None:
        return
    try:
        with member.open() as stream:
            for path, value in walk(stream, ("",)):
                if path == "item" and isinstance(value, dict):
                    yield value
    except (JsonError, UnreadableExport):
        return


def _user(value: dict[str, Any]) -> User:
    profile = fields(value.get("profile"))
    id_ = scalar(value.get("id"))
    names = [
        scalar(profile.get("display_name")),
        scalar(profile.get("real_name")),
        scalar(value.get("real_name")),
        scalar(value.get("name")),
    ]
    called = {id_, scalar(profile.get("email")), *names}
    name = next((name for name in names if name.strip()), id_)
    machine = value.get("is_bot") is True or id_ == _SLACKBOT
    return User(id_, name, machine, frozenset(c.casefold() for c in called if c))


def _channel(value: dict[str, Any], *, direct: bool) -> Channel:
    id_ = scalar(value.get("id")) or scalar(value.get("name")) or "channel"
    members = value.get("members")
    people = tuple(m for m in members if isinstance(m, str)) if isinstance(members, list) else ()
    return Channel(id_, scalar(value.get("name")) or id_, people, direct)


def user_name(value: dict[str, Any]) -> str:
    """Of somebody from another workspace: messages carry a small copy of the profile."""
    profile = fields(value.get("user_profile"))
    keys = ("display_name", "real_name", "name")
    return next((name for key in keys if (name := scalar(profile.get(key)))), "")


__all__ = ["DAY", "Channel", "User", "Workspace", "user_name", "workspace"]
