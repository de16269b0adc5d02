"""secondme: a personal memory that stays on its owner's machine.

The four top-level folders are one program. In a checkout they lie side by side; in a wheel three
of them live under `secondme/_parts`, so that a single name lands in site-packages. Either way
they are imported by their bare names, ahead of a stranger's `models.py` or `tui.py`.
"""

import sys
from pathlib import Path

__version__ = "0.3.0"

_here = Path(__file__).resolve().parent
sys.path.insert(0, str(_here / "_parts" if (_here / "_parts").is_dir() else _here.parent))
