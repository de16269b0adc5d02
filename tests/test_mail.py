"""Mailboxes of any size and any honesty."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import Export, Item, Options, detect, mail, mbox
from ingest.digests import Digests
from ingest.mailparts import address, addresses, charset_text, words
from ingest.markup import page_text
from secondme.record import Question, Record, Unread

ENVELOPE = b"From ada@example.org Mon Jan  1 12:00:00 2024\n"


def read(path: Path, *me: str) -> list[Item]:
    (member,) = Export(path).members
    importer = detect(member)
    assert importer is not None
    assert importer.name == "mail"
    return list(importer.read(member, Options(me=me)))


def letter(tmp_path: Path, content: bytes, *me: str) -> Record:
    path = tmp_path / "letter.eml"
    path.write_bytes(content)
    (item,) = read(path, *me)
    assert isinstance(item, Record)
    return item


def mailbox(*bodies: bytes) -> bytes:
    return b"".join(
        ENVELOPE + b"From: ada@example.org\nMessage-ID: <%d@x>\n\n" % n + body + b"\n\n"
        for n, body in enumerate(bodies)
    )


@pytest.mark.parametrize(
    "line",
    [
        b"From here on we walk",
        b"From Mon to Fri I work",
        b"From: is a header only above the blank line",
        b"From me@example.org with love",
        b"From ada@example.org Mon Jan  1 12:00:00 2024\nbut no header follows",
    ],
)
def test_a_sentence_that_starts_with_from_does_not_end_a_mail(line: bytes) -> None:
    found = list(mbox.mails(io.BytesIO(mailbox(b"Hello\n\n" + line, b"second"))))
    assert len(found) == 2
    assert line in found[0][1]


@given(
    st.lists(
        st.lists(st.sampled_from([b"", b"word", b">From x", b"From y", b"\xff"]), max_size=5),
        max_size=5,
    ),
    st.integers(1, 200),
)
def test_where_the_file_is_cut_into_chunks_makes_no_difference(
    bodies: list[list[bytes]], chunk: int
) -> None:
    data = mailbox(*(b"\n".join(lines) for lines in bodies))
    whole = list(mbox.mails(io.BytesIO(data)))
    pieces = list(mbox.mails(_Slow(data, chunk)))
    assert pieces == whole
    assert len(whole) == len(bodies)


class _Slow(io.BytesIO):
    """A stream that never gives more than `chunk` bytes at once."""

    def __init__(self, data: bytes, chunk: int) -> None:
        super().__init__(data)
        self._most = chunk

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._most)


def test_a_giant_mail_is_shortened_and_the_next_one_is_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mbox, "_LONGEST", 1000)
    data = mailbox(b"words first\n" + b"attachment\n" * 5000, b"the next")
    first, second = (raw for _, raw in mbox.mails(_Slow(data, 256)))
    assert b"words first" in first
    assert len(first) <= 1000
    assert second.strip().endswith(b"the next")


def test_equal_mails_in_two_places_have_one_id_and_other_words_another(tmp_path: Path) -> None:
    def copy(body: bytes, label: bytes) -> bytes:
        return ENVELOPE + b"Message-ID: <a@x>\nX-Gmail-Labels: " + label + b"\n\n" + body + b"\n\n"

    path = tmp_path / "all.mbox"
    path.write_bytes(copy(b"one", b"Inbox") + copy(b"one", b"Work") + copy(b"two", b"Inbox"))
    first, again, other = (item for item in read(path) if isinstance(item, Record))
    assert first.native_id == again.native_id == "a@x"
    assert other.native_id != "a@x"
    assert str(other.native_id).startswith("a@x#")
    assert first.conversation == other.conversation


def test_a_mail_without_an_id_gets_one_that_its_place_does_not_change(tmp_path: Path) -> None:
    content = b"From: a@x\nSubject: s\n\nbody\n"
    alone = letter(tmp_path, content)
    boxed = tmp_path / "Archive.mbox"
    boxed.write_bytes(ENVELOPE + content + b"\n")
    (item, *_) = read(boxed)
    assert isinstance(item, Record)
    assert item.native_id == alone.native_id


@pytest.mark.parametrize(
    ("date", "sent_at"),
    [
        ("Wed, 1 May 2024 10:00:00 +0200", "2024-05-01T08:00:00Z"),
        ("1 May 2024 10:00:00 EST", "2024-05-01T15:00:00Z"),
        ("Wed, 1 May 2024 10:00:00 -0000", "2024-05-01T10:00:00Z"),
        ("Wed, 32 Foo 2024 99:00:00 +9999", "2024-05-02T06:00:00Z"),
        ("", "2024-05-02T06:00:00Z"),
        ("Wed, 1 May 2024 10:00:00 CEST", "2024-05-01T08:00:00Z"),
        ("Wed, 1 May 1996 10:00:00 MET DST", "1996-05-01T08:00:00Z"),
        ("Wed, 1 May 2024 10:00:00 GMT+02:00", "2024-05-01T08:00:00Z"),
        ("2024-05-01T10:00:00+02:00", "2024-05-01T08:00:00Z"),
        ("Tue, 2 May 100 10:00:00 +0200", "2000-05-02T08:00:00Z"),
        ("Wed, 1 May 2024 10:00:00", "2024-05-02T06:00:00Z"),
        ("Thu, 1 Jan 1970 00:00:00 +0000", "2024-05-02T06:00:00Z"),
    ],
)
def test_a_date_that_makes_no_sense_gives_way_to_the_servers(
    tmp_path: Path, date: str, sent_at: str
) -> None:
    head = f"Date: {date}\nReceived: by x; Thu, 2 May 2024 08:00:00 +0200\nFrom: a@x\n\nbody"
    record = letter(tmp_path, head.encode())
    assert (record.sent_at, record.sent_local, record.zone) == (sent_at, date, "explicit")


def test_a_time_without_a_zone_is_the_owners_and_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "letter.eml"
    path.write_bytes(b"Date: Wed, 1 May 2024 10:00:00\nFrom: a@x\n\nbody")
    (member,) = Export(path).members
    record, question = mail.read(member, Options(local_zone="Europe/Berlin"))
    assert isinstance(record, Record) and isinstance(question, Question)
    assert (record.sent_at, record.zone) == ("2024-05-01T08:00:00Z", "guessed")
    assert question.about == "tz"
    (record,) = mail.read(member, Options(zone="Asia/Tokyo"))
    assert isinstance(record, Record)
    assert (record.sent_at, record.zone) == ("2024-05-01T01:00:00Z", "asked")


@pytest.mark.parametrize(
    "saved",
    [
        lambda box: b"\xe2\x80\x8e" + box,
        lambda box: b"\xef\xbb\xbf\xef\xbb\xbf" + box,
        lambda box: b"".join(b"\xe2\x80\xab" + line for line in box.splitlines(True)),
        lambda box: box.replace(b"\n", b"\r"),
        lambda box: box.replace(b" Mon Jan  1 12:00:00 2024", b" Mo Jan  1 12:00:00 2024"),
        lambda box: box.replace(b" Mon Jan  1 12:00:00 2024", b" 2024-01-01 12:00:00"),
    ],
    ids=["mark", "marks", "marked lines", "Macintosh", "German", "ISO"],
)
@pytest.mark.parametrize("name", ["box.mbox", "INBOX"])
def test_a_mailbox_that_others_wrote_again_holds_the_same_mails(
    tmp_path: Path, saved: Callable[[bytes], bytes], name: str
) -> None:
    letter = b"From: a@x\nSubject: s\nMessage-ID: <%d@x>\n\nFrom here on we sail\n\n"
    path = tmp_path / name
    path.write_bytes(saved(b"".join(ENVELOPE + letter % n for n in range(3))))
    found = [item for item in read(path) if isinstance(item, Record)]
    assert [r.native_id for r in found] == ["0@x", "1@x", "2@x"]
    assert {r.text for r in found} == {"From here on we sail"}


def test_a_mail_without_any_time_has_none(tmp_path: Path) -> None:
    record = letter(tmp_path, b"From: a@x\nSubject: when?\n\nbody")
    assert (record.sent_at, record.zone) == (None, "none")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Ada <Ada@Example.org>", ("Ada", "ada@example.org")),
        ('"Lovelace, Ada" <a@x>', ("Lovelace, Ada", "a@x")),
        (r'"the \"A\"" <a@x>', ('the "A"', "a@x")),
        ("=?utf-8?Q?L=C3=B6_=3Cx=3E?= <a@x>", ("Lö <x>", "a@x")),
        ("a@x (Ada)", ("Ada", "a@x")),
        ("a@x", ("a@x", "a@x")),
        ("<a@x>, <b@x>", ("a@x", "a@x")),
        ("b@x <a@x>", ("b@x", "a@x")),
        ("nobody in particular", ("nobody in particular", "")),
        ("crew: a@x, b@x;", ("a@x", "a@x")),
        ("", ("", "")),
    ],
)
def test_the_writer_of_a_mail_is_found(header: str, expected: tuple[str, str]) -> None:
    assert address(header) == expected


def test_who_got_a_mail_is_listed_once() -> None:
    assert addresses(["A <a@x>, b@y", "undisclosed:;", "<A@X>"]) == ["a@x", "b@y"]


@given(st.text(max_size=200))
def test_no_header_value_breaks_the_reading(value: str) -> None:
    words(value)
    words(f"=?utf-8?b?{value}?=")
    address(value)


@given(st.binary(max_size=200), st.sampled_from(["utf-8", "x", "hex", "rot13", "", "utf-7", "\0"]))
def test_no_charset_breaks_the_reading(data: bytes, charset: str) -> None:
    charset_text(data, charset).encode("utf-8", "surrogatepass")


@given(st.lists(st.binary(max_size=200), max_size=4))
def test_no_mail_breaks_the_mailbox(bodies: list[bytes]) -> None:
    odd = b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "Archive.mbox"
        path.write_bytes(mailbox(b"whole", *bodies, *(odd + body for body in bodies)))
        items = read(path)
    assert items
    assert all(isinstance(item, Record | Unread | Question) for item in items)


def test_a_mail_of_ten_thousand_nested_parts_costs_one_mail(tmp_path: Path) -> None:
    nest = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(10_000)
    )
    path = tmp_path / "hostile.mbox"
    path.write_bytes(mailbox(b"first").rstrip() + b"\n\n" + ENVELOPE + nest + mailbox(b"last"))
    items = read(path)
    texts = [item.text for item in items if isinstance(item, Record)]
    assert (texts[0], texts[-1]) == ("first", "last")
    assert [item.where for item in items if isinstance(item, Unread)] == ["mail 2"]


def test_html_nested_beyond_reason_is_still_words() -> None:
    started = time.process_time()
    assert page_text("<div>" * 100_000 + "hello" + "</div>" * 100_000) == "hello"
    assert time.process_time() - started < 2


def test_html_reads_like_the_page() -> None:
    html = "<p>one<br>two <b>and</b>\n more</p><table><tr><td>a</td><td>b</td></tr></table>tail"
    assert page_text(html).split() == ["one", "two", "and", "more", "a", "b", "tail"]
    assert "one\ntwo and more\n" in page_text(html)
    assert "b\ntail" in page_text(html).replace("\n\n", "\n")


def test_a_plain_part_that_says_nothing_gives_way_to_the_html(tmp_path: Path) -> None:
    page = b"<p>" + b"The words that matter. " * 40
    record = letter(
        tmp_path,
        b"From: a@x\nContent-Type: multipart/alternative; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nYour program shows no HTML.\n"
        b"--b\nContent-Type: text/html\n\n" + page + b"\n--b--\n",
    )
    assert record.text.startswith("The words that matter.")


@pytest.mark.parametrize(
    ("head", "me", "mine"),
    [
        (b"From: Ada <ada@x>", "ada@x", True),
        (b"From: Ada <ada@x>", "ADA", True),
        (b"From: Bea <bea@x>", "ada@x", False),
        (b"From: Bea <bea@x>\nX-Gmail-Labels: Important,Sent", "", True),
        (b"From: Bea <bea@x>\nX-Gmail-Labels: =?utf-8?q?Envoy=C3=A9s?=", "", True),
    ],
)
def test_the_owners_mails_are_known(tmp_path: Path, head: bytes, me: str, mine: bool) -> None:
    record = letter(tmp_path, head + b"\nSubject: s\n\nbody", *([me] if me else []))
    assert record.mine is mine


@pytest.mark.parametrize(
    "head",
    [
        b"X-Gmail-Labels: Spam,Unread",
        b"X-Gmail-Labels: =?utf-8?q?Wichtig,Papierkorb?=",
        b"X-Gmail-Labels: Sent,Trash",
        b"X-Gmail-Labels: =?utf-8?b?0KHQv9Cw0Lw=?=",
        b"X-Spam-Flag: YES",
        b"X-Spam-Flag: no\nX-Spam-Flag: yes",
    ],
)
def test_a_forger_who_writes_in_the_owners_name_is_not_the_owner(
    tmp_path: Path, head: bytes
) -> None:
    mail = b"From: Ada <ada@x>\n" + head + b"\nSubject: s\n\nI owe you money."
    record = letter(tmp_path, mail, "ada@x")
    assert not record.mine
    assert record.role != "person", "nothing in it may become a fact about anybody"
    assert record.author_id == "ada@x"


def test_a_mailbox_of_spam_is_nobodys_word(tmp_path: Path) -> None:
    path = tmp_path / "Junk"
    path.write_bytes(mailbox(b"hello"))
    (record,) = read(path, "ada@example.org")
    assert isinstance(record, Record)
    assert (record.mine, record.role) == (False, "system")


def test_a_label_about_spam_and_a_clean_bill_are_no_reason_for_doubt(tmp_path: Path) -> None:
    head = b"From: Ada <ada@x>\nX-Gmail-Labels: Spam filters,Inbox\nX-Spam-Flag: NO\n\nbody"
    record = letter(tmp_path, head, "ada@x")
    assert (record.mine, record.role) == (True, "person")


def test_a_mailbox_of_sent_mails_is_the_owners(tmp_path: Path) -> None:
    path = tmp_path / "Sent"
    path.write_bytes(mailbox(b"hello"))
    (record,) = read(path)
    assert isinstance(record, Record)
    assert record.mine


def test_a_mailbox_asks_whose_it_is_and_guesses_the_address_it_was_delivered_to(
    tmp_path: Path,
) -> None:
    path = tmp_path / "Inbox"
    one = ENVELOPE + b"Delivered-To: me@example.org\nFrom: ada@x\nSubject: s\n\nbody\n\n"
    path.write_bytes(one * 2)
    (question,) = (item for item in read(path) if isinstance(item, Question))
    assert (question.about, question.guess) == ("me", "me@example.org")
    assert not [item for item in read(path, "me@example.org") if isinstance(item, Question)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("note.md", "From: me\nTo: you\n\nA poem in the shape of a mail."),
        ("table.csv", "From: a,To: b\nSubject: c,Date: d\n"),
        ("todo.txt", "From: the attic\nbring: the lamp\nand the chair\n"),
        ("diary.txt", "From Monday on I will write.\nSubject to change.\n"),
    ],
)
def test_what_only_resembles_a_mail_is_left_to_others(
    tmp_path: Path, name: str, content: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    (member,) = Export(path).members
    found = detect(member)
    assert found is None or found.name != "mail"


def test_an_id_stands_for_the_words_that_it_came_with_first_among_a_hundred_thousand() -> None:
    digests = Digests()
    for number in range(100_000):
        assert digests.first(f"<{number}@example.org>", number) == number
    assert all(digests.first(f"<{n}@example.org>", n + 1) == n for n in range(0, 100_000, 997))
