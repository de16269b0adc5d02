"""OneNote: sections (`.one`), tables of contents and packages, which are told from others and not
read: their format is a file system of its own."""

from __future__ import annotations

from collections.abc import Iterator

from ingest import Item, Member, Options, importer
from secondme.errors import UnreadableExport

_SECTION = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3")
_CONTENTS = bytes.fromhex("a12fff43d9ef764c9ee210ea5722765f")
_PACKAGE = b"MSCF"


def _is_onenote(member: Member) -> bool:
    if member.head.startswith((_SECTION, _CONTENTS)):
        return True
    return member.suffix == ".onepkg" and member.head.startswith(_PACKAGE)


@importer("onenote", recognises=_is_onenote)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Refuse a section or a package; a table of contents says nothing by itself."""
    if member.head.startswith(_CONTENTS):
        return iter(())
    raise UnreadableExport(
        f"{member.name} is OneNote's own format.",
        "In OneNote, choose File → Export → Word document (.docx) or PDF, and import that.",
    )
