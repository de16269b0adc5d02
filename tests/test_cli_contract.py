"""The command line as a contract: words, JSON shapes, exit codes, and what goes to which stream."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from shell import (
    DIARY,
    Told,
    command,
    environment,
    fingerprint,
    furnished,
    run,
    settle_in,
    start,
    write_lines,
)
from stubs import StubLibrary

HIT = {"id", "kind", "score", "text", "author", "at", "source", "conversation", "native_id"}
HIT |= {"context", "why"}
EVIDENCE = {"id", "start", "end", "quote"}


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnished(tmp_path_factory.mktemp("seed"))


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the vault lies, when there is one. There are no models."""
    return settle_in(tmp_path, monkeypatch)


@pytest.fixture
def empty(vault: Path) -> None:
    assert run("init", "--key", "file").code == 0


@pytest.fixture
def diary(seed: Path, tmp_path: Path, vault: Path) -> str:
    """Three messages, imported."""
    shutil.copytree(seed.parent, tmp_path, dirs_exist_ok=True)
    return str(tmp_path / "diary.jsonl")


@pytest.fixture
def brains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deterministic stand-ins for the models, so that there is something distilled to show."""
    library = StubLibrary()
    monkeypatch.setattr("secondme.memory.opening.Library", lambda folder: library)


# -- init -----------------------------------------------------------------------------------------


def test_init_says_where_the_vault_is_and_shows_the_recovery_code_once(tmp_path: Path) -> None:
    other = tmp_path / "other"
    made = run("--vault", str(other), "init", "--key", "file", "--json")
    assert made.json == {"vault": str(other), "key": "file"}
    (code,) = re.findall(r"\b(?:[0-9A-Z]{5}-){7}[0-9A-Z]{5}\b", made.err)
    assert code not in made.out


@pytest.mark.usefixtures("empty")
def test_init_never_makes_a_second_vault_over_the_first(vault: Path) -> None:
    before = fingerprint(vault)
    run("init", "--key", "file").refuses(73, "already")
    assert fingerprint(vault) == before


def test_a_passphrase_that_nobody_can_type_is_asked_for_by_the_name_of_its_variable(
    tmp_path: Path,
) -> None:
    new = run("--vault", str(tmp_path / "other"), "init", "--key", "passphrase")
    new.refuses(64, "SECONDME_PASSPHRASE", "--key file")
    assert not (tmp_path / "other").exists()


# -- import, batches, undo ------------------------------------------------------------------------


@pytest.mark.usefixtures("empty")
def test_import_reports_what_became_of_every_file(tmp_path: Path) -> None:
    told = run("import", write_lines(tmp_path / "diary.jsonl"), "--json").json
    assert told == {
        "batch": 1,
        "imported": 3,
        "duplicate": 0,
        "tombstoned": 0,
        "skipped": 0,
        "files": [
            {
                "path": "diary.jsonl",
                "source": "secondme-jsonl",
                "conversations": ["Bea", "Office"],
                "chats": [
                    {
                        "title": "Bea",
                        "people": ["Ada", "Bea"],
                        "first": "2024-05-01T09:30:00Z",
                        "last": "2024-05-01T09:31:00Z",
                        "by_kind": {"message": 2},
                    },
                    {
                        "title": "Office",
                        "people": ["Beatrice"],
                        "first": "2024-06-01T08:00:00Z",
                        "last": "2024-06-01T08:00:00Z",
                        "by_kind": {"message": 1},
                    },
                ],
                "chats_left_out": 0,
                "people": ["Ada", "Bea", "Beatrice"],
                "first": "2024-05-01T09:30:00Z",
                "last": "2024-06-01T08:00:00Z",
                "imported": 3,
                "by_kind": {"message": 3},
                "duplicate": 0,
                "tombstoned": 0,
                "skipped": [],
                "unread": 0,
                "dialects": [],
                "questions": [],
                "missing_media": {"count": 0, "examples": []},
                "secrets": {},
            }
        ],
        "questions": [],
        "unrecognised": {"files": 0, "by_ending": {}, "examples": []},
        "missing_media": 0,
        "secrets": {},
        "redacted": False,
        "remembered": {},
        "plugins": [],
    }


@pytest.mark.usefixtures("empty")
def test_what_could_not_be_read_is_named_with_its_place_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "diary.jsonl"
    path.write_text(json.dumps(DIARY[0]) + '\n{"id": "2"}\n')
    told = run("import", str(path), "--json").json
    assert told["skipped"] == 1
    (unread,) = told["files"][0]["skipped"]
    assert unread == {"where": "line 2", "reason": "needs both an id and a text"}


@pytest.mark.usefixtures("empty")
def test_a_question_about_an_export_names_the_option_that_answers_it(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", [{"id": "1", "text": "hi", "at": "2024-05-01T09:30"}])
    (question,) = run("import", path, "--json").json["files"][0]["questions"]
    assert question.keys() == {"about", "text", "guess", "option", "choices"}
    assert (question["about"], question["option"]) == ("tz", "--tz")
    assert question["guess"] == "Europe/Lisbon"
    assert run("import", path, "--json", "--tz", "Asia/Tokyo").json["questions"] == []


@pytest.mark.usefixtures("empty")
def test_a_dry_run_tells_the_same_and_leaves_every_byte_as_it_was(
    vault: Path, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "diary.jsonl")
    before = fingerprint(vault)
    planned = run("import", path, "--dry-run", "--json").json
    assert fingerprint(vault) == before
    done = run("import", path, "--json").json
    assert planned == {**done, "batch": None}


@pytest.mark.usefixtures("empty")
def test_a_dry_run_counts_what_two_files_of_an_import_both_hold_once(tmp_path: Path) -> None:
    for year in ("2023", "2024"):
        (tmp_path / "exports" / year).mkdir(parents=True)
        write_lines(tmp_path / "exports" / year / "diary.jsonl")
    path = str(tmp_path / "exports")
    planned = run("import", path, "--dry-run", "--json").json
    assert (planned["imported"], planned["duplicate"]) == (3, 3)
    assert planned == {**run("import", path, "--json").json, "batch": None}


@pytest.mark.usefixtures("empty")
def test_the_owner_may_be_named_in_several_ways(tmp_path: Path) -> None:
    lines = [{**line, "me": False} for line in DIARY]
    path = write_lines(tmp_path / "diary.jsonl", lines)
    run("import", path, "--me", "Ada", "--me", "Beatrice")
    mine = {i["name"] for p in run("people", "--json").json if p["me"] for i in p["identities"]}
    assert mine == {"Ada", "Beatrice"}


def test_importing_twice_adds_nothing_and_undo_keeps_what_both_saw(diary: str) -> None:
    again = run("import", diary, "--json").json
    assert (again["imported"], again["duplicate"]) == (0, 3)
    assert [b["batch"] for b in run("batches", "--json").json] == [1, 2]
    assert run("undo", "1", "--json").json == {"removed": 0, "kept_by_other_batches": 3}
    assert run("undo", "2", "--json").json == {"removed": 3, "kept_by_other_batches": 0}
    assert run("search", "porto", "--json").json == []


def test_batches_tell_when_and_how_much(diary: str) -> None:
    (batch,) = run("batches", "--json").json
    assert batch.items() >= {"batch": 1, "state": "done", "imported": 3}.items()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", batch["at"])


# -- search, ask, show ----------------------------------------------------------------------------


def test_a_hit_says_what_was_said_by_whom_when_and_why_it_was_found(diary: str) -> None:
    hits = run("search", "kettle", "--json").json
    (hit,) = hits
    assert hit.keys() >= HIT
    assert hit.items() >= {
        "kind": "record", "text": "The kettle is broken again", "author": "Beatrice",
        "at": "2024-06-01T08:00:00Z", "source": "secondme-jsonl", "conversation": "Office",
        "native_id": "3",
    }.items()  # fmt: skip
    assert isinstance(hit["score"], float)
    assert hit["why"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), {"1", "2"}),
        (("-k", "1"), {"2"}),
        (("--person", "Bea"), {"2"}),
        (("--person", "Ada", "--source", "secondme-jsonl"), {"1"}),
        (("--source", "whatsapp"), set()),
        (("--from", "2024-05-01"), {"1", "2"}),
        (("--from", "2024-06"), set()),
        (("--to", "2024-05-01"), set()),
        (("--to", "2024-05-02", "--now", "2024-06-01"), {"1", "2"}),
    ],
)
def test_search_is_narrowed_by_its_options(
    diary: str, options: tuple[str, ...], found: set[str]
) -> None:
    hits = run("search", "tea in porto", *options, "--json").json
    assert {hit["native_id"] for hit in hits} == found


def test_a_dash_reads_one_question_a_line_and_answers_one_line_each(diary: str) -> None:
    told = run("search", "-", typed="porto\nzeppelin\nkettle\n")
    answers = [json.loads(line) for line in told.out.splitlines()]
    assert [sorted(h["native_id"] for h in hits) for hits in answers] == [["1", "2"], [], ["3"]]
    told = run("ask", "-", typed="Where does Ada live?\nWho sank the zeppelin?\n")
    answers = [json.loads(line) for line in told.out.splitlines()]
    assert [a["abstained"] for a in answers] == [False, True]


def test_explain_shows_the_parts_of_the_score(diary: str) -> None:
    assert "words" in run("search", "kettle", "--explain").out
    assert "words" not in run("search", "kettle").out


def test_an_answer_cites_records_that_can_be_shown(diary: str) -> None:
    answer = run("ask", "What is broken?", "--json").json
    assert answer.keys() >= {"answer", "abstained", "citations", "model"}
    (citation,) = answer["citations"]
    assert citation.keys() == {"n", "id", "quote", "at", "author"}
    shown = run("show", citation["id"], "--json").json
    assert citation["quote"] in shown["text"]


def test_a_question_the_memory_cannot_answer_is_not_answered(diary: str) -> None:
    answer = run("ask", "Who sank the zeppelin?", "--json").json
    assert answer["abstained"] is True
    assert answer["citations"] == []


def test_a_record_is_shown_among_its_neighbours(diary: str) -> None:
    (hit,) = run("search", "porto", "--person", "Ada", "--json").json
    shown = run("show", hit["id"], "--json").json
    assert (shown["kind"], shown["id"], shown["before"]) == ("record", hit["id"], [])
    assert [line["author"] for line in shown["after"]] == ["Bea"]


# -- distilled ------------------------------------------------------------------------------------


def test_distilling_without_a_model_names_the_command_that_brings_one(diary: str) -> None:
    run("distil").refuses(69, "secondme models pull minilm-l6")


@pytest.mark.usefixtures("empty")
def test_an_import_that_was_told_to_distil_keeps_its_records_when_no_model_is_there(
    tmp_path: Path,
) -> None:
    told = run("import", write_lines(tmp_path / "diary.jsonl"), "--distil")
    assert (told.code, "secondme models pull" in told.err) == (69, True)
    assert len(run("search", "porto", "--json").json) == 2


def test_distil_status_counts_what_is_built_and_what_is_due(diary: str) -> None:
    told = run("distil", "--status", "--json").json
    assert told.keys() >= {"episodes", "facts", "profile", "pending", "failed", "coverage"}
    assert told["pending"] > 0
    assert told["coverage"] == 0


@pytest.mark.usefixtures("brains")
def test_what_is_distilled_carries_the_words_it_came_from(diary: str) -> None:
    told = run("distil", "--json").json
    assert (told["pending"], told["coverage"]) == (0, 100)
    texts = {h["id"]: h["text"] for h in run("search", "porto kettle", "--json").json}
    (fact,) = run("facts", "--json").json
    assert fact["category"] == "place"
    episodes = run("episodes", "--json").json
    assert {e["conversation"] for e in episodes} == {"Bea", "Office"}
    profile = run("profile", "--json", "--now", "2024-06-01").json
    assert profile["bio"][0]["statement"] == fact["statement"]
    for derived in (fact, *episodes, *profile["bio"]):
        assert derived["evidence"]
        for e in derived["evidence"]:
            assert e.keys() == EVIDENCE
            assert texts[e["id"]][e["start"] : e["end"]] == e["quote"]


@pytest.mark.usefixtures("brains")
def test_facts_and_episodes_are_shown_and_found_by_their_ids(diary: str) -> None:
    run("distil")
    (fact,) = run("facts", "--json").json
    assert run("show", fact["id"], "--json").json == {"kind": "fact", **fact}
    (hit,) = run("search", "porto", "--kind", "fact", "--json").json
    assert hit.keys() >= HIT
    assert (hit["kind"], hit["id"]) == ("fact", fact["id"])
    (episode,) = run("search", "kettle", "--kind", "episode", "--json").json
    assert run("show", episode["id"], "--json").json["conversation"] == "Office"


@pytest.mark.usefixtures("brains")
def test_facts_are_narrowed_by_subject_day_and_status(diary: str) -> None:
    run("distil")
    assert len(run("facts", "--subject", "Ada", "--status", "current", "--json").json) == 1
    assert run("facts", "--subject", "Bea", "--json").json == []
    run("facts", "--subject", "Nobody").refuses(66, "Nobody")
    assert len(run("facts", "--subject", "me", "--as-of", "2024-05", "--json").json) == 1
    assert run("facts", "--as-of", "2023", "--json").json == []
    assert run("facts", "--status", "superseded", "--json").json == []


@pytest.mark.usefixtures("brains")
@pytest.mark.parametrize("verb", ["episodes", "facts", "profile", "people", "stats", "verify"])
def test_people_read_lines_where_scripts_read_json(diary: str, verb: str) -> None:
    run("distil")
    told = run(verb)
    assert told.code == 0
    assert told.out.strip()
    with pytest.raises(ValueError, match=r"."):
        json.loads(told.out)


# -- people ---------------------------------------------------------------------------------------


def names(told: Told) -> set[tuple[str, ...]]:
    return {tuple(sorted(i["name"] for i in p["identities"])) for p in told.json}


def test_people_are_listed_with_their_names(diary: str) -> None:
    people = run("people", "--json").json
    assert people == run("people", "list", "--json").json
    assert people[0].keys() >= {"id", "name", "me", "records", "identities"}


def test_two_names_are_one_person_when_the_owner_says_so_and_two_again_when_not(
    diary: str,
) -> None:
    merged = run("people", "merge", "Bea", "Beatrice", "--json").json
    assert merged["records"] == 2
    assert names(run("people", "--json")) == {("Ada",), ("Bea", "Beatrice")}
    found = run("search", "kettle", "--person", "Bea", "--json").json
    assert [hit["native_id"] for hit in found] == ["3"]
    assert names(run("people", "split", "Beatrice", "--json")) == {("Bea",), ("Beatrice",)}
    assert len(run("people", "--json").json) == 3


def test_merging_in_either_order_builds_the_same_memory(diary: str) -> None:
    run("people", "merge", "Bea", "Beatrice")
    once = run("dump", "--now", "2024-06-01").out
    run("people", "split", "Bea")
    run("people", "merge", "Beatrice", "Bea")
    assert run("dump", "--now", "2024-06-01").out == once


def test_a_merge_that_changes_nothing_is_refused(diary: str) -> None:
    run("people", "merge", "Bea", "Nobody").refuses(66, "Nobody")
    run("people", "merge", "Bea", "Bea").refuses(64, "already")
    run("people", "split", "Bea").refuses(66, "Bea")


def test_a_merge_outlives_importing_the_same_again(diary: str) -> None:
    run("people", "merge", "Bea", "Beatrice")
    run("import", diary)
    assert names(run("people", "--json")) == {("Ada",), ("Bea", "Beatrice")}


# -- forget, verify, dump -------------------------------------------------------------------------


def test_forgetting_shows_its_plan_and_touches_nothing_on_a_dry_run(
    diary: str, vault: Path
) -> None:
    before = fingerprint(vault)
    told = run("forget", "--person", "Bea", "--dry-run", "--json").json
    assert fingerprint(vault) == before
    plan = told["plan"]
    assert plan.keys() >= {"records", "episodes", "facts", "profile", "vectors", "files_outside"}
    assert (plan["records"], told["receipt"]) == (1, None)


def test_forgetting_asks_for_a_yes_and_without_anybody_to_ask_names_the_option(
    diary: str, vault: Path
) -> None:
    before = fingerprint(vault)
    told = run("forget", "--person", "Bea")
    assert (told.code, told.out) == (64, "")
    assert "→ Add --yes." in told.err
    assert fingerprint(vault) == before
    run("forget", "--yes").refuses(64, "--query")


def test_what_is_forgotten_is_gone_and_the_receipt_proves_it(diary: str) -> None:
    done = run("forget", "--person", "Bea", "--yes", "--json").json
    assert (done["state"], done["plan"]["records"]) == ("done", 1)
    assert [h["native_id"] for h in run("search", "porto", "--json").json] == ["1"]
    checked = run("verify", done["receipt"], "--json").json
    assert checked.keys() >= {"ok", "checked", "found"}
    assert (checked["ok"], checked["found"]) == (True, [])
    again = run("import", diary, "--json").json
    assert (again["imported"], again["tombstoned"]) == (0, 1)


def test_forgetting_nothing_is_no_failure(diary: str) -> None:
    told = run("forget", "--query", "zeppelin", "--yes", "--json").json
    assert (told["plan"]["records"], told["receipt"]) == (0, None)


def test_the_same_memory_is_dumped_as_the_same_lines(diary: str, tmp_path: Path) -> None:
    dumped = run("dump", "--now", "2024-06-01")
    kinds = {json.loads(line)["type"] for line in dumped.out.splitlines()}
    assert kinds >= {"record", "person", "word"}
    other = str(tmp_path / "other")
    run("--vault", other, "init", "--key", "file")
    run("--vault", other, "import", diary)
    assert run("--vault", other, "dump", "--now", "2024-06-01", "--json").out == dumped.out


# -- models, stats, doctor ------------------------------------------------------------------------


def test_models_lists_the_catalogue_before_anything_is_there() -> None:
    models = run("models", "list", "--json").json
    assert {m["name"] for m in models} >= {"minilm-l6", "smollm2-135m"}
    assert all(not m["present"] and not m["current"] and m["licence"] for m in models)


def test_a_model_that_is_not_here_or_is_none_is_refused(tmp_path: Path) -> None:
    run("models", "use", "minilm-l6").refuses(69, "secondme models pull minilm-l6")
    run("models", "add", str(tmp_path / "none.gguf")).refuses(66, "none.gguf")
    (tmp_path / "notes.gguf").write_text("not a model")
    told = run("models", "add", str(tmp_path / "notes.gguf"))
    assert told.code in (64, 65)
    assert not list((tmp_path / "models").glob("*.gguf"))


def test_stats_count_what_is_there(diary: str) -> None:
    stats = run("stats", "--json").json
    assert stats.items() >= {"records": 3, "conversations": 2, "people": 3, "batches": 1}.items()


@pytest.mark.usefixtures("empty")
def test_the_doctor_names_the_command_that_mends_what_is_wrong() -> None:
    told = run("doctor", "--json")
    assert told.code == 1
    report = json.loads(told.out)
    assert report["ok"] is False
    wrong = [c for c in report["checks"] if not c["ok"]]
    assert wrong
    assert all("secondme models pull" in c["hint"] for c in wrong)


# -- streams and terminals ------------------------------------------------------------------------


def test_search_from_a_shell_keeps_notes_out_of_the_answer(diary: str) -> None:
    told = start("search", "porto", "--json")
    assert {h["native_id"] for h in told.json} == {"1", "2"}
    assert "No embedding model" in told.err


def test_the_same_program_answers_by_both_names() -> None:
    told = start("--version")
    assert re.fullmatch(r"secondme \d+\.\d+\.\d+\n", told.out)


HOSTILE = "\x1b[31mred\x1b]0;title\x07 \u202egnirts\u2066 \x9b2J \u2028 end"


@pytest.fixture
def hostile(tmp_path: Path, empty: None) -> None:
    """A message and a name that would repaint a terminal, were they obeyed."""
    line = {"id": "1", "author": "Eve\x1b[2J", "conversation": "x\u202e", "text": "pwn " + HOSTILE}
    run("import", write_lines(tmp_path / "hostile.jsonl", [line]))


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize(
    "words", [("search", "pwn"), ("ask", "what is pwn?"), ("people",), ("search", "pwn", "--json"),
              ("dump",), ("forget", "--query", "pwn", "--dry-run")]
)  # fmt: skip
def test_no_record_can_command_the_terminal(words: tuple[str, ...]) -> None:
    told = run(*words)
    assert told.out.strip()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", told.out)


@pytest.mark.usefixtures("hostile")
def test_escaping_loses_nothing_of_what_scripts_read() -> None:
    (hit,) = run("search", "pwn", "--json").json
    assert hit["text"] == "pwn " + HOSTILE


@pytest.mark.usefixtures("hostile")
@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
def test_a_real_terminal_gets_no_escapes_and_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    code, seen = on_a_terminal("search", "pwn")
    assert code == 0
    assert "pwn \\x1b[31mred" in seen
    assert "\x1b" not in seen
    assert "\u202e" not in seen


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
def test_on_a_terminal_the_plan_is_shown_and_a_no_forgets_nothing(diary: str) -> None:
    code, seen = on_a_terminal("forget", "--person", "Bea", typed=b"n\n")
    assert code != 0
    assert "1 records" in seen
    assert "Forget this for good?" in seen
    assert len(run("search", "porto", "--json").json) == 2


def on_a_terminal(*arguments: str, typed: bytes = b"") -> tuple[int, str]:
    """Exit code and all that a terminal shows of the command, which has one for every stream."""
    import pty
    import subprocess

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(*arguments), stdin=theirs, stdout=theirs, stderr=theirs, env=environment()
    ) as process:
        os.close(theirs)
        os.write(ours, typed)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # how Linux says that nobody holds the other end any more
                break
            if not piece:
                break
            seen += piece
    os.close(ours)
    return process.returncode, seen.decode()
