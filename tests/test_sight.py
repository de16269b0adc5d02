"""What search keeps in memory says what the vault says, however it came to know it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import fields

import numpy as np
import pytest
from stubs import DIMS, NOW, StubEmbedder

from secondme.content_keys import Keys
from secondme.memory import Memory
from secondme.recall import Sight, terms
from secondme.recall.question import Names, understand
from secondme.recall.ranking import idf
from secondme.record import Record
from secondme.vault import Vault
from secondme.vault.outlines import FEW, Outlines
from secondme.vault.reading import Stored
from secondme.vault.vectors import encode
from secondme.vault.words import quoted

SPOKEN = "kettle kettles don't train Porto café cafe 京都 京 tea teas no-one b2b re the".split()


def line(text: str, n: int = 0, author: str = "Ben", conversation: str = "Kitchen") -> Record:
    at = f"2024-05-{1 + n // 1440 % 28:02}T{n // 60 % 24:02}:{n % 60:02}:00Z"
    return Record("whatsapp", conversation, text, author, sent_at=at, mine=author == "Owner")


def talk(chance: random.Random, count: int, first: int = 0) -> list[Record]:
    """Messages of a few words out of a few, so that many share some and none are rare."""
    return [
        line(
            " ".join(chance.choices(SPOKEN, k=chance.randrange(1, 9))) + chance.choice(("", "?")),
            first + n,
            chance.choice(("Ada", "Ben", "Owner")),
            f"chat {chance.randrange(4)}",
        )
        for n in range(count)
    ]


def bring(memory: Memory, records: list[Record]) -> int:
    keys = Keys()
    batch = memory._vault.new_batch(NOW, str(records), {})
    memory._vault.records.add(batch, [keys.sight(r) for r in records])
    return batch


def columns(outlines: Outlines) -> dict[str, list[int]]:
    return {
        field.name: getattr(outlines, field.name).tolist()
        for field in fields(outlines)
        if field.name != "reshaped"
    }


@pytest.mark.parametrize(
    "words",
    [("kettle",), ("don't",), ("京 都",), ("no-one", "b2b"), ("the", "tea"), ("cafés", "京", "re")],
    ids=" ".join,
)
def test_the_best_by_words_are_those_of_the_index_itself(
    memory: Memory, words: tuple[str, ...]
) -> None:
    """Number for number, phrases of several tokens and characters without spaces included."""
    bring(memory, talk(random.Random(words[0]), 400))
    outlines = memory._vault.records.outlines()
    known = terms.Terms(outlines, ())
    found = [known.of(memory._vault, word) for word in words]
    worth: dict[int, float] = {}
    for term in found:
        for place, value in zip(term.places.tolist(), term.worth.tolist(), strict=True):
            row = int(outlines.rows[place])
            worth[row] = worth.get(row, 0.0) + value
    match = " OR ".join(quoted(word) for word in words)
    scored = dict(
        memory._vault._db.conn.execute(
            "select rowid, -bm25(words) from words where words match ?", (match,)
        ).fetchall()
    )
    assert len(scored) > 20
    assert worth == scored


def test_a_score_is_the_formula_worked_out_record_by_record(memory: Memory) -> None:
    """By hand, with sets and loops, for words that so few hold that all of them are candidates."""
    bring(memory, talk(random.Random(2), 40))
    for query in ("kettle", "tea or a kettle?", "京都 train", "b2b cafés"):
        expected = by_hand(memory._vault, understand(query, Names(())).terms)
        hits = memory.search(query, k=1000)
        assert len(hits) > 5
        assert [(hit.id, hit.score) for hit in hits] == expected


def by_hand(vault: Vault, words: Sequence[str]) -> list[tuple[str, float]]:
    """(key, score) of every record that holds a word or stands near one, best first."""
    chats: dict[int, list[Stored]] = {}
    for stored in vault.records.every():
        chats.setdefault(stored.conversation, []).append(stored)
    everyone = [stored for chat in chats.values() for stored in chat]
    average = sum(len(stored.record.text) for stored in everyone) / len(everyone)
    held = {word: vault.words.holding(word) for word in words}
    rare = [
        (idf(len(everyone), len(held[word])), held[word])
        for word in sorted(words, key=lambda word: (len(held[word]), word))
    ]
    scores: dict[str, float] = {}
    for chat in chats.values():
        for at, stored in enumerate(chat):
            near = [(chat[i].row, w) for i, w in _window(chat, at) if 0 <= i < len(chat)]
            norm = 0.9 * (1 - 0.4 + 0.4 * (len(stored.record.text) / average))
            score = 0.0
            for weight, rows in rare:
                often = sum(w for row, w in near if row in rows)
                score += weight * often * 1.9 / (often + norm)
            if score:
                scores[stored.key] = score
    best = max(scores.values())
    ranked = [(key, round(round(score / best, 6), 6)) for key, score in scores.items()]
    return sorted(ranked, key=lambda one: (-one[1], one[0]))


def _window(chat: list[Stored], at: int) -> list[tuple[int, float]]:
    asked = at > 0 and "?" in chat[at - 1].record.text
    return [(at, 1.0), (at - 1, 0.8 if asked else 0.4), (at + 1, 0.3), (at - 2, 0.2), (at + 2, 0.2)]


def test_what_is_added_to_memory_is_what_would_be_read_anew(memory: Memory) -> None:
    """Whatever happened between one search and the next."""
    chance = random.Random(5)
    records = talk(chance, 2 * FEW)
    vault = memory._vault

    def forget() -> None:
        vault.forget(sorted(vault.words.holding("cafe"))[:7], NOW)

    happened = {
        "nothing": lambda: None,
        "a first import": lambda: bring(memory, records[:300]),
        "a few vectors": lambda: embed(vault, range(1, 60)),
        "one message, in the middle": lambda: bring(
            memory, [line("a kettle", 77, "Zoe", "chat 1")]
        ),
        "more vectors": lambda: embed(vault, range(40, 300)),
        "an export that overlaps": lambda: bring(memory, records[200:500]),
        "so many that all are put in order": lambda: bring(memory, talk(chance, FEW + 9, 900)),
        "something forgotten": forget,
        "a purge": vault.purge,
        "vectors after the purge": lambda: embed(vault, range(300, 420)),
        "an import taken back": lambda: vault.undo(2),
        "another import": lambda: bring(memory, talk(chance, 40, 5000)),
        "a setting": lambda: vault.remember("theme", "dark"),
    }
    for what, act in happened.items():
        act()
        kept, anew = memory._seeing(), fresh(memory)._seeing()
        assert columns(kept.outlines) == columns(anew.outlines), what
        assert [p.identities for p in kept.names.people] == [
            p.identities for p in anew.names.people
        ], what
        assert signs_of(kept) == signs_of(anew), what
        for query in ("what about the kettle?", "Zoe and tea", "train"):
            assert memory.search(query) == fresh(memory).search(query), what


def embed(vault: Vault, rows: Iterable[int]) -> None:
    embedder = StubEmbedder()
    vault.vectors.begin(embedder.identity, embedder.dims)
    texts = vault.records.get(list(rows))
    with vault.write():
        vault.vectors.add(
            [(row, encode(embedder.embed(one.record.text))) for row, one in sorted(texts.items())]
        )


def signs_of(sight: Sight) -> list[int]:
    """How far each record's signs are from those of one vector."""
    assert sight.outlines is not None
    if sight.codes is None:
        return []
    return sight.codes.distances(np.ones(DIMS, np.float32)).tolist()


