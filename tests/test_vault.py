"""The vault at rest and under attack: nothing readable in its files, nothing changed unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from stubs import KEY, NOW

from secondme.content_keys import Keys
from secondme.dump import dump
from secondme.errors import Busy, WrongKey
from secondme.forget import Request
from secondme.memory import Memory
from secondme.record import Record
from secondme.vault import FILE, Vault, make
from secondme.vault.connection import connect
from secondme.vault.filters import Filter
from secondme.vault.people import identity_key
from secondme.vault.removal import FEW

SENT = "2024-05-01T10:00:00Z"


def said(*texts: str, author: str = "Ada", sent_at: str | None = SENT) -> list[Record]:
    return [
        Record("whatsapp", "Kitchen", text, author, sent_at=sent_at, sent_local="10:00")
        for text in texts
    ]


def bring(vault: Vault, records: list[Record], *, name: str = "export") -> int:
    keys = Keys()
    batch = vault.new_batch(NOW, name, {})
    vault.records.add(batch, [keys.sight(r) for r in records])
    vault.end_batch(batch, {})
    return batch


def texts(vault: Vault) -> list[str]:
    return [stored.record.text for stored in vault.records.every()]


# -- at rest --------------------------------------------------------------------------------------


def test_no_file_of_a_vault_holds_a_word_of_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    Memory.create(folder, "passphrase", passphrase="correct horse", key_file=None)
    with Memory.open(folder, tmp_path / "models", passphrase="correct horse") as memory:
        bring(memory._vault, said("marmalade", "zanzibar " * 500, author="Philippa"))
        memory.forget(Request(query="marmalade"))
        bring(memory._vault, said("quicksilver"))
        while_open = contents(folder)
    for found in (while_open, contents(folder)):
        assert FILE in found
        for name, data in found.items():
            for word in (b"marmalade", b"zanzibar", b"Philippa", b"quicksilver", b"Kitchen"):
                assert word not in data, name
            assert b"SQLite format" not in data, name
            assert b"create table" not in data.lower(), name
            assert b"correct horse" not in data, name


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_another_key_opens_nothing(vault: Vault, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WrongKey):
        Vault(vault.folder, bytes(32))
    assert capfd.readouterr().err == ""


def test_a_vault_killed_before_its_secrets_were_written_gets_them_when_it_is_opened(
    vault: Vault,
) -> None:
    vault._db.conn.execute("delete from settings")
    vault.close()
    with Vault(vault.folder, KEY) as again:
        assert len(again.setting("tombstone_key")) == 64
        assert again.receipts.faults() == []


# -- what comes in twice --------------------------------------------------------------------------


def test_two_equal_lines_in_one_second_are_two_messages(vault: Vault) -> None:
    bring(vault, said("ok", "ok"))
    assert texts(vault) == ["ok", "ok"]


def test_an_overlapping_export_keeps_the_larger_count_of_equal_lines(vault: Vault) -> None:
    bring(vault, said("ok", "ok"))
    bring(vault, said("ok", "ok", "ok"), name="later")
    bring(vault, said("ok"), name="shorter")
    assert texts(vault) == ["ok", "ok", "ok"]


def test_an_export_that_begins_in_mid_minute_does_not_reorder_the_minute(vault: Vault) -> None:
    bring(vault, said("three", "four"))
    bring(vault, said("one", "two", "three", "four"), name="longer")
    assert texts(vault) == ["one", "two", "three", "four"]


@pytest.mark.parametrize("edited_first", [True, False])
def test_of_two_versions_of_a_message_one_is_shown_and_undo_shows_the_other(
    vault: Vault, edited_first: bool
) -> None:
    short = Record("telegram", "Boats", "at six", "Ada", native_id="7")
    longer = short._replace(text="at six, no, at seven", author="Ada L")
    first, second = (longer, short) if edited_first else (short, longer)
    batches = {r: bring(vault, [r], name=r.text) for r in (first, second)}
    assert texts(vault) == [longer.text]
    assert vault.words.frequency("seven") == 1
    assert [p.name for p in vault.people()] == ["Ada L"]
    vault.undo(batches[longer])
    assert texts(vault) == [short.text]
    assert vault.words.frequency("seven") == 0
    assert [p.name for p in vault.people()] == ["Ada"]
    assert vault.integrity() == []


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_zone_the_owner_asked_for_corrects_a_guess_whatever_came_first(
    vault: Vault, order: tuple[int, ...]
) -> None:
    """By alphabet, or by length of text, the guess would win."""
    guessed = said("at six")[0]._replace(native_id="7", zone="guessed", subject="z")
    asked = guessed._replace(zone="asked", sent_at="2024-05-01T08:00:00Z", subject="a")
    longer = guessed._replace(text="at six, no, at seven", sent_at="2024-05-01T11:00:00Z")
    for i in order:
        bring(vault, [(guessed, asked, longer)[i]], name=str(i))
    (shown,) = vault.records.every()
    assert shown.record == asked


def test_a_corrected_zone_corrects_the_order_too(vault: Vault) -> None:
    """The guess was two hours late; the next export, read rightly, has one more message."""
    guessed = said("one", sent_at="2024-05-01T10:00:00Z")[0]._replace(zone="guessed")
    first = guessed._replace(zone="asked", sent_at="2024-05-01T08:00:00Z")
    second = first._replace(text="two", sent_at="2024-05-01T09:00:00Z", sent_local="11:00")
    bring(vault, [guessed])
    batch = bring(vault, [first, second], name="later")
    assert texts(vault) == ["one", "two"]
    bring(vault, [guessed], name="again")
    assert texts(vault) == ["one", "two"]
    vault.undo(batch)
    assert [s.record.sent_at for s in vault.records.every()] == [guessed.sent_at]


def test_another_zone_moves_the_messages_and_keeps_their_words_and_vectors(
    memory: Memory,
) -> None:
    vault = memory._vault
    guessed = [r._replace(zone="guessed") for r in said("I love tea", "the lamp broke")]
    asked = [r._replace(zone="asked", sent_at="2024-05-01T08:00:00Z") for r in guessed]
    first = bring(vault, guessed)
    memory.distil()
    kept = dict(vault.vectors.every())
    second = bring(vault, asked, name="again")
    assert dict(vault.vectors.every()) == kept
    assert vault.built.counts() == {"episodes": 0, "facts": 0}
    memory.distil()
    assert memory.verify()["found"] == []
    assert {hit.at for hit in memory.search("tea lamp")} == {"2024-05-01T08:00:00Z"}
    memory.undo(second)
    assert {hit.at for hit in memory.search("tea lamp")} == {SENT}
    memory.undo(first)
    assert memory.verify()["found"] == []


def test_a_large_import_under_another_zone_costs_a_few_times_the_first(
    vault: Vault,
) -> None:
    guessed = [r._replace(zone="guessed") for r in said(*(f"message {i}" for i in range(3_000)))]
    asked = [r._replace(zone="asked", sent_at="2024-05-01T08:00:00Z") for r in guessed]
    spent = []
    for name, records in (("first", guessed), ("second", asked)):
        began = process_time()
        bring(vault, records, name=name)
        spent.append(process_time() - began)
    assert spent[1] < 8 * spent[0]


def test_many_edited_messages_are_all_found_by_their_new_words(memory: Memory) -> None:
    """The word index is then written anew."""
    vault = memory._vault
    old = [r._replace(native_id=f"m{i}") for i, r in enumerate(said(*["tea"] * (FEW + 9)))]
    bring(vault, old)
    bring(vault, [r._replace(text="coffee, rather") for r in old], name="edited")
    assert (vault.words.frequency("tea"), vault.words.frequency("coffee")) == (0, FEW + 9)
    assert memory.verify()["found"] == []


@pytest.mark.parametrize("with_thread_first", [True, False])
def test_one_mail_in_two_threads_is_one_mail(memory: Memory, with_thread_first: bool) -> None:
    """One export knows the provider's thread id and the other does not."""
    vault = memory._vault
    bare = Record("mail", "<1@a>", "see you on Sunday", "Ada", sent_at=SENT, native_id="1@a")
    threaded = bare._replace(conversation="1777", text="see you on Sunday, then")
    other = bare._replace(native_id="2@a", text="and who else comes?")
    both = (threaded, bare) if with_thread_first else (bare, threaded)
    batches = [bring(vault, [r, other], name=r.conversation) for r in both]
    memory.distil()
    held = {s.record.text: s.record.conversation for s in vault.records.every()}
    assert held == {"see you on Sunday, then": "1777", "and who else comes?": "<1@a>"}
    assert memory.verify()["found"] == []
    memory.undo(batches[both.index(threaded)])
    assert {s.record.conversation for s in vault.records.every()} == {"<1@a>"}
    memory.distil()
    assert [len(e["records"]) for e in memory.episodes()] == [2]
    memory.forget(Request(query="see you"))
    bring(vault, [threaded], name="again")
    assert texts(vault) == ["and who else comes?"]
    assert memory.verify()["found"] == []


