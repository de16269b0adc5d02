"""Watched folders and exports: what changes on disk is read as it comes.

The disk is only ever looked at. A file that is gone is asked about, never forgotten.
"""

from __future__ import annotations

from secondme.watch.answering import answer
from secondme.watch.look import Look
from secondme.watch.loop import once, run
from secondme.watch.outcome import Outcome

__all__ = ["Look", "Outcome", "answer", "once", "run"]
