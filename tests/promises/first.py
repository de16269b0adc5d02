"""WhatsApp, Telegram, ChatGPT, Claude and mail."""

from __future__ import annotations

import re
from collections import Counter

from tests.promises import REFUSED, Sample

_POLYLOGUE = "chatgpt/Sinity__polylogue/polylogue/schemas/providers/chatgpt/representatives/"


def chat(sample: Sample) -> Counter[str]:
    """`59 messages + 1 system lines`: what the app shows."""
    first = re.search(r"(\d+) (?:messages?|\")", sample.expected)
    events = re.search(r"(\d+) (?:system|service)", sample.expected)
    return +Counter(message=int(first[1]) if first else 0, event=int(events[1]) if events else 0)


def mails(sample: Sample) -> Counter[str]:
    first = re.search(r"(\d+) (?:mails?|\")", sample.expected)
    return +Counter(mail=int(first[1]) if first else 0)


def chatgpt(sample: Sample) -> Counter[str]:
    """Visible messages; nodes of the branch; a flat list, whose nodes are all on no branch."""
    named = re.findall(r"(\d+) (visible|on current|user/)", sample.expected)
    numbers = {what: int(n) for n, what in named}
    one = re.match(r"(\d+) message;", sample.expected)
    fallback = int(one[1]) if one else 0
    shown = numbers.get("visible") or numbers.get("on current") or numbers.get("user/", fallback)
    return +Counter(message=shown)


FORMATS = {
    "whatsapp": chat,
    "telegram_json": chat,
    "claude_ai": chat,
    "chatgpt": chatgpt,
    "mbox": mails,
    "email": mails,
}
OTHERWISE = {
    "whatsapp/zip_bomb_50MB.zip": (REFUSED, "a bomb: it unpacks to more than 200 times its size"),
    "telegram_json/truncated.json": (
        Counter(event=1),
        "one record is complete before the break: the notice of a call",
    ),
    "telegram_json/full_account.json": (
        Counter(message=2, event=1, contact=1),
        "the one contact of the account is read too, and the MANIFEST counts messages",
    ),
    _POLYLOGUE + "sample-01.json": (
        Counter(message=1),
        "two of the three nodes are an assistant's, and a redactor renamed their recipient `all`:"
        " what the model addresses to anything else is a call of a tool",
    ),
}
