"""What one mail says: who wrote it to whom, when, in which thread, and which words are not theirs.

Text is the body as written, quotes and signature included; the places of what is repeated from
other mails stand in the meta, so that nobody is taken at another's word.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from ingest import Options
from ingest.digests import Digests
from ingest.mail_chats import is_chat, talk
from ingest.mail_folders import Place, is_sent, is_thrown_away
from ingest.mailparts import Body, address, addresses, body, words
from ingest.mime import Headers, Part, first, leaves
from ingest.times import parse_iso, utc
from ingest.zoned_dates import offset
from secondme.record import Question, Record, Unread

_DELETED = 0x0008
"""Of `X-Mozilla-Status`: Thunderbird no longer shows it, and has not written the file anew yet."""
_ID = re.compile(r"<([^<>\s]+)>")
_FIRST_YEAR = 1971
"""Of any mail; what lies before is a clock that was never set."""
_ANSWER = re.compile(
    r"\s*(?:re|aw|fwd?|wg|sv|vs|antw|tr|rv|res|odp|ynt|回复|转发|答复|轉寄|回覆)\s*(?:\[\d+\])?\s*[::]\s*",
    re.IGNORECASE,
)


class Reader:
    """What is remembered between the mails of one file."""

    def __init__(self, place: Place, options: Options) -> None:
        self._options = options
        self._me = {name.casefold() for name in options.me}
        self._sent_folder = place.sent
        self.thrown_away = place.thrown_away
        self._ids = Digests()
        self._delivered: Counter[str] = Counter()
        self._any_mine = False
        self._guessed_zone = False
        self._deleted = 0

    def items(self, raw: bytes, where: str, *, boxed: bool = False) -> Iterator[Record | Unread]:
        """Of a mail as it was sent: one, but for a chat that was kept as a mail. What is marked as
        deleted is left out of a mailbox; a file by itself is there because somebody kept it.
        """
        try:
            head, parts = leaves(raw)
            if boxed and self._is_deleted(head):
                self._deleted += 1
            elif chat := is_chat(parts):
                yield from self._chat(head, chat)
            else:
                yield self.record(head, body(parts), raw)
        except (Exception, RecursionError) as error:  # a hostile mail must not end a mailbox
            yield Unread(where, f"The mail cannot be understood ({type(error).__name__}).")

    def ask_zone(self) -> Iterator[Question]:
        if self._guessed_zone:
            zone = self._options.local_zone
            text = f"In which time zone was the mail written that names none? It is read as {zone}."
            yield Question("tz", text, zone, "--tz")

    def close(self) -> Iterator[Question | Unread]:
        yield from self.ask_zone()
        if self._deleted:
            yield Unread(
                "deleted mails",
                f"{self._deleted} that the mail program no longer shows, and had not yet cut out of"
                " the file, were left out.",
            )
        if not self._me and not self._any_mine and self._delivered:
            guess = self._delivered.most_common(1)[0][0]
            yield Question("me", "Which address is yours?", guess, "--me")

    def record(self, head: Headers, content: Body, raw: bytes) -> Record:
        """Of a mail taken apart; `raw` tells mails without id and text from one another."""
        subject = words(first(head, "subject"))
        author, author_id = address(first(head, "from") or first(head, "sender"))
        labels = [label.strip() for label in words(first(head, "x-gmail-labels")).split(",")]
        doubtful = self._is_doubtful(head, labels)
        mine = not doubtful and self._is_mine(author, author_id, labels)
        self._any_mine = self._any_mine or mine
        own = _ids(first(head, "message-id"))[:1] or [first(head, "message-id").strip()]
        native = self._native_id(own[0], head, raw, content.text)
        answered = _ids(first(head, "in-reply-to"))[:1] or _ids(first(head, "references"))[-1:]
        sent_at, written, zone = _time(head, self._options)
        self._guessed_zone = self._guessed_zone or zone == "guessed"
        self._delivered.update(addresses(head.get("delivered-to", [])[:1]))
        return Record(
            "mail",
            _thread(head) or own[0] or native,
            content.text,
            author,
            author_id,
            sent_at,
            written,
            zone,
            "s",
            "mail",
            mine,
            "system" if doubtful else "person",
            native,
            answered[0] if answered else None,
            subject,
            _bare_subject(subject),
            content.attachments,
            _meta(head, labels, content),
        )

    def _chat(self, head: Headers, part: Part) -> Iterator[Record]:
        """Google Talk kept its chats among the mails, a conversation in each."""
        whole = self.record(head, Body("", (), []), part.raw)
        for number, said in enumerate(talk(part), 1):
            name, handle = address(first(head, "from"))
            author = name if said.author == handle else said.author
            mine = bool(self._me & {author.casefold(), said.author})
            self._any_mine = self._any_mine or mine
            yield whole._replace(
                text=said.text,
                author=author,
                author_id=said.author,
                sent_at=said.sent_at or whole.sent_at,
                sent_local=said.written or whole.sent_local,
                zone="unix" if said.sent_at else whole.zone,
                kind="message",
                mine=mine,
                native_id=f"{whole.native_id}/{number}",
                subject="",
            )

    def _is_deleted(self, head: Headers) -> bool:
        status = first(head, "x-mozilla-status").strip()
        try:
            return bool(int(status[:8], 16) & _DELETED) if status else False
        except ValueError:
            return False

    def _is_doubtful(self, head: Headers, labels: list[str]) -> bool:
        """Spam and what was thrown away: in it nobody is known to be who they say they are."""
        flagged = any(flag.strip().casefold() == "yes" for flag in head.get("x-spam-flag", []))
        return flagged or self.thrown_away or is_thrown_away(labels)

    def _is_mine(self, author: str, author_id: str, labels: list[str]) -> bool:
        if self._me & {author.casefold(), author_id}:
            return True
        return self._sent_folder or is_sent(labels)

    def _native_id(self, native: str, head: Headers, raw: bytes, text: str) -> str:
        """The Message-ID; with a digest behind it where an earlier mail took it for other words.

        Without a Message-ID a digest of the headers that a mail keeps wherever it lies, and of
        its text.
        """
        kept = [value for name in ("date", "from", "subject") for value in head.get(name, [""])]
        content = hashlib.sha256("\0".join([*kept, text]).encode("utf-8", "replace")).hexdigest()
        if not native:
            whole = content if text else hashlib.sha256(raw.replace(b"\r", b"")).hexdigest()
            return f"sha256:{whole[:32]}"
        digest = content[:16]
        if self._ids.first(native, int(digest, 16)) != int(digest, 16):
            return f"{native}#{digest}"
        return native


def _ids(value: str) -> list[str]:
    return _ID.findall(value)


def _thread(head: Headers) -> str:
    if thread := first(head, "x-gm-thrid").strip():
        return thread
    named = _ids(first(head, "references")) or _ids(first(head, "in-reply-to"))
    return named[0] if named else ""


def _bare_subject(subject: str) -> str:
    """Without `Re:` and its relatives, however many were piled up."""
    while match := _ANSWER.match(subject):
        subject = subject[match.end() :]
    return subject


def _time(head: Headers, options: Options) -> tuple[str | None, str, str]:
    """In UTC, as written, and how the zone is known; the last server's stamp where the sender's
    clock made no sense, or did not say where it stood."""
    written = first(head, "date").strip()
    stamps = [value.rpartition(";")[2] for value in head.get("received", [])[:5]]
    for value in (written, *stamps):
        local, hours = _clock(value)
        if local and hours is not None:
            return (local - timedelta(hours=hours)).isoformat() + "Z", written, "explicit"
    local, _ = _clock(written)
    try:
        at = utc(local, options.zone or options.local_zone) if local else None
    except ValueError:
        at = None
    return at, written, ("asked" if options.zone else "guessed") if at else "none"


def _clock(value: str) -> tuple[datetime | None, float | None]:
    """What the clock showed, and how many hours it is ahead of UTC where that is said."""
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        iso = parse_iso(value)
        return (datetime.fromisoformat(iso.removesuffix("Z")), 0) if iso else (None, None)
    if 100 <= moment.year < 200:  # programs that counted from 1900 into the new century
        moment = moment.replace(year=moment.year + 1900)
    if moment.year < _FIRST_YEAR:
        return None, None
    ahead = moment.utcoffset()
    local = moment.replace(tzinfo=None, microsecond=0)
    if ahead is not None:
        return local, ahead.total_seconds() / 3600
    if value.rstrip().endswith("-0000"):  # UTC, with nothing said about the place
        return local, 0
    hours = offset(value)
    return local, hours + 1 if hours is not None and value.endswith(" DST") else hours


def _meta(head: Headers, labels: list[str], content: Body) -> str:
    kept = {
        "to": addresses(head.get("to", []) + head.get("cc", []))[:50],
        "labels": [label for label in labels if label],
        "list": first(head, "list-id").strip(),
        "quoted": content.quoted,
    }
    said = {name: value for name, value in kept.items() if value}
    return json.dumps(said, ensure_ascii=False, sort_keys=True) if said else ""


__all__ = ["Reader"]
