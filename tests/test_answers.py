"""What the memory says when asked, what it holds to be true, and what an empty name may not do."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from stubs import NOW

from ingest import Options
from secondme.answer import UNKNOWN
from secondme.content_keys import Keys
from secondme.errors import UsageError
from secondme.forget import Request
from secondme.memory import Memory
from secondme.record import Record
from secondme.vault.filters import Filter


def said(text: str, year: str = "2023", *, author: str = "Owner", mine: bool = True) -> Record:
    at = f"{year}-05-01T10:00:00Z" if year else None
    return Record("chat", f"{author} {mine}", text, author, sent_at=at, mine=mine)


def bring(memory: Memory, *records: Record) -> Memory:
    keys = Keys()
    batch = memory._vault.new_batch(NOW, str(records), {})
    memory._vault.records.add(batch, [keys.sight(r) for r in records])
    memory._vault.end_batch(batch, {})
    return memory


def homes(memory: Memory, **wanted: str) -> list[str]:
    return [f.evidence[0].quote for f in memory.facts(**wanted) if f.category == "place"]


# -- asking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        "What saxophone does Bea play?",
        "When did the train to Vladivostok leave?",
        "What is the name of Bea's iguana?",
    ],
)
def test_a_thing_that_occurs_nowhere_is_not_known(memory: Memory, question: str) -> None:
    bring(
        memory,
        said("we play chess on Tuesdays", author="Bea", mine=False),
        said("the train to Ghent was late again", author="Bea", mine=False),
        said("what a good name for a boat", author="Bea", mine=False),
    )
    found = memory.ask(question)
    assert found["abstained"]
    assert found["answer"] == UNKNOWN
    assert found["citations"] == []


def test_every_number_in_an_answer_cites_a_record_that_is_here(memory: Memory) -> None:
    bring(memory, said("The red accordion cost 120 euros"), said("Lunch was soup"))
    found = memory.ask("What did the red accordion cost?")
    assert not found["abstained"]
    for citation in found["citations"]:
        assert f"[{citation['n']}]" in found["answer"]
        assert citation["quote"] in memory.show(citation["id"])["text"]


# -- what stands ----------------------------------------------------------------------------------


def test_who_moves_away_and_back_lives_there_again(memory: Memory) -> None:
    bring(
        memory,
        said("I live in Porto", "2020"),
        said("I live in Lisbon", "2021"),
        said("I live in Porto", "2023"),
    ).distil()
    assert homes(memory, status="current") == ["I live in Porto"]
    assert homes(memory, as_of="2020-12-31") == ["I live in Porto"]
    assert homes(memory, as_of="2022") == ["I live in Lisbon"]
    assert homes(memory, as_of="2024") == ["I live in Porto"]


def test_the_same_words_again_are_one_fact_with_two_pieces_of_evidence(memory: Memory) -> None:
    bring(memory, said("I live in Porto", "2020"), said("I live in Porto", "2021")).distil()
    (fact,) = memory.facts()
    assert len(fact.evidence) == 2


def test_forgetting_a_fact_forgets_all_the_records_it_rests_on(memory: Memory) -> None:
    bring(memory, said("I live in Porto", "2020"), said("I live in Porto", "2021")).distil()
    (fact,) = memory.facts()
    assert memory.forget(Request(ids=(fact.id,)))["plan"]["records"] == 2
    assert memory.facts() == []


def test_of_two_undated_homes_only_one_is_held_at_any_time(memory: Memory) -> None:
    bring(memory, said("I live in Porto", ""), said("I live in Lisbon", "")).distil()
    assert len(homes(memory, as_of="2022")) == 1


def test_a_profile_of_the_past_knows_nothing_of_what_came_later(memory: Memory) -> None:
    bring(memory, said("I live in Porto", "2020"), said("I live in Lisbon", "2024")).distil()
    bio = memory.profile(date(2021, 1, 1))["bio"]
    assert [line["statement"] for line in bio] == ["I live in Porto"]


def test_a_namesakes_words_are_not_the_owners(memory: Memory) -> None:
    mine, his = said("I work at Kiln", author="Alex"), said("I live in Rome", author="Alex")
    bring(memory, mine, his._replace(mine=False, conversation="Alex")).distil()
    assert [f.statement for f in memory.facts(subject="me")] == ["I work at Kiln"]
    assert all("Rome" not in line["statement"] for line in memory.profile()["bio"])


# -- an unset variable in a script ----------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        Request(person=""),
        Request(person="  ", mentions=True),
        Request(query=""),
        Request(ids=("",)),
        Request(within=Filter(conversation="")),
        Request(within=Filter(source="")),
    ],
)
def test_an_empty_name_forgets_nothing(memory: Memory, request_: Request) -> None:
    bring(memory, said("Keep me"), said("And me", author="Bea", mine=False))
    with pytest.raises(UsageError):
        memory.forget(request_)
    assert memory.stats()["records"] == 2


def test_an_empty_name_is_not_everybody_in_a_search(memory: Memory) -> None:
    bring(memory, said("Keep me"))
    with pytest.raises(UsageError):
        memory.search("keep", person="")


def test_no_name_given_to_an_import_outlives_its_person(memory: Memory, tmp_path: Path) -> None:
    chat = tmp_path / "chat.jsonl"
    chat.write_text('{"id": "1", "author": "Rosalinda Quux", "text": "hello"}\n', "utf-8")
    memory.import_([chat], Options(me=("Rosalinda Quux",)))
    memory.forget(Request(person="Rosalinda Quux", mentions=True))
    everything = [
        row
        for (table,) in memory._vault._db.conn.execute(
            "select name from sqlite_schema where type = 'table' and sql like '% strict%'"
        ).fetchall()
        for row in memory._vault._db.conn.execute(f"select * from {table}").fetchall()
    ]
    assert "Quux" not in json.dumps(everything, default=repr)


# -- what lies outside, and what is kept but not shown ---------------------------------------------


def test_the_plan_names_the_export_that_forgetting_cannot_reach(
    memory: Memory, tmp_path: Path
) -> None:
    chat = tmp_path / "Rosa.jsonl"
    chat.write_text('{"id": "1", "author": "Rosa", "text": "hello"}\n', "utf-8")
    memory.import_([chat], Options())
    request = Request(person="Rosa")
    assert memory.forgetting(request)["files_outside"] == [str(chat)]
    assert memory.forget(request)["plan"]["files_outside"] == [str(chat)]
    memory.import_([chat], Options())
    paths = memory._vault._db.conn.execute("select paths from batches").fetchall()
    assert paths == [("[]",), ("[]",)]


def test_an_export_that_is_gone_is_not_listed(memory: Memory, tmp_path: Path) -> None:
    chat = tmp_path / "chat.jsonl"
    chat.write_text('{"id": "1", "author": "Rosa", "text": "hello"}\n', "utf-8")
    memory.import_([chat], Options())
    chat.unlink()
    assert memory.forgetting(Request(person="Rosa"))["files_outside"] == []


def test_a_person_goes_with_the_versions_that_are_kept_and_not_shown(memory: Memory) -> None:
    short = Record("chat", "tea", "my pin is 99", "Rosa", native_id="1")
    longer = short._replace(author="Bea", text="edited, and longer than it was before")
    bring(memory, short)
    bring(memory, longer)
    assert memory.forget(Request(person="Rosa"))["plan"]["records"] == 1
    assert memory.stats()["records"] == 0
