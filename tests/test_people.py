"""Who is who: what address cards prove, and what is only suggested."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest
from shell import furnished, run, settle_in
from stubs import KEY, NOW

from secondme.content_keys import Keys
from secondme.dump import dump
from secondme.errors import NotFound
from secondme.forget import Request
from secondme.memory import Memory
from secondme.record import Record
from secondme.vault import Vault, make
from secondme.vault.filters import Filter

DAY = "2024-05-01T10:00:00Z"
LATER = "2024-05-02T10:00:00Z"


def wrote(
    source: str, name: str, handle: str = "", text: str = "hello", at: str = DAY, **more: object
) -> Record:
    more = {"conversation": f"chat of {source}", "sent_local": at} | more
    return Record(source=source, text=text, author=name, author_id=handle, sent_at=at, **more)  # type: ignore[arg-type]


def card(name: str, *reached: str) -> Record:
    """As the importer of contacts makes it."""
    kept = {
        "phones": [one for one in reached if "@" not in one],
        "emails": [one for one in reached if "@" in one],
    }
    return Record(
        "contacts", "contacts", f"{name}\n{reached}", name, next(iter(reached), ""),
        kind="contact", role="system", subject=name, meta=json.dumps(kept),
    )  # fmt: skip


def bring(vault: Vault, *records: Record, name: str = "export") -> int:
    keys = Keys()
    batch = vault.new_batch(NOW, name, {})
    vault.records.add(batch, [keys.sight(r) for r in records])
    vault.end_batch(batch, {})
    return batch


def together(vault: Vault) -> set[frozenset[str]]:
    """Of everybody who wrote, the sources in which they are known."""
    return {frozenset(i.source for i in p.identities) for p in vault.people()}


def alike(memory: Memory) -> set[tuple[str, str]]:
    return {(pair["one"]["name"], pair["other"]["name"]) for pair in memory.alike()}


PHONE, MAIL = "+49 171 1234567", "bea@example.org"
CHAT = wrote("whatsapp", PHONE, PHONE)
LETTER = wrote("mail", "B. Quist", MAIL, native_id="m1")


def test_a_card_makes_a_number_and_an_address_one_person_and_gives_them_a_name(
    vault: Vault,
) -> None:
    bring(vault, CHAT, LETTER)
    assert len(vault.people()) == 2
    bring(vault, card("Bea Quist", PHONE, MAIL), name="cards")
    (person,) = vault.people()
    assert together(vault) == {frozenset({"whatsapp", "mail", "contacts"})}
    assert (person.records, person.me) == (2, False)
    assert person.name == "B. Quist"


def test_a_number_is_called_by_the_name_on_its_card(vault: Vault) -> None:
    bring(vault, CHAT, card("Bea Quist", PHONE))
    assert [p.name for p in vault.people()] == ["Bea Quist"]


def test_a_forgotten_card_leaves_two_people_and_nothing_of_itself(
    memory: Memory, tmp_path: Path
) -> None:
    bring(memory._vault, CHAT, LETTER, card("Bea Quist", PHONE, MAIL))
    ids = [p.id for p in memory._vault.people()]
    memory.forget(Request(within=Filter(source="contacts")))
    assert len(memory._vault.people()) == 2
    with fresh(tmp_path / "never") as never:
        bring(never, CHAT, LETTER)
        assert list(dump(never, None)) == list(dump(memory._vault, None))
        assert ids[0] in {p.id for p in never.people()}, "a card changes nobody's id"


def test_the_order_of_imports_makes_no_difference_to_who_is_who(tmp_path: Path) -> None:
    batches = [
        [CHAT, wrote("signal", "Bea", "+49 171 1234567")],
        [LETTER, card("Bea", PHONE, MAIL)],
        [card("Ada", "+49 30 765432"), card("Ben", "+49 30 765432", "ben@example.org")],
        [wrote("mail", "Ben", "ben@example.org", native_id="m2"), wrote("irc", "+4930765432")],
    ]
    seen = set()
    for number, order in enumerate(permutations(batches)):
        if number % 5 == 0:
            with fresh(tmp_path / str(number)) as vault:
                for at, records in enumerate(order):
                    bring(vault, *records, name=str(at))
                seen.add("\n".join(dump(vault, None)))
    assert len(seen) == 1


def test_a_number_without_its_country_is_known_only_by_the_owners_own_country(
    memory: Memory,
) -> None:
    vault = memory._vault
    bring(vault, CHAT, LETTER, card("Bea Quist", "0171 1234567", MAIL))
    assert together(vault) == {frozenset({"whatsapp"}), frozenset({"mail", "contacts"})}
    assert alike(memory) == {(PHONE, "B. Quist")}
    bring(vault, wrote("whatsapp", "Ada", "+49 171 7654321", mine=True), name="mine")
    assert frozenset({"whatsapp", "mail", "contacts"}) in together(vault)
    assert alike(memory) == set()
    bring(vault, wrote("signal", "Ada", "+351 912 345 678", mine=True), name="abroad")
    assert frozenset({"whatsapp"}) in together(vault), "an owner of two countries shows neither"


def test_a_number_that_two_people_share_joins_nobody(memory: Memory) -> None:
    home = "+49 30 765432"
    bring(
        memory._vault,
        card("Ada Quist", home, "ada@example.org"),
        card("Ben Quist", home, "ben@example.org"),
        wrote("mail", "Ada", "ada@example.org", native_id="a"),
        wrote("mail", "Ben", "ben@example.org", native_id="b"),
        wrote("irc", home),
    )
    assert len(memory._vault.people()) == 3
    assert {pair["why"] for pair in memory.alike()} == {"both are reached at +4930765432"}


def test_two_cards_of_one_person_under_a_long_and_a_short_name_are_one(vault: Vault) -> None:
    bring(
        vault,
        card("Bea", PHONE),
        card("Bea Quist", PHONE, MAIL),
        CHAT,
        LETTER,
    )
    assert len(vault.everyone()) == 1


def test_namesakes_on_two_cards_stay_two(vault: Vault) -> None:
    bring(
        vault,
        card("Bea", "0171 1111111"),
        card("Bea", "bea@other.example"),
        card("Bea"),
        LETTER,
        card("Bea", MAIL),
    )
    assert len(vault.everyone()) == 4
    assert len(vault.people()) == 1


def test_those_of_whom_only_a_card_is_here_are_no_company_but_can_be_named(
    memory: Memory,
) -> None:
    bring(memory._vault, card("Lamp & Sons", "+49 351 123456"), wrote("whatsapp", "Ivo"))
    assert [p["name"] for p in memory.people()] == ["Ivo"]
    merged = memory.merge("Ivo", "Lamp & Sons")
    assert (merged["records"], len(merged["identities"])) == (1, 2)
    assert len(memory.split("Ivo")) == 2
    assert memory.forget(Request(person="Lamp & Sons"))["plan"]["records"] == 1
    with pytest.raises(NotFound):
        memory.forget(Request(person="Lamp & Sons"))


def test_forgetting_somebody_takes_their_cards_along(memory: Memory) -> None:
    bring(
        memory._vault,
        wrote("whatsapp", "Bea Quist"),
        card("Bea Quist", "0171 1234567"),
        card("Bea Lamp", "0171 7654321"),
    )
    assert memory.forget(Request(person="Bea Quist"))["plan"]["records"] == 2
    assert [s.record.author for s in memory._vault.records.every()] == ["Bea Lamp"]


def test_the_owners_own_card_is_the_owners(vault: Vault) -> None:
    bring(
        vault,
        wrote("mail", "Ada", "ada@example.org", mine=True, native_id="m1"),
        card("Ada Lovelace", "ada@example.org", "+49 171 7654321"),
        wrote("signal", "Countess", "+491717654321"),
    )
    (person,) = vault.people()
    assert person.me
    assert person.records == 2


@pytest.mark.parametrize(
    "meta",
    ["", "no", "[]", '{"phones": 3}', '{"phones": [3, "x", "+"]}', '{"emails": {"a@b.c": 1}}'],
)
def test_a_card_that_another_program_converted_breaks_nothing(vault: Vault, meta: str) -> None:
    bring(vault, card("Bea", PHONE)._replace(meta=meta), CHAT)
    assert len(vault.everyone()) == 1
    assert vault.alike() == []


# -- what is only suggested -----------------------------------------------------------------------


def test_equal_names_are_suggested_and_never_merged(memory: Memory) -> None:
    bring(memory._vault, wrote("whatsapp", "Bea Quist"), wrote("telegram", "bea  QUIST", "user42"))
    assert len(memory.people()) == 2
    (pair,) = memory.alike()
    assert pair["why"] == "they have one name"
    memory.merge(pair["one"]["id"], pair["other"]["id"])
    assert (len(memory.people()), memory.alike()) == (1, [])
    memory.split(memory.people()[0]["id"])
    assert len(memory.alike()) == 1


def test_a_short_name_is_suggested_while_only_one_longer_name_fits(memory: Memory) -> None:
    bring(memory._vault, wrote("whatsapp", "Bea"), wrote("telegram", "Bea Quist", "user42"))
    assert len(memory.alike()) == 1
    bring(memory._vault, wrote("signal", "Bea Lamp", "id7"), name="more")
    assert memory.alike() == []


def test_two_who_talk_with_each_other_are_two(memory: Memory) -> None:
    bring(
        memory._vault,
        wrote("telegram", "Bea", "user1", conversation="sailors"),
        wrote("telegram", "Bea", "user2", conversation="sailors"),
    )
    assert memory.alike() == []


def test_a_contact_that_was_renamed_between_two_exports_is_found_by_equal_messages(
    memory: Memory,
) -> None:
    for name in ("Mary", "Maria"):
        said = [
            wrote(
                "whatsapp",
                name,
                text=f"the line number {n}",
                at=f"{DAY[:17]}{n:02}Z",
                conversation=name,
            )
            for n in range(4)
        ]
        bring(memory._vault, *said, name=name)
    (pair,) = memory.alike()
    assert pair["why"] == "4 messages stand under both names"


def test_a_contact_that_was_renamed_is_found_where_one_name_begins_when_the_other_ends(
    memory: Memory,
) -> None:
    old = [wrote("line", "Mary", text=f"early {n}") for n in range(3)]
    mine = [wrote("line", "Ada", text="well", mine=True)]
    new = [wrote("line", "Mum", text=f"late {n}", at=LATER) for n in range(3)]
    bring(memory._vault, *old, *mine, *new)
    assert alike(memory) == {("Mary", "Mum")}
    bring(memory._vault, wrote("line", "Mary", text="I am back", at=LATER[:-3] + "59Z"), name="on")
    assert alike(memory) == set()


def test_suggestions_are_read_from_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = furnished(tmp_path)
    settle_in(tmp_path, monkeypatch)
    assert run("people", "suggest", "--json").json == []
    assert "Nobody" in run("people", "suggest").out
    with Vault(folder, _key(tmp_path)) as vault:
        bring(vault, wrote("telegram", "beatrice", "user7"), name="more")
    told = run("people", "suggest")
    (pair,) = run("people", "suggest", "--json").json
    assert pair.keys() == {"one", "other", "why"}
    command = f"people merge {pair['one']['id']} {pair['other']['id']}"
    assert f"secondme {command}" in told.out
    assert run(*command.split()).code == 0
    assert run("people", "suggest", "--json").json == []


def _key(folder: Path) -> bytes:
    from secondme import keys, paths

    return keys.unlock(folder / "vault", passphrase=None, key_file=paths.key_file())


def fresh(folder: Path) -> Vault:
    return make(folder, KEY)
