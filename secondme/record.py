"""The nouns that every layer speaks: what was said, what was distilled from it, what was found.

All are immutable and know nothing of files, databases or models.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Record(NamedTuple):
    """One thing that was said, written or noted, exactly as an export holds it (layer L0).

    A named tuple and not a dataclass: importers make hundreds of thousands of them, and this is
    four times cheaper.
    """

    source: str
    """The importer's name: `whatsapp`, `mail`, …"""
    conversation: str
    """Stable name of the chat, mailbox thread or note within its source."""
    text: str
    """Verbatim. Line ends are `\\n`; nothing else is changed."""
    author: str = ""
    """The writer's name as the export has it; empty where nobody is named (system notices)."""
    author_id: str = ""
    """The provider's handle for the writer (phone, address, account id); empty when unknown."""
    sent_at: str | None = None
    """UTC as `YYYY-MM-DDTHH:MM:SSZ`; None when the export does not say."""
    sent_local: str = ""
    """The time exactly as written in the export."""
    zone: str = "none"
    """Where the zone came from: explicit | unix | asked | guessed | none."""
    precision: str = "s"
    """s | min | day: how exactly the time is known."""
    kind: str = "message"
    """message | event (a system notice) | mail | section (of a note or document) | post | comment |
    contact | appointment | task | bookmark | visit | highlight | photo."""
    mine: bool = False
    """Written by the owner of the vault."""
    role: str = "person"
    """person | assistant | system | forwarded: facts are read only from a person's own words, never
    from an assistant's, a notice's, or somebody else's that the author passed on."""
    native_id: str | None = None
    """The provider's own id, unique within (source, conversation); None where exports have none."""
    reply_to: str | None = None
    """`native_id` of the record this one answers."""
    subject: str = ""
    """The heading over this record: a mail's subject, a note's section title."""
    title: str = ""
    """How the conversation is shown to people; empty means `conversation` itself."""
    attachments: tuple[str, ...] = ()
    """File names as written in the export."""
    meta: str = ""
    """Anything else worth keeping, as one JSON object; empty for nothing."""


def repeated(record: Record) -> list[tuple[int, int]]:
    """The places of the text that a mail repeats from others, ascending."""
    if '"quoted"' not in record.meta:
        return []
    try:
        kept = json.loads(record.meta)
    except ValueError:
        return []
    spans = kept.get("quoted") if isinstance(kept, dict) else None
    spans = spans if isinstance(spans, list) else []
    return [(span[0], span[1]) for span in spans if _is_span(span, len(record.text))]


def _is_span(span: Any, length: int) -> bool:
    """What converted exports keep under the same name may be anything."""
    numbers = isinstance(span, list) and [type(n) for n in span] == [int, int]
    return numbers and 0 <= span[0] < span[1] <= length


def own_words(text: str, repeated: Iterable[tuple[int, int]]) -> str:
    """The text with what is somebody else's blanked out, so that every place in it stays."""
    for start, end in repeated:
        blank = f"\n{' ' * (end - start - 2)}\n" if end - start > 1 else " " * (end - start)
        text = text[:start] + blank + text[end:]
    return text


UNTOLD = frozenset({"event", "visit", "bookmark", "contact", "appointment", "task"})
"""Kinds of records in which nobody tells anything: found, but no part of what an episode says."""


class Kept(NamedTuple):
    """A record as another vault held it: with what tells it from equal ones, and its position."""

    record: Record
    id: str
    """Its content key there. Taken only where it is the one that these words have."""
    nth: int
    """Which it is among equal ones, from zero."""
    order_at: str
    place: int


class Corrected(NamedTuple):
    """What the owner put right in another vault, as it was written there."""

    key: str
    target: str
    act: str
    content: str


class Unread(NamedTuple):
    """A piece of an export that could not be understood: reported, never fatal."""

    where: str
    """`line 12`, `message 5`, a member's name."""
    reason: str


class Dialect(NamedTuple):
    """In which of its shapes a format was met, where it has several: shown before anything is
    written, so that a wrong guess is seen."""

    name: str
    """In words: `iPhone, day before month, 24 hours`."""
    proof: tuple[str, ...]
    """The lines of the export that decided it, as they stand there; three at most."""


class Question(NamedTuple):
    """Something only the owner can answer about an export, with the best guess that was used."""

    about: str
    """me | tz | date-order"""
    text: str
    guess: str
    option: str
    """The command-line option that answers it."""


class Evidence(NamedTuple):
    """A verbatim span of one record that carries a derived line."""

    id: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of one conversation that belongs together."""

    id: str
    conversation: str
    title: str
    summary: str
    first: str | None
    last: str | None
    participants: tuple[str, ...]
    keywords: tuple[str, ...]
    records: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement about one person, carried by that person's own words.

    `valid_from` and `valid_to` are times in the world; `superseded_by` is the id of the fact that
    ended it. Nothing is overwritten: both stay, with both quotes.
    """

    id: str
    subject: str
    category: str
    statement: str
    valid_from: str | None
    valid_to: str | None
    status: str
    confidence: float
    evidence: tuple[Evidence, ...]
    mine: bool = False
    superseded_by: str | None = None
    slot: str = ""
    """What holds one value at a time (`home`, `employer`, …); empty for none."""
    edited: bool = False
    """The statement is in the owner's own words; the evidence is still what it was made on."""
    pinned: bool = False
    """The owner says that it holds, whatever is said later."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer of a search, best first in its list.

    `score` is comparable within one search only; `why` holds every component of it by name.
    """

    id: str
    kind: str
    score: float
    text: str
    author: str
    at: str | None
    source: str
    conversation: str
    native_id: str | None
    context: tuple[str, ...] = ()
    why: dict[str, Any] = field(default_factory=dict)
