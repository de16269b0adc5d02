"""How often something happens, in words: `every 2 weeks on Monday and Friday until 2024-12-31`."""

from __future__ import annotations

import re

from ingest.calendar_zones import moment, rule_of

_UNITS = {
    "SECONDLY": "second", "MINUTELY": "minute", "HOURLY": "hour", "DAILY": "day",
    "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year",
}  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_BY_CODE = {name[:2].upper(): name for name in WEEKDAYS}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}
_DAY = re.compile(r"([+-]?\d{1,2})?([A-Z]{2})")
_MOST = 12


def in_words(written: str) -> str:
    """Empty for a rule that is none. What cannot be said of it is left out: the rule itself is kept
    beside the words."""
    rule = rule_of(written)
    unit = _UNITS.get(rule.get("FREQ", ""))
    if unit is None:
        return ""
    every = rule.get("INTERVAL", "1")
    often = f"every {unit}" if every == "1" or not every.isdigit() else f"every {every} {unit}s"
    if rule.get("RSCALE", "GREGORIAN") != "GREGORIAN":
        return f"{often} of the {rule['RSCALE'].lower()} calendar"
    pieces = [often, _on(rule), _in(rule), _until(rule)]
    return " ".join(piece for piece in pieces if piece)


def _on(rule: dict[str, str]) -> str:
    days = [_day(one, rule.get("BYSETPOS", "")) for one in _listed(rule, "BYDAY")]
    if all(days) and days:
        return f"on {_and(days)}"
    dates = [one for one in _listed(rule, "BYMONTHDAY") if one.lstrip("+-").isdigit()]
    if dates:
        return f"on {_and(['the last day' if d == '-1' else f'day {d}' for d in dates])}"
    return ""


def _day(code: str, position: str) -> str:
    match = _DAY.fullmatch(code)
    name = _BY_CODE.get(match[2], "") if match else ""
    number = (match[1] if match else None) or (position if position.lstrip("-").isdigit() else "")
    if not name or not number:
        return name
    said = _NTH.get(int(number))
    return f"the {said} {name}" if said else f"{name} number {int(number)}"


def _in(rule: dict[str, str]) -> str:
    numbers = [int(one) for one in _listed(rule, "BYMONTH") if one.isdigit()]
    months = [_MONTHS[number - 1] for number in numbers if 0 < number < 13]
    return f"in {_and(months)}" if months else ""


def _until(rule: dict[str, str]) -> str:
    if (last := moment(rule.get("UNTIL", ""))) is not None:
        return f"until {last.date().isoformat()}"
    count = rule.get("COUNT", "")
    return f"{int(count[:6])} times" if count.isdigit() else ""


def _listed(rule: dict[str, str], name: str) -> list[str]:
    return [one for one in rule.get(name, "").split(",") if one][:_MOST]


def _and(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


__all__ = ["WEEKDAYS", "in_words"]
