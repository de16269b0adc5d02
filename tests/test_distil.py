"""What is made of the records: where episodes end, what stands, and what rests on what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from time import process_time

import pytest
from stubs import NOW, StubEmbedder, StubReader, StubWriter

from secondme.content_keys import Keys
from secondme.distil import KINDS, Brains, distil, pending
from secondme.distil.segment import LONGEST, segment
from secondme.memory import Memory
from secondme.record import Fact, Record
from secondme.sentences import sentences
from secondme.vault import Vault
from secondme.vault.reading import Stored

DAY = "2024-05-{:02}T{:02}:{:02}:00Z"


def at(day: int, hour: int = 10, minute: int = 0) -> str:
    return DAY.format(day, hour, minute)


def me(text: str, sent_at: str | None = None) -> Record:
    return Record("whatsapp", "Ben", text, "Owner", sent_at=sent_at, mine=True)


def ben(text: str, sent_at: str | None = None) -> Record:
    return Record("whatsapp", "Ben", text, "Ben", sent_at=sent_at)


def bring(vault: Vault, *records: Record) -> int:
    keys = Keys()
    batch = vault.new_batch(NOW, str(records), {})
    vault.records.add(batch, [keys.sight(r) for r in records])
    vault.end_batch(batch, {})
    return batch


def distilled(memory: Memory, *records: Record) -> list[Fact]:
    bring(memory._vault, *records)
    memory.distil()
    return memory.facts()


def forget(memory: Memory, text: str) -> None:
    rows = [s.row for s in memory._vault.records.every() if s.record.text == text]
    memory._vault.forget(rows, NOW)
    memory._vault.purge()


# -- episodes -------------------------------------------------------------------------------------


def stored(times: Sequence[str | None]) -> list[Stored]:
    return [Stored(i, f"r{i}", 1, ben(f"message {i}", t)) for i, t in enumerate(times, start=1)]


def lengths(episodes: list[list[Stored]]) -> list[int]:
    return [len(e) for e in episodes]


def test_a_night_of_silence_ends_an_episode() -> None:
    times = [at(1, 10), at(1, 12), at(1, 21), at(2, 4)]
    assert lengths(segment(stored(times), {})) == [2, 2]


def test_a_message_without_a_time_belongs_to_the_talk_around_it() -> None:
    assert lengths(segment(stored([at(1, 10), None, None, at(1, 11)]), {})) == [4]
    assert lengths(segment(stored([None, None, at(1, 11)]), {})) == [3]


def test_no_episode_grows_without_end() -> None:
    assert lengths(segment(stored([at(1)] * (LONGEST + 40)), {})) == [LONGEST, 40]


def test_an_episode_ends_where_the_talk_turns() -> None:
    embedder = StubEmbedder()
    talk = ["boats and sails in the harbour"] * 12 + ["recipe for lentil soup tonight"] * 12
    records = [Stored(i, f"r{i}", 1, ben(text, at(1))) for i, text in enumerate(talk)]
    codes = {r.row: (embedder.embed(r.record.text) * 127).astype("int8") for r in records}
    assert lengths(segment(records, codes)) == [12, 12]


def test_title_and_summary_are_the_words_of_somebody(memory: Memory) -> None:
    bring(
        memory._vault,
        ben("Shall we take the boat out on Sunday? The wind is good.", at(1)),
        me("I would rather mend the sail first", at(1, 11)),
    )
    memory.distil()
    (episode,) = memory.episodes()
    said = " ".join(s.record.text for s in memory._vault.records.every())
    assert episode["title"] in said
    assert [quote["quote"] in said for quote in episode["evidence"]] == [True, True]
    assert episode["first"] == at(1)


def test_vectors_that_come_late_make_their_episodes_due_again(vault: Vault) -> None:
    bring(vault, ben("boats and sails", at(1)), me("soup tonight", at(1)))
    brains = Brains(StubEmbedder(), StubReader())
    distil(vault, brains, only=["episodes"])
    assert pending(vault, brains, "episodes") == 0
    distil(vault, brains, only=["vectors"])
    assert pending(vault, brains, "episodes") == 1


def test_a_summary_is_composed_once(vault: Vault) -> None:
    writer = StubWriter()
    brains = Brains(StubEmbedder(), StubReader(), writer)
    bring(vault, ben("boats and sails are fine", at(1)), ben("and so is lentil soup", at(20)))
    distil(vault, brains)
    bring(vault, ben("the harbour is frozen", at(21)))
    distil(vault, brains)
    assert writer.asked == 3
    assert all(e.summary for e in vault.built.episodes())


def test_a_page_of_dots_is_read_in_no_time() -> None:
    dots = "wait" + "." * 40_000 + "what"
    began = process_time()
    assert sentences(f"One. {dots}? Two…!” Three") == [
        (0, 4), (5, 40_014), (40_015, 40_021), (40_022, 40_027)
    ]  # fmt: skip
    assert process_time() - began < 0.5


# -- facts ----------------------------------------------------------------------------------------


def test_the_later_of_two_homes_holds_and_names_what_it_replaced(memory: Memory) -> None:
    facts = distilled(memory, me("I live in Lisbon", at(9)), me("I live in Porto", at(1)))
    old, new = sorted(facts, key=lambda f: f.valid_from or "")
    assert (old.statement, old.status) == ("I live in Porto", "superseded")
    assert (old.valid_to, old.superseded_by) == (at(9), new.id)
    assert (new.statement, new.status, new.valid_to) == ("I live in Lisbon", "current", None)
    assert [f.statement for f in memory.facts(as_of="2024-05-05")] == ["I live in Porto"]


def test_forgetting_the_later_home_reopens_the_earlier(memory: Memory) -> None:
    distilled(memory, me("I live in Porto", at(1)), me("I live in Lisbon", at(9)))
    forget(memory, "I live in Lisbon")
    (home,) = memory.facts()
    assert (home.statement, home.status) == ("I live in Porto", "current")
    assert (home.valid_to, home.superseded_by) == (None, None)


def test_the_same_words_said_twice_are_one_fact_with_two_pieces_of_evidence(
    memory: Memory,
) -> None:
    (fact,) = distilled(memory, me("well, I love tea!", at(3)), me("I love tea", at(1)))
    assert [e.quote for e in fact.evidence] == ["I love tea", "I love tea"]
    assert fact.valid_from == at(1)


def test_what_others_say_of_themselves_is_never_a_fact_about_the_owner(memory: Memory) -> None:
    facts = distilled(
        memory, ben("I live in Porto", at(1)), me("I live in Lisbon", at(2)),
        ben("I work at Quay")._replace(author="me", conversation="a namesake"),
        me("I work at Dock")._replace(role="assistant"),
    )  # fmt: skip
    assert {(f.statement, f.mine, f.status) for f in facts} == {
        ("I live in Lisbon", True, "current"),
        ("Ben said: “I live in Porto”", False, "current"),
        ("me said: “I work at Quay”", False, "current"),
    }
    assert [line["statement"] for line in memory.profile()["bio"]] == ["I live in Lisbon"]


def test_two_people_of_one_name_do_not_replace_each_others_homes(memory: Memory) -> None:
    one = Record("mail", "a", "I live in Porto", "Kim", "kim@example.org", at(1))
    other = Record("mail", "b", "I live in Oslo", "Kim", "kim@example.net", at(2))
    assert {f.status for f in distilled(memory, one, other)} == {"current"}


def test_the_profile_says_what_is_recent_only_against_a_day(memory: Memory) -> None:
    distilled(memory, me("I live in Porto", at(1)), me("my name is Ada", "2020-01-01T00:00:00Z"))
    assert memory.profile()["status"] == []
    status = memory.profile(date(2024, 5, 20))["status"]
    assert [line["statement"] for line in status] == ["I live in Porto"]
    assert [line["category"] for line in memory.profile()["bio"]] == ["identity", "place"]


# -- jobs -----------------------------------------------------------------------------------------


def test_a_failure_is_noted_by_kind_alone_and_waits_until_it_is_to_be_retried(
    vault: Vault,
) -> None:
    bring(vault, me("I live in Porto"), me("I love tea"))
    distil(vault, Brains(StubEmbedder(), StubReader(failures=[True])))
    (failure,) = vault.built.failures()
    assert (failure.kind, failure.error, failure.attempts) == ("facts", "StubError", 1)
    distil(vault, Brains(StubEmbedder(), StubReader()))
    assert len(vault.built.failures()) == 1
    distil(vault, Brains(StubEmbedder(), StubReader()), retry=True)
    assert vault.built.failures() == []
    assert vault.built.counts()["facts"] == 2


def test_one_failure_does_not_stop_the_others(vault: Vault) -> None:
    bring(vault, *[me(f"I love tea {i}") for i in range(5)])
    distil(vault, Brains(StubEmbedder(failures=[False, True]), StubReader()), only=["vectors"])
    assert vault.vectors.count() == 4


def test_trivial_and_repeated_messages_cost_the_model_nothing(vault: Vault) -> None:
    embedder = StubEmbedder()
    bring(vault, me("ok"), me("👍"), me("see you there", at(1)), me("see you there", at(2)))
    distil(vault, Brains(embedder, StubReader()))
    assert embedder.asked == ["see you there"]
    assert vault.vectors.count() == 2


@pytest.mark.parametrize("kind", ["vectors", "episodes", "facts"])
def test_what_is_forgotten_while_it_is_being_built_leaves_nothing(vault: Vault, kind: str) -> None:
    """And nothing is built of it for whoever comes next."""
    bring(vault, me("I live in Porto", at(1)), me("I love tea", at(2)))
    distil(vault, Brains(StubEmbedder(), StubReader()), only=[k for k in KINDS if k != kind])

    def meanwhile(due: list[int]) -> list[int]:
        rows = [s.row for s in vault.records.every() if "Porto" in s.record.text]
        vault.forget(rows, NOW)
        bring(vault, me("my name is Ada", at(3)))
        return due

    distil(vault, Brains(StubEmbedder(), StubReader()), only=[kind], order=meanwhile)
    assert vault.integrity() == []
    distil(vault, Brains(StubEmbedder(), StubReader()))
    assert {f.category for f in vault.built.facts()} == {"preference", "identity"}
    assert vault.vectors.count() == 2


def test_a_conversation_that_changes_while_its_episodes_are_built_is_built_again(
    vault: Vault,
) -> None:
    class Visitor(StubWriter):
        def summarise(self, lines: Sequence[str]) -> str:
            if not self.asked:
                bring(vault, me("one more thing before I go", at(1, 11)))
            return super().summarise(lines)

    bring(vault, me("boats and sails again", at(1)))
    distil(vault, Brains(StubEmbedder(), StubReader(), Visitor()), only=["episodes"])
    (episode,) = vault.built.episodes()
    assert len(episode.records) == 2
    assert episode.summary.startswith("2 lines")


def test_another_embedding_model_replaces_every_vector(vault: Vault) -> None:
    bring(vault, me("boats and sails", at(1)), me("soup tonight", at(1)))
    distil(vault, Brains(StubEmbedder("one"), StubReader()))
    before = dict(vault.vectors.every())
    other = Brains(StubEmbedder("two"), StubReader())
    assert pending(vault, other, "vectors") == 2
    distil(vault, other)
    after = dict(vault.vectors.every())
    assert vault.vectors.identity == "two"
    assert len(after) == 2
    assert set(before.values()).isdisjoint(after.values())
