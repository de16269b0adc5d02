"""Address cards: what a vCard of any generation (2.1, 3.0, 4.0, jCard) says about one person.

BEGIN:VCARD
FN:Bea Quist
item1.TEL;type=pref:+49 171 1234567
item1.X-ABLabel:_$!<Mobile>!$_
END:VCARD
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.contentlines import Component, Line, fields

_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")
_UNSAID = frozenset(
    "voice internet pref text x-internet msg video pcs isdn dom intl postal parcel other".split()
)
"""Types that say nothing to a person."""
_SERVICES = {
    "X-AIM": "aim", "X-ICQ": "icq", "X-JABBER": "jabber", "X-MSN": "msn", "X-YAHOO": "yahoo",
    "X-SKYPE": "skype", "X-SKYPE-USERNAME": "skype", "X-QQ": "qq", "X-GTALK": "google talk",
    "X-GOOGLE-TALK": "google talk", "X-TWITTER": "twitter", "X-MS-IMADDRESS": "im",
    "X-GADUGADU": "gadu-gadu", "X-GROUPWISE": "groupwise", "X-MATRIX": "matrix",
    "X-TELEGRAM": "telegram",
}  # fmt: skip
_RELATED = {
    "X-EVOLUTION-SPOUSE": "spouse", "X-SPOUSE": "spouse", "X-MS-SPOUSE": "spouse",
    "X-EVOLUTION-MANAGER": "manager", "X-MANAGER": "manager", "X-MS-MANAGER": "manager",
    "X-EVOLUTION-ASSISTANT": "assistant", "X-ASSISTANT": "assistant",
    "X-MS-ASSISTANT": "assistant", "X-MS-CHILD": "child",
}  # fmt: skip
_DATES = {
    "BDAY": "birthday", "ANNIVERSARY": "anniversary", "X-ANNIVERSARY": "anniversary",
    "X-EVOLUTION-ANNIVERSARY": "anniversary", "X-MS-ANNIVERSARY": "anniversary",
    "DEATHDATE": "died", "X-ABDATE": "",
}  # fmt: skip
_DAY = re.compile(r"(\d{4}|--)-?(\d{2})-?(\d{2})(?:T.*)?")
_ANDROID = re.compile(r"vnd\.android\.cursor\.item/(\w+);([^;]*)(?:;([^;]*);([^;]*))?")
_MOST = 200
"""Of anything on one card."""

Labelled = tuple[str, str]
"""A label as people would say it, empty for none, and what it is about."""


@dataclass(slots=True)
class Card:
    name: str = ""
    uid: str = ""
    nicknames: list[str] = field(default_factory=list)
    work: list[str] = field(default_factory=list)
    """Where they work and as what, each in a line."""
    phones: list[Labelled] = field(default_factory=list)
    emails: list[Labelled] = field(default_factory=list)
    handles: list[Labelled] = field(default_factory=list)
    addresses: list[Labelled] = field(default_factory=list)
    dates: list[Labelled] = field(default_factory=list)
    related: list[Labelled] = field(default_factory=list)
    urls: list[Labelled] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    revised: str = ""
    members: list[str] | None = None
    """Of a group: the uids of those in it; None for a person."""


def card(component: Component) -> Card:
    """Of a VCARD. What is not understood is left out."""
    made = Card(_name(component), _plain_uid(component.text("UID") or component.text("X-ABUID")))
    labels = {
        line.group: line.text for line in component.all("X-ABLABEL", "X-ABLABEL2") if line.group
    }
    for line in component.lines:
        if line.value.strip():
            _take(made, line, _label(line, labels.get(line.group, "")))
    made.name = made.name or _called(made)
    made.revised = component.text("REV")
    group = component.text("KIND") or component.text("X-ADDRESSBOOKSERVER-KIND")
    if group.lower() in ("group", "list"):
        found = component.all("MEMBER", "X-ADDRESSBOOKSERVER-MEMBER")
        made.members = [_plain_uid(line.value) for line in found]
    return made


def _take(made: Card, line: Line, label: str) -> None:
    name, text = line.name, line.text.strip()
    if name in ("TEL", "X-MS-TEL"):
        _add(made.phones, label, re.sub(r"(?i)^tel:", "", text).split(";")[0])
    elif name == "EMAIL":
        _add(made.emails, label, re.sub(r"(?i)^mailto:", "", text))
    elif name in _SERVICES:
        _add(made.handles, _SERVICES[name], text)
    elif name in ("IMPP", "X-SOCIALPROFILE"):
        _add(made.handles, *_handle(line, label))
    elif name == "ADR":
        _add(made.addresses, label, ", ".join(_lines_of(part) for part in _parts(line)))
    elif name == "ORG":
        made.work.append(", ".join(_parts(line)))
    elif name in ("TITLE", "ROLE"):
        made.work.append(text)
    elif name in _DATES:
        _add(made.dates, _DATES[name] or label or "date", day(text))
    elif name in _RELATED:
        _add(made.related, _RELATED[name], text)
    elif name in ("X-ABRELATEDNAMES", "RELATED"):
        _add(made.related, label, "" if ":" in text and " " not in text else text)
    elif name == "X-ANDROID-CUSTOM":
        _android(made, text)
    elif name == "URL":
        _add(made.urls, label, text)
    elif name == "NICKNAME":
        made.nicknames += [one for one in fields(line.value, ",") if one]
    elif name == "CATEGORIES":
        made.labels += [one for one in fields(line.value, ",") if one]
    elif name == "NOTE":
        made.notes.append(text)


def _add(to: list[Labelled], label: str, value: str) -> None:
    value = value.strip()
    if value and value not in (there for _, there in to) and len(to) < _MOST:
        to.append((label, value))


def _name(component: Component) -> str:
    if full := component.text("FN"):
        return " ".join(full.split())
    line = component.first("N")
    if line is None:
        return ""
    family, given, middle, prefix, suffix, *_ = [*fields(line.value), "", "", "", "", ""]
    return joined_name(prefix, given, middle, family, suffix)


def joined_name(prefix: str, given: str, middle: str, family: str, suffix: str) -> str:
    """As it is said: in East Asian scripts the family comes first, and without a space."""
    if (
        given
        and family
        and all("\u3040" <= c <= "\u9fff" or "가" <= c <= "힣" for c in given + family)
    ):
        return f"{family}{given}"
    return " ".join(" ".join((prefix, given, middle, family, suffix)).split())


def _called(made: Card) -> str:
    """Of a card without a name."""
    others = (made.nicknames, made.work, [v for _, v in made.emails], [v for _, v in made.phones])
    return next((values[0] for values in others if values), "")


def _parts(line: Line) -> list[str]:
    return [part for part in fields(line.value) if part]


def _lines_of(text: str) -> str:
    return ", ".join(piece.strip(" ,") for piece in text.split("\n") if piece.strip(" ,"))


def _label(line: Line, apple: str) -> str:
    if apple:
        match = _APPLE_LABEL.fullmatch(apple)
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", match[1]).lower() if match else apple
    types = [t.lower() for said in line.params.get("TYPE", ()) for t in said.split(",")]
    kept = [t.removeprefix("x-") for t in types if t and t not in _UNSAID]
    return " ".join(dict.fromkeys("mobile" if t in ("cell", "cellular") else t for t in kept))


def _handle(line: Line, label: str) -> Labelled:
    """`skype:bea`, `x-apple:bea`, or a profile's address."""
    service = line.param("X-SERVICE-TYPE") or line.param("SERVICE-TYPE")
    scheme, colon, rest = line.text.strip().partition(":")
    if line.param("X-USER"):
        return (service or label or scheme).lower(), line.param("X-USER")
    if not colon or "/" in rest:
        return (service or label).lower(), line.text
    return (service or scheme.removeprefix("x-")).lower(), rest


def _android(made: Card, text: str) -> None:
    """What Android has no line for: `vnd.android.cursor.item/nickname;Bee;1;;;;…`"""
    match = _ANDROID.match(text)
    if match is None:
        return
    what, value = match[1], match[2].strip()
    if what == "nickname" and value:
        made.nicknames.append(value)
    elif what == "relation":
        _add(made.related, match[4] or "", value)
    elif what == "contact_event":
        _add(made.dates, match[4] or "date", day(value))


def day(text: str) -> str:
    """`1980-03-22`, or `03-22` where nobody says of which year."""
    match = _DAY.fullmatch(text)
    if match is None:
        return text
    unknown = match[1] in ("--", "1604", "0000")  # 1604: Apple's year for none
    return f"{match[2]}-{match[3]}" if unknown else f"{match[1]}-{match[2]}-{match[3]}"


def _plain_uid(text: str) -> str:
    return text.strip().removeprefix("urn:uuid:").removesuffix(":ABPerson").removesuffix("\\")


__all__ = ["Card", "Labelled", "card", "day", "joined_name"]
