"""WhatsApp exports: what is hard about them and a golden file does not show."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import Export, Item, Options, detect
from ingest.calendar_words import hour
from ingest.whatsapp import conversation_name, parse
from secondme.errors import UsageError
from secondme.record import Question, Record, Unread

BERLIN = Options(local_zone="Europe/Berlin")


def read(text: str, options: Options = BERLIN, conversation: str = "Test") -> list[Item]:
    return list(parse(text, conversation=conversation, options=options))


def records(text: str, options: Options = BERLIN, conversation: str = "Test") -> list[Record]:
    return [item for item in read(text, options, conversation) if isinstance(item, Record)]


def asked(text: str, options: Options = BERLIN, conversation: str = "Test") -> list[str]:
    items = read(text, options, conversation)
    return [item.about for item in items if isinstance(item, Question)]


_LINES = st.one_of(
    st.text(alphabet='ab:/-[], 0123456789.\u200e\u202f\r«"', max_size=40),
    st.builds(
        "{}/{}/{}, {}:{:02} - {}{}".format,
        *(st.integers(0, 40), st.integers(0, 40), st.sampled_from([22, 2022, 2565, 1401])),
        *(st.integers(0, 30), st.integers(0, 70), st.sampled_from(["Ada", "Bea: x", "a"])),
        st.sampled_from([": hi", ":", ":.", "", ": https://x", " left"]),
    ),
    st.builds(
        "{}[{}.{}.{}, {}:05:{:02}] {}: {}".format,
        *(st.sampled_from(["", "\u200e"]), st.integers(0, 40), st.integers(0, 40)),
        *(st.integers(0, 99), st.integers(0, 30), st.integers(0, 70)),
        *(st.sampled_from(["Ada", "\u202a+1 555\u202c"]), st.text(max_size=10)),
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_LINES, max_size=12).map("\n".join))
def test_no_line_is_lost_whatever_the_file_holds(text: str) -> None:
    items = read(text)
    bodies = [item.text for item in items if isinstance(item, Record)]
    kept = [line for body in bodies for line in body.split("\n")]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    before = len(lines) - len(kept)
    assert all(line.endswith(end) for line, end in zip(lines[before:], kept, strict=True))
    if any(line.strip("\0 \t\u200e") for line in lines[:before]):
        assert any(isinstance(item, Unread) for item in items)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_at_all_is_read_without_an_error(text: str) -> None:
    read(text)


@pytest.mark.parametrize(
    "junk", ["x", "1/", "[1/1/22 ", "12/05/2019, 10:00 ", "\u200e", "a:", "1 "]
)
@pytest.mark.parametrize(
    "before", ["", "12/05/2019, 10:00 - Ada: ", "[12/05/2019, 10:00:01] Ada: "]
)
def test_a_line_of_300_kb_is_read_in_less_than_a_second(junk: str, before: str) -> None:
    text = before + junk * (300_000 // len(junk))
    start = time.process_time()
    read(text)
    assert time.process_time() - start < 1


def test_a_pasted_line_of_another_phone_stays_in_its_message() -> None:
    text = (
        "[16/05/24, 10:00:00] Ada: he wrote:\n[10:30, 15/01/2024] Bob: come\n"
        "15/01/2024, 10:30 - Bob: come\n[15/01/24, 10:30] Bob: come\n"
        "[16/05/24, 10:00:09] Bea: did he\n[16/05/24, 10:00:10] Ada: no\n"
        "[16/05/24, 10:00:11] Bea: a\n[16/05/24, 10:00:12] Ada: b\n[16/05/24, 10:00:13] Bea: c\n"
    )
    assert [r.author for r in records(text)] == ["Ada", "Bea", "Ada", "Bea", "Ada", "Bea"]


def test_a_subject_with_a_colon_is_a_notice_and_not_a_person() -> None:
    text = (
        '16/05/2024, 10:00 - Ada changed the subject to "plan: b"\n'
        "16/05/2024, 10:01 - Ada changed the description to: hello\n"
        "16/05/2024, 10:02 - Ada: ok\n16/05/2024, 10:03 - Ada Lovelace: yes\n"
        "16/05/2024, 10:04 - Bea joined using https://example.org/x\n"
    )
    found = [(r.kind, r.author) for r in records(text)]
    assert found == [
        *(("event", ""), ("event", ""), ("message", "Ada"), ("message", "Ada Lovelace")),
        ("event", ""),
    ]


def test_the_order_in_which_time_runs_forward_is_the_right_one() -> None:
    days = ["11/01/24", "12/01/24", "01/02/24", "02/02/24"]
    text = "".join(f"{day}, 10:00 - Ada: x\n" for day in days)
    assert [r.sent_at and r.sent_at[:10] for r in records(text)] == [
        *("2024-01-11", "2024-01-12", "2024-02-01", "2024-02-02"),
    ]
    assert "date-order" not in asked(text)


def test_when_only_a_guess_is_left_the_owner_is_asked_and_heard() -> None:
    text = "01/02/24, 10:00 - Ada: x\n02/02/24, 10:00 - Ada: y\n"
    assert "date-order" in asked(text)
    told = Options(local_zone="UTC", date_order="mdy")
    assert "date-order" not in asked(text, told)
    assert [r.sent_at and r.sent_at[:10] for r in records(text, told)] == [
        "2024-01-02",
        "2024-02-02",
    ]


def test_a_chat_of_two_says_who_the_owner_is_and_a_group_does_not() -> None:
    text = "16/05/2024, 10:00 - Ada: x\n16/05/2024, 10:01 - Bea: y\n"
    assert [r.mine for r in records(text, conversation="BEA")] == [True, False]
    assert [r.mine for r in records(text, conversation="Bea (RU)")] == [True, False]
    assert [r.mine for r in records(text, conversation="Book club")] == [False, False]
    assert "me" in asked(text, conversation="Book club")
    named = Options(me=("bea",), zone="UTC")
    assert [r.mine for r in records(text, named, "Book club")] == [False, True]
    assert asked(text, named, "Book club") == []


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("01/01/1388", "2009-03-21"),
        ("1/1/1399", "2020-03-20"),
        ("1400/1/1", "2021-03-21"),
        ("30/12/1403", "2025-03-20"),
        ("1404/1/1", "2025-03-21"),
        ("31/06/1404", "2025-09-22"),
        ("۱۴۰۸/۱/۱", "2029-03-20"),
    ],
)
def test_a_phone_that_counts_persian_years_means_our_days(written: str, day: str) -> None:
    (record,) = records(f"{written}, 10:00 - Ada: x\n", Options(zone="UTC"))
    assert record.sent_at == f"{day}T10:00:00Z"


def test_a_day_that_its_calendar_does_not_have_is_no_time() -> None:
    text = "29/12/1402, 10:00 - Ada: x\n30/12/1402, 10:00 - Ada: y\n"  # 1402 was no leap year
    assert [bool(record.sent_at) for record in records(text)] == [True, False]


def test_an_islamic_year_is_kept_as_written_and_the_owner_is_told() -> None:
    found = read("27/12/1445, 10:00 - Ada: x\n28/12/1445, 10:00 - Ada: y\n")
    (record, _) = (item for item in found if isinstance(item, Record))
    assert (record.sent_at, record.zone, record.sent_local) == (None, "none", "27/12/1445, 10:00")
    (unread,) = (item for item in found if isinstance(item, Unread))
    assert "27/12/1445" in unread.reason


def test_a_message_with_an_impossible_time_is_a_message_without_a_time(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(
        "29/01/2018, 12:24 - Ada: one\n31/02/2018, 12:25 - Bea: two\nand more\n"
        "29/01/2018, 25:10 - Bea: three\n29/01/2018, 12:61 - Ada: four\n"
    )
    (member,) = Export(path).members
    importer = detect(member)
    assert importer is not None and importer.name == "whatsapp"
    found = [item for item in importer.read(member, BERLIN) if isinstance(item, Record)]
    assert [(r.author, r.text) for r in found] == [
        *(("Ada", "one"), ("Bea", "two\nand more"), ("Bea", "three"), ("Ada", "four")),
    ]
    assert [bool(r.sent_at) for r in found] == [True, False, False, False]
    assert found[1].sent_local == "31/02/2018, 12:25"


def test_a_line_with_an_impossible_time_and_nobody_behind_it_stays_in_its_message() -> None:
    text = "29/01/2018, 12:24 - Ada: my list\n31/02/2018, 12:25 - buy bread\n"
    assert [r.text for r in records(text)] == ["my list\n31/02/2018, 12:25 - buy bread"]


def test_a_group_may_be_called_after_a_time() -> None:
    text = "16/05/2024, 10:00 - 12:30 Club: hi\n16/05/2024, 10:01 - Club at 9:30: a: b\n"
    found = [(r.author, r.text) for r in records(text)]
    assert found == [("12:30 Club", "hi"), ("Club at 9:30", "a: b")]


@pytest.mark.parametrize(
    "body",
    [
        "Missed voice call",
        "Voice call, 12 min",
        "\u200eVideo call. \u200e3 min",
        "Verpasster Sprachanruf",
        "Пропущенный аудиозвонок",
        "不在着信",
        "Appel vocal manqué",
    ],
)
def test_the_line_that_a_call_leaves_is_nobodys_words(body: str) -> None:
    text = f"16/05/2024, 10:00 - Ada: {body}\n16/05/2024, 10:01 - Ada: Missed call my foot\n"
    call, said = records(text)
    assert (call.kind, call.role, call.author) == ("message", "system", "Ada")
    assert said.role == "person"


@pytest.mark.parametrize(
    "notice",
    [
        "Messages and calls are end-to-end encrypted. Only people in this chat can read them.",
        "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.",
        "メッセージと通話はエンドツーエンドで暗号化されています。",
    ],
)
def test_a_notice_is_nobodys_words_in_any_language(notice: str) -> None:
    text = f"[16/05/24, 10:00:00] Ada: \u200e{notice}\n[16/05/24, 10:00:01] Ada: Hello\n"
    assert [r.role for r in records(text)] == ["system", "person"]


@pytest.mark.parametrize(
    ("word", "hour"), [("e pasdites", 15), ("e paradites", 3), ("ب.ظ.", 15), ("pēcp.", 15)]
)
def test_three_in_the_afternoon_is_so_in_rarer_languages(word: str, hour: int) -> None:
    (record,) = records(f"14.3.2023, 3:05 {word} - Ana: x\n", Options(zone="UTC"))
    assert record.sent_at == f"2023-03-14T{hour:02}:05:00Z"


def test_an_unknown_half_of_the_day_is_reported_once() -> None:
    text = "14.3.2023, 3:05 zog - Ana: x\n14.3.2023, 12:05 zog - Ana: y\n"
    (unread,) = (item for item in read(text) if isinstance(item, Unread))
    assert "zog" in unread.reason


def test_a_word_that_only_says_at_is_no_half_of_the_day() -> None:
    beside = "14.3.2023 klo 9.05 - Ana: x\n14.3.2023 klo 9.06 - Ana: y\n"
    whole = "14.3.2023, 3:05 zog - Ana: x\n14.3.2023, 15:05 zog - Ana: y\n"
    for text in (beside, whole):
        assert not [item for item in read(text) if isinstance(item, Unread)]


def test_marks_are_taken_from_names_and_left_in_what_was_said() -> None:
    (record,) = records("16/05/2024, 10:00 - Ada\u202e: \u202bx\u202c\n")
    assert (record.author, record.text) == ("Ada", "\u202bx\u202c")


def test_an_unknown_zone_is_the_owners_mistake_and_is_said_so() -> None:
    with pytest.raises(UsageError):
        records("16/05/2024, 10:00 - Ada: x\n", Options(zone="Europe/Nowhere"))


@pytest.mark.parametrize(
    "word", ["AM", "a.\u00a0m.", "上午", "오전", "ص", "ق.ظ.", "π.μ.", "dop.", "SA"]
)
def test_the_morning_is_known_in_many_languages(word: str) -> None:
    assert hour(word, 3) == 3


@pytest.mark.parametrize(
    "word", ["pm", "P. M.", "下午", "午後", "오후", "م", "μ.μ.", "du.", "ÖS", "CH"]
)
def test_the_afternoon_is_known_in_many_languages(word: str) -> None:
    assert hour(word, 3) == 15


@pytest.mark.parametrize(
    ("name", "chat"),
    [
        ("WhatsApp Chat with Ada.txt", "Ada"),
        ("WhatsApp Chat mit Ada.txt", "Ada"),
        ("Conversa do WhatsApp com Ada & Co.txt", "Ada & Co"),
        ("Discussion WhatsApp avec Ada.txt", "Ada"),
        ("Чат WhatsApp с\u00a0контактом Ada.txt", "Ada"),
        ("WhatsApp_Chat_with_Ada_Lovelace.txt", "Ada Lovelace"),
        ("WhatsApp Chat - Ada (2).txt", "Ada"),
        ("Ada ile WhatsApp Sohbeti.txt", "Ada"),
        ("my_notes.txt", "my_notes"),
        ("_chat.txt", ""),
    ],
)
def test_a_chat_is_called_what_the_phone_called_its_file(
    tmp_path: Path, name: str, chat: str
) -> None:
    (tmp_path / name).write_text("16/05/2024, 10:00 - Ada: x\n", encoding="utf-8")
    assert conversation_name(Export(tmp_path / name).members[0]) == chat


def test_a_chat_without_a_name_is_called_after_its_people() -> None:
    found = records("16/05/2024, 10:00 - Bea: x\n16/05/2024, 10:01 - Ada: y\n", conversation="")
    assert {r.conversation for r in found} == {"Ada, Bea"}


def test_a_chat_inside_a_zip_inside_a_zip_is_called_after_the_inner_one(tmp_path: Path) -> None:
    inner, outer = tmp_path / "WhatsApp Chat - Ada.zip", tmp_path / "phone.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("_chat.txt", "[16/05/24, 10:00:00] Ada: x\n")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, inner.name)
    (member,) = Export(outer).members
    assert conversation_name(member) == "Ada"


@pytest.mark.parametrize(
    "text",
    [
        "[2024-05-01 10:00:00] ERROR: disk\n[2024-05-01 10:00:01] INFO: ok\n" * 3,
        "2024-05-01 10:00 - got up\n2024-05-01 11:00 - had tea\n2024-05-01 12:00 - slept\n",
        "[2024-05-01, 10:00] Ada: Signal writes this\n" * 4,
        "Notes\n\n16/05/2024, 10:00 - Ada: quoted once\n\nand more\nand more\n",
    ],
)
def test_logs_diaries_and_quotes_are_not_taken_for_chats(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.txt").write_text(text, encoding="utf-8")
    (member,) = Export(tmp_path / "x.txt").members
    importer = detect(member)
    assert importer is None or importer.name != "whatsapp"


def test_an_empty_chat_file_is_a_chat_without_messages(tmp_path: Path) -> None:
    (tmp_path / "_chat.txt").write_bytes(b"")
    (member,) = Export(tmp_path / "_chat.txt").members
    importer = detect(member)
    assert importer is not None and importer.name == "whatsapp"
    assert list(importer.read(member, BERLIN)) == []
