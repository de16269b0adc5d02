"""Chats of Meta, Google and Microsoft, where an export and its records beside it do not say it."""

from __future__ import annotations

import io
import json
import re
import time
from pathlib import Path

import pytest

from ingest import Export, Item, Options, detect
from ingest.backwards import oldest_first
from ingest.meta_notices import is_notice, is_placeholder, is_reaction
from ingest.mojibake import mended, repaired
from ingest.pieces import pieces
from ingest.skype_markup import said
from ingest.zoned_dates import order_of, stamp
from secondme.errors import UnreadableExport
from secondme.record import Question, Record, Unread

MESSAGE = '{"sender_name": "Cy", "timestamp_ms": %d, "content": "hello %d"}'
HERE = Options(local_zone="Europe/Berlin")


def written(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def thread(people: list[str], title: str = "", text: str = "hi") -> str:
    messages = [{"sender_name": people[0], "timestamp_ms": 1700000000000, "content": text}]
    names = [{"name": name} for name in people]
    return json.dumps({"participants": names, "messages": messages, "title": title})


def read(path: Path, *others: Path, options: Options = HERE) -> list[Item]:
    exports = [Export(p) for p in (path, *others)]
    for export in exports:
        export.others = [other for other in exports if other is not export]
    items: list[Item] = []
    for member in exports[0].members:
        importer = detect(member)
        assert importer is not None, member.name
        items += importer.read(member, options)
    return items


def records(items: list[Item]) -> list[Record]:
    return [item for item in items if isinstance(item, Record)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Zo\u00c3\u00ab", "Zoë"),
        ("\u00f0\u009f\u0091\u008d d\u00c3\u00a9j\u00c3\u00a0 vu", "👍 déjà vu"),
        ("déjà vu, written rightly", "déjà vu, written rightly"),
        ("ten € in the clear", "ten € in the clear"),
        ("AMANHÃ", "AMANHÃ"),
        ("caf\u00c3\u00a9 \u00e2\u0080", "café "),
        ("plain", "plain"),
    ],
)
def test_letters_that_meta_took_apart_are_put_together(written: str, meant: str) -> None:
    assert repaired(written) == meant


def test_keys_are_put_together_too_and_bottomless_nesting_ends() -> None:
    assert mended({"Pr\u00c3\u00a9nom": ["Zo\u00c3\u00ab", 1]}) == {"Prénom": ["Zoë", 1]}
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert isinstance(mended(deep), list)


def test_what_the_app_put_into_a_mouth_is_told_from_what_was_said() -> None:
    assert is_reaction("Reacted ❤ to your message ")
    assert is_reaction("Hat mit 😆 auf deine Nachricht reagiert")
    assert not is_reaction("I reacted badly to your message")
    assert is_notice("You named the group Tea.", "Ada Poe")
    assert is_notice("Ada Poe hat die Gruppe Tee genannt.", "Ada Poe")
    assert is_notice("ada changed the theme to Tea.", "ada")
    assert is_notice("Ada named the group Tea.", "Ada Poe")
    assert is_notice("You started an audio call", "ada")
    assert not is_notice("Ada changed her mind", "Ada Poe")
    assert not is_notice("Mom called me yesterday.", "Mom")
    assert not is_notice("You left your cup here.", "Bea")
    assert not is_notice("Ada Poe here, hello", "Ada Poe")
    assert is_placeholder("Ada sent an attachment.")
    assert is_placeholder("Ada Poe wysyła załącznik.", "Ada Poe")
    assert not is_placeholder("Ada Poe wysyła załącznik.")
    assert not is_placeholder("I sent an attachment. Did you get it?")


def test_the_owner_is_found_in_another_part_of_a_big_download(tmp_path: Path) -> None:
    first, second = tmp_path / "facebook-1", tmp_path / "facebook-2"
    written(first / "messages/inbox/tea_1/message_1.json", thread(["Ada", "Bea", "Cy"], "Tea"))
    profile = {"profile_v2": {"name": {"full_name": "Ada"}}}
    written(second / "personal_information/profile_information.json", json.dumps(profile))
    assert [r.mine for r in records(read(first, second))] == [True]
    alone = read(first)
    assert [item.about for item in alone if isinstance(item, Question)] == ["me"]