def test_a_nul_character_in_a_chat_makes_no_two_messages_one(vault: Vault) -> None:
    one = Record("telegram", "a\0b", "hello", native_id="c")
    other = Record("telegram", "a", "hello", native_id="b\0c")
    first = Record("whatsapp", "Kitchen", "tea", "Ada\0now", subject="")
    second = Record("whatsapp", "Kitchen", "tea", "Ada", subject="now\0")
    bring(vault, [one, other, first, second])
    assert vault.records.count() == 4


def test_forgetting_by_word_finds_the_version_that_is_not_shown(memory: Memory) -> None:
    shown = Record("telegram", "Boats", "meet me where we always do", "Ada", native_id="7")
    bring(memory._vault, [shown])
    bring(memory._vault, [shown._replace(text="at the Cinnabar")], name="older")
    assert memory.search("cinnabar") == []
    assert memory.forget(Request(query="Cinnabar"))["plan"]["records"] == 1
    assert memory._vault.records.count() == 0


def test_an_import_that_is_begun_again_goes_on_with_its_batch(vault: Vault) -> None:
    begun = vault.new_batch(NOW, "export", {"me": ["Ada"]})
    assert vault.new_batch(NOW, "export", {"me": ["Ada"]}) == begun
    assert vault.new_batch(NOW, "export", {"me": ["Ben"]}) != begun
    vault.end_batch(begun, {})
    assert vault.new_batch(NOW, "export", {"me": ["Ada"]}) != begun


