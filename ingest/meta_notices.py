"""Sentences that Messenger and Instagram put into people's mouths: "Ada named the group Tea."

They stand among the messages, in the language of the account, and are nobody's own words.
"""

from __future__ import annotations

import re

_MARK = r"[^\w\s]\S{0,12}"
"""An emoji, with whatever belongs to it."""
_REACTED = re.compile(
    rf"reacted (?:with )?{_MARK} to (?:your|a) message|liked a message"
    rf"|hat (?:mit )?{_MARK} auf (?:deine|ihre|eine) nachricht reagiert|gefällt eine nachricht"
    rf"|a réagi (?:avec )?{_MARK} à (?:votre|ton|un) message|a aimé un message"
    rf"|(?:ha reaccionado|reaccionó) (?:con )?{_MARK} a tu mensaje|le gustó un mensaje"
    rf"|ha reagito (?:con )?{_MARK} al tuo messaggio"
    rf"|reagiu (?:com )?{_MARK} à (?:sua|tua) mensagem|curtiu uma mensagem"
    rf"|heeft (?:met )?{_MARK} op je bericht gereageerd|reageerde (?:met )?{_MARK} op je bericht"
    rf"|đã bày tỏ cảm xúc {_MARK} về tin nhắn của bạn",
    re.IGNORECASE,
)
_CHANGED = (
    r"(?:named|renamed|created) the group|changed the (?:group|chat) (?:photo|theme|name)"
    r"|changed the theme|set the (?:nickname|emoji|quick reaction)"
    r"|set (?:your|his|her|their|\S{1,40}) (?:own )?nickname|cleared the nickname"
    r"|started an? (?:audio |video )?(?:call|chat)\b"
    r"|added \S.{0,200}? to the group|removed \S.{0,200}? from the group"
    r"|(?:un)?pinned a message|created a poll|unsent a message|made \S.{0,60}? (?:a group )?admin"
)
_CALLED = r"(?:missed|declined|placed) (?:your|an?|the) (?:video |audio )?(?:call|chat)\b"
_YOU = re.compile(
    rf"You (?:{_CHANGED}|{_CALLED}|(?:are|can) now (?:connected on Messenger|message and call))"
)
_BARE = re.compile(rf"{_CHANGED}|{_CALLED}|(?:left|joined) the (?:group|(?:video |audio )?call)")
"""What stands without a full stop too: Instagram writes none."""
_THEY = re.compile(
    rf"(?:{_CHANGED}|(?:left|joined) the group|turned (?:on|off) |called you\b|waved (?:at|to|back)"
    rf"|{_CALLED}|started (?:a|an|sharing) |joined the (?:video |audio )?call|voted for"
    r"|changed (?:his|her|their) vote)"
)
_CALL = re.compile(
    r"(?:The )?(?:video |audio |voice )?(?:call|chat) (?:has )?(?:ended|started)\.?", re.IGNORECASE
)
_THINGS = (
    r"an attachment|\d{1,3} attachments?|(?:a|\d{1,3}) (?:photo|video|link|GIF|sticker)s?"
    r"|a (?:live )?location|a voice message"
)
_SENT = re.compile(
    rf"(?:.{{1,100}}? )?sent (?:{_THINGS})\."
    r"|(?:.{1,100} hat|Du hast|Sie haben) (?:einen Anhang|\d+ Anhänge) gesendet\."
    r"|(?:.{1,100} a|Vous avez|Tu as) envoyé (?:une|\d+) pièces? jointes?\."
    r"|(?:.{1,100} envió|Enviaste) (?:un archivo adjunto|\d+ archivos adjuntos)\."
    r"|(?:.{1,100} ha|Hai) inviato (?:un allegato|\d+ allegati)\."
    r"|.{1,100} enviou (?:um anexo|\d+ anexos)\."
    r"|(?:.{1,100} heeft|Je hebt) een bijlage (?:verzonden|gestuurd)\."
    r"|.{1,100}[傳传]送了 ?\d+ ?[份個个]附件。"
)
_ENDS = (".", "。", "।", "۔")
_LONGEST = 300
_LONGEST_BARE = 120


def is_placeholder(text: str, sender: str = "") -> bool:
    """It only says that something was sent, and what was sent stands beside it: in a language that
    is not known here, by the name that it begins with."""
    text = text.strip()
    if len(text) > _LONGEST or "\n" in text:
        return False
    named = bool(sender) and text.startswith(f"{sender} ") and " " in sender
    return bool(_SENT.fullmatch(text)) or (named and text.endswith(_ENDS))


def is_reaction(text: str) -> bool:
    """ "Reacted ❤ to your message": the reaction itself stands at that message."""
    return len(text) <= _LONGEST and bool(_REACTED.fullmatch(text.strip(" .\n")))


def is_notice(text: str, sender: str) -> bool:
    """What somebody did in the talk, told by the app.

    In every language it may begin with the whole name of who did it, which people do not begin
    their own messages with, and end as a sentence.
    """
    text = text.strip()
    if len(text) > _LONGEST or "\n" in text:
        return False
    ended = text.endswith(_ENDS) or len(text) <= _LONGEST_BARE
    if text.startswith(f"{sender} ") and " " in sender and text.endswith(_ENDS):
        return True
    told = _THEY if text.endswith(_ENDS) else _BARE
    named = (name for name in (sender, sender.partition(" ")[0]) if text.startswith(f"{name} "))
    if any(told.match(text, len(name) + 1) for name in named if name):
        return ended
    return ended and bool(_YOU.match(text) or _CALL.fullmatch(text))


__all__ = ["is_notice", "is_placeholder", "is_reaction"]
