"""What the place of a mail says about it: the folder's name in many languages, and flags.

.Sent/cur/1714557600.M1P2.host:2,RS                     <- Maildir; T is thrown away, D a draft
.Entw&APw-rfe/cur/…                                     <- IMAP's own spelling of Entwürfe
Sent Messages.mbox/1A2B/Data/Messages/42.emlx           <- Apple Mail
ImapMail/imap.example.org/[Gmail].sbd/Sent Mail         <- Thunderbird
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from typing import NamedTuple

_SENT = frozenset(
    "sent|sent mail|sent items|sent messages|gesendet|gesendete elemente|gesendete objekte|envoyés"
    "|messages envoyés|éléments envoyés|enviados|elementos enviados|enviadas|posta inviata|inviata"
    "|inviati|verzonden|verzonden items|skickat|skickade|sendt|wysłane|odeslané|отправленные"
    "|надіслані|送信済み|送信済みメール|已发送|已傳送|寄件備份|보낸편지함|gönderilmiş|gönderilen"
    "|lähetetyt|elküldött|trimise|απεσταλμένα|שנשלחו|المرسلة|terkirim".split("|")
)
_THROWN_AWAY = frozenset(
    "spam|junk|junk mail|junk e-mail|junk email|bulk mail|trash|bin|deleted|deleted items"
    "|deleted messages|spamverdacht|papierkorb|gelöscht|gelöschte elemente|gelöschte objekte"
    "|junk-e-mail|werbung|indésirables|courrier indésirable|pourriel|corbeille|éléments supprimés"
    "|messages supprimés|correo no deseado|no deseado|papelera|elementos eliminados|eliminados"
    "|posta indesiderata|indesiderata|cestino|posta eliminata|lixo|lixo eletrônico|lixeira"
    "|correio não solicitado|itens excluídos|itens eliminados|ongewenst|ongewenste e-mail"
    "|ongewenste reclame|prullenbak|prullenmand|verwijderde items|skräp|skräppost|papperskorgen"
    "|papperskorg|borttaget|søppelpost|søppel|papirkurv|papirkurven|uønsket e-mail|uønsket mail"
    "|roskaposti|roskakori|poistetut|kosz|wiadomości-śmieci|elementy usunięte|koš|odstraněná pošta"
    "|nevyžádaná pošta|спам|нежелательная почта|корзина|удаленные|удалённые|кошик|небажана пошта"
    "|önemsiz|istenmeyen|çöp kutusu|迷惑メール|ゴミ箱|垃圾邮件|垃圾箱|已删除邮件|已删除|垃圾郵件"
    "|垃圾桶|刪除的郵件|스팸|스팸함|스팸메일함|휴지통".split("|")
)
"""Labels and folders in which a mail's From line is worth nothing: forgers like to write to people
in their own name."""
_FLAGS = re.compile(r"[:;!,]2,([A-Za-z]*)$")
_ENCODED = re.compile(r"&([A-Za-z0-9+,]*)-")
_SUFFIXES = (".mbox", ".sbd", ".imapmbox")
_FEW = 3
"""How many folders above a mail may be the one that it lies in, by a program's own layout."""


class Place(NamedTuple):
    names: tuple[str, ...]
    """Of its folder, as it is shown, and of the file."""
    flags: str
    """Maildir's; empty elsewhere."""

    @property
    def sent(self) -> bool:
        return is_sent(self.names)

    @property
    def thrown_away(self) -> bool:
        return "T" in self.flags or is_thrown_away(self.names)


def place(name: str) -> Place:
    """Of a mail or a mailbox by its path inside the export."""
    *folders, file = name.split("/")
    flags = _FLAGS.search(file)
    named = [] if flags else [file]
    if folders and folders[-1] in ("cur", "new", "tmp"):
        # Maildir keeps folders in folders as `.Archive.2019`.
        named += folders[-2].split(".") if len(folders) > 1 else []
    else:
        boxes = [folder for folder in folders if folder.lower().endswith(_SUFFIXES)]
        named += [*folders[-1:], *boxes[-_FEW:]]
    shown = (_shown(one) for one in named)
    return Place(tuple(dict.fromkeys(one for one in shown if one)), flags[1] if flags else "")


def is_sent(names: Iterable[str]) -> bool:
    return any(name.casefold() in _SENT for name in names)


def is_thrown_away(names: Iterable[str]) -> bool:
    return any(name.casefold() in _THROWN_AWAY for name in names)


def _shown(folder: str) -> str:
    for suffix in (*_SUFFIXES, ".eml", ".emlx", ".msg"):
        folder = folder.removesuffix(suffix)
    return _ENCODED.sub(_decoded, folder).strip()


def _decoded(match: re.Match[str]) -> str:
    """IMAP's UTF-7 (RFC 3501): `&APw-` is ü, `&-` an ampersand."""
    if not match[1]:
        return "&"
    data = match[1].replace(",", "/")
    try:
        return binascii.a2b_base64(data + "=" * (-len(data) % 4)).decode("utf-16-be")
    except ValueError:
        return match[0]


__all__ = ["Place", "is_sent", "is_thrown_away", "place"]