def test_a_row_number_is_never_given_twice(vault: Vault) -> None:
    """Another process may be building something for the row just forgotten."""
    bring(vault, said("one", "two"))
    vault.forget([2], NOW)
    bring(vault, said("three"), name="later")
    assert sorted(vault.records.get([1, 2, 3])) == [1, 3]


def test_forgetting_very_many_at_once_leaves_what_forgetting_them_singly_leaves(
    memory: Memory, tmp_path: Path
) -> None:
    """The word index is then written anew instead of row by row."""
    bring(memory._vault, [*said(*(f"gone {i}" for i in range(FEW + 1))), *said("a kettle stays")])
    memory._vault.forget(list(range(1, FEW + 2)), NOW)
    assert memory._vault.words.frequency("gone") == 0
    assert memory.verify()["found"] == []
    with make(tmp_path / "other", KEY) as other:
        bring(other, said("a kettle stays"))
        assert list(memory.dump()) == list(dump(other, None))


# -- what the owner put right -----------------------------------------------------------------


def kim(source: str) -> Record:
    return Record(source, "hello", f"hello from {source}", "Kim", f"kim at {source}")


def edits(vault: Vault) -> int:
    return int(vault._db.conn.execute("select count(*) from edits").fetchone()[0])


def test_a_merge_goes_when_one_of_the_two_is_forgotten(memory: Memory) -> None:
    bring(memory._vault, [kim("mail"), kim("telegram")])
    first, second = (p.id for p in memory._vault.people())
    memory.merge(first, second)
    assert len(memory._vault.people()) == 1
    memory.forget(Request(within=Filter(source="mail")))
    assert edits(memory._vault) == 0


