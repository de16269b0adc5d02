"""Everything that an importer in a package of its own needs: docs/importers.md shows one.

Names that are here stay here. Imported from here, they are found in a checkout and in a wheel.
"""

from __future__ import annotations

from ingest import Export, Item, Member, Options, importer
from ingest.decode import decode
from ingest.jsonstream import JsonError, walk
from ingest.markup import page_text
from ingest.times import from_epoch, parse_iso, utc
from secondme.errors import UnreadableExport
from secondme.record import Dialect, Question, Record, Unread

__all__ = [
    "Dialect",
    "Export",
    "Item",
    "JsonError",
    "Member",
    "Options",
    "Question",
    "Record",
    "Unread",
    "UnreadableExport",
    "decode",
    "from_epoch",
    "importer",
    "page_text",
    "parse_iso",
    "utc",
    "walk",
]
