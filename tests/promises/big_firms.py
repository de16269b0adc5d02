"""Meta, Google and Microsoft: chats, and what Takeout holds besides."""

from __future__ import annotations

import re
from collections import Counter

from tests.promises import Sample


def chat(sample: Sample) -> Counter[str] | None:
    """`2 messages + 1 deleted`, `1 message + 1 call`; nothing for a list of members."""
    said = re.search(r"(\d+) messages?", sample.expected)
    if not said:
        return None if sample.expected else Counter()
    notices = re.search(r"\+ (\d+) (?:deleted|call|system)", sample.expected)
    return +Counter(message=int(said[1]), event=int(notices[1]) if notices else 0)


def takeout(sample: Sample) -> None:
    """Only files of no bytes were shared."""


FORMATS = {
    "facebook_messenger_json": chat,
    "instagram_json": chat,
    "google_chat": chat,
    "hangouts": chat,
    "skype": chat,
    "teams": chat,
    "google_takeout": takeout,
}
OTHERWISE = {
    "facebook_messenger_json/message_1.json": (
        Counter(message=3, event=1),
        "one of the four tells of a reaction: the app wrote it, and nobody said it",
    ),
}
