"""Work under way in another thread: how far it is, and how to stop it."""

from __future__ import annotations

from threading import Event
from typing import NamedTuple

from textual.worker import get_current_worker


class Stopped(Exception):  # noqa: N818
    """Raised inside the work when nobody wants more of it; what was finished is kept."""


class Far(NamedTuple):
    """How far: `due` is 0 where nobody knows."""

    what: str = ""
    done: int = 0
    due: int = 0


class UnderWay:
    """Given to a verb as its progress callback. The work writes `far`; the screen reads it when it
    likes, so that a thousand steps cost no thousand messages.
    """

    def __init__(self) -> None:
        self.far = Far()
        self._enough = Event()

    def __call__(self, what: str, done: int = 0, due: int = 0) -> None:
        self.look_up()
        self.far = Far(what, done, due)

    def look_up(self) -> None:
        """From inside the work: is it still wanted?"""
        if self._enough.is_set() or get_current_worker().is_cancelled:
            raise Stopped

    @property
    def stopping(self) -> bool:
        return self._enough.is_set()

    def stop(self) -> None:
        """The work ends at its next step."""
        self._enough.set()
