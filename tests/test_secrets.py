"""Keys, cards and passwords in what people wrote: found, replaced, and nothing else touched."""

from __future__ import annotations

import json
import time
from collections import Counter

import pytest

from ingest.secrets import redacted, without_secrets
from secondme.record import Record

# Put together here, so that no scanner of repositories takes them for real ones.
SECRETS = {
    "openai-key": "sk-" + "proj-" + "aB3_" * 20,
    "anthropic-key": "sk-" + "ant-api03-" + "x9Y-" * 20,
    "aws-key": "AKIA" + "IOSFODNN7EXAMPLE",
    "github-token": "ghp_" + "a1B2" * 9,
    "slack-token": "xoxb-" + "123456789012-abcdefABCDEF",
    "google-key": "AIza" + "Sy" * 17 + "x",
    "stripe-key": "sk_live_" + "a1" * 12,
    "model-key": "hf_" + "aB" * 17,
    "jwt": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTYifQ." + "SflKxwRJSMeKKF2QT4fwpMeJf36P",
    "telegram-token": "123456789:AA" + "b" * 33,
    "private-key": "-----BEGIN RSA PRIVATE KEY-----\nMIIE" + "abcd" * 16 + "\nabcd==\n"
    "-----END RSA PRIVATE KEY-----",
}
CARDS = [
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "5555555555554444",
    "3782 822463 10005",
    "378282246310005",
    "6011111111111117",
    "3530111333300000",
    "3056 930902 5904",
]
HARMLESS = [
    "4111 1111 1111 1112",  # wrong check digit
    "1234 5678 9012 3452",  # nobody's range
    "0000 0000 0000 0000",
    "+4111111111111111",  # a phone number
    "https://example.org/4111111111111111",
    "DE89 3704 0044 0532 0130 00",
    "FR14 2004 1010 0505 0001 3M02 606",
    "1700000000123456 and 1234567890123456789",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "d41d8cd98f00b204e9800998ecf8427e",
    "it begins with -----BEGIN PRIVATE KEY----- and goes on",
    "http://example.org:8080/@ada and ada@example.org",
    "words-with-hyphens-and-so-on-until-they-are-long",
    "sk-learn, ghp_, AKIA and xoxb- are no keys",
]


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_replaced_by_its_kind(kind: str) -> None:
    text, counts = redacted(f"Use {SECRETS[kind]} for now, please.")
    assert text == f"Use [redacted: {kind}] for now, please."
    assert counts == Counter({kind: 1})


def test_what_tells_a_password_stays_around_it() -> None:
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    text = f"postgres://ada:hunter22@db.example/kites and AWS_SECRET_ACCESS_KEY={secret}"
    assert redacted(text) == (
        "postgres://ada:[redacted: password]@db.example/kites"
        " and AWS_SECRET_ACCESS_KEY=[redacted: aws-secret]",
        Counter({"password": 1, "aws-secret": 1}),
    )


@pytest.mark.parametrize("card", CARDS)
def test_a_card_is_replaced_wherever_it_stands(card: str) -> None:
    assert redacted(f"Pay with {card}.")[0] == "Pay with [redacted: card]."
    assert redacted(f"({card}) 12/27")[1] == Counter(card=1)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redacted(text) == (text, Counter())


def test_several_secrets_in_one_text_are_all_counted() -> None:
    text = ", ".join([*SECRETS.values(), *CARDS])
    assert redacted(text)[1] == Counter(dict.fromkeys(SECRETS, 1) | {"card": len(CARDS)})


def test_a_record_loses_its_secrets_everywhere_and_keeps_the_rest() -> None:
    key = SECRETS["github-token"]
    meta = json.dumps({"quote": f"it is {key}", "tags": ["a"]})
    record = Record("chat", "Ada", f"here: {key}", "Ada", subject=f"{key}!", title=key, meta=meta)
    clean, counts = without_secrets(record)
    assert key not in "".join(str(value) for value in clean)
    assert json.loads(clean.meta)["tags"] == ["a"]
    assert clean._replace(text="", subject="", title="", meta="") == record._replace(
        text="", subject="", title="", meta=""
    )
    assert counts == Counter({"github-token": 3})


@pytest.mark.parametrize("behind", ['"', "\\", "\\n", "\n", '\n-----END PRIVATE KEY-----\n"', ""])
def test_json_stays_json_wherever_a_private_key_breaks_off(behind: str) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIE" + "abcd" * 16 + behind
    for quote in (key, json.dumps({"key": key})):
        clean, counts = redacted(json.dumps({"quote": quote, "tags": ["a"]}))
        assert json.loads(clean)["tags"] == ["a"]
        assert "abcd" not in clean
        assert counts == Counter({"private-key": 1})


def test_what_follows_a_mention_of_a_private_key_stays() -> None:
    meta = json.dumps({"quote": "-----BEGIN PRIVATE KEY----- and so on", "hash": "ab12" * 10})
    assert redacted(meta) == (meta, Counter())


def test_a_record_without_secrets_is_given_back_itself() -> None:
    record = Record("chat", "Ada", "Shall we meet at the harbour at half past seven?", "Ada")
    assert without_secrets(record)[0] is record


PIECES = """a eyJ eyJaaaaaaaaaaaa. sk- 4 4111_ -----BEGIN_PRIVATE_KEY----- https://a: ://a:b
Maaaaaaaaaaaaaaaaaaaaaaaaa. aws_key_=_ xprv""".split()


@pytest.mark.parametrize("piece", PIECES)
def test_a_long_line_takes_linear_time(piece: str) -> None:
    piece = piece.replace("_", " ")
    text = piece * (300_000 // len(piece))
    started = time.process_time()
    redacted(text)
    assert time.process_time() - started < 1
