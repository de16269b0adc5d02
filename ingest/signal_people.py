"""Who the numbers in Signal's own export stand for: its recipients and chats."""

from __future__ import annotations

import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ingest.values import fields, scalar, whole

SELF = "self"
_NOTE_TO_SELF = "Note to Self"
_OWNER = "Me"


class Person(NamedTuple):
    """A contact, a group, or the owner."""

    key: str
    """The same in every export: a service id, a number, the digest of a group's key."""
    name: str
    id: str = ""
    """The phone number where it is known, else the service id."""
    mine: bool = False
    machine: bool = False
    """Signal itself."""


NOBODY = Person("", "")


@dataclass(slots=True)
class Directory:
    """Numbers mean something only within one export."""

    people: dict[str, Person] = field(default_factory=dict)
    chats: dict[str, str] = field(default_factory=dict)
    """The recipient of each chat."""
    names: dict[str, str] = field(default_factory=dict)
    """By service id."""
    owner: str = _OWNER
    exported_at: int = 0

    def note(self, frame: dict[str, Any]) -> None:
        """Take in a frame that says who somebody is."""
        if account := fields(frame.get("account")):
            self.owner = _joined(account, "givenName", "familyName") or self.owner
        elif recipient := fields(frame.get("recipient")):
            person = _person(recipient)
            self.people[scalar(recipient.get("id"))] = person
            self.names[person.key] = person.name
        elif chat := fields(frame.get("chat")):
            self.chats[scalar(chat.get("id"))] = scalar(chat.get("recipientId"))
        elif (at := whole(frame.get("backupTimeMs"))) is not None:
            self.exported_at = at

    def person(self, recipient: Any) -> Person:
        found = self.people.get(scalar(recipient), NOBODY)
        return found._replace(name=self.owner) if found.mine else found

    def chat(self, number: Any) -> tuple[str, str]:
        """What a chat is called in the vault, and how it is shown."""
        person = self.people.get(self.chats.get(scalar(number), ""), NOBODY)
        title = _NOTE_TO_SELF if person.mine else person.name
        return person.key or f"chat {scalar(number)}", title

    def named(self, service_id: Any) -> str:
        """By the bytes of an id, as mentions and changes of groups have it."""
        return self.names.get(service(service_id)) or "somebody"


def _person(recipient: dict[str, Any]) -> Person:
    if "self" in recipient:
        return Person(SELF, _OWNER, mine=True)
    if contact := fields(recipient.get("contact")):
        return _contact(contact)
    if group := fields(recipient.get("group")):
        title = fields(fields(group.get("snapshot")).get("title")).get("title")
        key = scalar(group.get("masterKey"))
        digest = hashlib.sha256(key.encode()).hexdigest()[:16] if key else ""
        return Person(f"group {digest}" if digest else scalar(title), scalar(title) or "Group")
    if "releaseNotes" in recipient:
        return Person("signal", "Signal", machine=True)
    listed = fields(recipient.get("distributionList"))
    name = fields(listed.get("distributionList")).get("name")
    name = name or fields(recipient.get("callLink")).get("name")
    return Person(f"recipient {scalar(recipient.get('id'))}", scalar(name))


def _contact(contact: dict[str, Any]) -> Person:
    number = scalar(contact.get("e164")).lstrip("+")
    number = f"+{number}" if number else ""
    id_ = service(contact.get("aci")) or number or service(contact.get("pni"))
    name = (
        _joined(fields(contact.get("nickname")), "given", "family")
        or _joined(contact, "systemGivenName", "systemFamilyName")
        or scalar(contact.get("systemNickname"))
        or _joined(contact, "profileGivenName", "profileFamilyName")
        or scalar(contact.get("username"))
    )
    return Person(id_, name or number or "Unknown", number or id_)


def service(value: Any) -> str:
    """Sixteen bytes in base64 as the id that other programs show; an id as it stands."""
    written = scalar(value)
    try:
        raw = base64.b64decode(written, validate=True)
    except ValueError:
        return written
    return str(uuid.UUID(bytes=raw[-16:])) if len(raw) in (16, 17) else written


def _joined(value: dict[str, Any], *keys: str) -> str:
    return " ".join(part for key in keys if (part := scalar(value.get(key)).strip()))


__all__ = ["NOBODY", "SELF", "Directory", "Person", "service"]
