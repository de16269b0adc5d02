"""Voice memos: a folder of recordings and nothing else.

    Recording 20240501093000.m4a      the day and the hour are those of its name, if it has any

Nobody says who speaks, so that nothing in a recording is a fact about anybody. Its words are there
only if they were written down: `import --transcribe`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from ingest import Item, Member, Options, importer
from ingest.named_times import named_after
from secondme.record import Question, Record

_SUFFIXES: Final = frozenset(".m4a .mp3 .wav .ogg .oga .opus .aac .amr .caf .3gp".split())
_MAGIC: Final = (b"OggS", b"RIFF", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1", b"#!AMR", b"caff")


def _is_recording(member: Member) -> bool:
    if member.suffix not in _SUFFIXES:
        return False
    return member.head.startswith(_MAGIC) or member.head[4:8] == b"ftyp"


@importer("recordings", recognises=_is_recording)
def read(member: Member, options: Options) -> Iterator[Item]:
    """One record for the recording."""
    name, when = PurePosixPath(member.name).name, named_after(member.stem, options)
    yield Record(
        "recordings",
        member.folder or "Recordings",
        "",
        sent_at=when.sent_at,
        sent_local=when.written,
        zone=when.zone,
        precision=when.precision,
        kind="recording",
        role="system",
        native_id=f"{name} {member.size}",
        subject=member.stem,
        title=PurePosixPath(member.folder or member.export.name).name,
        attachments=(name,),
    )
    if when.zone == "guessed":
        yield Question("tz", "In which time zone was this recorded?", options.local_zone, "--tz")