def test_whoever_is_in_all_talks_is_the_owner(tmp_path: Path) -> None:
    for number, people in enumerate((["Ada", "Bea", "Cy"], ["Ada", "Dan", "Eve"]), 1):
        written(tmp_path / f"facebook/inbox/t_{number}/message_1.json", thread(people, "Tea"))
    items = read(tmp_path / "facebook")
    assert [r.mine for r in records(items)] == [True, True]
    assert not [item for item in items if isinstance(item, Question)]


def test_whoever_left_a_group_still_wrote_what_they_wrote(tmp_path: Path) -> None:
    content = json.loads(thread(["Bea", "Cy"], "Tea"))
    content["messages"] += [{"sender_name": "Ada Poe", "timestamp_ms": 1, "content": "Bye"}]
    written(tmp_path / "facebook/inbox/tea_1/message_1.json", json.dumps(content))
    profile = {"profile_v2": {"name": {"full_name": "Ada Poe"}}}
    written(tmp_path / "facebook/profile_information.json", json.dumps(profile))
    found = records(read(tmp_path / "facebook"))
    assert {r.author: r.mine for r in found} == {"Bea": False, "Ada Poe": True}


def test_two_whose_accounts_are_gone_are_two(tmp_path: Path) -> None:
    message = {"senderName": "Facebook user", "timestamp": 1700000000000, "text": "hi"}
    for name in ("Facebook user_1", "Facebook user_2"):
        talk = {"participants": ["Facebook user", "Ada"], "threadName": name, "messages": [message]}
        written(tmp_path / f"{name}.json", json.dumps(talk))
    named = [r.conversation for r in records(read(tmp_path))]
    assert named == ["Facebook user_1", "Facebook user_2"]


def test_a_talk_that_moves_to_the_archive_is_the_same_talk(tmp_path: Path) -> None:
    content = json.loads(thread(["Bea", "Ada"], "Bea"))
    named: list[str] = []
    for path in ("inbox/bea_1234567890", "archived_threads/beapoe_1234567890"):
        full = json.dumps(content | {"thread_path": path})
        named += [r.conversation for r in records(read(written(tmp_path / "m.json", full)))]
    assert named == ["1234567890", "1234567890"]


def test_a_download_cut_short_gives_what_is_whole(tmp_path: Path) -> None:
    messages = ",".join(MESSAGE % (1700000000000 - i * 1000, i) for i in range(50))
    whole = f'{{"participants": [{{"name": "Cy"}}, {{"name": "Ada"}}], "messages": [{messages}'
    items = read(written(tmp_path / "message_1.json", whole[:-5]))
    assert len(records(items)) == 49
    assert [item.where for item in items if isinstance(item, Unread)] == ["after message 49"]
    with pytest.raises(UnreadableExport) as caught:
        read(written(tmp_path / "message_2.json", whole[:120]))
    assert caught.value.hint


def test_a_time_outside_every_calendar_is_no_time(tmp_path: Path) -> None:
    messages = ",".join(MESSAGE % (at, 1) for at in (10**300, -(10**300), 10**15))
    whole = f'{{"participants": [{{"name": "Cy"}}], "messages": [{messages}]}}'
    found = records(read(written(tmp_path / "message_1.json", whole)))
    assert [r.sent_at for r in found] == [None, None, None]


def test_which_of_two_apps_wrote_a_talk_is_told_by_the_folders_around_it(tmp_path: Path) -> None:
    inside = "your_instagram_activity/messages/inbox/bea_1/message_1.json"
    written(tmp_path / "download" / inside, thread(["Bea", "Ada"], "Bea"))
    written(tmp_path / "other/messages/inbox/bea_1/message_1.json", thread(["Bea", "Ada"], "Bea"))
    assert {r.source for r in records(read(tmp_path / "download"))} == {"instagram"}
    assert {r.source for r in records(read(tmp_path / "other"))} == {"messenger"}


