"""Apple's address books as databases: the names behind the numbers in Messages.

~/Library/Application Support/AddressBook/Sources/*/AddressBook-v22.abcddb    a Mac
HomeDomain Library/AddressBook/AddressBook.sqlitedb                           a phone's backup
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Final

from ingest.cards import Card
from ingest.export import Member
from ingest.sqlite import chosen, columns, opened, text_of, whole_rows
from secondme.record import Unread

_MAC: Final = frozenset({"ZABCDRECORD", "ZABCDPHONENUMBER", "ZABCDEMAILADDRESS"})
_PHONE: Final = frozenset({"ABPerson", "ABMultiValue"})
_LABEL: Final = re.compile(r"_\$!<(.*)>!\$_")
_NUMBER, _MAIL = 3, 4


def is_address_book(member: Member) -> bool:
    return member.tables >= _MAC or member.tables >= _PHONE


def address_book(member: Member) -> Iterator[Card | Unread]:
    """Every person with a name, a number or an address. Raises `UnreadableExport`."""
    damage: set[str] = set()
    with opened(member) as database:
        cards = _of_mac(database, damage) if member.tables >= _MAC else _of_phone(database, damage)
        yield from (one for one in cards if one.name or one.phones or one.emails)
    if damage:
        yield Unread(member.name, f"Damaged in part: {', '.join(sorted(damage))}.")


def _of_mac(database: sqlite3.Connection, damage: set[str]) -> list[Card]:
    wanted = chosen(
        columns(database, "ZABCDRECORD"), "ZFIRSTNAME", "ZMIDDLENAME", "ZLASTNAME", "ZORGANIZATION",
        "ZDEPARTMENT", "ZJOBTITLE", "ZNICKNAME", "ZUNIQUEID",
    )  # fmt: skip
    cards = {
        row[0]: _card(*map(text_of, row[1:]))
        for row in whole_rows(database, "ZABCDRECORD", wanted, damage)
    }
    for table, column in (("ZABCDPHONENUMBER", "ZFULLNUMBER"), ("ZABCDEMAILADDRESS", "ZADDRESS")):
        wanted = chosen(columns(database, table), "ZOWNER", column, "ZLABEL")
        for _, owner, value, label in whole_rows(database, table, wanted, damage):
            if owner in cards and text_of(value):
                listed = cards[owner].phones if column == "ZFULLNUMBER" else cards[owner].emails
                listed.append((_label(text_of(label)), text_of(value)))
    return list(cards.values())


def _of_phone(database: sqlite3.Connection, damage: set[str]) -> list[Card]:
    wanted = chosen(
        columns(database, "ABPerson"), "First", "Middle", "Last", "Organization", "Department",
        "JobTitle", "Nickname", "guid",
    )  # fmt: skip
    cards = {
        row[0]: _card(*map(text_of, row[1:]))
        for row in whole_rows(database, "ABPerson", wanted, damage)
    }
    labels: dict[int, str] = {}
    if columns(database, "ABMultiValueLabel"):
        found = whole_rows(database, "ABMultiValueLabel", "value", damage)
        labels = {number: text_of(label) for number, label in found}
    wanted = chosen(columns(database, "ABMultiValue"), "record_id", "property", "label", "value")
    for _, owner, kind, label, value in whole_rows(database, "ABMultiValue", wanted, damage):
        if owner in cards and kind in (_NUMBER, _MAIL) and text_of(value):
            listed = cards[owner].phones if kind == _NUMBER else cards[owner].emails
            listed.append((_label(labels.get(label, "")), text_of(value)))
    return list(cards.values())


def _card(
    first: str, middle: str, last: str, firm: str, part: str, job: str, nickname: str, uid: str
) -> Card:
    name = " ".join(filter(None, (first, middle, last))) or firm
    work = ", ".join(filter(None, (job, part, firm if firm != name else "")))
    return Card(
        name=name, uid=uid, nicknames=[nickname] if nickname else [], work=[work] if work else []
    )


def _label(label: str) -> str:
    """`_$!<Mobile>!$_` is Apple's own word, anything else the owner's."""
    named = _LABEL.fullmatch(label)
    return named[1].lower() if named else label


__all__ = ["address_book", "is_address_book"]
