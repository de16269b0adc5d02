"""Facebook Messenger: "Download your information" as JSON, and the separate download of encrypted
chats (messenger.com/secure_storage/dyi).
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest import Item, Member, Options, importer
from ingest.meta_owner import app_of
from ingest.meta_threads import looks_like_thread, read_thread


def _looks_like_messenger(member: Member) -> bool:
    return looks_like_thread(member) and app_of(member) == "messenger"


@importer("messenger", recognises=_looks_like_messenger)
def read(member: Member, options: Options) -> Iterator[Item]:
    """Yield the messages of one file of a talk, oldest first."""
    yield from read_thread(member, options, "messenger")


__all__ = ["read"]
