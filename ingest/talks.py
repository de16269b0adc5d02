"""A talk with an AI assistant, whoever made the assistant: its turns as records.

The owner asks and the assistant answers. What the assistant said is kept and marked: it is never
the owner's, and nothing in it is a fact about anybody.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from ingest import Item, Member, Options
from ingest.decode import fold_newlines
from ingest.owner import OWNER
from ingest.times import from_epoch, parse_iso, utc
from secondme.record import Question, Record

ALTERNATE = "alternate"
"""The `branch` of what the app does not show: an answer made again, a question asked anew."""
_HEADLINE = 60


class Moment(NamedTuple):
    """A time as an export has it."""

    sent_at: str | None = None
    written: str = ""
    zone: str = "none"


UNKNOWN = Moment()


class Talk(NamedTuple):
    """One conversation, and how its other side is called."""

    source: str
    conversation: str
    title: str
    assistant: str

    def said(
        self,
        text: str,
        *,
        mine: bool,
        at: Moment = UNKNOWN,
        id_: str | None = None,
        reply_to: str | None = None,
        attachments: tuple[str, ...] = (),
        meta: dict[str, Any] | None = None,
    ) -> Record:
        """A turn: the owner's if `mine`, else the assistant's."""
        return Record(
            self.source,
            self.conversation,
            fold_newlines(text),
            author=OWNER if mine else self.assistant,
            sent_at=at.sent_at,
            sent_local=at.written,
            zone=at.zone,
            mine=mine,
            role="person" if mine else "assistant",
            native_id=id_,
            reply_to=reply_to,
            title=self.title,
            attachments=attachments,
            meta=as_meta(meta or {}),
        )


def as_meta(found: dict[str, Any]) -> str:
    """What `found` holds that says something, as one JSON object; empty for nothing."""
    kept = {key: value for key, value in found.items() if value not in (None, "", [], {})}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else ""


def moment(value: Any, *, per_second: int = 1) -> Moment:
    """A number since 1970, or a text: a number again, or ISO 8601 with its offset."""
    if value is None or isinstance(value, bool | dict | list):
        return UNKNOWN
    written = str(value)
    try:
        seconds = float(value) / per_second
        if math.isfinite(seconds):
            return Moment(from_epoch(seconds), written, "unix")
    except (ValueError, OverflowError):
        pass
    sent_at = parse_iso(written)
    return Moment(sent_at, written, "explicit" if sent_at else "none")


def local_moment(written: str, local: datetime | None, options: Options) -> Moment:
    """The wall time `local`, written as `written`, in the zone that the owner names or lives in."""
    if local is None:
        return Moment(None, written)
    try:
        sent_at = utc(local, options.zone or options.local_zone)
    except ValueError:
        return Moment(None, written)
    return Moment(sent_at, written, "asked" if options.zone else "guessed")


def zone_question(app: str, options: Options) -> Question:
    return Question("tz", f"In which time zone are the times of {app}?", options.local_zone, "--tz")


def titled(records: Iterable[Item], title: str = "") -> Iterator[Item]:
    """The records of one talk under `title`, else under the first thing that the owner said in it:
    what an app without titles shows in its list.
    """
    held = list(records)
    said = (item.text for item in held if isinstance(item, Record) and item.mine)
    title = title.strip() or headline(next(said, ""))
    for item in held:
        yield item._replace(title=title) if isinstance(item, Record) else item


def headline(text: str) -> str:
    """The beginning of the first line, cut between words."""
    line = text.strip().partition("\n")[0].strip()
    if len(line) <= _HEADLINE:
        return line
    cut = line[:_HEADLINE]
    return (cut.rpartition(" ")[0] or cut) + "…"


def standing_at(member: Member, *keys: str) -> int | None:
    """How deep the conversations with `keys` stand, by the first 64 KB: 0 where they are a list or
    the document itself, 1 in a list under a key; None where there are none.

    Five apps write a `conversations.json`, and only the keys inside tell them apart.
    """
    return next((depth for depth in (0, 1) if member.shape.has(depth, *keys)), None)


def words(value: Any) -> str:
    """`value` if it is text, else nothing."""
    return value if isinstance(value, str) else ""


def items(value: Any) -> list[dict[str, Any]]:
    """The objects in `value` if it is a list, else none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def fields(value: Any) -> dict[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


__all__ = [
    "ALTERNATE",
    "UNKNOWN",
    "Moment",
    "Talk",
    "as_meta",
    "fields",
    "headline",
    "items",
    "local_moment",
    "moment",
    "standing_at",
    "titled",
    "words",
    "zone_question",
]
