"""What the figures must be, and how they are printed beside that."""

from __future__ import annotations

MEANING = "with a vector each: "
"""Before the name of a figure that was measured again with vectors."""
MOST = {
    "screen: first frame, CPU s": 1,
    "screen: key to result p50, ms": 60,
    "screen: longest callback while searching and reading, CPU ms": 50,
    "screen: RSS, MB": 350,
    "endpoint, 50 at once: errors": 0,
    "endpoint, 50 at once: p95, ms": 400,
    "time to first token, overhead in %": 5,
    "parse Telegram JSON of 1 GB: RSS, MB": 250,
    "parse mbox of 2 GB: RSS, MB": 250,
}
LEAST = {
    "parse WhatsApp, records/CPU s": 150_000,
    "parse Telegram JSON, records/CPU s": 60_000,
    "parse mbox, records/CPU s": 2_000,
}
_WIDTH = 84


def line(name: str, value: float | str) -> str:
    """A figure with its bar, if it has one."""
    name_alone = name.removeprefix(MEANING)
    most, least = MOST.get(name_alone), LEAST.get(name_alone)
    said = f"{name:{_WIDTH}} {value:<10}"
    if most is None and least is None:
        return said.rstrip()
    bar = f"at most {most}" if least is None else f"at least {least}"
    if isinstance(value, str):
        return f"{said} {bar}"
    good = (most is None or value <= most) and (least is None or value >= least)
    return f"{said} {bar}{'' if good else '  MISSED'}"
