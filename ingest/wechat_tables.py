"""WeChat's messages as tables, as the tools that read its database write them.

localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,…   (WeChatMsg)
消息ID,类型,发送人,时间,内容,备注,昵称,更多信息                                       (MemoTrace)
id,MsgSvrID,type_name,is_sender,talker,room_name,msg,src,CreateTime             (PyWxDump)
Time,SenderName,Sender,TalkerName,Talker,Content                               (chatlog)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ingest import Item, Member, Options, importer
from ingest.sheets import has_columns, rows
from ingest.wechat_rows import TRUE, Row, of_dump, records
from ingest.wechat_words import ME, NOTICES, chat_in
from secondme.errors import UnreadableExport

_TABLES = (
    ("localid", "talkerid", "type", "issender", "createtime", "strcontent"),
    ("消息id", "类型", "发送人", "时间", "内容"),
    ("msgsvrid", "type_name", "is_sender", "talker", "createtime"),
    ("time", "sendername", "sender", "talkername", "talker", "content"),
)


def _looks_like_table(member: Member) -> bool:
    return _columns(member) is not None


def _columns(member: Member) -> tuple[str, ...] | None:
    return next((names for names in _TABLES if has_columns(member, *names)), None)


@importer("wechat", recognises=_looks_like_table)
def read_table(member: Member, options: Options) -> Iterator[Item]:
    """One record a row, in file order."""
    names = _columns(member)
    if names is None:
        raise UnreadableExport(f"{member.name} is no table of WeChat.", "Export it again.")
    chats = _titles(member, names) if names is _TABLES[0] else {}
    found = (_of_row(row, names, chats, chat_in(member)) for _, row in rows(member, *names))
    yield from records(found, options)


def _titles(member: Member, names: tuple[str, ...]) -> dict[str, str]:
    """What WeChatMsg calls each chat of a table that holds them all: the name of who else speaks
    there, if it is one."""
    others: dict[str, set[str]] = {}
    for _, row in rows(member, *names):
        chat = others.setdefault(row["talkerid"], set())
        if row["issender"] not in TRUE and len(chat) < 2 and row["type"] not in NOTICES:
            chat.add(row["remark"] or row["nickname"])
    if len(others) < 2:
        return {}
    return {chat: next(iter(n)) if len(n) == 1 else "" for chat, n in others.items()}


def _of_row(
    row: Mapping[str, str], names: tuple[str, ...], chats: dict[str, str], chat: str
) -> Row:
    if names is _TABLES[0]:
        talker = row["talkerid"]
        title = (chats.get(talker) or talker) if chats else chat or talker
        mine = row["issender"] in TRUE
        name = "我" if mine else row["remark"] or row["nickname"] or row["sender"] or title
        at = row["createtime"] or row["strtime"]
        id_, kind, text = row["msgsvrid"], row["type"], row["strcontent"]
        return Row(
            talker if chats else title, title, id_, kind, name, row["sender"], mine, at, text
        )
    if names is _TABLES[1]:
        name = row["发送人"]
        kind, text = row["类型"], row["内容"]
        return Row(chat, chat, row["消息id"], kind, name, "", name in ME, row["时间"], text)
    if names is _TABLES[2]:
        return of_dump(row, chat)
    name, talker = row["sendername"] or row["sender"], row["talker"]
    title = row["talkername"] or talker
    mine, text = name in ME, row["content"]
    return Row(talker, title, "", "", name, row["sender"], mine, row["time"], text)


__all__ = ["read_table"]
