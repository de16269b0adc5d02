"""The screen as a picture: compared with the one that was last looked at and found good.

`SECONDME_SHOTS=write` writes the pictures anew; look at them before you keep them.
"""

from __future__ import annotations

import difflib
import html
import os
import re
from pathlib import Path

from textual.app import App
from textual.widgets import Input

SCREENS = Path(__file__).parent / "golden" / "screens"
SIZE = (100, 30)
_TEXT = re.compile(r'<text[^>]* y="([\d.]+)"[^>]*>(.*?)</text>')


def assert_looks_like(app: App[object], name: str) -> None:
    """The app, run with `size=SIZE` and at rest, looks as in golden/screens/NAME.svg."""
    assert app.size == SIZE
    seen = picture(app)
    path = SCREENS / f"{name}.svg"
    if os.environ.get("SECONDME_SHOTS") == "write":
        SCREENS.mkdir(exist_ok=True)
        path.write_text(seen, encoding="utf-8")
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    if seen != known:
        words = difflib.unified_diff(_words(known), _words(seen), "known", "seen", lineterm="")
        raise AssertionError("\n".join([f"{name} looks different:", *words]))


def picture(app: App[object]) -> str:
    """An SVG without what differs between two runs, and without the fonts it would fetch."""
    for box in app.screen.query(Input):
        box.cursor_blink = False
        box._cursor_visible = True
    drawn = app.export_screenshot(title="secondme")
    drawn = re.sub(r"terminal-\d+", "terminal", drawn)
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    return re.sub(r"[ \t]+$", "", drawn, flags=re.MULTILINE)


def _words(drawn: str) -> list[str]:
    """The text of a picture, line by line."""
    lines: dict[str, str] = {}
    for y, text in _TEXT.findall(drawn):
        lines[y] = lines.get(y, "") + html.unescape(text).replace("\xa0", " ")
    return list(lines.values())
