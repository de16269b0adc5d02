"""Address books and calendars that no program should have written, and what is asked about them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import Export, Item, Options, detect
from ingest.calendar_rules import in_words
from ingest.calendar_zones import moment, zones
from ingest.contentlines import Component, components, fields, parsed
from ingest.mail_folders import place
from ingest.outlook import message
from ingest.outlook_rtf import rich_words, unpacked
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread


def read(path: Path, options: Options | None = None) -> list[Item]:
    (member,) = Export(path).members
    importer = detect(member)
    assert importer is not None
    return list(importer.read(member, options or Options(local_zone="Asia/Tokyo")))


def cards(tmp_path: Path, text: str, *me: str) -> list[Item]:
    path = tmp_path / "book.vcf"
    path.write_text(text, encoding="utf-8")
    return read(path, Options(me=me))


CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Bea\nTEL:0171 1234567\nEND:VCARD\n"


def test_national_numbers_are_read_by_the_owners_own_and_asked_about_without_it(
    tmp_path: Path,
) -> None:
    record, question = cards(tmp_path, CARD)
    assert isinstance(record, Record)
    assert isinstance(question, Question)
    assert (record.author_id, question.about) == ("0171 1234567", "me")
    (record,) = cards(tmp_path, CARD, "Ada", "+49 30 765432")
    assert isinstance(record, Record)
    assert record.author_id == "+491711234567"


def test_a_book_that_was_cut_keeps_every_whole_card(tmp_path: Path) -> None:
    found = cards(tmp_path, CARD * 2 + CARD[:40])
    assert [type(item) for item in found] == [Record, Record, Unread, Question]


def test_a_card_whose_end_is_missing_is_one_where_the_next_begins(tmp_path: Path) -> None:
    found = cards(tmp_path, CARD.replace("END:VCARD\n", "") + CARD)
    assert [type(item) for item in found] == [Record, Record, Question]


@pytest.mark.parametrize(
    "logical",
    ['N;"' + ";" * 100_000, "N;" + '"' * 100_000, "N:" + "\\;" * 50_000, "A;" * 50_000 + ":"],
)
def test_a_line_without_end_costs_no_more_than_its_length(logical: str) -> None:
    began = time.process_time()
    list(components(["BEGIN:VCARD", logical, f" {logical}", "END:VCARD"], {"VCARD"}))
    fields(logical)
    assert time.process_time() - began < 2


def test_components_nested_without_end_cost_one(tmp_path: Path) -> None:
    began = time.process_time()
    lines = ["BEGIN:VEVENT", *["BEGIN:VALARM"] * 20_000, "END:VEVENT", *CARD.split("\n")]
    found = [c.name for c in components(lines, {"VEVENT", "VCARD"}) if isinstance(c, Component)]
    assert found[-1] == "VCARD"
    assert time.process_time() - began < 4


@given(st.lists(st.text(max_size=30), max_size=20))
def test_no_lines_break_the_reading(lines: list[str]) -> None:
    known = zones([])
    list(components(["BEGIN:VEVENT", *lines, "END:VEVENT"], {"VEVENT"}))
    for line in lines:
        parsed(f"X;{line}:{line}")
        in_words(line)
        moment(line)
        known(line)


@pytest.mark.parametrize("value", ["99999999T999999Z", "00010101T000000Z", "99991231T235959", "-1"])
def test_a_day_at_the_end_of_the_calendar_is_kept_as_written(tmp_path: Path, value: str) -> None:
    path = tmp_path / "far.ics"
    body = (
        f"DTSTART:{value}\nDURATION:P999999W\nRRULE:FREQ=DAILY;INTERVAL=9999999999;COUNT=99999999"
    )
    path.write_text(f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:far\n{body}\nEND:VEVENT\n")
    record = read(path)[0]
    assert isinstance(record, Record)
    assert record.sent_local == value


def test_a_calendar_without_a_zone_asks_once_and_takes_the_answer(tmp_path: Path) -> None:
    path = tmp_path / "days.ics"
    event = "BEGIN:VEVENT\nDTSTART:20240506T090000\nSUMMARY:tea\nEND:VEVENT\n"
    path.write_text(f"BEGIN:VCALENDAR\n{event}{event}END:VCALENDAR\n")
    first, question, second = read(path)
    assert isinstance(first, Record)
    assert isinstance(question, Question)
    assert isinstance(second, Record)
    assert (first.sent_at, first.zone, question.guess) == (
        "2024-05-06T00:00:00Z", "guessed", "Asia/Tokyo"
    )  # fmt: skip
    told = read(path, Options(zone="Europe/Berlin"))
    assert [item.zone for item in told if isinstance(item, Record)] == ["asked", "asked"]
    assert len(told) == 2


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=DAILY", "every day"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=4",
            "every 2 weeks on Monday and Friday 4 times",
        ),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Friday"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "every month on day 1 and day 15"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "every year on the second Sunday in March"),
        ("FREQ=WEEKLY;UNTIL=20241231T235959Z", "every week until 2024-12-31"),
        ("RSCALE=HEBREW;FREQ=YEARLY", "every year of the hebrew calendar"),
        ("FREQ=NEVER", ""),
        ("", ""),
    ],
)
def test_a_rule_is_said_in_words(rule: str, said: str) -> None:
    assert in_words(rule) == said


@pytest.mark.parametrize(
    ("name", "names", "sent", "gone"),
    [
        ("Maildir/.Sent/cur/1.M1.host:2,S", ("", "Sent"), True, False),
        ("Maildir/.INBOX.Gel&APY-scht/cur/1.M1.host;2,S", ("INBOX", "Gelöscht"), False, True),
        ("Maildir/cur/1.M1.host:2,ST", ("Maildir",), False, True),
        ("Sent Messages.mbox/AB12/Data/Messages/1.emlx", ("1", "Messages"), True, False),
        ("ImapMail/x/[Gmail].sbd/Sent Mail", ("Sent Mail",), True, False),
        ("A &- B/letter.eml", ("letter", "A & B"), False, False),
        ("Sent/&bad-.eml", ("Sent",), True, False),
    ],
)
def test_a_folder_tells_whose_mails_are_in_it(
    name: str, names: tuple[str, ...], sent: bool, gone: bool
) -> None:
    found = place(name)
    assert {one for one in names if one} <= set(found.names)
    assert (found.sent, found.thrown_away) == (sent, gone)


PACKED = bytes.fromhex(
    "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0"
)  # the second example of the description of the format


def test_outlooks_rich_text_is_unpacked() -> None:
    assert unpacked(PACKED) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert rich_words(PACKED) == "WXYZWXYZWXYZWXYZWXYZ"


@given(st.binary(max_size=300))
def test_no_packed_text_breaks_the_reading(data: bytes) -> None:
    unpacked(data)
    unpacked(PACKED[:16] + data)
    rich_words(PACKED[:12] + b"\0" * 4 + data)


LETTER = Path(__file__).parent / "golden" / "mail" / "letter.msg"


@given(st.integers(0, 40_000), st.binary(min_size=1, max_size=8))
def test_no_damage_to_a_compound_file_breaks_the_reading(at: int, data: bytes) -> None:
    whole = LETTER.read_bytes()
    for broken in (whole[:at], whole[:at] + data + whole[at + len(data) :]):
        try:
            message(broken)
        except ValueError as error:
            assert str(error)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("store.pst", b"!BDN" + bytes(600), "Outlook"),
        ("letter.msg", LETTER.read_bytes()[:600], "damaged"),
        ("days.ics", b"no calendar at all\n" * 3, "calendar"),
        ("day.json", b'["vcalendar", [', "whole"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(
    tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UnreadableExport, match=words) as refused:
        read(tmp_path / name)
    assert refused.value.hint


def test_what_a_mail_program_keeps_for_itself_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "Inbox.msf"
    path.write_text('// <!-- <mdb:mork:z v="1.4"/> -->\n< <(a=c)> // (f=iso-8859-1)\n')
    assert read(path) == []
