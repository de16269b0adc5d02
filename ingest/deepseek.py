"""DeepSeek: `conversations.json` from the zip of Settings → Data → Export all chats.

    [{"id": "…", "title": "Cats", "inserted_at": "…+08:00", "mapping": {
        "1": {"parent": "root", "children": ["2"], "message": {"inserted_at": "…",
            "fragments": [{"type": "REQUEST", "content": "Hi"}]}}, …}}, …]

A tree like ChatGPT's, but without authors and without a word on what is shown. A question has a
fragment `REQUEST`, an answer `RESPONSE`; exports before autumn 2025 have `content` instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.branches import nearest_above, newest_leaf, reading_order
from ingest.jsonstream import conversations
from ingest.talks import ALTERNATE, Talk, fields, items, moment, standing_at, words
from secondme.record import Record, Unread

_SAID = frozenset({"REQUEST", "RESPONSE"})


def _looks_like_deepseek(member: Member) -> bool:
    return standing_at(member, "mapping", "inserted_at") is not None


@importer("deepseek", recognises=_looks_like_deepseek)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield every conversation's newest branch in reading order, then the others."""
    for one in conversations(member, "DeepSeek"):
        if isinstance(one, Unread):
            yield one
        else:
            yield from _conversation(fields(one[1]), one[0])


def _conversation(value: dict[str, Any], number: int) -> Iterator[Item]:
    nodes = {key: fields(node) for key, node in fields(value.get("mapping")).items()}
    if not nodes:
        yield Unread(f"conversation {number}", "It holds no messages.")
        return
    title = words(value.get("title"))
    talk = Talk("deepseek", str(value.get("id") or f"{title} {number}".strip()), title, "DeepSeek")
    parents = {key: words(node.get("parent")) or None for key, node in nodes.items()}
    last = newest_leaf(parents, lambda key: _written(nodes[key]))
    ids: dict[str, str | None] = {}
    for key, shown in reading_order(parents, last):
        record = _record(nodes[key], key, parents, talk, shown)
        if record:
            reply_to = nearest_above(key, parents, ids)
            ids[key] = key
            yield record._replace(reply_to=reply_to)


def _written(node: dict[str, Any]) -> str:
    return moment(fields(node.get("message")).get("inserted_at")).sent_at or ""


def _record(
    node: dict[str, Any], key: str, parents: dict[str, str | None], talk: Talk, shown: bool
) -> Record | None:
    """None for the root, and for what holds only thoughts and searches."""
    message = fields(node.get("message"))
    fragments = items(message.get("fragments"))
    said = [f for f in fragments if words(f.get("type")) in _SAID]
    text = "\n\n".join(words(f.get("content")) for f in said) or words(message.get("content"))
    files = items(message.get("files"))
    names = tuple(str(f["file_name"]) for f in files if f.get("file_name"))
    if not message or not (text.strip() or names):
        return None
    return talk.said(
        text,
        mine=_asked(message, fragments, key, parents),
        at=moment(message.get("inserted_at")),
        id_=key,
        attachments=names,
        meta={"branch": "" if shown else ALTERNATE},
    )


def _asked(
    message: dict[str, Any],
    fragments: list[dict[str, Any]],
    key: str,
    parents: dict[str, str | None],
) -> bool:
    """Where nothing says who speaks, the two take turns below the root."""
    if fragments:
        return any(fragment.get("type") == "REQUEST" for fragment in fragments)
    if role := words(message.get("role")):
        return role.lower() == "user"
    if message.get("reasoning_content"):
        return False
    depth, above = 0, parents.get(key)
    while above is not None and above in parents and depth <= len(parents):
        depth, above = depth + 1, parents[above]
    return depth % 2 == (1 if "root" in parents else 0)
