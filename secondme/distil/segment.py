"""Where one episode ends and the next begins: at long silences, then where the talk turns.

    hard cut   more than `SILENCE` without a record: a change in one stretch never moves another
    soft cut   a record whose distance to the talk just before it exceeds mu + gamma * sigma of the
               last `WINDOW` distances (EM-LLM: event boundaries at surprising tokens), between
               `SHORTEST` and `LONGEST` records

Pure: the same records and vectors give the same episodes, whatever else is in the vault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from secondme.vault.reading import Stored
from secondme.vault.vectors import Codes

SILENCE = timedelta(hours=8)
GAMMA = 1.0
WINDOW = 32
CONTEXT = 5
SHORTEST = 8
LONGEST = 128


def segment(records: Sequence[Stored], codes: Mapping[int, Codes]) -> list[list[Stored]]:
    """Cut a conversation in reading order into stretches, none of them empty."""
    episodes: list[list[Stored]] = []
    for stretch in _at_silences(records):
        episodes.extend(_at_turns(stretch, codes))
    return episodes


def _at_silences(records: Sequence[Stored]) -> list[list[Stored]]:
    stretches: list[list[Stored]] = []
    last: datetime | None = None
    for stored in records:
        sent = stored.record.sent_at
        at = datetime.fromisoformat(sent) if sent else last
        if not stretches or (at and last and abs(at - last) > SILENCE):
            stretches.append([])
        stretches[-1].append(stored)
        last = at or last
    return stretches


def _at_turns(stretch: list[Stored], codes: Mapping[int, Codes]) -> list[list[Stored]]:
    surprises = _surprises(stretch, codes)
    pieces: list[list[Stored]] = [[]]
    for i, stored in enumerate(stretch):
        left = len(stretch) - i
        ripe = len(pieces[-1]) >= SHORTEST and left >= SHORTEST
        if len(pieces[-1]) >= LONGEST or (ripe and _stands_out(surprises, i)):
            pieces.append([])
        pieces[-1].append(stored)
    return pieces


def _stands_out(surprises: Sequence[float | None], i: int) -> bool:
    here = surprises[i]
    seen = [s for s in surprises[max(0, i - WINDOW) : i] if s is not None]
    if here is None or len(seen) < SHORTEST // 2:
        return False
    return here > float(np.mean(seen)) + GAMMA * float(np.std(seen))


def _surprises(stretch: Sequence[Stored], codes: Mapping[int, Codes]) -> list[float | None]:
    """1 - cosine of each record to the mean of the few before it; None without a vector."""
    recent: list[np.ndarray] = []
    found: list[float | None] = []
    for stored in stretch:
        code = codes.get(stored.row)
        if code is None:
            found.append(None)
            continue
        vector = code.astype(np.float64)
        vector /= np.sqrt(vector @ vector) or 1.0
        if recent:
            mean = np.mean(recent, axis=0)
            length = float(np.sqrt(mean @ mean)) or 1.0
            found.append(1.0 - float(vector @ mean) / length)
        else:
            found.append(None)
        recent = [*recent, vector][-CONTEXT:]
    return found
