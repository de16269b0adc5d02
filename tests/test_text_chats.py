"""LINE, KakaoTalk, WeChat, QQ, IRC and imessage-exporter: what golden files do not show."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ingest import Export, Item, Options, detect
from ingest.irc import conversation_in, day_in
from ingest.irc import parse as parse_irc
from ingest.line import parse as parse_line
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

GOLDEN = Path(__file__).parent / "golden"
SOURCES = ("line", "kakaotalk", "wechat", "qq", "irc")
BERLIN = Options(local_zone="Europe/Berlin")


def files() -> list[Path]:
    names = [path for source in SOURCES for path in (GOLDEN / source).rglob("*") if path.is_file()]
    names += [*(GOLDEN / "imessage").glob("*.txt"), *(GOLDEN / "imessage").glob("*.html")]
    return sorted(path for path in names if not path.name.endswith(".expected.jsonl"))


def items(path: Path, options: Options = BERLIN) -> Iterator[Item]:
    for member in Export(path).members:
        importer = detect(member)
        if importer is not None:
            yield from importer.read(member, options)


def records(found: Iterator[Item]) -> list[Record]:
    return [item for item in found if isinstance(item, Record)]


ONE_CHARSET = [path for path in files() if path.name != "#tea.log"]


@pytest.mark.parametrize("path", ONE_CHARSET, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_text_saved_again_by_an_editor_says_the_same(path: Path, tmp_path: Path) -> None:
    before = [(r.text, r.author, r.sent_at) for r in records(items(path))]
    text = path.read_text(encoding="utf-8-sig")
    again = text.replace("\r\n", "\n").replace("\r", "\n")
    saved = [again.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + again.encode()]
    if path.suffix not in (".json", ".html"):
        saved.append(again.encode("utf-16"))
    for data in saved:
        copy = tmp_path / path.name
        copy.write_bytes(data)
        found = [(r.text.replace("\r", ""), r.author, r.sent_at) for r in records(items(copy))]
        assert found == before


@pytest.mark.parametrize("path", files(), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_file_that_breaks_off_gives_what_stands_before_the_break(
    path: Path, tmp_path: Path
) -> None:
    data, whole = path.read_bytes(), len(records(items(path)))
    cut = tmp_path / path.name
    for end in range(0, len(data), max(1, len(data) // 8)):
        cut.write_bytes(data[:end])
        try:
            found = list(items(cut))
        except UnreadableExport:
            continue
        if not any(isinstance(item, Unread) for item in found):
            assert len(records(iter(found))) <= whole + 1


JUNK = [
    "x",
    "1",
    "[",
    "[1] ",
    "10:30\t",
    "2024/01/05(金)\n",
    "\t",
    "<a> ",
    "[10:00] ",
    "- ",
    "\u200e",
]


@pytest.mark.parametrize("junk", JUNK)
def test_no_line_is_too_long(junk: str, tmp_path: Path) -> None:
    for source in (*SOURCES, "imessage"):
        path = next(path for path in files() if path.parent.name == source)
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes() + (junk * (150_000 // len(junk))).encode())
        start = time.process_time()
        with suppress(UnreadableExport):
            list(items(copy))
        assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "text",
    [
        "2024.01.15 Monday\n10:30 got up\n11:00 had tea\n12:10 went out\n13:20 came home\n",
        "[10:00] Buy milk\n[11:00] Call Ada\n",
        "2024-01-15 10:30:00 started\n2024-01-15 10:30:05 finished\n2024-01-15 10:31:00 cleaned\n",
        "2024-05-01 10:00:00\tERROR\tdisk\n2024-05-01 10:00:01\tINFO\tok\n",
        "10:00 <b>bold</b> plan\n11:00 more\n",
        "Date,User,Amount\n2024-01-01,Ada,3\n",
        "May 17, 2022 was a Tuesday.\nWe went out.\n",
        "a,b,c\n1,2,3\n",
        '[{"seq": 1, "name": "x"}]',
    ],
)
def test_diaries_logs_and_tables_are_not_taken_for_chats(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(text, encoding="utf-8")
    (member,) = Export(tmp_path / "x.txt").members
    importer = detect(member)
    assert importer is None or importer.name not in (*SOURCES, "imessage")


def _line(text: str, options: Options = BERLIN, named: str = "x") -> list[Item]:
    return list(parse_line(text, named=named, options=options))


def test_the_weekday_says_which_part_of_a_date_is_the_day() -> None:
    american = "[LINE] Chat history with Ada\n\nSat, 01/02/2021\n10:00\tAda\tx\n"
    british = "[LINE] Chat history with Ada\n\nMon, 01/02/2021\n10:00\tAda\tx\n"
    days = [records(iter(_line(text)))[0].sent_at for text in (american, british)]
    assert days == ["2021-01-02T09:00:00Z", "2021-02-01T09:00:00Z"]


def test_without_a_weekday_the_owner_is_asked_which_part_is_the_day() -> None:
    text = "[LINE] Chat history with Ada\n\n01/02/2021\n10:00\tAda\tx\n"
    found = _line(text)
    assert "date-order" in [item.about for item in found if isinstance(item, Question)]
    told = _line(text, Options(zone="UTC", date_order="dmy"))
    assert records(iter(told))[0].sent_at == "2021-02-01T10:00:00Z"
    assert not [item for item in told if isinstance(item, Question) and item.about == "date-order"]


def test_a_text_of_several_lines_may_hold_quotes_dates_and_blank_lines() -> None:
    text = (
        "[LINE] Chat history with Ada\n\n2021/02/01(Mon)\n"
        '10:00\tAda\t"he said ""no""\n\n2021/02/03\n10:30 is late"\n10:01\tAda\t"one line"\n'
    )
    found = [record.text for record in records(iter(_line(text)))]
    assert found == ['he said "no"\n\n2021/02/03\n10:30 is late', '"one line"']


def test_names_with_blanks_are_told_from_words_by_how_often_they_come() -> None:
    said = "".join(f"10:0{n} Ada King word{n} more\n10:0{n} Bob yes\n" for n in range(6))
    text = f"2021.02.01 Monday\n{said}10:30 Ada King\n10:31 Ada joined the group.\n"
    found = records(iter(_line(text, named="[LINE]Bob")))
    assert {(r.author, r.kind) for r in found} == {
        *(("Ada King", "message"), ("Bob", "message"), ("", "event")),
    }


def test_midnight_passes_where_a_log_does_not_say_so() -> None:
    lines = ["[23:59] <ada> a", "[00:01] <ada> b", "[00:00] <ada> c", "[08:00] <ada> d"]
    found = records(parse_irc(lines, "libera/#tea/2024-01-01.log", Options(zone="UTC")))
    assert [r.sent_at and r.sent_at[:10] for r in found] == ["2024-01-01", *(["2024-01-02"] * 3)]


def test_a_log_without_any_day_is_kept_without_times() -> None:
    found = list(parse_irc(["10:00 <ada> a", "10:01 <bea> b"], "tea.log", BERLIN))
    assert [r.sent_at for r in records(iter(found))] == [None, None]
    assert any(isinstance(item, Unread) and "day" in item.reason for item in found)


def test_the_owner_is_still_the_owner_under_another_nick() -> None:
    lines = [
        "2024-01-01 10:00:00\tada\ta",
        "2024-01-01 10:00:01\t--\tada is now known as ada_away",
        "2024-01-01 10:00:02\tada_away\tb",
        "2024-01-01 10:00:03\tbea\tc",
    ]
    options = Options(me=("ada",), zone="UTC")
    found = records(parse_irc(lines, "irc.libera.#tea.weechatlog", options))
    assert [r.mine for r in found] == [True, False, True, False]


@pytest.mark.parametrize(
    ("path", "conversation", "day"),
    [
        ("users/ada/moddata/log/libera/#tea/2024-01-02.log", "libera/#tea", "2024-01-02"),
        ("libera_#tea_20240102.log", "libera/#tea", "2024-01-02"),
        ("#tea.libera.20240102.log", "libera/#tea", "2024-01-02"),
        ("irc.libera.#tea.weechatlog", "libera/#tea", None),
        ("irclogs/libera/bea.log", "libera/bea", None),
        ("logs/2024/01/02/#tea.txt", "#tea", "2024-01-02"),
    ],
)
def test_a_log_is_called_after_its_path(path: str, conversation: str, day: str | None) -> None:
    found = day_in(path)
    assert (conversation_in(path), found.isoformat() if found else None) == (conversation, day)