def test_a_merge_outlives_an_undo_and_holds_again_after_the_next_import(memory: Memory) -> None:
    bring(memory._vault, [kim("mail"), *said("a kettle")])
    batch = bring(memory._vault, [kim("telegram")], name="other")
    first, second = (p.id for p in memory._vault.people() if p.name == "Kim")
    memory.merge(first, second)
    memory.undo(batch)
    assert memory.forget(Request(query="kettle"))["plan"]["records"] == 1
    assert memory._vault.edits() == []
    bring(memory._vault, [kim("telegram")], name="again")
    assert len(memory._vault.people()) == 1


def test_a_merge_that_an_undo_put_out_of_effect_goes_with_the_forgotten(memory: Memory) -> None:
    vault = memory._vault
    ann, nan = said("hello", author="Ann"), said("hi", author="Nan")
    bring(vault, ann, name="ann")
    batch = bring(vault, nan, name="nan")
    memory.merge("Ann", "Nan")
    memory.undo(batch)
    memory.forget(Request(person="Ann"))
    assert edits(vault) == 0
    bring(vault, said("hello again", author="Ann"), name="ann, later")
    bring(vault, nan, name="nan, later")
    assert [p.name for p in vault.people()] == ["Ann", "Nan"]


# -- who is who -----------------------------------------------------------------------------------


@pytest.fixture
def namesakes(memory: Memory) -> Memory:
    """The owner and a friend, both Alex, in two chats of one source; the owner has a mail address
    besides, and one mail of theirs that nobody said was theirs.
    """
    bring(
        memory._vault,
        [
            Record("whatsapp", "Bea", "I live in Porto", "Alex", sent_at=SENT, mine=True),
            Record("whatsapp", "Bea", "do you like it?", "Bea", sent_at=SENT),
            Record("whatsapp", "Alex", "I live in Oslo", "Alex", sent_at=SENT),
            Record("mail", "a", "I love tea", "Alex M", "alex@example.org", SENT, mine=True),
            Record("mail", "b", "a kettle", "Alex M", "alex@example.org", SENT),
        ],
    )
    return memory


def test_a_friend_of_the_owners_name_is_not_the_owner(namesakes: Memory) -> None:
    me, friend = sorted(
        (p for p in namesakes._vault.people() if p.name.startswith("Alex")), key=lambda p: not p.me
    )
    assert (me.me, friend.me) == (True, False)
    assert (me.records, friend.records) == (3, 1)
    assert me.id != friend.id
    assert {identity_key(i) for i in me.identities}.isdisjoint(map(identity_key, friend.identities))
    assert [h.text for h in namesakes.search("live", person=friend.id)] == ["I live in Oslo"]
    assert [h.text for h in namesakes.search("live", person=me.id)] == ["I live in Porto"]


def test_a_handle_is_one_human_being_whatever_was_said_of_each_record(namesakes: Memory) -> None:
    (me,) = (p for p in namesakes._vault.people() if p.me)
    assert [h.text for h in namesakes.search("kettle", person=me.id)] == ["a kettle"]


def test_forgetting_a_friend_by_id_spares_the_owner_of_the_same_name(namesakes: Memory) -> None:
    (friend,) = (p for p in namesakes._vault.people() if p.name == "Alex" and not p.me)
    namesakes.forget(Request(person=friend.id))
    assert "I live in Porto" in texts(namesakes._vault)
    assert "I live in Oslo" not in texts(namesakes._vault)
    (me,) = (p for p in namesakes._vault.people() if p.me)
    namesakes.forget(Request(person=me.id))
    assert texts(namesakes._vault) == ["do you like it?"]
    assert namesakes.verify()["found"] == []


def test_who_wrote_a_version_that_is_not_shown_is_known(vault: Vault) -> None:
    shown = Record("telegram", "Boats", "at six, no, at seven", "Cy", native_id="7")
    bring(vault, [shown])
    bring(vault, [shown._replace(text="at six", author="Zoë", author_id="u7")], name="older")
    rows = {row for stored in vault.records.every() for row in [stored.row]}
    assert vault.unshown_by({"zoe\u0308"}) == vault.unshown_by({"u7"}) == rows
    assert vault.unshown_by({"Cy", "Zo", ""}) == set()


