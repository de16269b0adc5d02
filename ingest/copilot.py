"""Microsoft Copilot: the CSV files of account.microsoft.com/privacy → Copilot → Export.

    Conversation,Time,Author,Message
    "Bees",2026-07-26T23:20:56,AI,"They do."
    "Bees",2026-07-26T23:20:56,Human,"Do bees sleep?"

Newest first: an answer stands above its question, in the same second. There are no ids and no
zones. Teams and the office apps write `CreatedAt,MessageContent,Author,ChatName` with UTC times.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from ingest import Item, Member, Options, importer
from ingest.decode import decode, fold_newlines
from ingest.talks import Moment, Talk, local_moment, moment, zone_question
from ingest.times import parse_local
from secondme.record import Record, Unread

_COLUMNS = (
    ("conversation", "time", "author", "message"),
    ("chatname", "createdat", "author", "messagecontent"),
    ("clientapp", "timestamp", "", "prompt"),
)
"""Conversation, time, author and words, as the dialects call them; prompts alone have no author."""
_HEADER = 512
_PEOPLE = frozenset({"human", "user", "me", "person"})
_AMERICAN = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}),? (\d{1,2}):(\d\d)(?::(\d\d))?(?:[ \u202f]?([AP])M)?"
    r"(?: ?([+-]\d\d:?\d\d|Z))?"
)


class _Row(NamedTuple):
    talk: str
    time: str
    author: str
    text: str


def _columns(start: str) -> tuple[str, ...] | None:
    """Which of the dialects the first line is in."""
    first = start.lstrip("\ufeff").partition("\n")[0].replace('"', "").replace(" ", "").lower()
    names = set(re.split(r"[,;\t]", first.strip()))
    return next((c for c in _COLUMNS if names.issuperset(filter(None, c))), None)


def _looks_like_copilot(member: Member) -> bool:
    return _columns(member.start[:_HEADER]) is not None


@importer("copilot", recognises=_looks_like_copilot)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield every turn, oldest first: the rows are turned round and never sorted."""
    yield from parse(fold_newlines(decode(member.read()).text), options)


def parse(text: str, options: Options) -> Iterator[Item]:
    """Pure. `text` has `\\n` line ends."""
    rows: list[_Row] = []
    bad: list[Unread] = []
    for item in _rows(text):
        if isinstance(item, Unread):
            bad.append(item)
        else:
            rows.append(item)
    times = [row.time for row in rows if row.time]
    if not times or _sortable(times[0]) >= _sortable(times[-1]):
        rows.reverse()
    asked = False
    for row in rows:
        record = _record(row, options)
        if record.zone == "guessed" and not asked:
            asked = True
            yield zone_question("Copilot", options)
        yield record
    yield from bad


def _rows(text: str) -> Iterator[_Row | Unread]:
    columns = _columns(text) or _COLUMNS[0]
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    # A field of a damaged file may run on to its end; nothing is longer than the file.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        header = [name.strip().lower().replace(" ", "") for name in next(reader, [])]
        places = [header.index(name) if name in header else -1 for name in columns]
        for values in reader:
            if len(values) <= max(places):
                if any(value.strip() for value in values):
                    yield Unread(f"line {reader.line_num}", "It has too few columns.")
                continue
            row = _Row(*(values[place] if place >= 0 else "" for place in places))
            if row.text.strip():
                yield row
    except csv.Error as error:
        yield Unread(f"line {reader.line_num}", f"The file is damaged here ({error}).")


def _record(row: _Row, options: Options) -> Record:
    title = row.talk.strip()
    talk = Talk("copilot", title or "Copilot", title, "Copilot")
    mine = not row.author or row.author.strip().lower() in _PEOPLE
    return talk.said(row.text.strip(), mine=mine, at=_at(row.time.strip(), options))


def _at(written: str, options: Options) -> Moment:
    local, offset = _wall(written)
    if offset and local:
        return moment(f"{local.isoformat()}{offset}")._replace(written=written)
    known = moment(written) if not written.isdecimal() else Moment(None, written)
    return known if known.sent_at else local_moment(written, local, options)


def _wall(written: str) -> tuple[datetime | None, str]:
    """The wall time and its offset: ISO, or with the month first as this export is written."""
    found = _AMERICAN.fullmatch(written)
    if not found:
        return parse_local(written), ""
    month, day, year, hour, minute = (int(found[n]) for n in range(1, 6))
    if found[7]:
        hour = hour % 12 + (12 if found[7] == "P" else 0)
    try:
        wall = datetime(year, month, day, hour, minute, int(found[6] or 0))
    except ValueError:
        return None, ""
    return wall, "+00:00" if found[8] == "Z" else found[8] or ""


def _sortable(written: str) -> str:
    local, _ = _wall(written)
    return local.isoformat() if local else written
