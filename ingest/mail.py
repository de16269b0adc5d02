"""Mail: mailboxes (Gmail Takeout, Thunderbird, Apple Mail), Maildir folders, and single mails.

    Mail/All mail Including Spam and Trash.mbox
    INBOX                                              <- Thunderbird, no extension
    Maildir/.Sent/cur/1714557600.M1P2.host:2,S
    letter.eml, 42.emlx, letter.msg                    <- the last two of Apple and of Outlook

A conversation is the thread that Gmail says, or the oldest mail that the references name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest import Item, Member, Options, importer
from ingest.decode import looks_binary
from ingest.mail_folders import place
from ingest.mail_records import Reader
from ingest.mbox import begins_mailbox, mails
from ingest.outlook import is_outlook, message
from ingest.resaved import as_lines
from secondme.errors import UnreadableExport

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
_APPLE = re.compile(rb"<key>flags</key>\s*<(?:integer|real)>(\d{1,18})")
_APPLE_DELETED, _APPLE_JUNK = 1 << 1, 1 << 24
_OUTLOOK_STORE = b"!BDN"
_INDEX = re.compile(rb"// <!-- <mdb:mork:z|\d+ V\d+ N\d+ G[0-9a-f]{32}|3 V\d+ N\d+")
"""Thunderbird's `.msf` and the lists of uids in a Maildir."""


def _looks_like_mail(member: Member) -> bool:
    suffix = member.suffix
    if suffix in (".mbox", ".eml", ".emlx"):
        return True
    head = as_lines(member).head
    if suffix == ".msg":
        return head.startswith(_OUTLOOK) or not looks_binary(head)
    if head.startswith(_OUTLOOK_STORE) or _INDEX.match(head):
        return True
    if suffix in _NEVER or looks_binary(head):
        return False
    return begins_mailbox(head) or _begins_with_headers(head)


def _begins_with_headers(head: bytes) -> bool:
    """At least two well-known headers, and nothing else, before the first blank line."""
    known = 0
    for number, line in enumerate(head[:16384].splitlines()):
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
    member = as_lines(member)
    head = member.head
    if _INDEX.match(head):
        return
    if head.startswith(_OUTLOOK_STORE):
        raise UnreadableExport(
            f"{member.name} is Outlook's own store, which only Outlook reads.",
            "Drag its folders into a mail program that keeps mbox files, or save mails as .msg.",
        )
    reader = Reader(place(f"{member.export.name}/{member.name}"), options)
    if begins_mailbox(head):
        with member.open() as stream:
            for number, raw in mails(stream):
                yield from reader.items(raw, f"mail {number}", boxed=True)
        yield from reader.close()
    elif member.suffix in _SINGLE or _begins_with_headers(head):
        yield from _single(member, reader)
    elif head.strip():
        raise UnreadableExport(
            f"{member.name} holds no mail.", "Export the mailbox again in mbox format."
        )


def _single(member: Member, reader: Reader) -> Iterator[Item]:
    if is_outlook(member.head):
        yield _outlook(member, reader)
        return
    if looks_binary(member.head):
        raise UnreadableExport(
            f"{member.name} is not a text mail.", "Save the mail in .eml format and import that."
        )
    with member.open() as stream:
        raw = stream.read(_LARGEST)
    if member.suffix == ".emlx":  # Apple Mail: a byte count, the mail, a property list
        count, _, rest = raw.partition(b"\n")
        if count.strip().isdigit() and len(count) < 12:
            raw, told = rest[: int(count)], _APPLE.search(rest, int(count))
            if told and int(told[1]) & (_APPLE_DELETED | _APPLE_JUNK):
                reader.thrown_away = True
    if raw.strip():
        yield from reader.items(raw, member.name)
        yield from reader.ask_zone()


def _outlook(member: Member, reader: Reader) -> Item:
    with member.open() as stream:
        data = stream.read(_LARGEST)
    try:
        return reader.record(*message(data), data)
    except ValueError as error:
        raise UnreadableExport(
            f"{member.name} is no mail of Outlook's, or a damaged one.", "Save it in .eml format."
        ) from error