# -- naming somebody ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    [
        {"conversation": "Ada Byron"},
        {"title": "Lunch with Ada"},
        {"attachments": ("Letter from ADA.txt",)},
        {"attachments": ("ada_byron.jpg",)},
        {"meta": json.dumps({"to": [{"name": "Byron", "at": "ada@example.org"}]})},
        {"meta": json.dumps({"note": "line\nAda"})},
        {"subject": "for Ada"},
        {"reply_to": "ada@example.org"},
    ],
    ids=str,
)
def test_who_is_named_outside_the_words_is_mentioned_too(
    memory: Memory, label: dict[str, Any]
) -> None:
    here = Record("mail", "letters", "see you there", "Ben", native_id="1")._replace(**label)
    there = here._replace(
        conversation="other", text="Adamant", title="", subject="", attachments=("adage.txt",),
        meta='{"to": "nada"}', reply_to=None, native_id="2",
    )  # fmt: skip
    hers = Record("mail", "mine", "hello", "Ada Byron", "ada@example.org")
    bring(memory._vault, [here, there, hers])
    assert memory.forgetting(Request(person="Ada Byron"))["also_mentioned_in"] == 1
    memory.forget(Request(person="Ada Byron", mentions=True))
    assert texts(memory._vault) == ["Adamant"]


# -- receipts and tombstones ----------------------------------------------------------------------


@pytest.fixture
def forgetful(memory: Memory) -> Memory:
    """A memory that has forgotten three times, and holds one message still."""
    bring(memory._vault, said("one", "two", "three", "four"))
    for word in ("one", "two", "three"):
        assert memory.forget(Request(query=word))["state"] == "done"
    assert memory.verify()["found"] == []
    return memory


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "'f000000000000'"),
        ("number", "7"),
        ("body", "replace(body, '\"records\": 1', '\"records\": 2')"),
        ("body", "'no JSON at all'"),
        ("prev", "hex(randomblob(32))"),
        ("hash", "hex(randomblob(32))"),
        ("signed", "hex(randomblob(64))"),
        ("state", "'purging '"),
    ],
)
def test_a_receipt_cannot_be_changed_unseen(forgetful: Memory, field: str, value: str) -> None:
    conn = forgetful._vault._db.conn
    conn.execute(f"update receipts set {field} = {value} where number = 2")
    assert forgetful.verify()["ok"] is False


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_receipt_cannot_be_taken_out_unseen(forgetful: Memory, number: int) -> None:
    forgetful._vault._db.conn.execute("delete from receipts where number = ?", (number,))
    assert forgetful.verify()["ok"] is False


def test_a_missing_tombstone_is_found(forgetful: Memory) -> None:
    conn = forgetful._vault._db.conn
    conn.execute("delete from tombstones where mac = (select min(mac) from tombstones)")
    assert "a tombstone is missing" in {f["what"] for f in forgetful.verify()["found"]}


def test_tombstones_and_receipts_tell_nothing_of_what_was_forgotten(
    forgetful: Memory, tmp_path: Path
) -> None:
    conn = forgetful._vault._db.conn
    log = json.dumps([list(r) for r in forgetful._vault.receipts.all()])
    for word in ("one", "two", "Ada", "Kitchen"):
        assert f'"{word}' not in log
    macs = {mac for (mac,) in conn.execute("select mac from tombstones")}
    assert {len(mac) for mac in macs} == {32}
    with make(tmp_path / "other", KEY) as other:
        bring(other, said("one", "two", "three"))
        other.forget([1, 2, 3], NOW)
        theirs = {mac for (mac,) in other._db.conn.execute("select mac from tombstones")}
    assert macs.isdisjoint(theirs), "a tombstone could be guessed from the message"


# -- what verify finds ----------------------------------------------------------------------------


def a_dead_word(conn: Any) -> None:
    conn.execute("insert into words (rowid, text, subject, author) values (99, 'ghost', '', '')")


def a_dead_vector(conn: Any) -> None:
    code, bits = b"\1" * 16, b"\1" * 2
    conn.execute(
        "insert into record_vectors (rowid, numbers, signs) values (99, vec_int8(?), vec_bit(?))",
        (code, bits),
    )


