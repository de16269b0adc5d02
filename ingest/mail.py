"""Mail: single `.eml` files and mailboxes (Gmail Takeout, Thunderbird, Apple Mail).

    Mail/All mail Including Spam and Trash.mbox
    INBOX                                              <- Thunderbird, no extension

Text is the body as written, quotes and signature included. A conversation is the thread that
Gmail says, or the oldest mail that the references name.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parsedate_to_datetime

from ingest import Item, Member, Options, importer
from ingest.decode import looks_binary
from ingest.mailparts import address, addresses, body, headers, words
from ingest.mbox import begins_mailbox, mails
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

_SINGLE = (".eml", ".emlx", ".msg")
_LARGEST = 64 * 1024 * 1024
_OUTLOOK = b"\xd0\xcf\x11\xe0"
_NEVER = frozenset(".md .markdown .csv .tsv .json .jsonl .html .htm .xml .py .js .ics".split())
_KNOWN = frozenset(
    b"from to cc subject date message-id received return-path delivered-to mime-version reply-to"
    b" content-type content-transfer-encoding in-reply-to references sender x-original-to"
    b" envelope-to x-mailer dkim-signature x-gm-thrid x-gmail-labels".split()
)
_NAME = re.compile(rb"([!-9;-~]{1,80}?)[ \t]*:")
_ID = re.compile(r"<([^<>\s]+)>")
_ANSWER = re.compile(
    r"\s*(?:re|aw|fwd?|wg|sv|vs|antw|tr|rv|res|odp|ynt|回复|转发|答复|轉寄|回覆)\s*(?:\[\d+\])?\s*[::]\s*",
    re.IGNORECASE,
)
_SENT = frozenset(
    "sent|sent mail|sent items|sent messages|gesendet|gesendete elemente|gesendete objekte|envoyés"
    "|messages envoyés|éléments envoyés|enviados|elementos enviados|enviadas|posta inviata|inviata"
    "|inviati|verzonden|skickat|skickade|sendt|wysłane|odeslané|отправленные|надіслані|送信済み"
    "|送信済みメール|已发送|已傳送|寄件備份|보낸편지함".split("|")
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
_parser = BytesParser(policy=compat32)  # the modern policy parses every address: ten times slower


def _looks_like_mail(member: Member) -> bool:
    suffix, head = member.suffix, member.head
    if suffix in (".mbox", ".eml", ".emlx"):
        return True
    if suffix == ".msg":
        return head.startswith(_OUTLOOK) or not looks_binary(head)
    if suffix in _NEVER or looks_binary(head):
        return False
    return begins_mailbox(head) or _begins_with_headers(head)


def _begins_with_headers(head: bytes) -> bool:
    """At least two well-known headers, and nothing else, before the first blank line."""
    known = 0
    for number, line in enumerate(head[:16384].lstrip(b"\xef\xbb\xbf").splitlines()):
        if not line.strip() or number > 200:
            break
        match = _NAME.match(line)
        if match is None and (number == 0 or line[:1] not in b" \t"):
            return False
        known += match is not None and match[1].lower() in _KNOWN
    return known >= 2


@importer("mail", recognises=_looks_like_mail)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield one record per mail in file order; a mailbox of any size takes the memory of one mail.

    Equal mails give equal ids. Different mails that carry one Message-ID stay different.
    """
    reader = _Reader(member, options)
    if begins_mailbox(member.head):
        with member.open() as stream:
            for number, raw in mails(stream):
                yield reader.item(raw, f"mail {number}")
        yield from reader.question()
    elif member.suffix in _SINGLE or _begins_with_headers(member.head):
        raw = _single(member)
        if raw.strip():
            yield reader.item(raw, member.name)
    elif member.head.strip():
        raise UnreadableExport(
            f"{member.name} holds no mail.", "Export the mailbox again in mbox format."
        )


def _single(member: Member) -> bytes:
    if looks_binary(member.head):
        raise UnreadableExport(
            f"{member.name} is not a text mail.", "Save the mail in .eml format and import that."
        )
    with member.open() as stream:
        raw = stream.read(_LARGEST)
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if member.suffix == ".emlx":  # Apple Mail: a byte count, the mail, a property list
        count, _, rest = raw.partition(b"\n")
        raw = rest[: int(count)] if count.strip().isdigit() and len(count) < 12 else raw
    return raw