def test_a_page_whose_days_could_be_months_asks(tmp_path: Path) -> None:
    box = (
        '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder">'
        '<h2 class="_3-95 _2pim _a6-h _a6-i">Bea</h2>'
        '<div class="_3-95 _a6-p"><div><div></div><div>hi</div></div></div>'
        '<div class="_3-94 _a6-o">{}</div></div>'
    )
    boxes = box.format("03/04/2023, 10:20") + box.format("02/04/2023, 10:19")
    page = f"<html><head><title>Bea</title></head><body>{boxes}</body></html>"
    path = written(tmp_path / "facebook/inbox/bea_1/message_1.html", page)
    asked = {item.about for item in read(path) if isinstance(item, Question)}
    assert asked == {"date-order", "tz"}
    american = Options(local_zone="Europe/Berlin", date_order="mdy", zone="America/New_York")
    items = read(path, options=american)
    assert [r.sent_at for r in records(items)] == ["2023-02-04T15:19:00Z", "2023-03-04T15:20:00Z"]
    assert not [item for item in items if isinstance(item, Question)]


def test_a_page_of_posts_is_no_talk(tmp_path: Path) -> None:
    page = (
        '<html><body><div class="_a6-g"><h2 class="_2ph_ _a6-h _a6-i">Ada shared a link.</h2>'
        '<div class="_2ph_ _a6-p">x</div><footer class="_3-94 _a6-o">y</footer></div></body></html>'
    )
    member = Export(written(tmp_path / "your_posts_1.html", page)).members[0]
    found = detect(member)
    assert found is not None and found.name not in ("messenger", "instagram")


def test_activity_with_gemini_is_left_to_its_own_importer(tmp_path: Path) -> None:
    entry = {"header": "Gemini Apps", "title": "Prompted hi", "time": "2024-02-01T08:30:00Z"}
    path = written(
        tmp_path / "MyActivity.json", json.dumps([entry | {"products": ["Gemini Apps"]}])
    )
    found = detect(Export(path).members[0])
    assert found is None or found.name != "my-activity"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Nov 13, 2025, 9:50:57\u202fAM CDT", "2025-11-13T14:50:57Z"),
        ("12/31/2024, 11:00:00 PM GMT-03:30", "2025-01-01T02:30:00Z"),
        ("13.11.2025, 09:50:57 MEZ", "2025-11-13T08:50:57Z"),
        ("mercredi 12 novembre 2008, 20:53 UTC+01", "2008-11-12T19:53:00Z"),
        ("2021. 3. 4. 오후 3:12:10 KST", "2021-03-04T06:12:10Z"),
        ("2025. 11. 13. 오전 9:50:57 KST", "2025-11-13T00:50:57Z"),
        ("2021年12月8日 CST 08:34:32", "2021-12-08T00:34:32Z"),
        ("13 בנוב׳ 2025, 09:50:57 IST", "2025-11-13T07:50:57Z"),
        ("2025年2月10日 15:45:22 UTC", "2025-02-10T15:45:22Z"),
        ("12:00:01 AM, Monday, February 10, 2025 UTC", "2025-02-10T00:00:01Z"),
    ],
)
def test_times_with_a_zone_behind_them_are_sure(text: str, at: str) -> None:
    found = stamp(text, HERE, order=order_of([text], HERE)[0])
    assert found is not None
    assert (found.sent_at, found.zone) == (at, "explicit")


def test_times_that_are_none_are_none() -> None:
    for text in ("", "yesterday", "Feb 31, 2024, 1:00 PM", "99/99/9999 99:99", "Feb 3, 2024"):
        assert stamp(text, HERE) is None


def test_pages_are_cut_where_entries_begin_however_they_arrive() -> None:
    entries = [f'<div class="x">{"é" * (n % 7000)}{n}</div>' for n in range(0, 90000, 1300)]
    page = "<body>" + "".join(entries)
    marker = re.compile(r'<div class="x">')
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert list(pieces(io.BytesIO(page.encode(encoding)), marker)) == ["<body>", *entries]


