"""What content-derived names are hashed from: several texts as one, of which no other texts of the
same number make the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence


def joined(parts: Sequence[str]) -> str:
    """Two parts or more with a NUL between them; as JSON, which holds no NUL, where one is inside a
    part: chats do contain them.
    """
    text = "\0".join(parts)
    return text if text.count("\0") == len(parts) - 1 else json.dumps(parts)
