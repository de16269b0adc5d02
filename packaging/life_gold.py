"""Turns the compact gold script of the built-in life into `gold.json`, finding every reference.

    owner | names, addresses, ids for --me
    zone | Europe/Berlin
    now | 2025-04-01
    Q kind | question | answer | words of a record && words of another
    F subject | category | statement | quote | valid from | valid to
    X why | quote
    C question | words of one side | words of the other
    demo | question && question && question
    forget | person | why | words && words | records

References name only their words: they must occur in one place of the whole life, and the writer
fills in the source and the conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

FindRef = Callable[[str], dict[str, str]]


class Place(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def conversation(self) -> str: ...
    @property
    def text(self) -> str: ...


def gold(script: str, places: Sequence[Place]) -> dict[str, Any]:
    """The contents of `gold.json`. Raises `ValueError` naming words that occur nowhere or twice."""
    lists = ("questions", "facts", "forbidden", "contradictions")
    found: dict[str, Any] = {name: [] for name in lists}
    wrong: list[str] = []

    def ref(words: str) -> dict[str, str]:
        holders = [place for place in places if words in place.text]
        times = sum(place.text.count(words) for place in holders)
        if times != 1:
            wrong.append(f"{times} times: {words}")
            return {}
        place = holders[0]
        return {"source": place.source, "conversation": place.conversation, "contains": words}

    for row in filter(None, script.splitlines()):
        head, *cells = (cell.strip() for cell in row.split("|"))
        kind, _, rest = head.partition(" ")
        if kind == "Q":
            found["questions"].append(_question(rest, cells, ref))
        elif kind == "F":
            found["facts"].append(_fact(rest, cells, ref))
        elif kind == "X":
            found["forbidden"].append({"why": rest, "quote": cells[0], "ref": ref(cells[0])})
        elif kind == "C":
            sides = [ref(words) for words in cells]
            found["contradictions"].append({"question": rest, "sides": sides})
        elif kind == "forget":
            names = ("person", "why", "words", "records")
            values = (cells[0], cells[1], cells[2].split(" && "), int(cells[3]))
            found["forget"] = dict(zip(names, values, strict=True))
        else:
            found[kind] = cells[0].split(" && ") if kind in ("owner", "demo") else cells[0]
    if wrong:
        raise ValueError("these words must occur once:\n" + "\n".join(wrong))
    return {name: found[name] for name in ("owner", "zone", "now", "demo", "forget", *lists)}


def _question(kind: str, cells: list[str], ref: FindRef) -> dict[str, Any]:
    question, answer, words = cells
    gold = [ref(one.strip()) for one in words.split("&&") if one.strip()]
    return {"question": question, "kind": kind, "answer": answer, "gold": gold}


def _fact(subject: str, cells: list[str], ref: FindRef) -> dict[str, Any]:
    category, statement, quote, since, until = cells
    return {
        "subject": subject,
        "category": category,
        "statement": statement,
        "quote": quote,
        "ref": ref(quote),
        "valid_from": since or None,
        "valid_to": until or None,
    }
