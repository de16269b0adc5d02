"""What happens in a chat of iMessage's that is no message: reactions, and who came and went."""

from __future__ import annotations

from typing import Final

_REACTIONS: Final = {0: "❤️", 1: "👍", 2: "👎", 3: "😂", 4: "‼️", 5: "❓", 7: "sticker"}
_NOTICES: Final = {
    (1, 0): "added {who} to the conversation",
    (1, 1): "removed {who} from the conversation",
    (3, 0): "left the conversation",
    (3, 1): "changed the group photo",
    (3, 2): "removed the group photo",
    (3, 4): "changed the background",
    (3, 6): "removed the background",
}


def reaction_of(kind: int, emoji: str) -> tuple[str, bool]:
    """With what somebody reacted, and whether that stays: from 3000 on it is taken back."""
    return _REACTIONS.get(kind % 1000) or emoji or "?", kind < 3000


def target_of(reference: str) -> str:
    """The guid in `p:0/GUID`, `bp:GUID` or `GUID`."""
    return reference.removeprefix("bp:").rpartition("/")[2]


def said_by_event(item: int, action: int, stopped: int, who: str, title: str) -> str:
    """A notice in words, its actor left out; empty for a message."""
    if item == 2:
        return f"named the conversation “{title}”" if title else "removed the conversation's name"
    if item == 4:
        return "stopped sharing location" if stopped else "started sharing location"
    if item in (5, 6):
        return "kept an audio message" if item == 5 else "started SharePlay"
    if item in (1, 3):
        words = _NOTICES.get((item, action), "changed the conversation")
        return words.format(who=who or "somebody")
    return ""


__all__ = ["reaction_of", "said_by_event", "target_of"]
