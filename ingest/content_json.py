"""Content lines written as JSON: jCard (RFC 7095) and jCal (RFC 7265).

["vcalendar", [["version", {}, "text", "2.0"]], [["vevent", [["summary", {}, "text", "Tea"]]]]]
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ingest.contentlines import Component, Line
from ingest.export import Member
from secondme.errors import UnreadableExport

_LARGEST = 16 * 1024 * 1024
_SPECIAL = re.compile(r"([\\;,])")


def parts(member: Member) -> Iterator[Line | Component]:
    """The outermost components with all that is in them; of calendars, what is in them.

    Raises `UnreadableExport` for what is no JSON.
    """
    with member.open() as stream:
        data = stream.read(_LARGEST)
    try:
        value = json.loads(data)
        for one in value if isinstance(value, list) and isinstance(value[0], list) else [value]:
            made = _component(one)
            if made is not None and made.name == "VCALENDAR":
                yield from made.lines
                yield from made.parts
            elif made is not None:
                yield made
    except (ValueError, RecursionError, IndexError) as error:
        raise UnreadableExport(
            f"{member.name} is not whole.", "Export it again, as vCard or iCalendar."
        ) from error


def _component(value: object) -> Component | None:
    if not (isinstance(value, list) and len(value) > 1 and isinstance(value[0], str)):
        return None
    lines, inside = value[1], value[2] if len(value) > 2 else []
    made = Component(value[0].upper())
    for line in lines if isinstance(lines, list) else []:
        made.lines += _lines(line)
    found = (_component(part) for part in (inside if isinstance(inside, list) else []))
    made.parts += [part for part in found if part is not None]
    return made


def _lines(line: object) -> Iterator[Line]:
    """One for each value; a line of categories has several."""
    if isinstance(line, list) and len(line) > 3 and isinstance(line[0], str):
        params = line[1] if isinstance(line[1], dict) else {}
        said = {str(name).upper(): _texts(value) for name, value in params.items()}
        group = next(iter(said.pop("GROUP", [])), "")
        written = line[2] in ("date", "date-time", "recur", "uri", "period", "cal-address")
        for value in line[3:]:
            yield Line(line[0].upper(), group, said, _plain(value) if written else _escaped(value))


def _texts(value: object) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def _plain(value: object) -> str:
    """A time, or a rule: `{"freq": "WEEKLY", "byday": ["MO"]}` as lines have it."""
    if isinstance(value, dict):
        return ";".join(f"{name}={','.join(_texts(said))}" for name, said in value.items())
    return "/".join(_texts(value))


def _escaped(value: object) -> str:
    """With the backslashes that a line would have."""
    if isinstance(value, list):
        return ";".join(",".join(_escaped(one) for one in _texts(part)) for part in value)
    return _SPECIAL.sub(r"\\\1", str(value)).replace("\n", "\\n")


__all__ = ["parts"]
