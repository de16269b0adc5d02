"""Claude's projects and memories: notes that lie beside the talks of an export.

    projects.json, projects/<uuid>.json:
        {"uuid": "…", "name": "Thesis", "description": "…", "prompt_template": "…", "docs": […]}
    memories.json:
        [{"conversations_memory": "**Work** …", "project_memories": {"<uuid>": "…"}}]

What a project is for and how Claude should help are the owner's words. A document in it may be
anybody's. What Claude remembers are Claude's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest import Member
from ingest.jsonstream import JsonError, broken_off, listed
from ingest.talks import Moment, Talk, fields, items, moment, words
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread


def holds_notes(member: Member) -> bool:
    """Whether it is a file of projects or of memories."""
    shape = member.shape
    return shape.has(0, "uuid", "prompt_template") or shape.has(0, "conversations_memory")


def notes(member: Member) -> Iterator[Record | Unread]:
    """The sections of every project, under the id of who made it, or what Claude remembers."""
    number = 0
    try:
        with member.open() as stream:
            for value in listed(stream, member.start, "projects"):
                number += 1
                if not isinstance(value, dict):
                    yield Unread(f"entry {number}", "It is neither a project nor a memory.")
                elif "conversations_memory" in value or "project_memories" in value:
                    yield from _memories(value)
                else:
                    yield from _project(value)
    except JsonError as error:
        if not number:
            raise UnreadableExport(
                f"{member.name} is not a complete Claude export.", "Download the export again."
            ) from error
        yield broken_off(error, number, "entry")


def _project(value: dict[str, Any]) -> Iterator[Record]:
    name = words(value.get("name"))
    id_ = str(value.get("uuid") or name)
    talk = Talk("claude", f"project {id_}", name, "")
    at = moment(value.get("created_at"))
    if value.get("is_starter_project"):
        return  # Claude's own introduction, the same in every account
    for key, heading in (("description", "Description"), ("prompt_template", "Instructions")):
        if text := words(value.get(key)).strip():
            note = _note(talk, text, heading, at, key, mine=True)
            yield note._replace(author_id=words(fields(value.get("creator")).get("uuid")))
    for number, document in enumerate(items(value.get("docs")), 1):
        heading = words(document.get("filename"))
        if text := words(document.get("content")).strip():
            key = str(document.get("uuid") or f"document {number}")
            yield _note(talk, text, heading, moment(document.get("created_at")), key, mine=False)


def _memories(value: dict[str, Any]) -> Iterator[Record]:
    talk = Talk("claude", "memory", "Claude's memory", "Claude")
    texts = [("", value.get("conversations_memory"))]
    texts += sorted(fields(value.get("project_memories")).items())
    for heading, text in texts:
        if words(text).strip():
            record = talk.said(words(text).strip(), mine=False)
            yield record._replace(kind="section", subject=heading)


def _note(talk: Talk, text: str, heading: str, at: Moment, id_: str, *, mine: bool) -> Record:
    record = talk.said(text, mine=mine, at=at, id_=id_)
    return record._replace(kind="section", subject=heading, role="person")


__all__ = ["holds_notes", "notes"]
