"""What the owner puts right: it wins over every build, and goes with what it is about."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import termios
from collections.abc import Sequence
from pathlib import Path
from shutil import copytree
from time import sleep
from typing import Any, cast

import pytest
from shell import DIARY, command, environment, furnished, run, settle_in, write_lines
from stubs import NOW, StubEmbedder, StubLibrary, StubReader

from secondme import keys, paths
from secondme.brains import Library
from secondme.content_keys import Keys
from secondme.distil import Brains
from secondme.errors import NotFound, UnreadableExport, UsageError
from secondme.forget import Request
from secondme.memory import Memory
from secondme.memory.correcting import UNSURE
from secondme.record import Fact, Record
from secondme.vault import Vault
from secondme.vault.edits import Edit
from secondme.vault.sealed import SealedPages


def me(text: str, day: int = 1, **more: Any) -> Record:
    at = f"2024-05-{day:02}T10:00:00Z"
    return Record("chat", "Ben", text, "Owner", sent_at=at, mine=True)._replace(**more)


def ben(text: str, day: int = 1) -> Record:
    return me(text, day, author="Ben", mine=False)


def bring(memory: Memory, *records: Record, name: str = "first") -> int:
    sight = Keys().sight
    batch = memory._vault.new_batch(NOW, name, {})
    memory._vault.records.add(batch, [sight(r) for r in records])
    memory._vault.end_batch(batch, {})
    memory.distil()
    return batch


def forget(memory: Memory, query: str) -> dict[str, Any]:
    return memory.forget(Request(query=query))["plan"]


def facts(memory: Memory, **wanted: str) -> list[tuple[str, str]]:
    return [(f.statement, f.status) for f in memory.facts(**wanted)]


def fact(memory: Memory, words: str, **wanted: str) -> Fact:
    (found,) = [f for f in memory.facts(**wanted) if words in f.statement]
    return found


def read_by(memory: Memory, reader: object) -> Memory:
    """The same vault under another model, all built anew."""
    brains = Brains(StubEmbedder(), cast(StubReader, reader))
    other = Memory(memory._vault, cast(Library, StubLibrary(brains)), lambda: NOW)
    other.distil()
    return other


class Reads(StubReader):
    """A reader that knows one pattern."""

    def __init__(self, pattern: str, category: str, slot: str = "", score: float = 0.9) -> None:
        super().__init__(f"reads {pattern} as {category}")
        self._pattern, self._as = re.compile(pattern), (category, slot, score)

    def read(self, text: str) -> Sequence[tuple[int, int, str, str, float]]:
        return [(m.start(), m.end(), *self._as) for m in self._pattern.finditer(text)]


# -- a fact in the owner's words --------------------------------------------------------------


def test_an_edited_fact_says_what_the_owner_says_and_shows_the_words_it_was_read_from(
    memory: Memory,
) -> None:
    bring(memory, me("well, I love tea!"))
    told = memory.edit(fact(memory, "tea").id, "  I love green\n tea ")
    assert (told["statement"], told["edited"], told["confidence"]) == ("I love green tea", True, 1)
    assert [e["quote"] for e in told["evidence"]] == ["I love tea"]
    (line,) = memory.profile()["bio"]
    assert (line["id"], line["statement"]) == (told["id"], "I love green tea")
    assert memory.show(told["id"])["statement"] == "I love green tea"


def test_the_later_word_on_a_fact_replaces_the_earlier(memory: Memory) -> None:
    bring(memory, me("I love tea"))
    key = fact(memory, "tea").id
    for words in ("I love milk", "I love rum", "I love rum"):
        memory.edit(key, words)
    assert facts(memory) == [("I love rum", "current")]
    memory.reject(key)
    assert facts(memory) == []
    memory.edit(key, "I love tea after all")
    assert facts(memory) == [("I love tea after all", "current")]
    assert len(memory._vault.edits()) == 1


def test_a_rejected_fact_is_listed_only_when_asked_for_and_can_be_taken_back(
    memory: Memory,
) -> None:
    bring(memory, me("I love tea"))
    key = fact(memory, "tea").id
    assert memory.reject(key)["status"] == "rejected"
    assert facts(memory) == []
    assert facts(memory, status="rejected") == [("I love tea", "rejected")]
    assert memory.profile()["bio"] == memory.profile()["facets"] == []
    assert memory.show(key)["status"] == "rejected"
    assert memory.unedit(key)["status"] == "current"
    assert facts(memory) == [("I love tea", "current")]
    with pytest.raises(NotFound):
        memory.unedit(key)


def test_a_pinned_fact_never_ends_and_comes_first_in_the_profile(memory: Memory) -> None:
    bring(memory, me("my name is Ada"), me("I live in Porto"), me("I live in Lisbon", 9))
    key = fact(memory, "Porto").id
    assert memory.pin(key)["status"] == "current"
    assert memory.profile()["bio"][0]["statement"] == "I live in Porto"
    memory.edit(key, "I live in Porto, really")
    assert fact(memory, "really").pinned
    assert memory.pin(key, on=False)["status"] == "superseded"
    assert fact(memory, "really").edited


def test_rejecting_the_later_home_reopens_the_earlier(memory: Memory) -> None:
    bring(memory, me("I live in Porto"), me("I live in Lisbon", 9))
    memory.reject(fact(memory, "Lisbon").id)
    assert facts(memory) == [("I live in Porto", "current")]
    assert memory.profile()["core"] == "place: I live in Porto"


def test_an_edited_home_still_takes_its_turn(memory: Memory) -> None:
    bring(memory, me("I live in Porto"), me("I live in Lisbon", 9))
    memory.edit(fact(memory, "Porto").id, "I lived in Porto, by the river")
    assert facts(memory) == [
        ("I lived in Porto, by the river", "superseded"),
        ("I live in Lisbon", "current"),
    ]
    memory.edit(fact(memory, "Lisbon").id, "I lived in Porto, by the river")
    (home,) = memory.facts()
    assert [e.quote for e in home.evidence] == ["I live in Porto", "I live in Lisbon"]


def test_a_word_on_a_fact_is_a_word_on_all_who_say_the_same(memory: Memory) -> None:
    """Also on what is imported later; and some of it may be forgotten."""
    bring(memory, me("I love tea", 3), me("ah, I love tea", 5))
    memory.reject(fact(memory, "tea").id)
    bring(memory, me("I love tea, truly", 1), name="older")
    assert facts(memory) == []
    assert len(memory.facts(status="rejected")[0].evidence) == 3
    assert forget(memory, "truly")["edits"] == 0
    (first, _) = (e.id for e in memory.facts(status="rejected")[0].evidence)
    assert memory.forget(Request(ids=(first,)))["plan"]["edits"] == 1
    assert facts(memory, status="rejected") == [("I love tea", "rejected")]
    assert forget(memory, "tea")["edits"] == 1
    assert memory._vault.corrections.every() == []


def test_what_others_say_can_be_put_right_too(memory: Memory) -> None:
    bring(memory, ben("I live in Porto"))
    memory.edit(fact(memory, "Porto").id, "Ben lives in Oporto")
    (home,) = memory.facts(subject="Ben")
    assert (home.statement, home.mine) == ("Ben lives in Oporto", False)
    assert memory.profile()["bio"] == []


@pytest.mark.parametrize("words", ["", " \n ", "half \ud800 a character"])
def test_words_that_say_nothing_are_refused(memory: Memory, words: str) -> None:
    bring(memory, me("I love tea"))
    with pytest.raises(UsageError):
        memory.edit(fact(memory, "tea").id, words)
    assert memory._vault.edits() == []


# -- other builds -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reader",
    [
        Reads(r"live in Porto and work", "place"),
        Reads(r".+", "place", "home"),
        Reads(r"I live in Porto and work at Quay", "work"),
        Reads(r"nothing at all", "place"),
        Reads(r"I live in|in Porto", "place"),
    ],
    ids=["shorter", "longer", "another category", "nothing", "two"],
)
def test_a_correction_stands_whatever_another_model_reads(memory: Memory, reader: Reads) -> None:
    bring(memory, me("I live in Porto and work at Quay"), me("I live in Lisbon", 9))
    key = fact(memory, "Porto").id
    memory.edit(key, "I live in Oporto")
    told = fact(memory, "Oporto")
    other = read_by(memory, reader)
    assert [f for f in other.facts() if f.statement == "I live in Oporto"] == [told] or [
        (f.id, f.category, f.evidence) for f in other.facts() if "Oporto" in f.statement
    ] == [(key, "place", told.evidence)]
    assert [f.statement for f in other.facts() if "Porto" in f.statement] == []
    other.reject(key)
    assert [f for f in other.facts() if "Porto" in f.statement] == []
    other.unedit(key)
    again = read_by(other, StubReader())
    assert "I live in Porto" in [f.statement for f in again.facts()]


def test_where_a_model_reads_several_facts_only_the_one_that_is_meant_is_put_right(
    memory: Memory,
) -> None:
    class Both(Reads):
        def read(self, text: str) -> Sequence[tuple[int, int, str, str, float]]:
            return [(0, 7, "place", "", 0.9), (4, 20, "work", "", 0.9)]

    bring(memory, me("I live in Porto by the sea"))
    memory.reject(fact(memory, "Porto").id)
    assert [f.category for f in read_by(memory, Both("both", "")).facts()] == ["work"]


def test_taking_back_a_correction_of_what_nothing_reads_any_more_leaves_nothing(
    memory: Memory,
) -> None:
    bring(memory, me("I love tea"))
    key = fact(memory, "tea").id
    memory.edit(key, "I love green tea")
    other = read_by(memory, Reads("nothing", "place"))
    assert [f.id for f in other.facts()] == [key]
    assert other.show(other.facts()[0].evidence[0].id)["facts"] == [key]
    assert other.unedit(key)["status"] == "gone"
    assert other.facts() == []


def test_a_correction_follows_its_words_into_another_version_of_the_message(
    memory: Memory,
) -> None:
    bring(memory, me("I love tea", native_id="1"))
    memory.edit(fact(memory, "tea").id, "I love green tea")
    longer = bring(memory, me("Hm, you know that I love tea", native_id="1"), name="moved")
    assert facts(memory) == [("I love green tea", "current")]
    assert memory.facts()[0].evidence[0].start == 18
    memory.edit(memory.facts()[0].id, "I love black tea")
    bring(memory, me("I love coffee, that is what I have to tell you", native_id="1"), name="new")
    assert facts(memory) == [("I love coffee", "current")]
    memory.undo(longer)
    memory.undo(longer + 1)
    memory.distil()
    assert facts(memory) == [("I love black tea", "current")]


# -- contradictions and doubts ----------------------------------------------------------------


def moved(memory: Memory) -> tuple[str, str]:
    bring(memory, me("I live in Porto"), me("I live in Lisbon", 9))
    (doubt,) = memory.review()
    assert [f["statement"] for f in doubt["facts"]] == ["I live in Porto", "I live in Lisbon"]
    assert doubt["kind"] == "contradiction"
    return doubt["id"], doubt["other"]


@pytest.mark.parametrize(
    ("keep", "standing"),
    [
        ("newer", {"I live in Porto": "superseded", "I live in Lisbon": "current"}),
        ("older", {"I live in Porto": "current"}),
        ("both", {"I live in Porto": "current", "I live in Lisbon": "current"}),
    ],
)
def test_the_owner_says_which_of_two_homes_holds(
    memory: Memory, keep: str, standing: dict[str, str]
) -> None:
    older, newer = moved(memory)
    memory.resolve(newer, older, keep)
    assert dict(facts(memory)) == standing
    assert memory.review() == []
    memory.unedit(older)
    assert moved_again(memory) == (older, newer)


def moved_again(memory: Memory) -> tuple[str, str]:
    (doubt,) = memory.review()
    return doubt["id"], doubt["other"]


def test_a_contradiction_may_be_decided_another_way(memory: Memory) -> None:
    older, newer = moved(memory)
    for keep in ("older", "both", "newer", "older"):
        memory.resolve(older, newer, keep)
    assert facts(memory) == [("I live in Porto", "current")]
    assert facts(memory, status="rejected") == [("I live in Lisbon", "rejected")]
    memory.edit(newer, "I live in Lisboa")
    assert dict(facts(memory)) == {
        "I live in Porto": "superseded", "I live in Lisboa": "current"
    }  # fmt: skip


@pytest.mark.parametrize("gone", ["Porto", "Lisbon"])
def test_a_contradiction_is_open_again_when_one_side_is_forgotten(
    memory: Memory, gone: str
) -> None:
    memory.resolve(*moved(memory), "older")
    assert forget(memory, gone)["edits"] == 1
    assert memory._vault.corrections.every() == []
    assert [status for _, status in facts(memory)] == ["current"]


def test_two_homes_that_hold_together_end_together(memory: Memory) -> None:
    older, newer = moved(memory)
    memory.resolve(older, newer, "both")
    bring(memory, me("I live in Oslo", 20), name="later")
    assert [s for _, s in facts(memory)] == ["superseded", "superseded", "current"]
    assert len(memory.review()) == 2


def test_two_contradictions_in_one_message_are_told_apart(memory: Memory) -> None:
    bring(memory, me("I live in Porto, no, I live in Lisbon"))
    (doubt,) = memory.review()
    memory.resolve(doubt["id"], doubt["other"], "both")
    assert memory.review() == []
    assert {status for _, status in facts(memory)} == {"current"}


def test_only_what_contradicts_each_other_can_be_resolved(memory: Memory) -> None:
    bring(memory, me("I live in Porto"), me("I work at Quay"), ben("I live in Oslo"))
    home, work, his = (fact(memory, w).id for w in ("Porto", "Quay", "Oslo"))
    for one, other in ((home, work), (home, his), (home, home)):
        with pytest.raises(UsageError):
            memory.resolve(one, other, "newer")
    with pytest.raises(UsageError):
        memory.resolve(home, home, "neither")


def test_doubtful_facts_wait_for_a_word_of_the_owner(memory: Memory) -> None:
    bring(memory, me("I love tea"), ben("I love rum"), me("I love milk"), me("I love mint"))
    doubtful = read_by(memory, Reads(r"I love \w+", "preference", score=UNSURE - 0.01))
    kinds = [(d["kind"], d["other"]) for d in doubtful.review()]
    assert kinds == [("unsure", None)] * 4
    assert [d["facts"][0]["mine"] for d in doubtful.review()] == [True, True, True, False]
    doubtful.pin(fact(doubtful, "tea").id)
    doubtful.reject(fact(doubtful, "milk").id)
    doubtful.edit(fact(doubtful, "mint").id, "I love spearmint")
    assert [d["facts"][0]["mine"] for d in doubtful.review()] == [False]


# -- what becomes of corrections --------------------------------------------------------------


def test_a_correction_outlives_an_undo_and_holds_again_after_the_next_import(
    memory: Memory,
) -> None:
    bring(memory, me("I work at Quay"))
    tea = bring(memory, me("I love tea"), name="tea")
    memory.edit(fact(memory, "tea").id, "I love green tea")
    memory.undo(tea)
    assert memory._vault.edits() == []
    assert forget(memory, "Quay")["edits"] == 0
    bring(memory, me("I love tea"), name="again")
    assert facts(memory) == [("I love green tea", "current")]


@pytest.mark.parametrize("request_", [Request(query="xylophone"), Request(query="tea")])
def test_the_owners_words_leave_no_byte_behind(memory: Memory, request_: Request) -> None:
    """They are found like those of the record that they are about."""
    bring(memory, me("I love tea"), me("I work at Quay"))
    memory.edit(fact(memory, "tea").id, "I love the xylophone")
    plan = memory.forgetting(request_)
    assert (plan["records"], plan["edits"]) == (1, 1)
    done = memory.forget(request_)
    assert (done["state"], done["plan"]["edits"]) == ("done", 1)
    vault = memory._vault
    assert vault.fold()
    with SealedPages(vault.path, vault.key) as pages:
        held = [pages.read(number) or b"" for number in range(1, pages.count + 1)]
    assert any(b"Quay" in page for page in held)
    assert not any(b"xylophone" in page for page in held)
    assert memory.verify()["found"] == []
    assert facts(memory) == [("I work at Quay", "current")]


def test_a_name_in_a_correction_is_found_with_those_who_are_forgotten(memory: Memory) -> None:
    bring(memory, me("I love tea"), Record("chat", "Rosa", "hello", "Rosa", sent_at=NOW))
    memory.edit(fact(memory, "tea").id, "I love Rosa's tea")
    plan = memory.forget(Request(person="Rosa", mentions=True))["plan"]
    assert (plan["records"], plan["edits"]) == (2, 1)


def test_a_correction_of_what_is_being_forgotten_is_refused(memory: Memory, vault: Vault) -> None:
    bring(memory, me("I love tea"))
    edit_ = _edited(memory, "tea", "I love rum")
    forget(memory, "tea")
    with pytest.raises(NotFound):
        vault.corrections.say([edit_], NOW)
    assert vault.corrections.every() == []


def _edited(memory: Memory, words: str, new: str) -> Edit:
    memory.edit(fact(memory, words).id, new)
    (edit_,) = memory._vault.edits()
    return edit_


def test_corrections_from_elsewhere_are_kept_unless_forgotten_here(
    memory: Memory, vault: Vault
) -> None:
    bring(memory, me("I love tea"))
    edit_ = _edited(memory, "tea", "I love rum")
    memory.unedit(fact(memory, "rum").id)
    assert vault.corrections.keep(edit_, NOW)
    assert facts(memory) == [("I love rum", "current")]
    forget(memory, "tea")
    assert not vault.corrections.keep(edit_, NOW)
    assert vault.corrections.every() == []
    with vault.write():
        vault.corrections._put(edit_, NOW)
    assert vault.integrity() == ["corrections of what was forgotten: 1"]


@pytest.mark.parametrize(
    "change",
    [
        {"key": "x0"},
        {"act": "believe"},
        {"act": "resolve"},
        {"content": "[]"},
        {"content": '{"start": "0"}'},
        {"content": "no"},
        {"content": "[" * 100_000},
    ],
    ids=["key", "act", "other act", "list", "little", "no JSON", "deep"],
)
def test_a_correction_that_secondme_did_not_write_is_refused(
    memory: Memory, change: dict[str, str]
) -> None:
    bring(memory, me("I love tea"))
    edit_ = _edited(memory, "tea", "I love rum")
    with pytest.raises(UnreadableExport):
        memory._vault.corrections.keep(edit_._replace(**change), NOW)


# -- finding and answering --------------------------------------------------------------------


def test_a_fact_is_found_by_the_owners_words_for_it(memory: Memory) -> None:
    bring(memory, me("I live in Porto"), me("the kettle is broken"))
    key = fact(memory, "Porto").id
    memory.edit(key, "I live in Reykjavík")
    (hit,) = memory.search("reykjavik", kind="fact")
    assert (hit.id, hit.text) == (key, "I live in Reykjavík")
    assert memory.search("reykjavik", kind="fact", until="2020") == []
    memory.unedit(key)
    assert "reykjavik" not in memory.search("reykjavik", kind="fact")[0].why["terms"]


def test_an_answer_is_in_the_owners_words(memory: Memory) -> None:
    bring(memory, me("I live in Porto"), me("the kettle is broken"))
    memory.edit(fact(memory, "Porto").id, "I live in Lisbon")
    for question in ("Where do I live?", "Do I live in Lisbon?", "Do I live in Lísbon?"):
        found = memory.ask(question)
        citation = found["citations"][0]
        assert (citation["quote"], citation["corrected"]) == ("I live in Lisbon", True), question
        assert "as you corrected it [1]" in found["answer"]
        assert memory.show(citation["id"])["text"] == "I live in Porto"


def test_nothing_is_answered_from_what_the_owner_rejected(memory: Memory) -> None:
    bring(memory, me("I live in Atlantis"), me("the kettle is broken. I live in Atlantis", 2))
    assert not memory.ask("Do I live in Atlantis?")["abstained"]
    memory.reject(fact(memory, "Atlantis").id)
    assert memory.ask("Do I live in Atlantis?")["abstained"]
    (citation,) = memory.ask("What is broken, the kettle?")["citations"]
    assert citation["quote"] == "the kettle is broken."
    assert "corrected" not in citation


# -- from a shell -----------------------------------------------------------------------------

PORTO, LISBON, TEA = "I live in Porto", "I live in Lisbon", "I love tea"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The diary's vault with three facts of its owner, read by the stubs."""
    folder = tmp_path_factory.mktemp("home")
    vault = furnished(folder)
    with pytest.MonkeyPatch.context() as patch:
        settle_in(folder, patch)
        more = [
            {**DIARY[0], "id": f"more {n}", "at": f"2024-06-0{n}T09:30:00Z", "text": text}
            for n, text in enumerate((LISBON, TEA), start=1)
        ]
        assert run("import", write_lines(folder / "more.jsonl", more)).code == 0
        key = keys.unlock(vault, passphrase=None, key_file=paths.key_file())
    with Memory(Vault(vault, key), cast(Library, StubLibrary())) as memory:
        memory.distil()
    return folder


