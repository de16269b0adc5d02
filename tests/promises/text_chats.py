"""LINE, KakaoTalk and WeChat as text; and files that are only there for their bytes."""

from __future__ import annotations

import re
from collections import Counter

from tests.promises import Otherwise, Sample


def chat(sample: Sample) -> Counter[str]:
    """`3 messages + 1 system`."""
    said = re.search(r"(\d+) messages?", sample.expected)
    events = re.search(r"(\d+) system", sample.expected)
    return +Counter(message=int(said[1]) if said else 0, event=int(events[1]) if events else 0)


def no_export(sample: Sample) -> None:
    """Lists of broken words, of no app: they are left unread, and said to be."""


FORMATS = {"line_txt": chat, "kakaotalk_txt": chat, "wechat_txt": chat, "encodings": no_export}
OTHERWISE: Otherwise = {}
