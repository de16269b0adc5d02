"""A note of any app as records: cut under its headings, with its title, its time and its files.

Apps keep notes as Markdown, HTML, outlines or plain text. Their importers turn each into one `Note`
and leave the rest to this module, so that a note reads the same wherever it was kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote

from ingest import Options
from ingest.decode import fold_newlines
from ingest.notes import LONGEST, Section, blocks, day_in, noon, sections
from ingest.owner import OWNER
from ingest.times import from_epoch, parse_iso, parse_local, utc
from ingest.written_dates import written
from ingest.zoned_dates import offset
from secondme.record import Question, Record

_LONGEST_MARKDOWN = 2 * 1024 * 1024
"""Beyond this no person wrote the headings, and finding them would take minutes."""
_LONGEST_SECTION = 4 * LONGEST
_EMBEDDED = re.compile(r"!\[\[([^\]|#^\n]{1,300})|!\[[^\]\n]{0,300}\]\(<?([^)>\s]{1,500})")
_NOTES = frozenset({"", ".md", ".markdown", ".org", ".canvas", ".base"})
_REMOTE = re.compile(r"[a-z][a-z0-9+.-]{1,20}:", re.IGNORECASE)
_LONGEST_TITLE = 80
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/\d{2,4}\b")


class When(NamedTuple):
    sent_at: str | None = None
    written: str = ""
    zone: str = "none"
    precision: str = "s"


class Note(NamedTuple):
    source: str
    conversation: str
    text: str
    """Markdown, unless it is `plain`."""
    title: str = ""
    """How the note is called among others."""
    above: str = ""
    """The title that its author typed apart from the text: found in searches like a heading."""
    when: When = When()
    meta: Mapping[str, Any] | None = None
    """What else is worth keeping; empty values are left out."""
    attachments: tuple[str, ...] = ()
    """Files of the note that its text does not name."""
    wordless: bool = False
    """It is kept even where nothing was written: a day, a place, a picture."""
    plain: bool = False
    """Its `#` and `---` are no headings."""
    cut: Sequence[Section] | None = None
    """Its sections, where the app knows them; the text is not looked at then."""
    uncut: bool = False
    """Its sections stay whole, however long."""
    author: str = OWNER
    """Empty for what was only clipped or saved: somebody else's words."""


def records(note: Note) -> Iterator[Record]:
    """One for each section in order; of a note that is only a title, the title."""
    found = list(_cut(note))
    if not found and (note.above or note.attachments or note.wordless):
        found = [Section("", note.above)]
        note = note._replace(above="")
    meta = told(note.meta or {})
    files = note.attachments
    for section in found:
        yield Record(
            note.source,
            note.conversation,
            section.text,
            author=note.author,
            sent_at=note.when.sent_at,
            sent_local=note.when.written,
            zone=note.when.zone,
            precision=note.when.precision,
            kind="section",
            mine=note.author == OWNER,
            subject=_subject(note.above, section.heading),
            title=note.title,
            attachments=tuple(dict.fromkeys((*files, *embedded(section.text)))),
            meta=meta,
        )
        files = ()


def told(meta: Mapping[str, Any]) -> str:
    """What is true or filled of `meta`, as one JSON object; empty for nothing."""
    kept = {key: value for key, value in meta.items() if value not in (None, "", False, [], {}, ())}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, default=str) if kept else ""


def texts(value: Any) -> list[str]:
    """The texts in a list that an app wrote, or was made to write."""
    return [item for item in value if isinstance(item, str) and item] if _is_list(value) else []


def first_line(text: str) -> str:
    """What an app without titles shows in its list: the first words, without marks of Markdown."""
    line = next((line for line in text[:4000].split("\n") if line.strip(" #*>-\t")), "")
    line = " ".join(line.lstrip("#>*- \t").split())
    return line if len(line) <= _LONGEST_TITLE else line[: _LONGEST_TITLE - 1].rstrip() + "…"


def embedded(text: str) -> tuple[str, ...]:
    """Names of the pictures and other files that a Markdown text shows."""
    if "![" not in text:
        return ()
    names = (unquote((wiki or path).strip()) for wiki, path in _EMBEDDED.findall(text))
    return tuple(
        name
        for name in dict.fromkeys(names)
        if not _REMOTE.match(name) and PurePosixPath(name).suffix.lower() not in _NOTES
    )


