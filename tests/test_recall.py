"""Searching: what is found, in which order, and when nothing is."""

from __future__ import annotations

from datetime import date
from typing import cast

import pytest
from stubs import NOW, StubEmbedder, StubLibrary, StubReader

from secondme.brains import Library
from secondme.content_keys import Keys
from secondme.distil import Brains
from secondme.memory import Memory
from secondme.recall import SHORTLIST
from secondme.recall.question import Names, understand
from secondme.record import Record


def line(text: str, author: str = "Ben", sent_at: str | None = "2024-05-01T10:00:00Z") -> Record:
    return Record("whatsapp", "Kitchen", text, author, sent_at=sent_at, mine=author == "Owner")


def bring(memory: Memory, *records: Record) -> None:
    keys = Keys()
    batch = memory._vault.new_batch(NOW, str(records), {})
    memory._vault.records.add(batch, [keys.sight(r) for r in records])


def found(memory: Memory, query: str, **options: object) -> list[str]:
    return [hit.text for hit in memory.search(query, **options)]  # type: ignore[arg-type]


TALK = (
    line("the kettle is broken", "Ben", "2024-05-01T10:00:00Z"),
    line("I bought a new kettle in Porto", "Ada", "2024-05-02T10:00:00Z"),
    line("the train leaves at nine", "Owner", "2024-05-20T10:00:00Z"),
    line("shall we plant tomatoes?", "Ben", "2024-06-03T10:00:00Z"),
    line("yes, along the wall", "Ada", "2024-06-03T10:01:00Z"),
)


@pytest.fixture
def talk(memory: Memory) -> Memory:
    bring(memory, *TALK)
    return memory


@pytest.mark.parametrize("with_vectors", [True, False])
def test_the_speaker_who_is_named_comes_first(talk: Memory, with_vectors: bool) -> None:
    if with_vectors:
        talk.distil()
    assert found(talk, "What did Ada say about the kettle?")[0] == TALK[1].text
    assert found(talk, "What did Ben say about the kettle?")[0] == TALK[0].text
    assert talk.search("What did Ada say about the kettle?")[0].why["speaker"] == 1.0


def test_an_answer_is_found_by_the_words_of_its_question(talk: Memory) -> None:
    assert TALK[4].text in found(talk, "where do the tomatoes go?")


def test_days_in_the_question_count(talk: Memory) -> None:
    bring(talk, line("the kettle whistles", "Ben", "2024-06-05T10:00:00Z"))
    assert found(talk, "kettle in June 2024")[0] == "the kettle whistles"
    assert found(talk, "kettle on 2024-05-02")[0] == TALK[1].text
    yesterday = talk.search("kettle yesterday", now=date(2024, 5, 3))
    assert yesterday[0].text == TALK[1].text
    assert yesterday[0].why["day"] == 1.0


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        ({"person": "Ada"}, {TALK[1].text}),
        ({"until": "2024-05-02"}, {TALK[0].text}),
        ({"since": "2024-05-02"}, {TALK[1].text}),
        ({"since": "2024-05-01", "until": "2024-05-03"}, {TALK[0].text, TALK[1].text}),
        ({"since": "2024-06"}, set()),
        ({"source": "mail"}, set()),
    ],
)
def test_a_filter_leaves_only_what_it_names(
    talk: Memory, options: dict[str, str], texts: set[str]
) -> None:
    assert {t for t in found(talk, "kettle", **options) if "kettle" in t} == texts
    talk.distil()
    assert {t for t in found(talk, "kettle", **options) if "kettle" in t} == texts


def test_filters_come_before_ranking(memory: Memory) -> None:
    """However many better hits others have written."""
    loud = [
        line("kettle kettle kettle", sent_at=f"2024-05-01T10:00:{i % 60:02}Z") for i in range(3)
    ]
    bring(memory, *(loud * SHORTLIST), line("something about a kettle, much longer", "Ada", None))
    memory.distil(only=["vectors"])
    assert found(memory, "kettle", person="Ada", k=3) == ["something about a kettle, much longer"]


def test_nonsense_finds_nothing(talk: Memory) -> None:
    assert found(talk, "zyzzyva quokka") == []
    assert found(talk, "") == []
    assert found(talk, '"" AND NOT ( * ^') == []
    talk.distil()
    assert found(talk, "zyzzyva quokka") == []


