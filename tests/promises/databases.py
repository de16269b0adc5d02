"""Databases that phones, browsers and notes keep."""

from __future__ import annotations

import re
from collections import Counter

from tests.promises import Sample

_DUMPS = "imessage/caleb531__imessage-conversation-analyzer/"
_NOTES = "apple_notes/evantahler__macos-ts/tests/fixtures/NoteStore.sqlite"


def messages(sample: Sample) -> Counter[str] | None:
    """`message=15; chat=3`; of tables that a tool dumped as JSON nothing is promised."""
    if sample.local.startswith(_DUMPS):
        return None
    return Counter(message=_rows(sample, "message"))


def visits(sample: Sample) -> Counter[str]:
    return Counter(visit=_rows(sample, r"\w+visits"))


def _rows(sample: Sample, table: str) -> int:
    found = re.search(rf"\b{table}=(\d+)", sample.expected)
    return int(found[1]) if found else 0


FORMATS = {"imessage": messages, "browser_history": visits, "apple_notes": lambda _: None}
OTHERWISE = {
    _NOTES: (
        Counter(section=34),
        "the table of objects holds folders and attachments too; 13 notes are cut at their headings"
        " and where they grow long, and the locked one is said to be locked",
    ),
}