def test_a_list_longer_than_is_held_is_turned_round_block_by_block() -> None:
    newest_first = list(range(50_000, 0, -1))
    turned = list(oldest_first(newest_first, lambda n: n))
    assert sorted(turned) == sorted(newest_first)
    assert turned[:20_000] == list(range(30_001, 50_001))
    assert list(oldest_first([1, 2, 3], lambda n: n)) == [1, 2, 3]


def test_tags_without_end_cost_no_time() -> None:
    started = time.process_time()
    for content in ("<quote>" * 50_000, "<" * 200_000, "<a href='" + "x" * 200_000, "<c " * 50_000):
        said(content)
    assert time.process_time() - started < 3


def test_skype_keeps_the_last_version_of_what_was_edited(tmp_path: Path) -> None:
    def message(second: int, content: str) -> dict[str, object]:
        at = f"2020-09-13T12:26:{second:02}Z"
        return {
            "id": str(1600000000000 + second * 1000), "originalarrivaltime": at,
            "messagetype": "RichText", "content": content, "from": "8:ada", "displayName": None,
        }  # fmt: skip

    mark = '<e_m ts="1600000001" ts_ms="1600000001000" a="ada" t="61"/>'
    messages = [message(9, f"third{mark}"), message(5, f"second{mark}"), message(1, "first")]
    talk = {"id": "8:bea", "displayName": "Bea", "MessageList": messages}
    export = {"userId": "8:ada", "exportDate": "2025-04-01T10:00", "conversations": [talk]}
    # The first version arrived at 12:26:41, which is 1600000001 in seconds since 1970.
    messages[2]["originalarrivaltime"] = "2020-09-13T12:26:41Z"
    found = records(read(written(tmp_path / "messages.json", json.dumps(export))))
    assert [(r.text, r.mine) for r in found] == [("third", True)]


def test_mail_of_the_same_api_is_no_chat_of_teams(tmp_path: Path) -> None:
    mail = {
        "createdDateTime": "2025-01-01T00:00:00Z", "receivedDateTime": "2025-01-01T00:00Z",
        "body": {"contentType": "html", "content": "x"}, "from": {"emailAddress": {"name": "A"}},
    }  # fmt: skip
    path = written(tmp_path / "mail.json", json.dumps({"value": [mail]}))
    found = detect(Export(path).members[0])
    assert found is None or found.name != "teams"


def test_a_talk_and_a_program_in_skype_are_nobody(tmp_path: Path) -> None:
    made = {"originalarrivaltime": "2020-09-13T12:28:20Z"}
    added = "<addmember><initiator>8:bea</initiator><target>8:cy</target></addmember>"
    messages = [
        made | {"id": "2", "messagetype": "RichText", "from": "28:helper", "content": "Welcome"},
        made
        | {"id": "1", "messagetype": "ThreadActivity/AddMember", "from": "19:t", "content": added},
    ]
    talk = {"id": "19:t", "displayName": "Tea", "MessageList": messages}
    whole = {"userId": "8:ada", "exportDate": "2025-04-01T10:00", "conversations": [talk]}
    found = records(read(written(tmp_path / "messages.json", json.dumps(whole))))
    assert [(r.author_id, r.role) for r in found] == [("bea", "person"), ("28:helper", "system")]


def test_an_owner_who_wrote_long_ago_wrote_it_all_the_same(tmp_path: Path) -> None:
    box = (
        '<div class="_3-95 _a6-g"><h2 class="_a6-h">{}</h2><div class="_a6-p">Tea?</div>'
        '<footer class="_a6-o"><div class="_a72d">Jul 12, 2024 4:55:32 pm</div></footer></div>'
    )
    page = "<title>Bea</title>" + box.format("Bea") * 70 + box.format("Ada")
    items = read(written(tmp_path / "inbox/bea_1/message_1.html", page))
    assert {r.author: r.mine for r in records(items)} == {"Bea": False, "Ada": True}
    assert not [item for item in items if isinstance(item, Question) and item.about == "me"]
