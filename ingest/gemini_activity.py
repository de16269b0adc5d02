"""What an entry of My Activity says about a talk with Gemini, in whatever language.

The words of the owner stand behind those of the log: `Prompted …`, `Eingegebener Prompt: …`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ingest.markup import page_text
from ingest.talks import Moment, Talk, fields, headline, items, moment, words
from secondme.record import Record

_NAMES = ("gemini", "bard")
_LINK = re.compile(
    r"https://(?:gemini|bard)\.google\.com/[^?#\s\"]{0,200}?([A-Za-z0-9_-]{8,64})/?(?=$|[?#])"
)
_PROMPTED = (
    "Prompted",
    "Asked",
    "Said",
    "Submitted query",
    "Branched",
    "Live Prompt",
    "Eingegebener Prompt:",
    "Prompt :",
    "Prompt:",
    "Has dicho:",
    "Hiciste la petición",
    "送信したメッセージ:",
    "Υποβλήθηκε το ερώτημα",
)
_DONE = (
    "Created Gemini Canvas",
    "Gave feedback",
    "Cleared previous feedback",
    "Used an Assistant feature",
    "Used Gemini Apps",
    "Selected preferred draft",
    "Answered survey question",
    "Added chat from link",
)
_SPACES = re.compile("[\u00a0\u202f]")
_ENOUGH = 3
_ALONE = "Gemini Apps"
"""The talk of all entries that do not say to which they belong."""


class Entry(NamedTuple):
    title: str
    """What was done, and behind it what was said."""
    answer: str
    at: Moment
    link: str
    """The address of the talk; empty where the export has none."""
    attachments: tuple[str, ...]
    header: str


def is_gemini(header: str) -> bool:
    """Of `Gemini Apps`, `Εφαρμογές Gemini`, `Bard`: the name is translated nowhere."""
    return any(name in header.lower() for name in _NAMES)


def entry(value: dict[str, Any]) -> Entry:
    """Of the JSON of an activity."""
    html = [words(item.get("html")) for item in items(value.get("safeHtmlItem"))]
    links = [value.get("titleUrl"), *(item.get("url") for item in items(value.get("details")))]
    said = words(value.get("text")).strip()
    return Entry(
        f"{_PROMPTED[0]} {said}" if said else words(value.get("title")),
        "\n\n".join(page_text(part) for part in html if part.strip()).strip(),
        moment(value.get("time")),
        next((link for link in map(words, links) if _LINK.search(link)), ""),
        _attachments(value),
        words(value.get("header")),
    )


def records(entries: Iterable[Entry]) -> Iterator[Record]:
    """The turns of all talks from the oldest on, of entries that are newest first."""
    kept = list(entries)[::-1]
    if kept and (kept[0].at.sent_at or "") > (kept[-1].at.sent_at or ""):
        kept.reverse()
    openings = (*_PROMPTED, *_learned(kept))
    titles: dict[str, str] = {}
    for one in kept:
        asked = _asked(one, openings)
        link = _LINK.search(one.link)
        name = link[1] if link else _ALONE
        title = titles.setdefault(name, headline(asked) if link and asked else "")
        assistant = "Bard" if "bard" in one.header.lower() else "Gemini"
        yield from _turns(one, asked, Talk("gemini", name, title, assistant))


def _turns(one: Entry, asked: str, talk: Talk) -> Iterator[Record]:
    if not asked and not one.attachments:
        if one.title.strip():
            notice = talk.said(_plain(one.title), mine=False, at=one.at)
            yield notice._replace(author="", kind="event", role="system")
        return
    link = {"url": one.link}
    yield talk.said(asked, mine=True, at=one.at, attachments=one.attachments, meta=link)
    if one.answer:
        yield talk.said(one.answer, mine=False, at=one.at, meta=link)


def _asked(one: Entry, openings: tuple[str, ...]) -> str:
    """The owner's words; empty for what was done without any."""
    title = _plain(one.title)
    for opening in openings:
        rest = title.removeprefix(opening)
        if rest != title and (rest[:1].isspace() or opening.endswith(":")):
            return rest.strip()
    done = title.startswith(_DONE) or (len(openings) > len(_PROMPTED))
    # In a language that nobody knows: whatever was answered was a question.
    return "" if done or not (one.answer or one.link) else title


def _learned(entries: list[Entry]) -> tuple[str, ...]:
    """How most entries begin that were answered, where that is no opening known here."""
    titles = [_plain(one.title) for one in entries if one.answer]
    strange = [title for title in titles if not title.startswith((*_PROMPTED, *_DONE))]
    groups = Counter(_first_word(title) for title in strange)
    word, count = next(iter(groups.most_common(1)), ("", 0))
    if count < max(_ENOUGH, len(titles) * 0.5):
        return ()
    alike = [title for title in strange if _first_word(title) == word]
    first, last = min(alike), max(alike)
    pairs = enumerate(zip(first, last, strict=False))
    shared = first[: next((n for n, (a, b) in pairs if a != b), len(first))]
    cut = max(shared.rfind(" "), shared.rfind(":"), shared.rfind("："))
    return (shared[: cut + 1].strip(),) if cut > 0 else ()


def _first_word(title: str) -> str:
    return re.split(r"[\s:：]", title, maxsplit=1)[0]


def _plain(title: str) -> str:
    return _SPACES.sub(" ", title).strip()


def _attachments(value: dict[str, Any]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for line in items(value.get("subtitles")):
        name, url = words(line.get("name")).strip(), words(line.get("url"))
        if name.startswith("-") and url and "://" not in url:
            names[name.lstrip("- ")] = None
    if not names:
        listed = value.get("attachedFiles")
        for file in (*(listed if isinstance(listed, list) else ()), value.get("imageFile")):
            names[words(file) or words(fields(file).get("name"))] = None
    return tuple(name for name in names if name)


__all__ = ["Entry", "entry", "is_gemini", "records"]