def test_a_few_new_messages_are_added_to_what_is_known(memory: Memory) -> None:
    """Ten new ones must not cost a search the reading of all."""
    bring(memory, talk(random.Random(3), 200))
    embed(memory._vault, range(1, 201))
    before = memory._seeing()
    said: list[str] = []
    memory._vault._db.conn.set_trace_callback(said.append)
    bring(memory, [line(f"kettle number {n}", n, conversation="chat 2") for n in range(10)])
    said.clear()
    after = memory._seeing()
    memory._vault._db.conn.set_trace_callback(None)
    assert (len(before.outlines), len(after.outlines)) == (200, 210)
    assert [s for s in said if "docsize" in s and "r.id > 200" not in s] == []
    assert [s for s in said if "record_vectors_chunks" in s] == []
    assert before.names is after.names


def test_threads_share_what_one_of_them_has_read(memory: Memory) -> None:
    bring(memory, talk(random.Random(3), 50))
    with memory.another() as other:
        assert other._seeing() is memory._seeing()
        bring(memory, [line("a new kettle", 900)])
        assert other._seeing() is memory._seeing()
        assert len(other._seeing().outlines) == 51


def test_who_reads_an_older_state_is_answered_from_it(memory: Memory) -> None:
    bring(memory, talk(random.Random(3), 50))
    with memory.another() as other, other._vault.reading():
        before = other.search("kettle")
        bring(memory, [line("a lighthouse", 900)])
        assert [hit.text for hit in memory.search("lighthouse")] == ["a lighthouse"]
        assert other.search("lighthouse") == []
        assert other.search("kettle") == before
    with memory.another() as other:
        assert other.search("lighthouse") == memory.search("lighthouse")


def test_words_are_remembered_up_to_a_limit(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(memory, talk(random.Random(3), 50))
    monkeypatch.setattr(terms, "KEPT", 20)
    known = memory._seeing().terms
    for query in ("kettle", "train", "tea", "porto", "kettle train"):
        assert memory.search(query) == fresh(memory).search(query)
    assert len(known._known) < 4
    assert known._kept == sum(len(term.places) for term in known._known.values())


def fresh(memory: Memory) -> Memory:
    """The same vault, by one who knows nothing of it yet."""
    return Memory(memory._vault, memory._library, lambda: NOW)
