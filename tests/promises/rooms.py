"""Rooms of Matrix."""

from __future__ import annotations

import re
from collections import Counter

from tests.promises import Otherwise, Sample


def room(sample: Sample) -> Counter[str]:
    """Messages; what was deleted or cannot be decrypted is a notice; reactions belong to others."""
    count = {what: int(n) for n, what in re.findall(r"(\d+) (\w+)", sample.expected)}
    return Counter(message=count["messages"], event=count["redacted"] + count["undecryptable"])


FORMATS = {"matrix_element": room}
OTHERWISE: Otherwise = {}
