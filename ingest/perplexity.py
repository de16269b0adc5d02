"""Perplexity: the JSON of an account's data export, or of a single thread.

    {"conversations": [{"context_title": "Cats", "created_at": "…", "entries": [
        {"query": "Do cats purr?", "answer": "Yes. [1]", "created_at": "…"}, …]}, …]}

Settings → Account → Export my data gives the first; browser extensions write one file a thread, as
`entries` with `query_str` and `blocks`, or as `conversations` with `query` and `answer`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.jsonstream import conversations
from ingest.talks import Moment, Talk, fields, items, moment, titled, words
from ingest.times import parse_local, utc
from secondme.record import Record, Unread

_CITED = re.compile(r" ?(?:\[\d{1,3}\])+")
_TIMES = ("created_at", "entry_created_datetime", "timestamp", "updated_datetime")
_IDS = ("uuid", "entry_uuid", "backend_uuid", "id")
_THREAD_IDS = ("context_uuid", "thread_id", "thread_url_slug", "uuid", "id")
_TITLES = ("context_title", "thread_title", "title")


def _looks_like_perplexity(member: Member) -> bool:
    shape = member.shape
    if shape.has(0, "entries") and shape.has(1, "query_str"):
        return True
    if shape.has(0, "metadata", "conversations") and shape.has(1, "query", "answer"):
        return True
    return any(shape.has(d, "context_title", "entries") for d in (0, 1))


@importer("perplexity", recognises=_looks_like_perplexity)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield each thread's questions and answers in their order."""
    single = not member.shape.has(1, "context_title")
    for one in _threads(member) if single else conversations(member, "Perplexity"):
        if isinstance(one, Unread):
            yield one
            continue
        number, value = one
        value = fields(value)
        entries = value.get("entries", value.get("conversations"))
        if isinstance(entries, list):
            yield from _thread(value, items(entries), member, number)
        else:
            yield Unread(f"conversation {number}", "It holds no messages.")


def _threads(member: Member) -> Iterator[tuple[int, Any] | Unread]:
    """Of a file that is one thread, whatever list it holds under `conversations`."""
    whole: list[dict[str, Any]] = []
    turns: list[Any] = []
    for one in conversations(member, "Perplexity"):
        if isinstance(one, Unread):
            yield one
        elif "entries" in fields(one[1]) or "conversations" in fields(one[1]):
            whole.append(fields(one[1]))
        else:
            turns.append(one[1])
    yield from enumerate(whole or [{"conversations": turns}], 1)


def _thread(
    value: dict[str, Any], entries: list[dict[str, Any]], member: Member, number: int
) -> Iterator[Item]:
    about = [value, fields(value.get("metadata")), fields(value.get("thread_metadata"))]
    about += entries[:1]
    title = _first(about, _TITLES)
    name = _first(about[:3], _THREAD_IDS) or _first(entries[:1], _THREAD_IDS[:3])
    talk = Talk("perplexity", name or f"{member.stem} {number}", title, "Perplexity")
    times = [time for entry in entries if (time := _first([entry], _TIMES))]
    if times and times[0] > times[-1]:
        entries = entries[::-1]
    yield from titled((r for entry in entries for r in _turns(entry, talk)), title)


def _turns(entry: dict[str, Any], talk: Talk) -> Iterator[Record]:
    asked = _first([entry], ("query", "query_str"))
    answer = _CITED.sub("", words(entry.get("answer")) or _blocks(entry)).strip()
    at = _at(_first([entry], _TIMES))
    id_ = _first([entry], _IDS)
    if asked:
        yield talk.said(asked, mine=True, at=at, id_=id_ or None)
    if answer:
        urls = [words(source.get("url")) for source in items(entry.get("sources"))]
        yield talk.said(
            answer,
            mine=False,
            at=at,
            id_=f"{id_} answer" if id_ else None,
            reply_to=id_ or None,
            meta={"sources": [url for url in urls if url]},
        )


def _at(written: str) -> Moment:
    """Without an offset it is UTC: so the service answers its own pages."""
    at = moment(written)
    if at.sent_at is None and (local := parse_local(written)):
        return at._replace(sent_at=utc(local, "UTC"), zone="explicit")
    return at


def _blocks(entry: dict[str, Any]) -> str:
    for block in items(entry.get("blocks")):
        written = fields(block.get("markdown_block"))
        chunks = written.get("chunks")
        text = words(written.get("answer"))
        if not text and isinstance(chunks, list):
            text = "".join(map(words, chunks))
        if text.strip():
            return text
    return ""


def _first(places: list[dict[str, Any]], keys: tuple[str, ...]) -> str:
    """The first text that stands under any of `keys`."""
    return next((t for place in places for key in keys if (t := words(place.get(key)))), "")