@pytest.fixture
def diary(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Ids by what is said, in a vault of this test's own."""
    copytree(home / "vault", settle_in(tmp_path, monkeypatch))
    found = {f["statement"]: f["id"] for f in run("facts", "--json").json}
    assert len(found) == 3
    return found


def test_a_line_is_put_right_from_a_shell(diary: dict[str, str]) -> None:
    told = run("edit", diary[TEA], "--text", "I love mint tea", "--json").json
    assert (told["statement"], told["edited"]) == ("I love mint tea", True)
    assert "I love mint tea" in run("profile").out
    assert "(edited)" in run("facts").out
    assert run("edit", diary[TEA], "--pin", "--json").json["pinned"]
    assert not run("edit", diary[TEA], "--unpin", "--json").json["pinned"]
    assert run("edit", diary[TEA], "--reject", "--json").json["status"] == "rejected"
    assert diary[TEA] not in run("facts").out
    assert [f["id"] for f in run("facts", "--status", "rejected", "--json").json] == [diary[TEA]]
    assert run("edit", diary[TEA], "--undo", "--json").json["statement"] == TEA


def test_contradictions_are_listed_and_resolved_from_a_shell(diary: dict[str, str]) -> None:
    (doubt,) = run("review", "--json").json
    assert (doubt["id"], doubt["other"]) == (diary[PORTO], diary[LISBON])
    assert PORTO in run("review").out
    done = run("review", "--resolve", diary[PORTO], diary[LISBON], "both", "--json")
    assert done.json == []
    assert {f["status"] for f in run("facts", "--json").json} == {"current"}


def test_what_cannot_be_edited_is_refused_in_a_sentence(diary: dict[str, str]) -> None:
    record = run("search", "porto", "--json").json[0]["id"]
    run("edit", "k0", "--text", "so").refuses(66, "k0")
    run("edit", record, "--text", "so").refuses(64, "not a fact", "facts")
    run("edit", record).refuses(64, "not a fact")
    run("edit", diary[TEA]).refuses(64, "--text")
    run("edit", diary[TEA], "--text", " ").refuses(64, "Reject")
    run("edit", diary[TEA], "--text", "so", "--pin").refuses(64, "one option")
    run("edit", diary[TEA], "--undo").refuses(66, "Nothing was corrected")
    run("review", "--resolve", diary[TEA], diary[PORTO], "newer").refuses(64, "contradict")
    run("review", "--resolve", diary[LISBON], diary[PORTO], "later").refuses(64, "older")


def test_a_line_is_put_right_in_the_owners_editor(diary: dict[str, str], tmp_path: Path) -> None:
    """Whose file is readable by nobody else, and gone afterwards."""
    seen = tmp_path / "seen"
    editor = tmp_path / "editor"
    editor.write_text(
        f'#!/bin/sh\nls -l "$1" > {seen}\necho "$1" >> {seen}\nsed -i s/tea/rum/ "$1"'
    )
    editor.chmod(0o700)
    typing(["edit", diary[TEA]], "", {"VISUAL": str(editor)})
    listed, file = seen.read_text().splitlines()
    assert listed.startswith("-rw-------")
    assert not Path(file).exists()
    assert fact_in(run("facts", "--json").json, diary[TEA])["statement"] == "I love rum"
    editor.write_text("#!/bin/sh\n")
    typing(["edit", diary[PORTO]], "", {"VISUAL": str(editor)})
    assert not fact_in(run("facts", "--json").json, diary[PORTO])["edited"]


def test_a_review_walks_from_doubt_to_doubt_by_single_keys(diary: dict[str, str]) -> None:
    shown = typing(["review"], "s", {})
    assert PORTO in shown
    assert LISBON in shown
    assert len(run("review", "--json").json) == 1
    assert "Nothing is left" in typing(["review"], "o", {})
    assert fact_in(run("facts", "--json").json, diary[PORTO])["status"] == "current"


def fact_in(found: list[dict[str, Any]], key: str) -> dict[str, Any]:
    return next(f for f in found if f["id"] == key)


def typing(arguments: list[str], typed: str, settings: dict[str, str]) -> str:
    """What a terminal shows of a command while these keys are typed, each when it is asked for."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(*arguments), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env=environment() | settings,
    )  # fmt: skip
    os.close(theirs)
    shown, waiting = b"", list(typed)
    try:
        while piece := os.read(ours, 65536):
            shown += piece
            if waiting and shown.count(b"q: quit") > len(typed) - len(waiting):
                for _ in range(1000):  # what is typed before it waits for one key is thrown away
                    if not termios.tcgetattr(ours)[3] & termios.ICANON:
                        break
                    sleep(0.01)
                os.write(ours, waiting.pop(0).encode())
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert process.wait(60) == 0, shown.decode()
    return shown.decode()
