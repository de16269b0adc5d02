"""iMessage as `imessage-exporter --format txt` writes it: a file a chat, called after it.

May 17, 2022  5:29:42 PM (Read by you after 1 hour, 49 seconds)
+15558675309
Hello
attachments/12/340.jpeg
Tapbacks:
    Loved by Me
    May 17, 2022  5:30:00 PM            <- an answer, which stands at its own time too
    Me
    Hi

May 17, 2022  6:00:00 PM Me named the conversation “Tea”
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest import Item, Member, Options, importer
from ingest.decode import decode, fold_newlines
from ingest.imessage_said import WHEN, Said, items
from ingest.invisible import shown
from secondme.record import Unread

_HEADER = re.compile(rf"(?P<indent> *)(?P<when>{WHEN})(?P<rest>.*)")
_RECEIPT = re.compile(r" ?\((?:Read|Delivered|Played|Edited)\b.*\)")
_BEGINS = re.compile(rf"\s*{WHEN}")
_QUOTED = 200
"""Characters of what an answer answers."""


def _looks_like_imessage(member: Member) -> bool:
    head = member.start
    if not (head[:1].isspace() or head[:1].isupper()) or _BEGINS.match(head[:400]) is None:
        return False
    lines = head.lstrip("\n").split("\n", 2)
    match = _HEADER.fullmatch(lines[0])
    if match is None:
        return False
    rest = match["rest"]
    return bool(not rest or _RECEIPT.fullmatch(rest) or rest[:1] == " ") and len(lines) > 1


@importer("imessage", recognises=_looks_like_imessage)
def read(member: Member, options: Options) -> Iterator[Item]:
    """One record a message, in file order. Answers below what they answer are told once."""
    text = fold_newlines(decode(member.read()).text)
    found, before = _blocks(text.split("\n"))
    if before:
        yield Unread("line 1", "text before the first message")
    yield from items(_said(found), member.stem, options)


class _Block(NamedTuple):
    depth: int
    when: str
    notice: str
    sender: str
    lines: list[str]


def _blocks(lines: list[str]) -> tuple[list[_Block], bool]:
    """Every message, with how far it is indented; and whether something stands before them."""
    found: list[_Block] = []
    before = sender_next = False
    for line in lines:
        match = _HEADER.fullmatch(line)
        if match:
            rest, depth = match["rest"], len(match["indent"])
            notice = "" if not rest or _RECEIPT.fullmatch(rest) else rest.strip()
            found.append(_Block(depth, match["when"], notice, "", []))
            sender_next = not notice
        elif not found:
            before = before or bool(line.strip())
        elif sender_next:
            found[-1] = found[-1]._replace(sender=shown(line))
            sender_next = False
        else:
            depth = found[-1].depth
            found[-1].lines.append(line[depth:] if line[:depth].isspace() else line)
    return found, before


def _said(blocks: list[_Block]) -> Iterator[Said]:
    """Top-level messages. One that also stands indented under another answers that one."""
    asked: dict[tuple[str, str], str] = {}
    top = {(block.when, block.sender) for block in blocks if not block.depth}
    parent: _Block | None = None
    for block in blocks:
        if not block.depth:
            parent = block
        elif parent and block.sender:
            first = next((line for line in parent.lines if line.strip()), "")
            asked.setdefault((block.when, block.sender), f"{parent.sender}: {first[:_QUOTED]}")
    for block in blocks:
        key = (block.when, block.sender)
        if block.depth and key in top:
            continue
        lines = (block.notice,) if block.notice else tuple(block.lines)
        yield Said(block.sender, block.when, lines, quote=asked.get(key, ""))


__all__ = ["read"]