class _Reader:
    """What is remembered between the mails of one file."""

    def __init__(self, member: Member, options: Options) -> None:
        self._me = {name.casefold() for name in options.me}
        self._sent_folder = member.stem.casefold() in _SENT
        self._thrown_away = member.stem.casefold() in _THROWN_AWAY
        self._ids: dict[bytes, bytes] = {}
        self._delivered: Counter[str] = Counter()
        self._any_mine = False

    def item(self, raw: bytes, where: str) -> Record | Unread:
        try:
            record = self._record(raw)
        except (Exception, RecursionError) as error:  # a hostile mail must not end a mailbox
            return Unread(where, f"The mail cannot be understood ({type(error).__name__}).")
        self._any_mine = self._any_mine or record.mine
        return record

    def question(self) -> Iterator[Question]:
        if not self._me and not self._any_mine and self._delivered:
            guess = self._delivered.most_common(1)[0][0]
            yield Question("me", "Which address is yours?", guess, "--me")

    def _record(self, raw: bytes) -> Record:
        message = _parser.parsebytes(raw)
        head = headers(message)
        content = body(message)
        subject = words(_first(head, "subject"))
        author, author_id = address(_first(head, "from") or _first(head, "sender"))
        labels = [label.strip() for label in words(_first(head, "x-gmail-labels")).split(",")]
        doubtful = self._is_doubtful(head, labels)
        own = _ids(_first(head, "message-id"))[:1] or [_first(head, "message-id").strip()]
        native = self._native_id(own[0], head, raw, content.text)
        answered = _ids(_first(head, "in-reply-to"))[:1] or _ids(_first(head, "references"))[-1:]
        sent_at, written = _time(head)
        self._delivered.update(addresses(head.get("delivered-to", [])[:1]))
        return Record(
            "mail",
            _thread(head) or own[0] or native,
            content.text,
            author,
            author_id,
            sent_at,
            written,
            "explicit" if sent_at else "none",
            "s",
            "mail",
            not doubtful and self._is_mine(author, author_id, labels),
            "system" if doubtful else "person",
            native,
            answered[0] if answered else None,
            subject,
            _bare_subject(subject),
            content.attachments,
            _meta(head, labels),
        )

    def _is_doubtful(self, head: dict[str, list[str]], labels: list[str]) -> bool:
        """Spam and what was thrown away: in it nobody is known to be who they say they are."""
        flagged = any(flag.strip().casefold() == "yes" for flag in head.get("x-spam-flag", []))
        thrown = self._thrown_away or any(label.casefold() in _THROWN_AWAY for label in labels)
        return flagged or thrown

    def _is_mine(self, author: str, author_id: str, labels: list[str]) -> bool:
        if self._me & {author.casefold(), author_id}:
            return True
        return self._sent_folder or any(label.casefold() in _SENT for label in labels)

    def _native_id(self, native: str, head: dict[str, list[str]], raw: bytes, text: str) -> str:
        """The Message-ID; with a digest behind it where an earlier mail took it for other words.

        Without a Message-ID a digest of the headers that a mail keeps wherever it lies, and of
        its text.
        """
        kept = [value for name in ("date", "from", "subject") for value in head.get(name, [""])]
        content = hashlib.sha256("\0".join([*kept, text]).encode("utf-8", "replace")).hexdigest()
        if not native:
            whole = content if text else hashlib.sha256(raw.replace(b"\r", b"")).hexdigest()
            return f"sha256:{whole[:32]}"
        key, digest = hashlib.blake2b(native.encode(), digest_size=8).digest(), content[:16]
        if self._ids.setdefault(key, bytes.fromhex(digest)) != bytes.fromhex(digest):
            return f"{native}#{digest}"
        return native


def _first(head: dict[str, list[str]], name: str) -> str:
    """The first value that is not empty: headers can be doubled."""
    return next((value for value in head.get(name, ()) if value.strip()), "")


def _ids(value: str) -> list[str]:
    return _ID.findall(value)


def _thread(head: dict[str, list[str]]) -> str:
    if thread := _first(head, "x-gm-thrid").strip():
        return thread
    named = _ids(_first(head, "references")) or _ids(_first(head, "in-reply-to"))
    return named[0] if named else ""


def _bare_subject(subject: str) -> str:
    """Without `Re:` and its relatives, however many were piled up."""
    while match := _ANSWER.match(subject):
        subject = subject[match.end() :]
    return subject


def _time(head: dict[str, list[str]]) -> tuple[str | None, str]:
    """In UTC and as written; the last server's stamp where the sender's clock made no sense."""
    written = _first(head, "date").strip()
    stamps = [value.rpartition(";")[2] for value in head.get("received", [])[:5]]
    return next((utc for value in (written, *stamps) if (utc := _utc(value))), None), written


def _utc(value: str) -> str | None:
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is not None:  # `-0000` means UTC, with nothing said about the place
            moment = moment.astimezone(UTC)
        return moment.replace(tzinfo=None, microsecond=0).isoformat() + "Z"
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _meta(head: dict[str, list[str]], labels: list[str]) -> str:
    kept: dict[str, list[str]] = {}
    if to := addresses(head.get("to", []) + head.get("cc", [])):
        kept["to"] = to[:50]
    if any(labels):
        kept["labels"] = [label for label in labels if label]
    return json.dumps(kept, ensure_ascii=False) if kept else ""
