"""Files that were sent in a chat and lie beside it.

The messages name them, and nobody says whose words they hold: read as notes, somebody else's would
pass for the owner's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ingest.export import Member


def lies_beside(member: Member, names: Iterable[str], is_chat: Callable[[Member], bool]) -> bool:
    """Whether one of the files at `names`, as seen from the member's folder, is the chat."""
    beside = (member.beside(name) for name in names)
    return any(chat is not None and is_chat(chat) for chat in beside)


__all__ = ["lies_beside"]
