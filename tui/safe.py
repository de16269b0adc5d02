"""Text from records as the screen may show it: nothing in it repaints or turns a line round."""

from __future__ import annotations

# Controls, bidirectional marks and overrides, halves of surrogate pairs.
_UNSHOWN = dict.fromkeys(
    (
        *range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F),
        *range(0x2066, 0x206A), *range(0xD800, 0xE000),
    )
)  # fmt: skip
_TABLE: dict[int, str | None] = {**_UNSHOWN, ord("\n"): "\n", ord("\t"): "    "}


def safe(text: str) -> str:
    """`text` without the characters that a terminal obeys instead of showing; lines are kept."""
    return text.translate(_TABLE)


def one_line(text: str, longest: int = 300) -> str:
    """The beginning of `text` in one safe line."""
    return " ".join(safe(text[: 2 * longest]).split())[:longest]
