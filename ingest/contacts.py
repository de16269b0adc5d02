"""Contacts: address books as phones, iCloud, Google, Outlook and mail programs export them.

    contacts.vcf    iCloud, Android, Proton, Google ("vCard"), Nextcloud: cards one after another
    AddressBook-v22.abcddb, AddressBook.sqlitedb    what a Mac and an iPhone keep
    contacts.csv    Google ("Google CSV" or "Outlook CSV"), Outlook, Thunderbird, Yahoo

One record a card. Its author is the person on it, for it is by numbers and addresses on cards that
one person is known under several names; none of it is anybody's words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ingest import Item, Member, Options, importer
from ingest.apple_contacts import address_book, is_address_book
from ingest.cards import Card, Labelled, card
from ingest.contacts_table import looks_like_table, table
from ingest.content_json import parts
from ingest.contentlines import Component
from ingest.contentlines import read as read_lines
from secondme.phones import e164, region
from secondme.record import Question, Record, Unread

_BEGINS = re.compile(rb"\s*BEGIN[ \t]*:[ \t]*VCARD\b", re.IGNORECASE)
_JSON = re.compile(rb'\[\s*(?:\[\s*)?"vcard"\s*,')
_BEFORE = b" \t\r\n\xef\xbb\xbf\xff\xfe\xe2\x80\x8e\x8f"
"""Byte order marks and marks of direction."""
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")


def _looks_like_contacts(member: Member) -> bool:
    head = member.head[:4096].replace(b"\0", b"").lstrip(_BEFORE)
    if _BEGINS.match(head) or (head[:1] == b"[" and _JSON.match(head)):
        return True
    if member.suffix in (".csv", ".txt"):
        return looks_like_table(member.start)
    return is_address_book(member)


@importer("contacts", recognises=_looks_like_contacts)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield a record for each card, groups last: they name those in them."""
    home = region(options.me)
    names: dict[str, str] = {}
    groups: list[Card] = []
    national = ""
    for found in _cards(member):
        if isinstance(found, Unread):
            yield found
            continue
        names.setdefault(found.uid, found.name)
        if found.members is not None:
            groups.append(found)
        elif record := _record(found, home):
            yield record
            national = national or next((n for _, n in found.phones if not e164(n, home)), "")
    for group in groups:
        if record := _group(group, names):
            yield record
    if national and not home and sum(c.isdigit() for c in national) > 5:
        text = f"Which number is yours? Those here, such as {national}, do not say their country."
        yield Question("me", text, "", "--me")


def _cards(member: Member) -> Iterator[Card | Unread]:
    if member.tables:
        yield from address_book(member)
    elif member.suffix in (".csv", ".txt") and looks_like_table(member.start):
        yield from table(member)
    else:
        number = 0
        written = (
            parts(member) if member.start.lstrip()[:1] == "[" else read_lines(member, {"VCARD"})
        )
        for found in written:
            if isinstance(found, Component):
                number += 1
                if found.whole:
                    yield card(found)
                else:
                    yield Unread(f"card {number}", "The card is cut off.")


def _record(one: Card, home: str) -> Record | None:
    """None for a card that says nothing."""
    text = "\n".join(dict.fromkeys(_lines(one)))
    if not text.strip():
        return None
    numbers = [number for _, number in one.phones if sum(c.isdigit() for c in number) > 2]
    phones = [e164(number, home) or " ".join(number.split()) for number in numbers]
    emails = [mail.lower() for _, mail in one.emails if _MAIL.fullmatch(mail)]
    return Record(
        "contacts",
        "contacts",
        text,
        one.name,
        next(iter([*emails, *phones, *filter(None, [one.uid])]), ""),
        kind="contact",
        role="system",
        native_id=one.uid or None,
        subject=one.name,
        title="Contacts",
        meta=_meta(one, list(dict.fromkeys(phones)), list(dict.fromkeys(emails))),
    )


def _lines(one: Card) -> Iterator[str]:
    yield one.name
    if one.nicknames:
        yield f"called {', '.join(one.nicknames)}"
    yield from one.work
    for labelled in (one.phones, one.emails, one.handles, one.addresses, one.dates, one.related):
        yield from (_said(each) for each in labelled)
    yield from (_said(each) for each in one.urls)
    yield from one.notes


def _said(each: Labelled) -> str:
    label, value = each
    return f"{label}: {value}" if label else value


def _meta(one: Card, phones: list[str], emails: list[str]) -> str:
    kept = {
        "phones": phones,
        "emails": emails,
        "handles": [_said(each) for each in one.handles],
        "nicknames": one.nicknames,
        "labels": one.labels,
        "birthday": next((day for label, day in one.dates if label == "birthday"), ""),
        "revised": one.revised,
    }
    said = {key: value for key, value in kept.items() if value}
    return json.dumps(said, ensure_ascii=False, sort_keys=True) if said else ""


def _group(group: Card, names: dict[str, str]) -> Record | None:
    if not group.name:
        return None
    members = [names[uid] for uid in group.members or () if names.get(uid)]
    return Record(
        "contacts",
        "contacts",
        f"{group.name}: {', '.join(members)}" if members else group.name,
        kind="contact",
        role="system",
        native_id=group.uid or None,
        subject=group.name,
        title="Contacts",
        meta=json.dumps({"group": True, "members": members}, ensure_ascii=False, sort_keys=True),
    )
