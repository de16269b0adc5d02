"""What WeChat's messages are called by its database and by the tools that read it."""

from __future__ import annotations

import re

from ingest import Member
from ingest.invisible import shown
from ingest.xmlstream import parsed

ME = frozenset({"我", "Me", "我自己"})
"""In place of the owner's name."""

PLACEHOLDERS = {
    "3": "[图片]",
    "34": "[语音]",
    "42": "[名片]",
    "43": "[视频]",
    "44": "[视频]",
    "47": "[动画表情]",
    "48": "[位置]",
    "50": "[通话]",
    "62": "[视频]",
}
"""By the number of the type, what a message is shown as that is no text."""
NOTICES = frozenset({"10000", "10002", "系统消息", "系统通知", "system", "撤回消息", "拍一拍"})
"""Types of what nobody wrote."""
_GROUP_SENDER = re.compile(r"([\w-]{3,40}(?:@[\w.]{1,20})?):\n")
_NOTICE = re.compile(
    r".*(?:撤回了一条消息|加入了?群聊|移出了?群聊|拍了拍|修改群名|添加了|开启了|已成为|红包"
    r"|以上是打招呼|现在可以开始聊天|通过了你的|recalled a message).*",
    re.DOTALL,
)
_GENERIC = re.compile(
    r"(?:we\s?chat|messages?|chats?|聊天记录|微信|records?|data|export)?[\s_\d-]*", re.IGNORECASE
)
_FILE_SUFFIX = re.compile(r"(?:_utf8|_\d{1,9}(?:_\d{1,9})?|\.txt|\.csv|\.json)+$")
_LONGEST_XML = 256 * 1024


def chat_in(member: Member) -> str:
    """The chat that a file is called after; empty for `messages.csv`."""
    name = shown(_FILE_SUFFIX.sub("", member.stem))
    for prefix in ("私聊_", "群聊_"):
        name = re.sub(r"_\d{8}-\d{8}$", "", name.removeprefix(prefix))
    return "" if _GENERIC.fullmatch(name) else name


def is_notice(text: str) -> bool:
    return _NOTICE.fullmatch(text) is not None if len(text) < 400 else False


def sender_in(text: str) -> tuple[str, str]:
    """In a group, the database puts the writer's id on a line before the text."""
    match = _GROUP_SENDER.match(text)
    return (match[1], text[match.end() :]) if match else ("", text)


def app_text(xml: str) -> tuple[str, dict[str, str]]:
    """What a shared link, file or answer shows, and what it quotes; empty for what is no XML."""
    start = xml.find("<")
    if start < 0 or len(xml) > _LONGEST_XML:
        return "", {}
    try:
        root = parsed(xml[start:].encode("utf-8", "replace"))
    except ValueError:
        return "", {}
    message = root.find(".//appmsg")
    if message is None:
        return "", {}
    parts = [message.findtext("title"), message.findtext("des"), message.findtext("url")]
    quoted = message.find("refermsg")
    if quoted is None:
        return "\n".join(dict.fromkeys(part.strip() for part in parts if part)), {}
    said = {"author": quoted.findtext("displayname"), "text": quoted.findtext("content")}
    return (parts[0] or "").strip(), {key: value for key, value in said.items() if value}


__all__ = ["ME", "NOTICES", "PLACEHOLDERS", "app_text", "chat_in", "is_notice", "sender_in"]
