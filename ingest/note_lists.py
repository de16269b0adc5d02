"""JSON files in which an app wrote all its notes, one after another, read as they stream by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest.export import Member
from ingest.jsonstream import OPENED, JsonError, broken_off, walk
from secondme.errors import UnreadableExport
from secondme.record import Unread


def listed(
    member: Member, *lists: str, what: str = "note"
) -> Iterator[tuple[str, int, dict[str, Any]] | Unread]:
    """(list, number, object) of every object in the `lists`, numbered from one over all of them.

    A list is the path of its key, empty for the document itself. What is no object, and a broken
    end, are `Unread`. Raises `UnreadableExport` when not one object is whole.
    """
    inside = {"", *lists} | {key.rpartition(".")[0] for key in lists}
    items = {f"{key}.item" if key else "item": key for key in lists}
    count = 0
    try:
        with member.open() as stream:
            for path, value in walk(stream, inside):
                if path not in items or value is OPENED:
                    continue
                count += 1
                if isinstance(value, dict):
                    yield items[path], count, value
                else:
                    yield Unread(f"{what} {count}", f"It is no {what}.")
    except JsonError as error:
        if not count:
            raise UnreadableExport(
                f"{member.name} is damaged or incomplete ({error}).", "Export it again."
            ) from error
        yield broken_off(error, count, what)


def whole(member: Member) -> dict[str, Any]:
    """A file that is one object. Raises `UnreadableExport` for a damaged or an enormous one."""
    try:
        with member.open() as stream:
            value = next((value for _, value in walk(stream, ())), None)
    except JsonError as error:
        raise UnreadableExport(
            f"{member.name} is damaged or incomplete ({error}).", "Export it again."
        ) from error
    if not isinstance(value, dict):
        raise UnreadableExport(f"{member.name} is no note.", "Export it again.")
    return value


__all__ = ["listed", "whole"]
