"""Discord, Slack and Signal."""

from __future__ import annotations

import re
from collections import Counter

from tests.promises import Otherwise, Sample

_NOTICES = ("channel_join", "bot_add")


def signal(sample: Sample) -> Counter[str] | None:
    """Updates and what was deleted are notices; a sample that is a file of an export counts
    nothing by itself."""
    count = {what: int(n) for n, what in re.findall(r"(\d+) ([\w-]+)", sample.expected)}
    if "messages" not in count:
        return None
    events = count.get("update", 0) + count.get("remote-deleted", 0)
    return +Counter(message=count["messages"], event=events)


def discord(sample: Sample) -> Counter[str]:
    """All that the file holds, whatever it declares."""
    first = re.match(r"(\d+) messages", sample.expected)
    return +Counter(message=int(first[1]) if first else 0)


def slack(sample: Sample) -> Counter[str]:
    """Of all messages, those whose subtype is a notice."""
    first = re.match(r"(\d+) messages", sample.expected)
    found = (re.search(rf"'{name}': (\d+)", sample.expected) for name in _NOTICES)
    events = sum(int(match[1]) for match in found if match)
    return +Counter(message=(int(first[1]) if first else 0) - events, event=events)


FORMATS = {
    "signal_txt": signal,
    "signal_jsonl": signal,
    "discord_dce_json": discord,
    "slack_zip": slack,
}
OTHERWISE: Otherwise = {}
