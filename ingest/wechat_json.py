"""WeChat's messages as JSON, as the tools that read its database write them.

[{"seq": …, "time": …, "talker": …, "sender": …, "isSelf": …, "content": …}, …]  (chatlog)
[{"MsgSvrID": …, "type_name": …, "is_sender": …, "talker": …, "msg": …}, …]      (PyWxDump)
{"session": {"wxid": …}, "messages": [{"createTime": …, "isSend": …}, …]}        (WeFlow)
{"chatlab": …, "meta": {"platform": "wechat"}, "messages": [{"timestamp": …}]}   (ChatLab)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest import Item, Member, Options, importer
from ingest.jsonstream import OPENED, JsonError, broken_off, walk
from ingest.wechat_rows import TRUE, Row, of_dump, plain, records
from ingest.wechat_words import chat_in
from secondme.errors import UnreadableExport
from secondme.record import Record

_LISTS = (
    ("seq", "time", "talker", "sender", "isSelf"),
    ("MsgSvrID", "type_name", "is_sender", "talker", "CreateTime"),
    ("ts", "conversation_id", "sender_wxid", "is_self", "msg_type"),
)
_INSIDE = frozenset({"", "messages", "session", "meta", "members", "senders"})
_CHATLAB = {0: "", 1: "[图片]", 2: "[语音]", 3: "[视频]", 4: "[文件]", 5: "[动画表情]", 8: "[位置]"}


def _looks_like_json(member: Member) -> bool:
    shape = member.shape
    if shape.kind == "array":
        return any(shape.has(0, *keys) for keys in _LISTS)
    if shape.kind != "object" or "messages" not in shape.keys[0]:
        return False
    flow = shape.has(0, "session") and shape.has(1, "wxid", "createTime", "content")
    lab = shape.has(0, "chatlab", "meta") and '"wechat"' in member.start[:4096]
    return flow or lab


@importer("wechat", recognises=_looks_like_json)
def read_json(member: Member, options: Options) -> Iterator[Item]:
    """One record a message, in file order; a broken end costs what stands behind it."""
    made = 0
    try:
        for item in records(_listed(member), options):
            made += isinstance(item, Record)
            yield item
    except JsonError as error:
        if not made:
            raise UnreadableExport(f"{member.name} is damaged.", "Export it again.") from error
        yield broken_off(error, made, "message")


def _listed(member: Member) -> Iterator[Row]:
    """The messages of a JSON file, with what the file says of the chat and its people."""
    about: dict[str, Any] = {}
    people: dict[str, dict[str, Any]] = {}
    with member.open() as stream:
        for path, value in walk(stream, _INSIDE):
            if path in ("messages.item", "item"):
                if isinstance(value, dict):
                    yield _of_object(value, about, people, chat_in(member))
            elif path in ("members.item", "senders.item") and isinstance(value, dict):
                key = value.get("platformId", value.get("senderID"))
                people[plain(key)] = value
            elif value is not OPENED and path.partition(".")[0] in ("session", "meta"):
                about[path.rpartition(".")[2]] = value


def _of_object(
    value: dict[str, Any], about: dict[str, Any], people: dict[str, dict[str, Any]], chat: str
) -> Row:
    if "MsgSvrID" in value:
        return of_dump(value, chat)
    if "seq" in value:
        talker = plain(value.get("talker"))
        return _named(
            value, talker, plain(value.get("talkerName")), "senderName", "sender", "isSelf", "time"
        )
    if "conversation_id" in value:
        talker = plain(value.get("conversation_id"))
        title = plain(value.get("conversation_name"))
        return _named(value, talker, title, "sender_name", "sender_wxid", "is_self", "ts")
    talker = plain(about.get("wxid") or about.get("groupId") or about.get("name")) or chat
    title = plain(about.get("displayName") or about.get("remark") or about.get("nickname"))
    title = title or plain(about.get("name"))
    if "timestamp" in value:
        value = {**value, **_of_lab(value, people)}
        return _named(value, talker, title, "accountName", "sender", "isSelf", "timestamp")
    who = people.get(plain(value.get("senderID")), {})
    value = {"senderDisplayName": who.get("displayName"), "senderUsername": who.get("wxid")} | value
    keys = ("senderDisplayName", "senderUsername", "isSend", "createTime")
    return _named(value, talker, title, *keys)


def _of_lab(value: dict[str, Any], people: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """ChatLab numbers its types in its own way."""
    kind = value.get("type")
    who = people.get(plain(value.get("sender")), {})
    name = value.get("groupNickname") or value.get("accountName") or who.get("accountName")
    text = value.get("content") or _CHATLAB.get(kind if isinstance(kind, int) else 0, "")
    return {
        "accountName": name,
        "content": text,
        "type": "system" if kind == 80 else "",
        "id": value.get("platformMessageId"),
    }


def _named(
    value: dict[str, Any], talker: str, title: str, name: str, id_: str, self_: str, at: str
) -> Row:
    mine = plain(value.get(self_)) in TRUE
    kind = plain(value.get("type") if "type" in value else value.get("msg_type"))
    own_id = next(
        (value[k] for k in ("platformMessageId", "msg_id", "id", "seq") if value.get(k)), ""
    )
    sender = plain(value.get(id_))
    author = plain(value.get(name)) or ("我" if mine else sender)
    contents = value.get("contents")
    more = contents if isinstance(contents, dict) else {}
    text = plain(value.get("content")) or plain(more.get("title"))
    link = plain(more.get("url"))
    text = f"{text}\n{link}".strip() if link else text
    title = title or talker
    return Row(talker, title, plain(own_id), kind, author, sender, mine, plain(value.get(at)), text)


__all__ = ["read_json"]
