"""The built-in life is what it claims to be: real formats, exact references, nobody real."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

from ingest import Export, Item, Options, detect
from secondme.life import Ref, Stated, folder, gold
from secondme.record import Dialect, Record

WRITER = Path(__file__).parents[1] / "packaging" / "make_life.py"
NEVER_ISSUED = re.compile(
    r"\+1 555 01\d\d|\+44 7700 900\d{3}|\+44 20 7946 0\d{3}|\+44 113 496 0\d{3}"
)
CATEGORIES = {
    *("identity", "place", "work", "study", "relation", "preference"),
    *("possession", "health", "routine", "plan", "event", "opinion"),
}


@cache
def items() -> tuple[Item, ...]:
    options = Options(me=gold().owner, zone=gold().zone)
    found: list[Item] = []
    for member in Export(folder()).members:
        importer = detect(member)
        assert importer, f"nobody reads {member.name}"
        found += importer.read(member, options)
    return tuple(found)


def records() -> list[Record]:
    return [item for item in items() if isinstance(item, Record)]


def the_record(ref: Ref) -> Record:
    """The only record of the whole life with these words, which lies where `ref` says."""
    holders = [record for record in records() if ref.contains in record.text]
    assert len(holders) == 1, f"{len(holders)} records say {ref.contains!r}"
    assert (holders[0].source, holders[0].conversation) == (ref.source, ref.conversation)
    return holders[0]


def test_every_format_is_there_as_its_app_exports_it() -> None:
    count = Counter(r.source for r in records())
    assert count.pop("markdown") >= 60
    assert count.pop("text") >= 6
    assert count == {
        "whatsapp": 992,
        "telegram": 206,
        "chatgpt": 80,
        "claude": 41,
        "mail": 41,
        "secondme-jsonl": 77,
    }
    chats = {r.conversation for r in records() if r.source == "whatsapp"}
    assert chats == {"Thursday Kettle", "Joost", "Hattie"}
    assert sum(r.kind == "event" for r in records()) >= 9


def test_nothing_in_it_is_unreadable_or_open_to_guessing() -> None:
    assert [item for item in items() if not isinstance(item, Record | Dialect)] == []


def test_the_life_spans_two_years_and_ends_before_its_now() -> None:
    times = sorted(r.sent_at for r in records() if r.sent_at)
    assert times[0] < "2023-04-10"
    assert "2025-03-25" < times[-1] < gold().now


def test_every_reference_points_at_exactly_one_record() -> None:
    for ref in (ref for question in gold().questions for ref in question.gold):
        the_record(ref)
    for ref in (ref for contradiction in gold().contradictions for ref in contradiction.sides):
        assert the_record(ref).mine
    for never in gold().forbidden:
        assert never.quote in the_record(never.ref).text


def test_facts_are_the_subject_s_own_words() -> None:
    for fact in gold().facts:
        record = the_record(fact.ref)
        assert fact.quote in record.text
        assert record.role == "person"
        if fact.subject == gold().owner[0]:
            assert record.mine, fact
        else:
            assert fact.subject in record.author, fact


def test_facts_speak_of_everything_that_a_memory_sorts_by() -> None:
    facts = gold().facts
    assert len(facts) >= 40
    assert {fact.category for fact in facts} == CATEGORIES
    assert len({fact.subject for fact in facts}) >= 8
    assert all(_in_order(fact) for fact in facts)


def _in_order(fact: Stated) -> bool:
    return not (fact.valid_from and fact.valid_to) or fact.valid_from <= fact.valid_to


def test_questions_cover_every_kind_and_only_the_unanswerable_lack_gold() -> None:
    count = Counter(question.kind for question in gold().questions)
    assert sum(count.values()) >= 60
    kinds = {"single", "multi", "temporal", "preference", "knowledge-update"}
    assert set(count) == kinds | {"unanswerable", "wrong-person"}
    assert min(count.values()) >= 5
    for question in gold().questions:
        assert bool(question.gold) == (question.kind != "unanswerable"), question
        assert len(question.gold) >= 2 or question.kind != "multi", question


def test_what_must_never_be_a_fact_is_none() -> None:
    facts = [the_record(fact.ref) for fact in gold().facts]
    never = [the_record(never.ref) for never in gold().forbidden]
    assert not set(facts) & set(never)
    assert sum(record.role == "assistant" for record in never) >= 5


def test_the_tour_asks_what_one_message_answers() -> None:
    by_question = {question.question: question for question in gold().questions}
    assert len(gold().demo) == 3
    for question in gold().demo:
        assert len(by_question[question].gold) == 1


def test_the_person_to_forget_is_in_several_sources_and_counted() -> None:
    words = re.compile("|".join(gold().forget.words), re.IGNORECASE)
    naming = [
        r
        for r in records()
        if words.search(
            "\n".join((r.author, r.author_id, r.text, r.subject, r.conversation, r.meta))
        )
    ]
    assert len(naming) == gold().forget.records
    assert {r.source for r in naming} >= {"whatsapp", "telegram", "mail", "markdown"}
    assert any(r.author == gold().forget.person for r in naming)
    wanted = [ref for question in gold().questions for ref in question.gold]
    wanted += [fact.ref for fact in gold().facts]
    assert not {the_record(ref) for ref in wanted} & set(naming), "gold would be forgotten too"


def test_the_traps_of_real_chats_are_in_it() -> None:
    all_records = records()
    keys = Counter((r.conversation, r.author, r.sent_local, r.text) for r in all_records)
    assert any(n == 2 and text == "ok" for (_, _, _, text), n in keys.items())
    texts = [r.text for r in all_records]
    assert sum("omitted" in text and len(text) < 20 for text in texts) >= 15
    assert sum("\n" in r.text for r in all_records if r.source == "whatsapp") >= 3
    assert sum(bool(re.search("[\U0001f300-\U0001faff]", text)) for text in texts) >= 40
    assert (
        sum(bool(re.search(r"\b(und|nicht|Ihr|Bitte|Liebe|Frohe|Moin)\b", t)) for t in texts) >= 8
    )
    assert sum(bool(re.search(r"[¡¿]|\b(querido|hago|tía)\b", text)) for text in texts) >= 5


def test_people_do_not_repeat_themselves_like_templates() -> None:
    """Near duplicates: four words in five in common, among texts of at least four words."""
    bags = [
        frozenset(re.findall(r"\w+", r.text.casefold())) for r in records() if r.role == "person"
    ]
    bags = [bag for bag in bags if len(bag) >= 4]
    homes: dict[str, list[frozenset[str]]] = {}
    near = 0
    for bag in bags:
        rare = sorted(bag, key=lambda word: (-len(word), word))[: len(bag) // 5 + 1]
        seen = {other for word in rare for other in homes.get(word, [])}
        near += any(len(bag & other) >= 0.8 * len(bag | other) for other in seen)
        for word in bag:
            homes.setdefault(word, []).append(bag)
    assert near < 0.02 * len(bags)


def test_no_number_and_no_address_could_be_anybody_s() -> None:
    for path in (p for p in folder().rglob("*") if p.is_file()):
        text = path.read_text("utf-8", "replace") if path.suffix != ".zip" else path.name
        for domain in re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", text):
            assert domain in ("example.org", "example.net", "example.com"), path
    for record in records():
        for number in re.findall(r"\+\d[\d ().-]{6,}\d", f"{record.author} {record.text}"):
            assert NEVER_ISSUED.fullmatch(number), number


def test_the_writer_gives_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(WRITER), "--to", str(tmp_path)], check=True)
    written = _bytes(tmp_path)
    assert {name for name in _bytes(folder().parent) if not name.endswith((".py", ".pyc"))} == set(
        written
    )
    for name, data in written.items():
        assert (folder().parent / name).read_bytes() == data, name


def _bytes(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