def numbers_in_an_empty_slot(conn: Any) -> None:
    conn.execute(
        "update record_vectors_vector_chunks00 set vectors ="
        " cast(substr(vectors, 1, length(vectors) - 16) || ? as blob)",
        (b"\1" * 16,),
    )


def evidence_without_a_record(conn: Any) -> None:
    conn.execute("insert into evidence values ('k1', 99, 0, 1)")


def a_fact_without_evidence(conn: Any) -> None:
    conn.execute("insert into facts values (9, 'k1', 1, 'x', 'place', '', '', 0.5)")


def a_name_nobody_bears(conn: Any) -> None:
    conn.execute("insert into authors values (99, 'mail', 'Ghost', '')")


def a_forgotten_record(conn: Any) -> None:
    conn.execute("insert into tombstones select ? where 1", (b"\0" * 32,))


def bytes_in_a_gap(conn: Any) -> None:
    conn.execute("insert into settings values ('ghost', ?)", ("boo " * 200,))
    conn.execute("delete from settings where name = 'ghost'")


PLANTS: tuple[Callable[[Any], None], ...] = (
    a_dead_word,
    a_dead_vector,
    numbers_in_an_empty_slot,
    evidence_without_a_record,
    a_fact_without_evidence,
    a_name_nobody_bears,
    a_forgotten_record,
    bytes_in_a_gap,
)


@pytest.fixture
def planted(memory: Memory) -> Iterator[tuple[Memory, Any]]:
    """A clean memory, and a connection that leaves what it deletes where it was."""
    bring(memory._vault, said("I live in Porto", "the lamp broke", "a third and last message"))
    memory.distil()
    memory.forget(Request(query="lamp"))
    memory.distil()
    assert memory._vault.purge()
    assert memory.verify()["found"] == []
    db = connect(memory._vault.path, KEY)
    db.conn.execute("pragma secure_delete = off")
    db.conn.execute("pragma foreign_keys = off")
    yield memory, db.conn
    db.conn.close()


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_verify_finds(planted: tuple[Memory, Any], plant: Callable[[Any], None]) -> None:
    memory, conn = planted
    plant(conn)
    checked = memory.verify()
    assert checked["ok"] is False
    assert checked["found"]


def test_evidence_behind_a_nul_character_is_no_contradiction(memory: Memory) -> None:
    bring(memory._vault, said("a \0 then I live in Porto"))
    memory.distil()
    assert [f.statement for f in memory.facts()] == ["Ada said: “I live in Porto”"]
    assert memory.verify()["found"] == []


# -- several at once ------------------------------------------------------------------------------


def hasty(vault: Vault) -> Vault:
    """Waits for others a moment instead of five seconds."""
    vault._db.conn.execute("pragma busy_timeout = 50")
    return vault


def test_a_forgetting_is_purging_while_somebody_reads_and_done_when_they_have_left(
    memory: Memory,
) -> None:
    bring(memory._vault, said("one", "two"))
    hasty(memory._vault)
    with Vault(memory._vault.folder, KEY) as reader:
        reader._db.conn.execute("begin")
        reader.records.count()
        assert memory.forget(Request(query="one"))["state"] == "purging"
        assert memory.verify()["ok"] is False
    assert memory.verify()["found"] == []
    assert [r.state for r in memory._vault.receipts.all()] == ["done"]


def test_a_forgetting_is_no_failure_when_somebody_begins_to_write_meanwhile(
    memory: Memory,
) -> None:
    bring(memory._vault, said("one", "two"))
    rows = [1]
    memory._vault.forget(rows, NOW)
    hasty(memory._vault)
    with Vault(memory._vault.folder, KEY) as writer, writer.write():
        assert memory._vault.purge() is False
    assert memory.verify()["found"] == []


def test_a_second_writer_is_told_to_wait(vault: Vault) -> None:
    with Vault(vault.folder, KEY) as other, vault.write():
        with pytest.raises(Busy) as refused:
            hasty(other).remember("colour", "blue")
        assert refused.value.code == 75
    vault.remember("colour", "green")
    assert vault.setting("colour") == "green"
