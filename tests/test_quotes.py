"""What a mail repeats from others is read, found and shown, and is never its author's word."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stubs import NOW

from ingest import Export, Options, detect
from ingest.quotes import merged, quoted
from secondme.content_keys import Keys
from secondme.memory import Memory
from secondme.record import Record, own_words, repeated

OWN, THEIRS = "I live in Porto", "I live in Lisbon"
REPEATED = {
    "marks": f"{OWN}\n> {THEIRS}",
    "marks of many": f"{OWN}\n>> {THEIRS}\n> so?\n\n>and so on",
    "initials": f"{OWN}\nBQ> {THEIRS}",
    "who said it": f"{OWN}\n\nOn Mon, 6 May 2024 at 10:00, Bea <bea@x>\nwrote:\n\n> {THEIRS}",
    "who said it, in German": f"{OWN}\n\nAm 06.05.2024 um 10:00 schrieb Bea:\n> {THEIRS}",
    "who said it, in Japanese": f"{OWN}\n\n2024年5月6日(月) 10:00 Bea <bea@x>:\n> {THEIRS}",
    "nothing but who said it": f"{OWN}\n\nLe lun. 6 mai 2024 à 10:00, Bea a écrit :\n\n{THEIRS}\n",
    "Outlook": f"{OWN}\n\n-----Original Message-----\nFrom: Bea\nSent: Monday\n\n{THEIRS}",
    "Outlook in French": f"{OWN}\n\nDe : Bea\nEnvoyé : lundi 6 mai\nÀ : Ada\nObjet : x\n\n{THEIRS}",
    "Outlook in bold": f"{OWN}\n________________\n*From:* Bea\n*Sent:* Monday\n*To:* A\n\n{THEIRS}",
    "Chinese": f"{OWN}\n\n发件人: Bea\n发送时间: 2024年5月6日\n收件人: Ada\n主题: x\n\n{THEIRS}",
    "forwarded": f"{OWN}\n\n---------- Forwarded message ---------\nFrom: Bea\nDate: x\n\n{THEIRS}",
    "passed on by Apple": f"{OWN}\n\nBegin forwarded message:\n\n> From: Bea\n>\n> {THEIRS}",
}


@pytest.mark.parametrize("text", REPEATED.values(), ids=REPEATED.keys())
def test_what_is_repeated_is_told_from_the_authors_own_words(text: str) -> None:
    own = own_words(text, quoted(text))
    assert OWN in own
    assert THEIRS not in own
    assert "Bea" not in own
    assert len(own) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "I live in Porto -- with a view\n- tea\n- rum\n\nNote: bring ropes.\nAlso: tea.",
        "From: the attic we see the sea.\nThat is nice.",
        "She wrote:\nI love tea",
        "a -> b\n5 > 3",
        "Ask me at 10:30 on 6 May:\nI am free.",
        "-- \nAda\nTel: +49 30 1\nMail: a@x",
    ],
)
def test_the_authors_own_words_stay_theirs(text: str) -> None:
    assert quoted(text) == []


def test_an_answer_between_the_quotes_is_the_authors() -> None:
    text = f"> Where do you live?\n{OWN}\n> And Bea?\nShe is away.\n"
    own = own_words(text, quoted(text))
    assert [line.strip() for line in own.split("\n") if line.strip()] == [OWN, "She is away."]


@given(st.text(alphabet="> \n:-ab1@FromSent", max_size=200))
def test_every_place_lies_in_the_text_and_after_the_one_before(text: str) -> None:
    end = 0
    for start, stop in merged(quoted(text)):
        assert end <= start < stop <= len(text)
        end = stop


@pytest.mark.parametrize("line", [">" * 300_000, "-" * 300_000, "From: " * 50_000, "1:" * 150_000])
def test_a_line_without_end_costs_no_more_than_its_length(line: str) -> None:
    began = time.process_time()
    quoted(f"{line}\n{line}:\n" * 2)
    quoted("From: a\n" * 50_000 + "x:\n" * 50_000)
    assert time.process_time() - began < 2


def test_quotations_of_a_page_are_found_by_their_tags(tmp_path: Path) -> None:
    page = (
        f"<p>{OWN}</p><div class='gmail_quote'>On Monday Bea wrote:<blockquote><p>{THEIRS}</p>"
        "<blockquote>deeper</blockquote></blockquote></div><p>Ada</p>"
    )
    path = tmp_path / "letter.eml"
    path.write_text(f"From: a@x\nSubject: s\nContent-Type: text/html\n\n{page}")
    (member,) = Export(path).members
    importer = detect(member)
    assert importer is not None
    (record,) = importer.read(member, Options())
    assert isinstance(record, Record)
    assert THEIRS in record.text
    assert own_words(record.text, repeated(record)).split() == [*OWN.split(), "Ada"]


@pytest.mark.parametrize(
    "kept", ["", "no", "[]", "3", '"a"', "[[1]]", '[[2, 1], ["a", 2], [0, 99]]']
)
def test_other_things_kept_under_that_name_mean_nothing(kept: str) -> None:
    record = Record("own", "c", "words", meta=f'{{"quoted": {kept}}}' if kept else "")
    assert repeated(record) == []


# -- what rests on it -----------------------------------------------------------------------------


def letter(text: str, number: int = 1) -> Record:
    kept = json.dumps({"quoted": quoted(text)}) if quoted(text) else ""
    return Record(
        "mail", "thread", text, "Ada", "ada@x", f"2024-05-0{number}T10:00:00Z", kind="mail",
        native_id=f"m{number}", meta=kept,
    )  # fmt: skip


def bring(memory: Memory, *records: Record) -> None:
    vault, keys = memory._vault, Keys()
    batch = vault.new_batch(NOW, "letters", {})
    vault.records.add(batch, [keys.sight(record) for record in records])
    vault.end_batch(batch, {})


def test_nobody_gets_facts_from_what_they_repeat(memory: Memory) -> None:
    bring(memory, letter(REPEATED["marks"]), letter(REPEATED["Outlook"], 2))
    memory.distil()
    assert {evidence.quote for fact in memory.facts() for evidence in fact.evidence} == {OWN}


def test_what_is_repeated_is_found_and_not_put_into_the_authors_mouth(memory: Memory) -> None:
    bring(memory, letter(f"Not any more.\n> {THEIRS}, in the Alfama"))
    assert len(memory.search("Alfama")) == 1
    answer = memory.ask("Do I live in the Alfama, in Lisbon?")
    assert THEIRS not in answer["answer"]


def test_an_episode_is_called_after_the_authors_own_words(memory: Memory) -> None:
    bring(memory, letter(f"> {THEIRS} by the sea\nNot in the least bit any more."))
    memory.distil()
    (episode,) = memory.episodes()
    assert THEIRS not in episode["title"]
