"""Facebook: what the owner posted and commented, of "Download your information" as JSON.

    posts/your_posts_1.json     [{"timestamp": 1577880000, "data": [{"post": "…"}],
                                  "attachments": [{"data": [{"media": {"uri": …}}]}], "title": "…"}]
    comments.json               {"comments_v2": [{"timestamp": …, "title": "…", "data": [{"comment":
                                  {"comment": "…", "author": "Ada", "group": "Tea"}}]}]}

The title tells the act, in the owner's language: "Ada commented on Bea's post."
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.backwards import oldest_first
from ingest.decode import fold_newlines
from ingest.jsonstream import OPENED, JsonError, broken_off, walk
from ingest.meta_owner import app_of
from ingest.mojibake import mended
from ingest.owner import OWNER
from ingest.times import from_epoch
from ingest.values import entries_in, fields
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_LISTS = frozenset(
    "comments comments_v2 group_comments group_comments_v2 group_posts group_posts_v2"
    " status_updates posts posts_v2".split()
)
_POSTED = frozenset({"post", "media", "external_context", "place", "life_event"})
_INSIDE = frozenset({"", "group_posts.activity_log_data"} | _LISTS)


def _looks_like_facebook(member: Member) -> bool:
    shape = member.shape
    if shape.kind == "array":
        told = shape.has(0, "timestamp") and not shape.has(0, "sender_name")
        return told and bool(("post" in shape.keys[1]) or (_POSTED & shape.keys[2]))
    if shape.kind != "object" or app_of(member) == "instagram":
        return False
    if _LISTS & shape.keys[0]:
        return "timestamp" in shape.keys[1] | shape.keys[2] and shape.has(1, "data")
    return shape.has(0, "profile_v2") or (shape.has(0, "profile") and "full_name" in shape.keys[2])


@importer("facebook", recognises=_looks_like_facebook)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield posts and comments, oldest first. The owner's profile says nothing by itself."""
    if member.shape.kind == "object" and not _LISTS & member.shape.keys[0]:
        return
    broken: list[JsonError] = []
    made = 0
    for number, value in oldest_first(_entries(member, broken), lambda e: _seconds(e[1])):
        item = entry(mended(value), number)
        if item is not None:
            made += 1
            yield item
    if broken and not made:
        raise UnreadableExport(
            f"{member.name} is not a complete download.", "Download it again, as JSON."
        ) from broken[0]
    if broken:
        yield broken_off(broken[0], made, "post")


def _entries(member: Member, broken: list[JsonError]) -> Iterator[tuple[int, Any]]:
    number = 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, _INSIDE):
                if path.endswith("item") and value is not OPENED:
                    number += 1
                    yield number, value
    except JsonError as error:
        broken.append(error)


def _seconds(value: Any) -> int:
    at = value.get("timestamp") if isinstance(value, dict) else None
    return at if isinstance(at, int) else 0


def entry(value: Any, number: int) -> Record | Unread | None:
    """One post or comment, spelled rightly already; None for what holds no words and no files."""
    if not isinstance(value, dict):
        return Unread(f"entry {number}", "It is neither a post nor a comment.")
    said = [part for part in entries_in(value.get("data")) if isinstance(part, dict)]
    comment = next((p["comment"] for p in said if isinstance(p.get("comment"), dict)), None)
    own = _words(comment.get("comment") if comment else _first(said, "post"))
    parts = [p for a in entries_in(value.get("attachments")) for p in entries_in(_get(a, "data"))]
    files, told, meta = _attached([p for p in parts if isinstance(p, dict)], own)
    text = "\n".join(filter(None, (own, *told)))
    if not text and not files:
        return None
    group = _words(comment.get("group")) if comment else ""
    kind = "comment" if comment else "post"
    return Record(
        "facebook",
        group or f"{kind}s",
        fold_newlines(text),
        author=(_words(comment.get("author")) if comment else "") or OWNER,
        **_time(_seconds(value)),
        kind=kind,
        mine=True,
        role="person" if own or not meta.get("url") else "forwarded",
        title=group,
        attachments=files,
        meta=_meta(meta, value),
    )


def _time(seconds: int) -> dict[str, Any]:
    try:
        at = from_epoch(seconds) if seconds else None
    except ValueError:
        at = None
    return {
        "sent_at": at,
        "sent_local": str(seconds) if at else "",
        "zone": "unix" if at else "none",
    }


def _attached(
    parts: list[dict[str, Any]], own: str
) -> tuple[tuple[str, ...], list[str], dict[str, Any]]:
    """Files, words that go with them, and what else there is: an address, a place."""
    files: dict[str, None] = {}
    told: dict[str, None] = {}
    meta: dict[str, Any] = {}
    for part in parts:
        media, link, place = (fields(part.get(k)) for k in ("media", "external_context", "place"))
        event = fields(part.get("life_event")) or fields(part.get("event"))
        uri = _words(media.get("uri"))
        if uri:
            files[uri] = None
        for words in (
            media.get("description"), part.get("text"), event.get("title") or event.get("name"),
            link.get("name"), link.get("url"), place.get("name"),
        ):  # fmt: skip
            if _words(words) and _words(words) not in own:
                told[_words(words)] = None
        if _words(link.get("url")):
            meta["url"] = link["url"]
        if place:
            meta["place"] = {k: place[k] for k in ("name", "coordinate", "address") if k in place}
    return tuple(files), list(told), meta


def _meta(meta: dict[str, Any], value: dict[str, Any]) -> str:
    tags = [_words(_get(tag, "name")) or _words(tag) for tag in entries_in(value.get("tags"))]
    if any(tags):
        meta["with"] = [tag for tag in tags if tag]
    if _words(value.get("title")):
        meta["about"] = _words(value["title"])
    return json.dumps(meta, ensure_ascii=False, sort_keys=True) if meta else ""


def _first(parts: list[dict[str, Any]], key: str) -> Any:
    return next((part[key] for part in parts if key in part), None)


def _words(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


__all__ = ["entry", "read"]
