"""ChatGPT: `conversations.json`, or its numbered parts, from the "Export data" zip.

    [{"id": "c1", "title": "Cats", "current_node": "n2", "mapping": {
        "n1": {"parent": "root", "message": {"author": {"role": "user"}, "content": {…}}}, …}}, …]

Editing a prompt or asking again starts a new branch of the tree. What the app shows is the path
from `current_node` up to the root; messages on other branches follow it, marked in `meta`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.decode import fold_newlines
from ingest.jsonstream import conversations, opening
from ingest.owner import OWNER
from ingest.times import from_epoch, parse_iso
from secondme.record import Record, Unread

_ALTERNATE = json.dumps({"branch": "alternate"})
_SPOKEN = frozenset({"user", "assistant"})
_MACHINE = frozenset(
    "thoughts reasoning_recap execution_output tether_quote tether_browsing_display"
    " sonic_webpage system_error user_editable_context model_editable_context".split()
)
"""Content that the app folds away or never shows as anybody's words."""
_MARK = re.compile(r"[ ]?\ue200([^\ue200\ue201]*)\ue201")
_OLD_MARK = re.compile(r"【\d+(?::\d+)?†[^】\n]*】")
_STRAY = re.compile("[\ue200-\ue206]")


def _looks_like_chatgpt(member: Member) -> bool:
    head = member.head
    return (
        opening(head)[:1] in (b"[", b"{")
        and b'"mapping"' in head
        and b'"fragments"' not in head
        and (b'"author"' in head or b'"current_node"' in head)
    )


@importer("chatgpt", recognises=_looks_like_chatgpt)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield every conversation's visible messages in reading order, then its other branches."""
    for one in conversations(member, "ChatGPT"):
        if isinstance(one, Unread):
            yield one
        else:
            number, value = one
            yield from _conversation(value, number)


def _conversation(value: Any, number: int) -> Iterator[Item]:
    mapping = value.get("mapping") if isinstance(value, dict) else None
    if not isinstance(mapping, dict):
        yield Unread(f"conversation {number}", "It holds no messages.")
        return
    title = str(value.get("title") or "")
    if value.get("is_do_not_remember"):
        yield Unread(f"conversation {number}", f"“{title}” is marked as not to be remembered.")
        return
    name = str(value.get("conversation_id") or value.get("id") or f"{title} {number}".strip())
    nodes = {key: node for key, node in mapping.items() if isinstance(node, dict)}
    path = _path(nodes, value.get("current_node"))
    shown = set(path)
    ids: dict[str, str | None] = {}
    for key in path + [key for key in nodes if key not in shown]:
        meta = "" if key in shown else _ALTERNATE
        record = _record(nodes[key], key, name, title, meta)
        if record:
            above = _above(key, nodes, ids)
            ids[key] = record.native_id
            yield record._replace(reply_to=above) if above else record


def _above(key: Any, nodes: dict[str, Any], ids: dict[str, str | None]) -> str | None:
    """The id of the nearest message above `key` that was shown; tools and thoughts lie between."""
    seen: set[str] = set()
    while isinstance(key, str) and key in nodes and key not in seen:
        seen.add(key)
        key = nodes[key].get("parent")
        if isinstance(key, str) and key in ids:
            return ids[key]
    return None


def _path(nodes: dict[str, Any], current: Any) -> list[str]:
    """Keys from the root to what the app shows last; safe against cycles and missing parents.

    Nodes without any links are a plain list.
    """
    above = ((key, node.get("parent")) for key, node in nodes.items())
    parents = {key: parent if isinstance(parent, str) else None for key, parent in above}
    linked = any(parents.values()) or any(node.get("children") for node in nodes.values())
    if not linked:
        return list(nodes)
    if not isinstance(current, str) or current not in nodes:
        inner = set(parents.values())
        leaves = [key for key in nodes if key not in inner] or list(nodes)
        current = max(leaves, key=lambda key: _created(nodes[key]))  # the last of equal ones wins
    path: list[str] = []
    seen: set[str] = set()
    while current in nodes and current not in seen:
        seen.add(current)
        path.append(current)
        current = parents[current]
    return path[::-1]


def _created(node: dict[str, Any]) -> float:
    message = node.get("message")
    try:
        return float(message["create_time"]) if isinstance(message, dict) else -math.inf
    except (KeyError, TypeError, ValueError):
        return -math.inf


def _record(
    node: dict[str, Any],
    key: str,
    conversation: str,
    title: str,
    meta: str,
) -> Record | None:
    """None for what the app does not show as somebody's words."""
    message = node.get("message")
    if not isinstance(message, dict) or not _shown(message):
        return None
    text, attachments = _text(message), _attachments(message)
    if not text.strip() and not attachments:
        return None
    mine = _role(message) == "user"
    written = message.get("create_time")
    sent_at, zone = _time(written)
    return Record(
        "chatgpt",
        conversation,
        text,
        author=OWNER if mine else "ChatGPT",
        sent_at=sent_at,
        sent_local="" if written is None else str(written),
        zone=zone,
        mine=mine,
        role="person" if mine else "assistant",
        native_id=str(message.get("id") or key),
        title=title,
        attachments=attachments,
        meta=meta,
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


def _text(message: dict[str, Any]) -> str:
    content = message["content"]
    parts = content.get("parts")
    if isinstance(parts, list):
        text = "\n".join(piece for part in parts if (piece := _part(part)))
    else:
        text = str(content.get("text") or "")
    return fold_newlines(_without_marks(text))


def _part(part: Any) -> str:
    if isinstance(part, dict):  # speech comes with its transcription, pictures without words
        part = part.get("text")
    return part if isinstance(part, str) else ""


def _without_marks(text: str) -> str:
    """Citations stand in the text as private-use characters around tool ids; nobody sees them."""
    if "\ue200" in text:
        text = _STRAY.sub("", _MARK.sub(_spelled, text))
    return _OLD_MARK.sub("", text) if "【" in text else text


def _spelled(match: re.Match[str]) -> str:
    """The words that the app shows in place of a mark: names and links have some."""
    kind, *arguments = match[1].split("\ue202")
    space = " " if match[0].startswith(" ") else ""
    if kind == "url" and arguments:
        return space + arguments[0]
    if kind == "entity" and arguments:
        try:
            return space + str(json.loads(arguments[0])[1])
        except (ValueError, IndexError, KeyError, TypeError, RecursionError):
            pass
    return ""


def _time(value: Any) -> tuple[str | None, str]:
    """Seconds since 1970, seldom as text; a few exports write ISO."""
    try:
        return from_epoch(float(value)), "unix"
    except (TypeError, ValueError):
        sent_at = parse_iso(value) if isinstance(value, str) else None
        return sent_at, "explicit" if sent_at else "none"


def _attachments(message: dict[str, Any]) -> tuple[str, ...]:
    """Names of uploads, and the ids of pictures that came without one."""
    metadata = message.get("metadata")
    listed = metadata.get("attachments") if isinstance(metadata, dict) else None
    names: dict[str, str] = {}
    for file in listed if isinstance(listed, list) else ():
        if isinstance(file, dict) and (file.get("name") or file.get("id")):
            names[str(file.get("id") or file["name"])] = str(file.get("name") or file["id"])
    parts = message["content"].get("parts")
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and isinstance(part.get("asset_pointer"), str):
            id_ = part["asset_pointer"].rpartition("//")[2]
            names.setdefault(id_, id_)
    return tuple(names.values())
