"""Documents, bookmarks, clippings, web archives and other traces."""

from __future__ import annotations

import re
from collections import Counter

from tests.promises import Sample

_KINDLE = "kindle/hadynz__kindle-clippings/src/parsers/"


def bookmarks(sample: Sample) -> Counter[str]:
    links = re.match(r"(\d+) links", sample.expected)
    return +Counter(bookmark=int(links[1]) if links else 0)


def clippings(sample: Sample) -> Counter[str]:
    """One record for each separator; of what kind stands in the file alone."""
    count = re.match(r"(\d+) clippings", sample.expected)
    return Counter(highlight=int(count[1]) if count else 0)


def uncounted(sample: Sample) -> None:
    return None


FORMATS = {
    "bookmarks_html": bookmarks,
    "kindle": clippings,
    "documents": uncounted,
    "warc": uncounted,
    "misc_web": uncounted,
}
_REDRAWN = "a highlight was drawn anew, and only the longer one is kept"
OTHERWISE = {
    _KINDLE + "blockParser.spec/scenarios/simple.txt": (
        Counter(highlight=2, bookmark=1),
        "one of the clippings is a bookmark without words",
    ),
    _KINDLE + "blockParser.spec/scenarios/trailing-separator-start.txt": (
        Counter(highlight=2),
        "the file begins with a separator: there are two clippings",
    ),
    _KINDLE + "bookParser.spec/scenarios/dup-same-page.txt": (
        Counter(highlight=3),
        "two highlights have the same words at the same place",
    ),
    _KINDLE + "bookParser.spec/scenarios/first-scenario.txt": (Counter(highlight=6), _REDRAWN),
}
