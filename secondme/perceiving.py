"""Words that nobody typed: in the pictures and voice notes that were sent with a message.

They are made only where the owner asks for it, and follow the record that they belong to as records
of their own: that one stays what the export says, imported with them or without.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from ingest import Export, Item, Member
from secondme.errors import UnreadableExport
from secondme.record import Record, Unread

_PICTURES: Final = frozenset(".jpg .jpeg .png .webp .gif .tif .tiff .bmp".split())
_SOUNDS: Final = frozenset(".opus .ogg .oga .m4a .mp3 .aac .amr .caf .wav .flac .3gp".split())
_LARGEST: Final = 256 * 1024 * 1024

Sense = Callable[[bytes], str]


@dataclass
class Senses:
    """What looks and listens, as far as the owner wants it to."""

    see: Sense | None = None
    hear: Sense | None = None
    _found: dict[Export, dict[str, list[Member]]] = field(default_factory=dict)

    def perceived(self, items: Iterable[Item], member: Member) -> Iterator[Item]:
        """The items, each record followed by what was seen and heard in its attachments."""
        for item in items:
            yield item
            if isinstance(item, Record):
                for name in item.attachments:
                    yield from self._in_file(item, name, member)

    def _in_file(self, record: Record, name: str, member: Member) -> Iterator[Item]:
        suffix = PurePosixPath(name).suffix.lower()
        seen = suffix in _PICTURES
        sense = self.see if seen else self.hear if suffix in _SOUNDS else None
        file = self._file(name, member) if sense else None
        if sense is None or file is None:
            return
        try:
            words = sense(_contents(file)).strip()
        except UnreadableExport as error:
            yield Unread(file.name, str(error))
            return
        if words:
            yield _derived(record, name, words, "seen" if seen else "heard")

    def _file(self, name: str, member: Member) -> Member | None:
        """What the record means by the name: at its place, or the only file that is called so."""
        there = member.beside(name) or (member if member.name.endswith(name) else None)
        if there is not None:
            return there
        last = PurePosixPath(name.replace("\\", "/")).name
        called = [one for e in (member.export, *member.export.others) for one in self._all(e)[last]]
        return called[0] if len(called) == 1 else None

    def _all(self, export: Export) -> dict[str, list[Member]]:
        if export not in self._found:
            names = self._found.setdefault(export, defaultdict(list))
            for member in export.everything:
                names[PurePosixPath(member.name).name].append(member)
        return self._found[export]


def _contents(file: Member) -> bytes:
    if file.size > _LARGEST:
        raise UnreadableExport(f"{file.name} is too large to be looked at.", "Leave it out.")
    return file.read()


def _derived(record: Record, name: str, words: str, how: str) -> Record:
    """Of what was heard the author is who sent it. What stands in a picture they only passed on."""
    passed_on = how == "seen" and record.role == "person"
    return record._replace(
        text=words,
        kind="message" if record.kind == "event" else record.kind,
        role="forwarded" if passed_on else record.role,
        native_id=f"{record.native_id or record.sent_local} {how} {name}",
        reply_to=record.native_id,
        subject="",
        attachments=(name,),
        meta=json.dumps({how: True}),
    )


__all__ = ["Senses"]
