"""SillyTavern: a chat with a character, from `data/<user>/chats/<character>/*.jsonl`.

    {"user_name": "Ada", "character_name": "Pirate", "create_date": "2024-05-01@09h30m00s"}
    {"name": "Ada", "is_user": true, "send_date": "May 1, 2024 9:30am", "mes": "Ahoy"}

Times are local, and every version writes them in another way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.jsonlines import json_lines
from ingest.talks import Moment, Talk, fields, local_moment, moment, words, zone_question
from ingest.times import parse_local
from secondme.record import Record, Unread

_STAMP = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2}) ?@ ?(\d{1,2})h ?(\d{1,2})m(?: ?(\d{1,2})s)?(?: ?\d{1,3}ms)?"
)
_ENGLISH = re.compile(r"([A-Z][a-z]+) (\d{1,2}), (\d{4}) (\d{1,2}):(\d\d) ?([ap])m", re.IGNORECASE)
_MONTHS = "january february march april may june july august september october november december"


def _looks_like_sillytavern(member: Member) -> bool:
    return member.shape.has(0, "is_user", "mes", "name")


@importer("sillytavern", recognises=_looks_like_sillytavern)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield what was said, in file order; notes and commands of the program are nobody's words."""
    talk = Talk("sillytavern", member.stem, "", "Character")
    asked = False
    for one in json_lines(member):
        if isinstance(one, Unread):
            yield one
            continue
        line = fields(one[1])
        if "mes" not in line:
            character = words(line.get("character_name"))
            if character and character != "unused":
                name = f"{character}/{member.stem}"
                talk = talk._replace(conversation=name, title=character, assistant=character)
            continue
        record = _record(line, talk, options)
        if record and record.zone == "guessed" and not asked:
            asked = True
            yield zone_question("SillyTavern", options)
        if record:
            yield record


def _record(line: dict[str, Any], talk: Talk, options: Options) -> Record | None:
    """None for an empty line and for what the program hides."""
    text = words(line.get("mes"))
    mine = bool(line.get("is_user"))
    if not text.strip() or (line.get("is_system") and not mine):
        return None
    talk = talk._replace(assistant=words(line.get("name")) or talk.assistant)
    written = line.get("send_date")
    record = talk.said(text, mine=mine, at=_at(written, options))
    # Before there were seconds, months were words.
    return record._replace(precision="min") if _ENGLISH.fullmatch(words(written)) else record


def _at(value: Any, options: Options) -> Moment:
    if isinstance(value, int | float) or words(value).isdecimal():
        return moment(value, per_second=1000)
    written = words(value)
    known = moment(written)
    return known if known.sent_at else local_moment(written, _wall(written), options)


def _wall(written: str) -> datetime | None:
    try:
        if found := _STAMP.fullmatch(written):
            return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
        if found := _ENGLISH.fullmatch(written):
            month = _MONTHS.split().index(found[1].lower()) + 1
            hour = int(found[4]) % 12 + (12 if found[6].lower() == "p" else 0)
            return datetime(int(found[3]), month, int(found[2]), hour, int(found[5]))
    except ValueError:
        return None
    return parse_local(written)
