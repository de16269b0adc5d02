"""Instagram: what the owner posted and commented, of "Download your information" as JSON.

    posts_1.json            [{"media": [{"uri": "media/posts/…", "creation_timestamp": 1577880000,
                              "title": "the caption"}], "title": "of several pictures"}]
    stories.json            {"ig_stories": [{"uri": …, "creation_timestamp": …, "title": ""}]}
    post_comments_1.json    [{"media_list_data": […], "string_map_data": {"Comment": {"value": "…"},
                              "Media Owner": {"value": "bea"}, "Time": {"timestamp": …}}}]

The names in `string_map_data` are in the owner's language; their order is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.backwards import oldest_first
from ingest.decode import fold_newlines
from ingest.jsonstream import OPENED, JsonError, broken_off, walk
from ingest.mojibake import mended
from ingest.owner import OWNER
from ingest.times import from_epoch
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_COMMENTS = ("comments_media_comments", "comments_reels_comments")


def _looks_like_posts(member: Member) -> bool:
    shape = member.shape
    if shape.kind == "array":
        return (
            shape.has(0, "media_list_data", "string_map_data")
            or (shape.has(0, "media") and shape.has(1, "uri", "creation_timestamp"))
        ) and not shape.has(0, "timestamp")
    if shape.kind != "object":
        return False
    return bool(_lists(member)) or shape.has(0, "profile_user")


def _lists(member: Member) -> list[str]:
    return [key for key in member.shape.keys[0] if key.startswith("ig_") or key in _COMMENTS]


@importer("instagram", recognises=_looks_like_posts)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield posts and comments, oldest first. The owner's profile says nothing by itself."""
    broken: list[JsonError] = []
    made = 0
    for number, value in oldest_first(_entries(member, broken), lambda e: _seconds(e[1])):
        item = entry(value, number)
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
    lists = _lists(member) if member.shape.kind == "object" else []
    number = 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, frozenset(["", *lists])):
                if path.endswith("item") and value is not OPENED:
                    number += 1
                    yield number, mended(value)
    except JsonError as error:
        broken.append(error)


def entry(value: Any, number: int) -> Record | Unread | None:
    """One post or comment; None for what holds no words and no files."""
    if not isinstance(value, dict):
        return Unread(f"entry {number}", "It is neither a post nor a comment.")
    comment = isinstance(value.get("string_map_data"), dict)
    text, meta = _comment(value) if comment else (_caption(value), "")
    files = tuple(str(m["uri"]) for m in _media(value) if isinstance(m.get("uri"), str))
    if not text and not files:
        return None
    seconds = _seconds(value)
    try:
        sent_at = from_epoch(seconds) if seconds else None
    except ValueError:
        sent_at = None
    return Record(
        "instagram",
        "comments" if comment else "posts",
        fold_newlines(text),
        author=OWNER,
        sent_at=sent_at,
        sent_local=str(seconds) if sent_at else "",
        zone="unix" if sent_at else "none",
        kind="comment" if comment else "post",
        mine=True,
        attachments=tuple(filter(None, files)),
        meta=meta,
    )


def _comment(value: dict[str, Any]) -> tuple[str, str]:
    """The first text is the comment, the second whose post it is under."""
    texts = [
        entry["value"]
        for entry in value["string_map_data"].values()
        if isinstance(entry, dict) and isinstance(entry.get("value"), str)
    ]
    about = {"under": texts[1]} if len(texts) > 1 and texts[1] else {}
    meta = json.dumps(about, ensure_ascii=False) if about else ""
    return (texts[0] if texts else ""), meta


def _caption(value: dict[str, Any]) -> str:
    captions = [one.get("title") for one in (value, *_media(value))]
    written = [c.strip() for c in captions if isinstance(c, str) and c.strip()]
    return "\n".join(dict.fromkeys(written))


def _media(value: dict[str, Any]) -> list[dict[str, Any]]:
    listed = value.get("media", value.get("media_list_data"))
    listed = listed if isinstance(listed, list) else [value]
    return [one for one in listed if isinstance(one, dict)]


def _seconds(value: Any) -> int:
    """When it was made: told by itself, by its first picture, or by whatever is a time in it."""
    found: list[Any] = []
    if isinstance(value, tuple):
        value = value[1]
    if isinstance(value, dict):
        said = value.get("string_map_data")
        found += [e.get("timestamp") for e in _entries_of(said)]
        found += [one.get("creation_timestamp") for one in (value, *_media(value))]
    return next((at for at in found if isinstance(at, int) and at > 0), 0)


def _entries_of(said: Any) -> list[dict[str, Any]]:
    return [e for e in said.values() if isinstance(e, dict)] if isinstance(said, dict) else []


__all__ = ["entry", "read"]
