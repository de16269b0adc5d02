"""What KakaoTalk itself says in an export: headings, notices, and what it calls the owner."""

from __future__ import annotations

import re

from ingest.invisible import shown

ME = frozenset({"회원님", "나", "Me", "自分"})
"""In place of the owner's name."""

_TITLES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(.+?)\s?님과의? 카카오톡 대화",
        r"(.+?)\s카카오톡 대화",
        r"KakaoTalk Chats with (.+)",
        r"(.+?)\s(?:with )?KakaoTalk Chats?",
        r"(.+?)\sTalk Chats?",
        r"(.+?)\s?さんとの?カカオトーク(?:の?(?:チャット|会話|トーク)(?:履歴)?)?",
        r"KakaoTalk Chat (.+?) \d{4}-\d\d-\d\d.*",
    )
)
_MEMBERS = re.compile(r" \d{1,4}$")
"""A group's name in a title is followed by how many people are in it."""
_SUFFIX = re.compile(r"\.(?:txt|csv|eml)$", re.IGNORECASE)
_SAVED = re.compile(
    r"(?:저장한\s?날짜|Date Saved|Saved Date|Saved on|保存日時?|保存した日付)\s?[:：]",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r".{1,200}(?:님이 (?:들어왔|나갔|.{1,200}님을 초대했|.{0,40}내보냈|.{0,40}되었)습니다"
    r"|님을 내보냈습니다|님이 나가셨습니다|방장이 되었습니다|가려졌습니다|가렸습니다|종료되었습니다"
    r"| (?:joined|has joined|left|has left) (?:this|the) (?:chat ?room|chat|group)"
    r"| (?:invited|has invited) .{1,200}| was (?:removed|invited)(?: .{1,60})?"
    r"|さんが(?:入室|退室|参加)しました|さんを招待しました)[.。]?"
    r"(?:\s?운영정책을 .{0,200})?"
    r"|채팅방 관리자가 .{1,60}"
)
_DELETED = frozenset(
    (
        *("삭제된 메시지입니다", "메시지가 삭제되었습니다", "deleted message", "message deleted"),
        *("this message was deleted", "this message has been deleted"),
        *("削除されたメッセージです", "メッセージが削除されました"),
    )
)


def chat_name(line: str) -> str:
    """The chat that a heading, or a file's name, is about; empty for any other line."""
    if len(line) > 200:
        return ""
    line = _SUFFIX.sub("", shown(line))
    match = next(filter(None, (title.fullmatch(line) for title in _TITLES)), None)
    return _MEMBERS.sub("", shown(match[1])) if match else ""


def saved(line: str) -> bool:
    """The line that says when the export was made."""
    return _SAVED.match(shown(line)) is not None


def is_notice(line: str) -> bool:
    return len(line) < 500 and _NOTICE.fullmatch(line.strip()) is not None


def is_deleted(text: str) -> bool:
    return text.strip().rstrip(".。").casefold() in _DELETED


__all__ = ["ME", "chat_name", "is_deleted", "is_notice", "saved"]
