"""ChatGPT: `conversations.json`, or its numbered parts, from the "Export data" zip.

    [{"id": "c1", "title": "Cats", "current_node": "n2", "mapping": {
        "n1": {"parent": "root", "message": {"author": {"role": "user"}, "content": {…}}}, …}}, …]

Editing a prompt or asking again starts a new branch of the tree. What the app shows is the path
from `current_node` up to the root; messages on other branches follow it, marked in `meta`. The
zip's `chat.html` holds the same list in a script.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.branches import nearest_above, newest_leaf, reading_order
from ingest.chatgpt_words import hidden_instructions, sources, spoken
from ingest.jsonstream import conversations
from ingest.talks import ALTERNATE, Talk, fields, items, moment, standing_at, titled
from secondme.record import Record, Unread

_SPOKEN = frozenset({"user", "assistant"})
_MACHINE = frozenset(
    "thoughts reasoning_recap execution_output tether_quote tether_browsing_display"
    " sonic_webpage system_error user_editable_context model_editable_context".split()
)
"""Content that the app folds away or never shows as anybody's words."""
_SCRIPT = re.compile(rb"var jsonData\s*=\s*(?=[\[{])")
_TITLE = 4096
"""Characters before which a page has its title."""
_BESIDE = (
    {"email", "chatgpt_plus_user"},
    {"conversation_id", "is_anonymous"},
    {"conversation_id", "rating", "evaluation_name"},
)
"""`user.json`, `shared_conversations.json`, `message_feedback.json`: nothing that anybody said."""


def _looks_like_chatgpt(member: Member) -> bool:
    if member.start[:1] == "<":
        return "ChatGPT" in member.start[:_TITLE] and bool(_SCRIPT.search(member.head))
    if any(member.shape.has(0, *keys) for keys in _BESIDE):
        return True
    depth = standing_at(member, "mapping")
    if depth is None or member.shape.has(depth, "inserted_at"):
        return False
    return any(f'"{key}"' in member.start for key in ("author", "current_node", "create_time"))


@importer("chatgpt", recognises=_looks_like_chatgpt)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield every conversation's visible messages in reading order, then its other branches, and
    once each what the owner told ChatGPT to know in all of them.
    """
    if standing_at(member, "mapping") is None and member.shape.kind:
        return
    script = None if member.shape.kind else _SCRIPT.search(member.head)
    instructions: dict[tuple[str, str], None] = {}
    for one in conversations(member, "ChatGPT", skip=script.end() if script else 0):
        if isinstance(one, Unread):
            yield one
        else:
            number, value = one
            title = str(fields(value).get("title") or "")
            yield from titled(_conversation(value, number, instructions), title)
    for heading, text in instructions:
        talk = Talk("chatgpt", "custom instructions", "Custom instructions", "")
        yield talk.said(text, mine=True)._replace(kind="section", subject=heading)


def _conversation(
    value: Any, number: int, instructions: dict[tuple[str, str], None]
) -> Iterator[Item]:
    mapping = value.get("mapping") if isinstance(value, dict) else None
    if not isinstance(mapping, dict):
        yield Unread(f"conversation {number}", "It holds no messages.")
        return
    title = str(value.get("title") or "")
    if value.get("is_do_not_remember"):
        yield Unread(f"conversation {number}", f"“{title}” is marked as not to be remembered.")
        return
    name = str(value.get("conversation_id") or value.get("id") or f"{title} {number}".strip())
    talk = Talk("chatgpt", name, title, "ChatGPT")
    nodes = {key: node for key, node in mapping.items() if isinstance(node, dict)}
    above = ((key, node.get("parent")) for key, node in nodes.items())
    parents = {key: parent if isinstance(parent, str) else None for key, parent in above}
    ids: dict[str, str | None] = {}
    for key, shown in _order(nodes, parents, value.get("current_node")):
        message = fields(nodes[key].get("message"))
        instructions.update(dict.fromkeys(hidden_instructions(message)))
        record = _record(message, key, talk, shown)
        if record:
            reply_to = nearest_above(key, parents, ids)
            ids[key] = record.native_id
            yield record._replace(reply_to=reply_to) if reply_to else record


def _order(
    nodes: dict[str, Any], parents: dict[str, str | None], current: Any
) -> list[tuple[str, bool]]:
    """Nodes without any links are a plain list."""
    linked = any(parents.values()) or any(node.get("children") for node in nodes.values())
    if not linked:
        return [(key, True) for key in nodes]
    if not isinstance(current, str) or current not in nodes:
        current = newest_leaf(parents, lambda key: _created(nodes[key]))
    return reading_order(parents, current)


def _created(node: dict[str, Any]) -> float:
    try:
        return float(fields(node.get("message"))["create_time"])
    except (KeyError, OverflowError, TypeError, ValueError):
        return -math.inf


def _record(message: dict[str, Any], key: str, talk: Talk, shown: bool) -> Record | None:
    """None for what the app does not show as somebody's words."""
    if not _shown(message):
        return None
    text, attachments = spoken(message), _attachments(message)
    if not text.strip() and not attachments:
        return None
    return talk.said(
        text,
        mine=_role(message) == "user",
        at=moment(message.get("create_time")),
        id_=str(message.get("id") or key),
        attachments=attachments,
        meta={"branch": "" if shown else ALTERNATE, "sources": sources(message)},
    )


def _role(message: dict[str, Any]) -> str:
    author = message.get("author")
    return str(author.get("role")) if isinstance(author, dict) else ""


def _shown(message: dict[str, Any]) -> bool:
    role = _role(message)
    metadata, content = message.get("metadata"), message.get("content")
    if role not in _SPOKEN or not isinstance(content, dict):
        return False
    if isinstance(metadata, dict) and metadata.get("is_visually_hidden_from_conversation"):
        return False
    if message.get("weight") == 0 or str(content.get("content_type")) in _MACHINE:
        return False
    # What the model addresses to a tool (`python`, `web`, …) is not said to anybody.
    return role == "user" or message.get("recipient") in (None, "all")


def _attachments(message: dict[str, Any]) -> tuple[str, ...]:
    """Names of uploads, and the ids of pictures that came without one."""
    names: dict[str, str] = {}
    for file in items(fields(message.get("metadata")).get("attachments")):
        if file.get("name") or file.get("id"):
            names[str(file.get("id") or file["name"])] = str(file.get("name") or file["id"])
    for part in items(message["content"].get("parts")):
        if isinstance(part.get("asset_pointer"), str):
            id_ = part["asset_pointer"].rpartition("//")[2]
            names.setdefault(id_, id_)
    return tuple(names.values())
