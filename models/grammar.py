"""Grammars (GBNF) that keep a small model honest: it can copy from a text, and nothing else."""

from __future__ import annotations

import re

_WORD = re.compile(r"\S+")


def copying(text: str, none: str) -> str:
    """Accepts any run of whole words of `text`, with its own spacing, or the word `none`.

    Words are what white space separates, so punctuation stays with its word. One rule starts at
    each word and one goes on after it, or ends.
    """
    words = list(_WORD.finditer(text))
    starts = [f"s{i}" for i in range(len(words))]
    rules = [f"root ::= {' | '.join([_literal(none), *starts])}"]
    for i, word in enumerate(words):
        rules.append(f"s{i} ::= {_literal(word.group())} r{i}")
        if i + 1 < len(words):
            gap = text[word.end() : words[i + 1].start()]
            rules.append(f'r{i} ::= "" | {_literal(gap)} s{i + 1}')
        else:
            rules.append(f'r{i} ::= ""')
    return "\n".join(rules)


def _literal(text: str) -> str:
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    return char if char.isprintable() else f"\\U{ord(char):08X}"
