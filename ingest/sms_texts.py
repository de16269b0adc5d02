"""Text messages and calls of a phone, whatever wrote them down, as records."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ingest.decode import fold_newlines
from ingest.owner import OWNER
from ingest.record_meta import meta_of
from ingest.times import from_epoch
from secondme.phones import e164, region
from secondme.record import Record

RECEIVED: Final = 1
DRAFT: Final = 3
OWN_NUMBER: Final = "insert-address-token"
"""What Android writes for the number of the phone itself."""
_FORMATTING: Final = re.compile(r"[\s().\-/\u00a0\u202f\u200e\u200f\u202a-\u202e]+")
_SHORTEST: Final = 7
"""Digits. What is shorter is dialled as it is, by services mostly."""
_WITHHELD: Final = frozenset({"-1", "-2", "-3"})
"""What Android writes for a number that was not shown, or a telephone box's."""
_CALLS: Final = {
    1: "incoming call",
    2: "outgoing call",
    3: "missed call",
    4: "voicemail",
    5: "declined call",
    6: "blocked call",
    7: "call answered on another device",
}


class Text(NamedTuple):
    """A message: `others` are all who are in the talk but the owner, by their numbers."""

    others: tuple[str, ...]
    sender: str
    """A number; of the owner's own messages empty."""
    words: str
    written: str
    """Its time in milliseconds since 1970."""
    box: int
    subject: str = ""
    attachments: tuple[str, ...] = ()


@dataclass
class Phone:
    """What a backup tells by the way about the numbers in it."""

    country: str = ""
    """Where numbers without a country are dialled."""
    own: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    """Whom the owner's contacts call so, by the one spelling of their number."""

    def plain(self, number: str) -> str:
        """`(202) 555-0101` and `+12025550101` as one; names of services as they are."""
        if number in _WITHHELD:
            return ""
        bare = _FORMATTING.sub("", number)
        if not bare.lstrip("+").isdigit():
            return number.strip()
        short = len(bare) < _SHORTEST and not bare.startswith("+")
        return bare if short else e164(bare, self.country) or bare

    def learn(self, numbers: list[str], name: str) -> None:
        """Of several numbers the names stand in the same order, with commas between."""
        known = [name] if len(numbers) == 1 else name.split(", ")
        if len(known) == len(numbers):
            for number, given in zip(numbers, map(name_given, known), strict=True):
                if given and number:
                    self.names[self.plain(number)] = given


def country_of(numbers: Iterable[str]) -> str:
    """In which most of the international numbers are; of several as frequent the first."""
    found = Counter(filter(None, (region([number]) for number in numbers)))
    return found.most_common(1)[0][0] if found else ""


def text_record(text: Text, phone: Phone) -> Record:
    names = phone.names
    numbers = {phone.plain(number) for number in text.others if number}
    others = tuple(sorted(numbers - phone.own or numbers))
    mine = text.box != RECEIVED
    author = phone.plain(text.sender)
    words, sent_at = fold_newlines(text.words), _moment(text.written)
    return Record(
        "sms",
        ", ".join(others) or "no number",
        words,
        OWNER if mine else names.get(author) or author,
        "" if mine else author,
        sent_at,
        text.written,
        zone="unix" if sent_at else "none",
        mine=mine,
        native_id=f"{text.written} {text.box} {_digest(words)}" if sent_at else None,
        subject=text.subject,
        title=", ".join(names.get(number) or number for number in others),
        attachments=text.attachments,
        meta=meta_of({"draft": text.box == DRAFT}),
    )


def call_record(
    phone: Phone, number: str, name: str, kind: int, seconds: int, written: str
) -> Record:
    who, words = phone.plain(number), _CALLS.get(kind, "call")
    sent_at = _moment(written)
    outgoing = kind == 2
    return Record(
        "sms",
        who or "no number",
        f"{words}, {_spoken(seconds)}" if seconds else words,
        OWNER if outgoing else name or who,
        "" if outgoing else who,
        sent_at,
        written,
        zone="unix" if sent_at else "none",
        kind="event",
        mine=outgoing,
        role="system",
        native_id=f"{written} call {kind}",
        title=name or who,
        meta=meta_of({"call": words, "seconds": seconds}),
    )


def name_given(name: str) -> str:
    """Backups write `(Unknown)` and `null` for nobody."""
    return "" if name in ("null", "(Unknown)", "Unknown") else name.strip()


def value_given(value: Any) -> str:
    return "" if value is None or value == "null" else str(value)


def milliseconds(written: str) -> str:
    """Some write the times of multimedia messages in seconds, as Android keeps them."""
    return f"{written}000" if written.isdecimal() and len(written) < 12 else written


def _digest(words: str) -> str:
    """Tells what two people wrote in one moment apart, whatever a contact is called today."""
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _spoken(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _moment(written: str) -> str | None:
    try:
        number = int(written)
        return from_epoch(number / 1000) if number > 0 else None
    except (ValueError, OverflowError):
        return None


__all__ = [
    "OWN_NUMBER", "RECEIVED", "Phone", "Text", "call_record", "country_of", "milliseconds",
    "name_given", "text_record", "value_given",
]  # fmt: skip
