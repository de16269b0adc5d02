"""Secrets that people paste into chats and mails: keys of services, private keys, payment cards.

Only what proves itself is taken for one: a prefix that its issuer gives to nothing else, the armour
of a private key, a card number of an issuer's range with the right check digit. Passwords that look
like words cannot be told from words, and account numbers are what people search for.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import Any

from secondme.record import Record

_WORD = r"A-Za-z0-9_\-"
_CARD = (
    r"(?<![.+/=#@&])(?:(?<!\d[ -])\d{4}(?P<gap>[ -]?)\d{4}(?P=gap)\d{4}(?P=gap)\d{4}(?!\d)"
    r"(?!(?P=gap)\d{4}(?P=gap))"
    r"|3[47]\d\d(?P<amex>[ -]?)\d{6}(?P=amex)\d{5}(?!\d)"
    r"|3[0689]\d\d(?P<diners>[ -])\d{6}(?P=diners)\d{4}(?!\d)"
    r")(?![A-Za-z_/@]|[.,-]\d)"
)
_KINDS = (
    (
        "private-key",
        ("PRIVATE KEY", "AGE-SECRET"),
        r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}?PRIVATE KEY(?: BLOCK)?-----"
        r"(?:[^\"-]|-(?!----)){0,400}?[A-Za-z0-9+/]{40}(?:[A-Za-z0-9+/=\s]|\\++[nrt])*+"
        r"(?:-----END [A-Z0-9 ]{0,40}-----)?"
        r"|AGE-SECRET-KEY-1[A-Z0-9]{58}",
    ),
    ("anthropic-key", ("sk-ant-",), rf"sk-ant-[{_WORD}]{{30,}}"),
    ("openrouter-key", ("sk-or-",), r"sk-or-v1-[0-9a-f]{40,}"),
    (
        "openai-key",
        ("sk-", "sess-"),
        rf"sk-(?:proj|svcacct|admin|None)-[{_WORD}]{{30,}}|sk-[A-Za-z0-9]{{20,}}T3BlbkFJ[{_WORD}]++"
        r"|sk-[A-Za-z0-9]{48}|sess-[A-Za-z0-9]{40}",
    ),
    ("deepseek-key", ("sk-",), r"sk-[0-9a-f]{32}"),
    (
        "model-key",
        ("gsk_", "xai-", "pplx-", "hf_", "r8_", "fw_", "nvapi-", "tgp_v1_", "csk-"),
        rf"(?:gsk_|xai-|pplx-|hf_|r8_|fw_|nvapi-|tgp_v1_|csk-)[{_WORD}]{{32,}}",
    ),
    (
        "aws-key",
        ("AKIA", "ASIA", "ABIA", "ACCA", "ABSK"),
        r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}|ABSK[A-Za-z0-9+/]{100,}={0,2}",
    ),
    (
        "aws-secret",
        ("aws", "AWS", "ecret"),
        r"(?i:(?:secret_?access_?|aws_?(?:secret_?)?(?:access_?)?)key"
        r"[\\\"' ]{0,4}[=:][\\\"' ]{0,4})"
        r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])",
    ),
    (
        "google-key",
        ("AIza", "GOCSPX", "ya29."),
        rf"AIza[{_WORD}]{{35}}|GOCSPX-[{_WORD}]{{28}}|ya29\.[{_WORD}]{{40,}}",
    ),
    (
        "github-token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,}",
    ),
    (
        "gitlab-token",
        ("glpat-", "glrt-", "gldt-", "glcbt-", "glptt-", "glsoat-"),
        rf"gl(?:pat|rt|dt|cbt|ptt|soat)-[{_WORD}.]{{20,}}",
    ),
    (
        "slack-token",
        ("xox", "xapp-", "hooks.slack.com"),
        rf"xox[abeprs]-[{_WORD}]{{10,}}|xoxe\.xox[bp]-[{_WORD}]{{20,}}|xapp-\d-[{_WORD}]{{20,}}"
        r"|hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_]{30,}",
    ),
    (
        "stripe-key",
        ("_live_", "_test_", "whsec_"),
        r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9]{24,}",
    ),
    ("telegram-token", (":AA",), rf"\d{{8,10}}:AA[{_WORD}]{{33}}"),
    (
        "discord-token",
        ("M", "N", "O", "discord"),
        rf"[MNO][A-Za-z0-9_-]{{23,27}}\.[{_WORD}]{{6}}\.[{_WORD}]{{27,40}}"
        rf"|discord(?:app)?\.com/api/webhooks/\d{{15,22}}/[{_WORD}]{{50,}}",
    ),
    ("jwt", ("eyJ",), rf"eyJ[{_WORD}]{{10,}}+\.eyJ[{_WORD}]{{10,}}+\.[{_WORD}]{{20,}}+"),
    (
        "service-key",
        tuple(
            "SG. npm_ pypi- _v1_ shp dapi sq0 secret_ ntn_ lin_api_ ATATT3 hvs. hvb. hvr. tskey-"
            " sbp_ figd_ glsa_ NRAK- PMAK- SK key- sl.".split()
        ),
        rf"SG\.[{_WORD}]{{22}}\.[{_WORD}]{{43}}|npm_[A-Za-z0-9]{{36}}|pypi-AgE[{_WORD}]{{50,}}"
        r"|do[opr]_v1_[0-9a-f]{64}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|dapi[0-9a-f]{32}"
        rf"|sq0[a-z]{{3}}-[{_WORD}]{{22,}}|secret_[A-Za-z0-9]{{43}}|ntn_[A-Za-z0-9]{{40,}}"
        rf"|lin_api_[A-Za-z0-9]{{32,}}|ATATT3[{_WORD}=]{{60,}}|hv[sbr]\.[{_WORD}]{{60,}}"
        rf"|tskey-[a-z]{{3,10}}-[{_WORD}]{{20,}}|sbp_[0-9a-f]{{40}}|figd_[{_WORD}]{{36,}}"
        rf"|glsa_[{_WORD}]{{32,}}|NRAK-[A-Z0-9]{{27}}|PMAK-[0-9a-f]{{24}}-[0-9a-f]{{34}}"
        rf"|SK[0-9a-f]{{32}}|key-[0-9a-f]{{32}}|sl\.[{_WORD}]{{130,}}",
    ),
    ("wallet-key", ("prv",), r"[xyz]prv[1-9A-HJ-NP-Za-km-z]{107,108}"),
    (
        "password",
        ("://",),
        r"(?:https?|ftps?|sftp|ssh|postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?"
        r"|smtps?|imaps?|ldaps?)://[^\s:@/\"'<>\\]{0,64}:[^\s:@/\"'<>\\]{3,128}@(?=[A-Za-z0-9\[])",
    ),
    ("card", tuple("0123456789"), _CARD),
)
"""Their names, what every text with one holds, and how they are written."""
_PATTERNS = tuple(
    (kind, marks, re.compile(rf"(?<![{_WORD}])(?:{pattern})")) for kind, marks, pattern in _KINDS
)
_AWS_SECRET = 40
"""Characters."""
_LONG = re.compile(rf"[{_WORD}]{{15}}")
_GROUPED = re.compile(r"[0-9][0-9]{3}[ -][0-9]{4}")
_RANGES = (
    (2200, 2204),  # Mir
    (2221, 2720),  # Mastercard
    (3000, 3059),  # Diners Club
    (3095, 3095),
    (3400, 3499),  # American Express
    (3528, 3589),  # JCB
    (3600, 3699),
    (3700, 3799),
    (3800, 3999),
    (4000, 4999),  # Visa
    (5018, 5018),  # Maestro
    (5020, 5020),
    (5038, 5038),
    (5100, 5599),
    (6011, 6011),  # Discover
    (6200, 6299),  # UnionPay
    (6304, 6304),
    (6440, 6599),
    (6759, 6763),
)


def redacted(text: str) -> tuple[str, Counter[str]]:
    """`text` with `[redacted: kind]` in place of every secret, and how many of each there were.

    Linear in the length of the text, and JSON stays JSON.
    """
    counts: Counter[str] = Counter()
    if not _suspect(text):
        return text, counts

    for kind, marks, pattern in _PATTERNS:
        if any(mark in text for mark in marks):
            text = pattern.sub(partial(_replaced, kind, counts), text)
    return text, counts


def without_secrets(record: Record) -> tuple[Record, Counter[str]]:
    """The record with the secrets in its words, headings and `meta` replaced; itself if none."""
    found: Counter[str] = Counter()
    fields: dict[str, Any] = {}
    for name in ("text", "subject", "title", "meta"):
        value = getattr(record, name)
        if len(value) < 16:
            continue
        clean, counts = redacted(value)
        if counts:
            fields[name] = clean
            # The heading of a conversation stands at every record of it, and is one secret.
            found += counts if name != "title" else Counter()
    return (record._replace(**fields) if fields else record), found


def _replaced(kind: str, counts: Counter[str], match: re.Match[str]) -> str:
    if kind == "card" and not _is_card(match[0]):
        return match[0]
    counts[kind] += 1
    before, after = _around(kind, match[0])
    return f"{before}[redacted: {kind}]{after}"


def _around(kind: str, found: str) -> tuple[str, str]:
    """What stands before and behind a secret that only its surroundings tell."""
    if kind == "password":
        return f"{found.rpartition(':')[0]}:", "@"
    return (found[:-_AWS_SECRET], "") if kind == "aws-secret" else ("", "")


def _suspect(text: str) -> bool:
    """Whether the text holds what every secret does, and the words of people seldom do."""
    return bool(_LONG.search(text) or _GROUPED.search(text) or ("://" in text and "@" in text))


def _is_card(written: str) -> bool:
    """Of an issuer's range, with the right check digit (ISO/IEC 7812-1), and not one digit only."""
    digits = [int(digit) for digit in written if digit.isdecimal()]
    first = int("".join(map(str, digits[:4])))
    if not any(low <= first <= high for low, high in _RANGES) or len(set(digits)) == 1:
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


__all__ = ["redacted", "without_secrets"]