def test_operators_of_the_word_index_are_only_words(talk: Memory) -> None:
    bring(talk, line('a "quoted" AND bracketed (kettle) OR not*'))
    for query in ('"quoted"', "AND OR NOT", "kettle)", "author:Ada", "kett*", "kettle NEAR train"):
        talk.search(query)
    assert found(talk, '"quoted"') != []


def test_words_find_other_forms_accents_and_scripts_without_spaces(memory: Memory) -> None:
    bring(memory, line("the café was crowded"), line("明日京都に行きます"))
    assert found(memory, "CAFE")[0] == "the café was crowded"
    assert found(memory, "crowds")[0] == "the café was crowded"
    assert found(memory, "京都")[0] == "明日京都に行きます"


def test_equal_hits_come_in_the_order_of_their_keys(memory: Memory) -> None:
    alone = [line("one kettle")._replace(conversation=f"chat {i}") for i in range(30)]
    bring(memory, *alone)
    hits = memory.search("kettle", k=30)
    assert len({hit.score for hit in hits}) == 1
    assert [hit.id for hit in hits] == sorted(hit.id for hit in hits)
    assert [hit.id for hit in memory.search("kettle", k=5)] == [hit.id for hit in hits[:5]]


def test_more_equal_hits_than_the_shortlist_holds_are_cut_by_key(memory: Memory) -> None:
    count = 2 * SHORTLIST
    alone = [line("one kettle")._replace(conversation=f"chat {i}") for i in range(count)]
    bring(memory, *alone)
    keys = sorted(stored.key for stored in memory._vault.records.every())
    assert [hit.id for hit in memory.search("kettle", k=10)] == keys[:10]


def test_vectors_of_another_model_are_not_compared_and_a_note_says_so(talk: Memory) -> None:
    talk.distil()
    library = StubLibrary(Brains(StubEmbedder("another"), StubReader()))
    other = Memory(talk._vault, cast(Library, library), lambda: NOW)
    hits = other.search("kettle")
    assert [hit.text for hit in hits if hit.why["terms"]]
    assert all("meaning" not in hit.why for hit in hits)
    assert other.notes() == [
        "The vectors are from another model: words only until `secondme distil`."
    ]
    assert library.embedder is not None
    assert cast(StubEmbedder, library.embedder).asked == []


def test_a_hit_shows_its_neighbours_and_every_part_of_its_score(talk: Memory) -> None:
    talk.distil()
    hit = talk.search("train")[0]
    assert hit.context == (
        "Ada: I bought a new kettle in Porto",
        "Ben: shall we plant tomatoes?",
    )
    assert hit.why["terms"] == ["train"]
    assert set(hit.why) == {"words", "meaning", "terms", "near"}


def test_a_search_sees_what_was_written_a_moment_ago(talk: Memory) -> None:
    talk.distil()
    assert found(talk, "lighthouse") == []
    bring(talk, line("the lighthouse is dark", "Zoe"))
    assert found(talk, "lighthouse")[0] == "the lighthouse is dark"
    names = Names(talk._vault.people())
    assert [p.name for p in understand("did Zoe call?", names).named] == ["Zoe"]


def test_a_vault_without_a_record_answers_with_nothing(memory: Memory) -> None:
    assert found(memory, "kettle") == []
    memory.distil()
    assert found(memory, "kettle") == []


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("in May 2024", ("2024-05-01", "2024-06-01")),
        ("on 3 May 2024", ("2024-05-03", "2024-05-04")),
        ("in December 2023", ("2023-12-01", "2024-01-01")),
        ("back in 2019", ("2019-01-01", "2020-01-01")),
        ("on 2024-02-30", None),
        ("yesterday", ("2024-05-31", "2024-06-01")),
        ("last week", ("2024-05-25", "2024-06-01")),
        ("last year", ("2023-01-01", "2024-01-01")),
        ("in July", ("2023-07-01", "2023-08-01")),
        ("may I march on?", None),
    ],
)
def test_the_days_that_a_question_names(question: str, days: tuple[str, str] | None) -> None:
    assert understand(question, Names(()), date(2024, 6, 1)).days == days
