"""Instagram: the talks of "Download your information" as JSON, written like Messenger's."""

from __future__ import annotations

from collections.abc import Iterator

from ingest import Item, Member, Options, importer
from ingest.meta_owner import app_of
from ingest.meta_threads import looks_like_thread, read_thread


def _looks_like_instagram(member: Member) -> bool:
    return looks_like_thread(member) and app_of(member) == "instagram"


@importer("instagram", recognises=_looks_like_instagram)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of one file of a talk, oldest first."""
    yield from read_thread(member, options, "instagram")


__all__ = ["read"]