def said(value: Any, options: Options) -> When:
    """When, as somebody or some app wrote it: ISO or in words, a day or a time, with a zone or
    without one."""
    if isinstance(value, str):
        text = value.strip()
        if moment := parse_iso(text):
            return When(moment, value, "explicit")
        value = _local(text) or value
    if isinstance(value, datetime):
        return at(value, value.isoformat(" "), options)
    if isinstance(value, date):
        return When(noon(value), value.isoformat(), "none", "day")
    return When()


def at(moment: datetime, as_written: str, options: Options, precision: str = "s") -> When:
    """A time with its zone, or a local one in the zone that the owner named or this machine has."""
    if moment.tzinfo is not None:
        return When(parse_iso(moment.isoformat()), as_written, "explicit", precision)
    try:
        sent_at = utc(moment, options.zone or options.local_zone)
    except ValueError:
        return When()
    return When(sent_at, as_written, "asked" if options.zone else "guessed", precision)


def explicit(value: Any) -> When:
    """A time that an app wrote with its zone; nothing for anything else."""
    moment = parse_iso(value) if isinstance(value, str) else None
    return When(moment, value, "explicit") if moment else When()


def epoch(value: Any, unit: int = 1000) -> When:
    """A time as a number since 1970, in this part of a second."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return When()
    try:
        return When(from_epoch(value / unit), str(value), "unix")
    except (ValueError, OverflowError):
        return When()


def in_words(text: str, options: Options) -> When:
    """A date as a page shows it, in any language: `Sunday, 17 December 2023`, `1 août 2023, 15:01`.

    Numbers alone are read in the order that the owner named, else day before month.
    """
    found = written(text, order=options.date_order or options.usual_order or "dmy")
    if found is None:
        return When()
    shown = " ".join(text.split())
    if found.precision == "day":
        return When(noon(found.at.date()), shown, "none", "day")
    hours = offset(shown)
    away = None if hours is None else timezone(timedelta(hours=hours))
    return at(found.at.replace(tzinfo=away), shown, options, found.precision)


def zone_question(app: str, options: Options) -> Question:
    return Question(
        "tz", f"In which time zone were these {app} notes written?", options.local_zone, "--tz"
    )


def order_question(app: str, seen: Iterable[When], options: Options) -> Iterator[Question]:
    """Whether the day or the month is first, where a date could be either."""
    for when in seen if options.date_order is None else ():
        found = _SLASHED.match(when.written)
        if found and found[1] != found[2] and int(found[1]) <= 12 and int(found[2]) <= 12:
            guess = options.usual_order or "dmy"
            text = f"Is {found[0]} in these {app} notes day/month or month/day?"
            yield Question("date-order", text, guess, "--date-order")
            return


def degrees(value: Any) -> float | None:
    """A latitude or longitude that was written as text."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if -180 <= found <= 180 else None


def _local(text: str) -> datetime | date | None:
    return (day_in(text) if len(text) <= 10 else None) or parse_local(text)


def _cut(note: Note) -> Iterator[Section]:
    text = fold_newlines(note.text)
    whole = note.plain or len(text) > _LONGEST_MARKDOWN
    found = [Section("", text.strip("\n"))] if whole else sections(text)
    for section in found if note.cut is None else note.cut:
        if len(section.text) <= _LONGEST_SECTION or (note.uncut and not whole):
            if section.text.strip():
                yield section
        else:
            yield from (Section(section.heading, block) for block in blocks(section.text))


def _subject(above: str, heading: str) -> str:
    above = " ".join(above.split())
    if not above or heading == above or heading.startswith(f"{above} › "):
        return heading
    return f"{above} › {heading}" if heading else above


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


__all__ = [
    "Note",
    "When",
    "at",
    "degrees",
    "embedded",
    "epoch",
    "explicit",
    "first_line",
    "in_words",
    "order_question",
    "records",
    "said",
    "texts",
    "told",
    "zone_question",
]
