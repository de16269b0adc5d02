"""Where a name may stand outside the word index: in what an export says about a record (its
conversation, title, files, participants, the message it answers), and in versions of it that are
kept but not shown.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlite_utils import Database

from secondme.vault.connection import search_words
from secondme.vault.versions import parsed


def labelled(db: Database, names: Collection[str]) -> set[int]:
    """Rows with one of the names as whole words in a label or in a version not shown."""
    wanted = [_folded(name) for name in names if _folded(name)]
    if not wanted:
        return set()
    either = re.compile("|".join(_whole(name) for name in wanted))
    found = {row for row, text in _unshown(db) if either.search(text)}
    conversations = {
        row
        for row, name in db.conn.execute("select id, name from conversations")
        if either.search(_folded(name))
    }
    for row, conversation, title, reply_to, attachments, meta in db.conn.execute(
        "select id, conversation, title, coalesce(reply_to, ''), attachments, meta from records"
    ):
        labels = (title, reply_to, *_strings(attachments), *_strings(meta))
        if conversation in conversations or any(either.search(_folded(s)) for s in labels if s):
            found.add(row)
    return found


def unshown_holding(db: Database, words: Iterable[str]) -> set[int]:
    """Rows of which a version that is not shown holds every one of these words."""
    patterns = [re.compile(_whole(_folded(word))) for word in words]
    return {row for row, text in _unshown(db) if all(p.search(text) for p in patterns)}


def unshown_by(db: Database, names: Collection[str]) -> set[int]:
    """Rows of which a version that is not shown was written under one of these names or handles."""
    wanted = {_folded(name) for name in names if _folded(name)}
    written = ((row, parsed(version)) for row, version in _versions(db)) if wanted else ()
    return {row for row, r in written if wanted & {_folded(r.author), _folded(r.author_id)}}


def _unshown(db: Database) -> Iterator[tuple[int, str]]:
    for row, version in _versions(db):
        yield row, " ".join(_folded(s) for s in _strings(version))


def _versions(db: Database) -> Iterable[tuple[int, str]]:
    return db.conn.execute("select record, version from sightings where version != ''")


def _strings(text: str) -> Iterator[str]:
    """Every piece of text inside a column of JSON; the column itself when it is none."""
    if not text:
        return
    try:
        yield from _inside(json.loads(text))
    except ValueError:
        yield text


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _inside(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _inside(one)


def _folded(text: str) -> str:
    """As names are compared: without case, spelt one way, scripts without spaces split."""
    return " ".join(search_words(unicodedata.normalize("NFC", text)).casefold().split())


def _whole(name: str) -> str:
    """An underscore ends a word here: file names have them for spaces."""
    return rf"(?<![^\W_]){re.escape(name)}(?![^\W_])"
