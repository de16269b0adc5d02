r"""Rich text: what WordPad, TextEdit and old word processors save.

{\rtf1\ansi\ansicpg1252 {\info{\title Plans}} Dear Ada,\par …}
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest import Item, Member, Options, importer
from ingest.decode import fold_newlines
from ingest.notes import Section
from ingest.pages import Document, records
from secondme.errors import UnreadableExport
from secondme.record import Unread

_LARGEST = 16 * 1024 * 1024


@importer("rtf", recognises=lambda member: member.head[:64].lstrip().startswith(b"{\\rtf"))
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the words in records of whole paragraphs. Nobody is named as the author."""
    from striprtf.striprtf import rtf_to_text

    if member.size > _LARGEST:
        raise UnreadableExport(
            f"{member.name} is too large for a text.", "It may hold pictures: save it without."
        )
    try:
        # The file is ASCII; other letters are escaped in the code page that it names.
        source = member.read().decode("cp1252", "replace")
        text: str = rtf_to_text(source, errors="replace")  # type: ignore[no-untyped-call]
    except Exception as error:  # unknown code pages, broken escapes
        raise UnreadableExport(
            f"{member.name} is damaged rich text.", "Open it and save it again."
        ) from error
    text = fold_newlines(text).replace("\0", "").strip()
    if not text:
        yield Unread(member.name, "The document holds no words.")
        return
    yield from records(member, Document("rtf", ""), (Section("", text),))
