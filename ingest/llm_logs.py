"""`llm`, the command line's: `logs.db`, where `llm logs path` says.

    conversations(id, name, model), responses(id, prompt, response, datetime_utc, …)   since 0.5
    threads(id, name), turns(id, tip_message_hash, …), messages(hash, parent_hash, role),
        parts(message_hash, position, type, text, payload)                             since 0.32
    logs(id, prompt, response, chat_id, datetime_utc)                                  the first

One file can hold all three: nothing is moved when it grows. What a prompt borrowed from files
(“fragments”) is named and left out, for others wrote it.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple

from ingest import Item, Member, Options, importer
from ingest.sqlite import BrokenDatabaseError, chosen, columns, opened, rows, text_of
from ingest.talks import Moment, Talk
from ingest.times import parse_iso
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_STORED: Final = frozenset({"threads", "turns", "messages", "parts"})
_RESPONSES: Final = frozenset({"conversations", "responses"})
_FIRST: Final = ("logs", "log")


def _holds_logs(member: Member) -> bool:
    tables = member.tables
    if not tables:
        return False
    kept = tables >= _STORED or tables >= _RESPONSES
    return kept or ("_llm_migrations" in tables and not tables.isdisjoint(_FIRST))


@importer("llm", recognises=_holds_logs)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Prompts and answers, oldest first within each generation of the tables."""
    with opened(member) as database:
        held = columns(database, "responses")
        if held and not {"id", "prompt", "response"} <= held:
            raise UnreadableExport(
                f"{member.name} is a database of another program.", "Leave it out."
            )
        try:
            yield from _first(database)
            yield from _responses(database, held)
            yield from _turns(database)
        except BrokenDatabaseError:
            yield Unread(member.name, "The database is damaged from here on.")


def _first(database: sqlite3.Connection) -> Iterator[Record]:
    """Before there were conversations: a later prompt names the first one's number."""
    table = next((name for name in _FIRST if columns(database, name)), "")
    if not table:
        return
    held = columns(database, table)
    when = next((c for c in ("datetime_utc", "timestamp_utc", "timestamp") if c in held), "null")
    wanted = chosen(held, "model", "prompt", "system", "response", "chat_id")
    begun: dict[Any, tuple[str, str]] = {}
    query = f"select rowid, {when}, {wanted} from {table} order by rowid"  # noqa: S608
    for number, time, model, prompt, system, response, chat in rows(database, query):
        # Numbers are those of one machine: its first time tells a talk from another machine's.
        first = (text_of(time), _headline(text_of(prompt)))
        begun.setdefault(number, begun.get(chat, first))
        name, title = begun[number]
        talk = Talk("llm", name, title, text_of(model) or "assistant")
        yield from _asked_and_answered(
            talk, prompt, response, _moment(time), None, {"system": system}
        )


def _responses(database: sqlite3.Connection, held: frozenset[str]) -> Iterator[Record]:
    if not held:
        return
    newer = _ids_of_turns(database)
    names = dict(rows(database, "select id, name from conversations"))
    files, borrowed = _files(database), _borrowed(database, "prompt_fragments", "response_id")
    wanted = chosen(
        held, "model", "prompt", "system", "response", "conversation_id", "datetime_utc"
    )
    when = "datetime_utc, " if "datetime_utc" in held else ""
    said: dict[str, str] = {}
    for id_, model, prompt, system, response, conversation, time in rows(
        database,
        f"select id, {wanted} from responses order by {when}id",  # noqa: S608
    ):
        id_ = text_of(id_)
        if id_ in newer:
            continue
        name = text_of(conversation) or id_
        title = text_of(names.get(conversation)) or _headline(text_of(prompt))
        talk = Talk("llm", name, title, text_of(model) or "assistant")
        meta = {"fragments": borrowed.get(id_), "system": _new(said, name, text_of(system))}
        yield from _asked_and_answered(
            talk, prompt, response, _moment(time), id_, meta, tuple(files.get(id_, ()))
        )


def _asked_and_answered(
    talk: Talk,
    prompt: object,
    response: object,
    at: Moment,
    id_: str | None,
    meta: dict[str, Any],
    files: tuple[str, ...] = (),
) -> Iterator[Record]:
    asked = f"{id_} prompt" if id_ and (text_of(prompt).strip() or files) else None
    answered = f"{id_} response" if id_ else None
    if text_of(prompt).strip() or files:
        yield talk.said(text_of(prompt), mine=True, at=at, id_=asked, attachments=files, meta=meta)
    if text_of(response).strip():
        yield talk.said(text_of(response), mine=False, at=at, id_=answered, reply_to=asked)


class _Message(NamedTuple):
    key: str
    above: str
    role: str


