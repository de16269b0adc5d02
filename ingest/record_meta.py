"""What else is worth keeping of a record, as `Record.meta` wants it."""

from __future__ import annotations

import json


def meta_of(kept: dict[str, object]) -> str:
    """One JSON object of what is not empty; the empty text for nothing."""
    held = {key: value for key, value in kept.items() if value not in (None, "", 0, False, [], {})}
    return json.dumps(held, ensure_ascii=False, sort_keys=True) if held else ""


__all__ = ["meta_of"]
