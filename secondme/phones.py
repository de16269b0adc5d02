"""Phone numbers in the one spelling that is the same everywhere: E.164, `+491711234567`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_INTERNATIONAL = re.compile(r"\s*(?:tel:)?[(\[]?\s*(?:\+|00)\s*\(?\d", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_LONGEST = 60


@lru_cache(maxsize=16384)
def e164(written: str, region: str = "") -> str | None:
    """None where it is no number, or one that only says its country to people of that country.

    `region` is the country (`DE`) whose people wrote it, where that is known.
    """
    if len(written) > _LONGEST or len(_DIGIT.findall(written)) < 5:
        return None
    if not region and not _INTERNATIONAL.match(written):
        return None
    import phonenumbers  # its tables take a tenth of a second

    try:
        number = phonenumbers.parse(_plus(written), region or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    number.extension = None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _plus(written: str) -> str:
    """Europe dials 00 where a phone of today shows a plus."""
    bare = re.sub(r"(?i)^\s*tel:", "", written).strip()
    return f"+{bare[2:]}" if bare.startswith("00") and not bare.startswith("000") else bare


def region(owner: Iterable[str]) -> str:
    """The one country in which the owner's numbers are; empty when they show none, or several."""
    found = {_region(name) for name in owner} - {""}
    return found.pop() if len(found) == 1 else ""


def _region(written: str) -> str:
    number = e164(written)
    if number is None:
        return ""
    import phonenumbers

    return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""


__all__ = ["e164", "region"]
