"""Notes and journals: a record for every heading, and for what stands above the first."""

from __future__ import annotations

import re
from collections import Counter

from tests.promises import REFUSED, Sample


def notes(sample: Sample) -> Counter[str] | None:
    """`2 notes; 1 resources`, `1 note (trashed)`, `2 entries (1 without text)`, `JSON list len 12`;
    nothing where the MANIFEST only names the file."""
    if sample.expected.startswith("invalid JSON"):
        return REFUSED
    found = re.match(r"(?:JSON list len )?(\d+)(?: notes?| entries|$)", sample.expected)
    return Counter(section=int(found[1])) if found else None


def uncounted(sample: Sample) -> None:
    """Zips and files of a vault, which it counts in other terms or not at all."""
    return


FORMATS = {
    "keep": notes,
    "enex": notes,
    "dayone_json": notes,
    "notion": uncounted,
    "roam": notes,
    "textbundle": uncounted,
    "bear": uncounted,
    "apple_journal": uncounted,
    "obsidian_md": uncounted,
    "logseq_md": uncounted,
}
_YARLE = "enex/obsidianmd__obsidian-importer/tests/evernote/yarle/"
OTHERWISE = {
    "roam/obsidianmd__obsidian-importer/tests/roam/shapes.json": (
        Counter(section=15),
        "twelve pages, one of which has four headings and a record for each",
    ),
    _YARLE + "test-headings.enex": (
        Counter(section=3),
        "one note with three headings, and a record for each",
    ),
    "enex/akosbalasko__yarle/test/data/huge-html.enex": (
        Counter(section=20),
        "one note as long as a book, cut into pieces that can be read",
    ),
}
