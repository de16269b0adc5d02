"""What a LINE export calls the chat, and where on a computer's lines a name ends.

A computer keeps time, name and text apart by single blanks, and names have blanks too: what stands
at the beginning of many lines is a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from ingest.invisible import shown

_MARK = re.compile(r"^\s*\[LINE\]\s*")
_TITLES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"Chat history (?:with|in|of) (.+)",
        r"Chat (?:with|in) (.+)",
        r"(.+?)(?:と)?の(?:トーク|チャット)(?:履歴|記録)?",
        r"[與与和]\s?(.+?)\s?的(?:聊天|對話|对话)(?:[記记紀纪][錄录]|內容)?",
        r"(.+?)\s?님?과(?:의)?\s?(?:대화|채팅)(?:한)?\s?(?:내용|기록)?",
        r"ประวัติการ(?:แชท|สนทนา|คุย)(?:กับ|ใน)?\s?(.+)",
        r"แชทกับ\s?(.+)",
        r"Riwayat (?:chat|obrolan) dengan (.+)",
        r"(?:Historial|Histórico) (?:de|del) (?:chat|conversa(?:s|ción)?) con? (.+)",
        r"Histórico de conversas? com (.+)",
        r"Historique (?:de la discussion|des discussions|du chat) avec (.+)",
        r"Chatverlauf mit (.+)",
        r"Cronologia chat con (.+)",
        r"Lịch sử trò chuyện với (.+)",
        r"История (?:чата|переписки) с (.+)",
    )
)
_COPY = re.compile(r"\s?\(\d{1,2}\)$")
_NOTICE = re.compile(
    r".{1,80}(?:が(?:参加|退出|退会)しました|(?:を|が|に).{0,60}招待しました|を退会させました"
    r"|が(?:グループ|ルーム|トーク).{0,40}(?:しました)|メッセージの送信を取り消しました"
    r"|(?:が|を).{0,40}(?:変更|作成|削除|追加|解除|設定)しました"
    r"| (?:joined|left) the (?:group|chat|room)| unsent a message"
    r"| invited .{1,60} to the (?:group|chat)"
    r"| (?:changed|created|deleted|canceled) .{1,80}"
    r"|(?:已)?(?:加入|退出|離開|离开)(?:了)?(?:群組|群组|聊天|社群)?"
    r"|收回(?:了)?(?:訊息|消息|讯息)|邀請.{1,60}加入.{0,10}"
    r"|(?:ได้)?(?:เข้าร่วม|ออกจาก)(?:กลุ่ม|ห้อง|แชท).{0,10}|ยกเลิก(?:การส่ง)?ข้อความ.{0,10}"
    r"|님이 (?:들어왔|나갔|참여했|입장했).{0,6}|메시지.{0,6}취소.{0,10}"
    r")[。.!]?"
    r"|メッセージの送信を取り消しました[。]?|You unsent a message\.?|(?:您|你)已?收回訊息"
)
_LONGEST = 5
"""Words of a name."""
_NO_NAME = re.compile(r"[\[☎(]|https?:")


def chat_name(first_line: str, file_name: str) -> str:
    """By the first line, else by the name of the file; empty when neither says."""
    if _MARK.match(first_line):
        return _title(first_line)
    return _title(_COPY.sub("", file_name)) if _MARK.match(file_name) else ""


def _title(line: str) -> str:
    rest = shown(_MARK.sub("", line).replace("_", " "))
    for pattern in _TITLES:
        match = pattern.fullmatch(rest)
        if match:
            return shown(match[1])
    return rest


def is_notice(text: str) -> bool:
    """LINE speaking, where nothing but the words says so."""
    return len(text) < 200 and _NOTICE.fullmatch(text.strip()) is not None


def names_in(texts: Iterable[str], title: str) -> Iterable[str]:
    """Names that lines begin with, as far as they can be told from what follows."""
    begins: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    firsts: Counter[str] = Counter()
    for text in texts:
        if is_notice(text):
            continue
        words = text.split(" ", _LONGEST + 1)
        firsts[words[0]] += 1
        for count in range(1, min(len(words), _LONGEST) + 1):
            begins[" ".join(words[:count])] += 1
        whole[text] += 1
    if title:
        yield title
    longer: dict[str, list[str]] = {}
    for prefix in begins:
        if " " in prefix:
            longer.setdefault(prefix.rpartition(" ")[0], []).append(prefix)
    for first in firsts:
        name = first
        while (grown := _grown(name, longer.get(name, []), begins, whole)) != name:
            name = grown
        yield name


def _grown(name: str, longer: list[str], begins: Counter[str], whole: Counter[str]) -> str:
    """One word more, where nearly everything that begins with `name` goes on with that word and
    then with something else."""
    if begins[name] < 3 or not longer:
        return name
    best = max(longer, key=lambda prefix: begins[prefix])
    word = best[len(name) + 1 :]
    always = begins[best] * 10 >= begins[name] * 9
    ends_there = whole[best] * 4 > begins[best]
    return best if always and not ends_there and word and not _NO_NAME.match(word) else name


def split_name(text: str, names: frozenset[str]) -> tuple[str, str]:
    """The longest name that `text` begins with, and what it says."""
    words = text.split(" ")
    for count in range(min(len(words), 2 * _LONGEST), 0, -1):
        name = " ".join(words[:count])
        if name in names:
            return shown(name), " ".join(words[count:])
    return shown(words[0]), " ".join(words[1:])


__all__ = ["chat_name", "is_notice", "names_in", "split_name"]
