"""What `secondme export` wrote: a folder with `secondme-export.json` in it, or a zip of one.

    records.jsonl           {"id": "r…", "nth": 1, "order_at": "…", "place": 0, "source": …}  a line
    edits.jsonl             {"key": "x…", "target": "r…", "act": "replace", "content": "{…}"} a line

A record's line has the fields of `Record` that are not empty. Its id is not trusted: it must be the
one that its words have, so that no other id brings back what was forgotten. The pages in Markdown
beside them are for people and are never read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.companions import MARK
from secondme.errors import UnreadableExport
from secondme.record import Corrected, Kept, Record, Unread

FORMAT = 1
RECORDS = "records.jsonl"
EDITS = "edits.jsonl"

_TIME = re.compile(r"\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_SOURCE = re.compile(r"[a-z][a-z0-9-]{0,63}")
_ID = re.compile(r"r[0-9a-f]{20}")
_ONE_OF = {
    "zone": {"explicit", "unix", "asked", "guessed", "none"},
    "precision": {"s", "min", "day"},
    "role": {"person", "assistant", "system", "forwarded"},
}
_MOST = 10**7
"""Equal lines in one second, or records in one place: no life has as many."""


def _is_ours(member: Member) -> bool:
    return PurePosixPath(member.name).name == RECORDS and _beside(member, MARK) is not None


def _beside(member: Member, name: str) -> Member | None:
    wanted = str(PurePosixPath(member.name).with_name(name))
    return next((m for m in member.export.everything if m.name == wanted), None)


@importer("secondme-export", recognises=_is_ours)
def read(member: Member, options: Options) -> Iterator[Item]:
    """The records in the order of the vault they came from, then what its owner put right."""
    mark, edits = _beside(member, MARK), _beside(member, EDITS)
    if mark is not None:
        _refuse_unfinished(mark)
    with member.open() as stream:
        yield from parse(stream)
    if edits is not None:
        with edits.open() as stream:
            yield from parse_edits(stream)


def _refuse_unfinished(mark: Member) -> None:
    try:
        told = json.loads(mark.head)
        version, complete = int(told["secondme-export"]), bool(told["complete"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableExport(f"{mark.name} is not what was written.", "Export again.") from error
    if version > FORMAT:
        raise UnreadableExport("This export is of a newer secondme.", "Update secondme.")
    if not complete:
        raise UnreadableExport("This export was broken off.", "Export again.")


def parse(lines: Iterable[bytes]) -> Iterator[Kept | Unread]:
    """Pure. One line at a time; a line that does not hold a record is an `Unread`."""
    for number, line in enumerate(lines, 1):
        try:
            yield _kept(json.loads(line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            yield Unread(f"record {number}", _reason(error))


def parse_edits(lines: Iterable[bytes]) -> Iterator[Corrected | Unread]:
    """Pure. Whether a correction is one of ours is for the vault to say."""
    for number, line in enumerate(lines, 1):
        try:
            found = json.loads(line)
            yield Corrected(*(_text(found, name) for name in Corrected._fields))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            yield Unread(f"edit {number}", _reason(error))


def _reason(error: Exception) -> str:
    return str(error) if type(error) is ValueError else "is not what was written"


def _kept(found: dict[str, Any]) -> Kept:
    """Raises ValueError, KeyError or TypeError for what we would not have written."""
    for name, allowed in _ONE_OF.items():
        if name in found and found[name] not in allowed:
            raise ValueError(f"its {name} is none that there is")
    id_, source = _text(found, "id"), _text(found, "source")
    if not _ID.fullmatch(id_) or not _SOURCE.fullmatch(source):
        raise ValueError("its id or its source is none that there is")
    attachments = found.get("attachments", [])
    if not isinstance(attachments, list) or not all(isinstance(a, str) for a in attachments):
        raise ValueError("its attachments are no list of names")
    meta = str(found.get("meta", ""))
    if meta and not isinstance(json.loads(meta), dict):
        raise ValueError("its meta is no object")
    record = Record(
        source, _text(found, "conversation"), _text(found, "text"),
        **{name: _text(found, name) for name in _TEXTS if name in found},
        sent_at=_time(found.get("sent_at")), mine=found.get("mine", False) is True,
        attachments=tuple(attachments), meta=meta,
    )  # fmt: skip
    order_at = found["order_at"] and _time(found["order_at"])
    return Kept(record, id_, _number(found.get("nth", 0)), order_at or "", _number(found["place"]))


_TEXTS = (
    "author", "author_id", "sent_local", "zone", "precision", "kind", "role", "native_id",
    "reply_to", "subject", "title",
)  # fmt: skip


def _text(found: dict[str, Any], name: str) -> str:
    value = found[name]
    if not isinstance(value, str):
        raise ValueError(f"its {name} is not a text")
    return value


def _time(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and _TIME.fullmatch(value)):
        raise ValueError("its time is none that there is")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise ValueError("its place is none that there is")
    return value


__all__ = ["EDITS", "FORMAT", "MARK", "RECORDS", "parse", "parse_edits", "read"]
