"""Tables inside notes of Apple's: a graph of objects that several people may change at once.

2 › 3 › objects 3, names 4, uuids 6; a table is a map (13) of rows, columns and cells: ordered
sets (16) of uuids, and a dictionary (6) of columns, each a dictionary of rows, each a note (10)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ingest.apple_notes_text import plain_note, unpacked
from ingest.protobuf import Fields, fields, number, part, parts

_MOST: Final = 100_000
"""Objects, and cells."""


def table_text(data: bytes) -> str:
    """The rows as lines, their cells with ` | ` between. Raises `ValueError` for what is none."""
    graph = _Graph(unpacked(data))
    held: dict[str, Fields] = {}
    for message in graph.objects:
        for key, value in graph.pairs(message):
            if key in ("crRows", "crColumns", "cellColumns"):
                held.setdefault(key, value)
    rows = graph.places(held.get("crRows", {}))
    columns = graph.places(held.get("crColumns", {}))
    wide, high = len(set(columns.values())), len(set(rows.values()))
    if not rows or not columns or wide * high > _MOST:
        raise ValueError("it is no table")
    cells: dict[tuple[int, int], str] = {}
    for column, filled in graph.elements(held.get("cellColumns", {})):
        for row, cell in graph.elements(filled):
            if row in rows and column in columns:
                words = plain_note(fields(part(cell, 10)), {})
                cells[rows[row], columns[column]] = " ".join(words.split())
    lines = [[cells.get((row, column), "") for column in range(wide)] for row in range(high)]
    return "\n".join(" | ".join(line).rstrip() for line in lines)


class _Graph:
    def __init__(self, data: bytes) -> None:
        message = fields(part(fields(part(fields(data), 2)), 3))
        objects = parts(message, 3)
        if len(objects) > _MOST:
            raise ValueError("it is too large")
        self.objects = [fields(one) for one in objects]
        self._names = [name.decode("utf-8", "replace") for name in parts(message, 4)]
        self._uuids = parts(message, 6)

    def pairs(self, message: Fields) -> Iterator[tuple[str, Fields]]:
        """The keys of a map, and the objects that they stand for."""
        for entry in parts(fields(part(message, 13)), 3):
            told = fields(entry)
            key = number(told, 1)
            if key < len(self._names):
                yield self._names[key], self._object(part(told, 2))

    def elements(self, message: Fields) -> Iterator[tuple[int, Fields]]:
        """Of a dictionary, by the uuids that are its keys."""
        for element in parts(fields(part(message, 6)), 1):
            told = fields(element)
            yield self._uuid(part(told, 1)), self._object(part(told, 2))

    def places(self, message: Fields) -> dict[int, int]:
        """Which place each row or column has, by all the uuids that it goes by."""
        ordering = fields(part(fields(part(message, 16)), 1))
        known = {uuid: place for place, uuid in enumerate(self._uuids)}
        order: dict[int, int] = {}
        for one in parts(fields(part(ordering, 1)), 2):
            uuid = known.get(part(fields(one), 2))
            if uuid is not None:
                order.setdefault(uuid, len(order))
        for element in parts(fields(part(ordering, 2)), 1):
            told = fields(element)
            kept, also = self._uuid(part(told, 1)), self._uuid(part(told, 2))
            if kept in order:
                order[also] = order[kept]
        return order

    def _uuid(self, reference: bytes) -> int:
        """Which uuid is meant, by its number or by an object that holds that; -1 for none."""
        told = fields(reference)
        if 2 not in told:
            entries = parts(fields(part(self._object(reference), 13)), 3)
            told = fields(part(fields(entries[0]), 2)) if entries else {}
        return number(told, 2) if 2 in told else -1

    def _object(self, reference: bytes) -> Fields:
        told = fields(reference)
        place = number(told, 6)
        return self.objects[place] if 6 in told and place < len(self.objects) else {}


__all__ = ["table_text"]