def _turns(database: sqlite3.Connection) -> Iterator[Record]:
    """Messages hang from each other, and talks that were forked share them: each is read where it
    was said first, with the time of the call that it was part of."""
    if not columns(database, "turns") or not columns(database, "parts"):
        return
    about = chosen(columns(database, "threads"), "id", "name", "forked_from")
    threads = {
        text_of(id_): (text_of(name), text_of(forked))
        for id_, name, forked in rows(database, f"select {about} from threads")  # noqa: S608
    }
    seen: dict[str, set[str]] = defaultdict(set)
    spoken: dict[str, str | None] = {}
    borrowed = _borrowed(database, "turn_fragments", "turn_id")
    for id_, thread, tip, model, time in rows(
        database,
        "select id, thread_id, tip_message_hash, model, datetime_utc from turns"
        " order by datetime_utc, id",
    ):
        name, forked = threads.get(text_of(thread), ("", ""))
        here = text_of(thread) or text_of(id_)
        if here not in seen and forked:
            seen[here] |= seen[forked]
        said = _chain(database, text_of(tip), seen[here])
        asked = next((m.key for m in said if m.role == "user"), "")
        talk = Talk("llm", here, name, text_of(model) or "assistant")
        system = "\n".join(_words(database, m.key)[0] for m in said if m.role == "system")
        for message in said:
            first = message.key == asked
            meta = {"system": system, "fragments": borrowed.get(text_of(id_))} if first else {}
            above = spoken.get(message.above)
            record = _said(database, talk, message, _moment(time), above, meta)
            spoken[message.key] = record.native_id if record else above
            if record:
                yield record


def _said(
    database: sqlite3.Connection,
    talk: Talk,
    message: _Message,
    at: Moment,
    above: str | None,
    meta: dict[str, Any],
) -> Record | None:
    """A turn of the owner's or the model's; what tools gave and were asked is nobody's words."""
    if message.role not in ("user", "assistant"):
        return None
    words, files = _words(database, message.key)
    if not words.strip() and not files:
        return None
    mine = message.role == "user"
    return talk.said(
        words, mine=mine, at=at, id_=message.key, reply_to=above, attachments=files, meta=meta
    )


def _chain(database: sqlite3.Connection, tip: str, seen: set[str]) -> list[_Message]:
    """What leads to `tip` and was not seen yet, first to last."""
    found: list[_Message] = []
    key = tip
    while key and key not in seen:
        seen.add(key)
        row = next(
            rows(database, "select parent_hash, role from messages where hash = ?", key), None
        )
        if row is None:
            break
        found.append(_Message(key, text_of(row[0]), text_of(row[1])))
        key = found[-1].above
    return found[::-1]


def _words(database: sqlite3.Connection, key: str) -> tuple[str, tuple[str, ...]]:
    """The text of a message and the names of what was sent with it."""
    words: list[str] = []
    files: list[str] = []
    for kind, text, payload in rows(
        database,
        "select type, text, payload from parts where message_hash = ? order by position",
        key,
    ):
        told = _object(payload)
        if kind == "text":
            words.append(text_of(text) or _literals(told.get("text_ref")))
        elif kind == "attachment":
            sent = told.get("attachment")
            where = _where(database, sent.get("id") if isinstance(sent, dict) else None)
            files += [where] if where else []
    return "\n\n".join(filter(None, words)), tuple(files)


def _literals(pieces: Any) -> str:
    """What was typed between borrowed pieces."""
    kept = pieces if isinstance(pieces, list) else []
    return "".join(text_of(p.get("literal")) for p in kept if isinstance(p, dict)).strip()


def _object(payload: object) -> dict[str, Any]:
    try:
        value = json.loads(text_of(payload) or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _where(database: sqlite3.Connection, id_: object) -> str:
    """The name of an attachment's file, or its address."""
    found = rows(database, "select path, url, type from attachments where id = ?", id_)
    path, url, kind = next(found, (None, None, None))
    return PurePosixPath(text_of(path)).name or text_of(url) or text_of(kind)


def _files(database: sqlite3.Connection) -> dict[str, list[str]]:
    """By the response that they were sent for."""
    found: dict[str, list[str]] = defaultdict(list)
    if columns(database, "prompt_attachments") and columns(database, "attachments"):
        names = {
            id_: PurePosixPath(text_of(path)).name or text_of(url) or text_of(kind)
            for id_, path, url, kind in rows(
                database, "select id, path, url, type from attachments"
            )
        }
        for response, sent in rows(
            database, 'select response_id, attachment_id from prompt_attachments order by "order"'
        ):
            found[text_of(response)] += [names[sent]] if sent in names else []
    return found


def _borrowed(database: sqlite3.Connection, table: str, key: str) -> dict[str, list[str]]:
    """The files and addresses that a prompt took text from."""
    found: dict[str, list[str]] = defaultdict(list)
    if key in columns(database, table) and columns(database, "fragments"):
        sources = dict(rows(database, "select id, source from fragments"))
        for id_, fragment in rows(
            database,
            f'select {key}, fragment_id from {table} order by "order"',  # noqa: S608
        ):
            source = text_of(sources.get(fragment))
            found[text_of(id_)] += [source] if source else []
    return found


def _ids_of_turns(database: sqlite3.Connection) -> frozenset[str]:
    if not columns(database, "turns"):
        return frozenset()
    return frozenset(text_of(id_) for (id_,) in rows(database, "select id from turns"))


def _new(said: dict[str, str], name: str, system: str) -> str:
    """The system prompt where it is not the one that this talk had before."""
    before, said[name] = said.get(name, ""), system
    return system if system != before else ""


def _headline(prompt: str) -> str:
    """What `llm` calls a talk: how it begins, in one line."""
    line = " ".join(prompt.split())
    return line if len(line) <= 100 else f"{line[:99]}…"


def _moment(written: object) -> Moment:
    """They are in UTC and mostly do not say so."""
    text = text_of(written)
    at = parse_iso(text) or parse_iso(f"{text}+00:00")
    return Moment(at, text, "explicit" if at else "none")
