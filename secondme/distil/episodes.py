"""Episodes: a stretch of talk with a title, a summary and key words, all of it verbatim.

On the bundled tier nothing is composed. The summary is the few sentences nearest to what the whole
stretch is about; the title is the nearest one, cut short. A larger model of the owner's may write
the summary; the quoted sentences stay as its evidence.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from secondme.distil.segment import segment
from secondme.recall.question import STOPWORDS
from secondme.record import UNTOLD, own_words, repeated
from secondme.sentences import sentences, shortened
from secondme.vault.built import EpisodeRow, Span
from secondme.vault.reading import Stored
from secondme.vault.vectors import Codes

VERSION = "episodes-1"
QUOTES = 3
LONGEST_QUOTE = 200
LONGEST_TITLE = 60
KEYWORDS = 6
_WORD = re.compile(r"[^\W\d_]{4,}")


class Writer(Protocol):
    """A model that may compose. Its identity is part of what a summary is built by."""

    identity: str

    def summarise(self, lines: Sequence[str]) -> str: ...


def built_by(embedding: str, writer: Writer | None) -> str:
    parts = (VERSION, embedding, writer.identity if writer else "extractive")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def build(
    records: Sequence[Stored],
    codes: Mapping[int, Codes],
    build_hash: str,
    writer: Writer | None,
    known: Mapping[str, str],
) -> list[EpisodeRow]:
    """All episodes of one conversation. `known` maps keys to summaries already composed by the same
    build, which are not composed again.
    """
    found = []
    for stretch in segment(records, codes):
        row = _episode(stretch, codes, build_hash)
        if row is None:
            continue
        if writer is not None:
            summary = known.get(row.key) or writer.summarise(_lines(stretch))
            row = row._replace(summary=summary)
        found.append(row)
    return found


def _episode(
    stretch: Sequence[Stored], codes: Mapping[int, Codes], build_hash: str
) -> EpisodeRow | None:
    spans = _nearest(stretch, codes)
    if not spans:
        return None
    texts = {stored.row: stored.record.text for stored in stretch}
    best = spans[0]
    title_end = shortened(texts[best.record], best.start, best.stop, LONGEST_TITLE)
    order = {stored.row: i for i, stored in enumerate(stretch)}
    keys = "\0".join(stored.key for stored in stretch)
    first = stretch[0].record
    return EpisodeRow(
        key="e" + hashlib.sha256(keys.encode()).hexdigest()[:16],
        conversation=stretch[0].conversation,
        built_by=build_hash,
        title=texts[best.record][best.start : title_end],
        keywords=_keywords(stretch),
        first_at=first.sent_at or "",
        summary="",
        records=tuple(stored.row for stored in stretch),
        evidence=tuple(sorted(spans, key=lambda s: (order[s.record], s.start))),
    )


def _nearest(stretch: Sequence[Stored], codes: Mapping[int, Codes]) -> list[Span]:
    """The sentences that say most of the stretch, best first.

    A record's nearness is its cosine to the mean of all; short remarks are near to everything and
    say nothing, so length counts too. Ties go to the earlier record.
    """
    spoken = [s for s in stretch if s.record.kind not in UNTOLD and s.record.text.strip()]
    vectors = {s.row: _unit(codes[s.row]) for s in spoken if s.row in codes}
    mean = np.mean(list(vectors.values()), axis=0) if vectors else None
    scored = []
    for i, stored in enumerate(spoken):
        near = (
            float(vectors[stored.row] @ mean) if mean is not None and stored.row in vectors else 0.0
        )
        words = len(stored.record.text.split())
        if words >= 3:
            scored.append((-round(near + 0.05 * min(words, 20) ** 0.5, 6), i, stored))
    chosen = sorted(scored, key=lambda s: s[:2])[:QUOTES]
    return [_first_sentence(stored) for _, _, stored in chosen]


def _first_sentence(stored: Stored) -> Span:
    text = own_words(stored.record.text, repeated(stored.record))
    text = text if text.strip() else stored.record.text
    spans = sentences(text)
    start, end = next(((a, b) for a, b in spans if len(text[a:b].split()) >= 3), spans[0])
    return Span(stored.row, start, shortened(text, start, end, LONGEST_QUOTE))


def _keywords(stretch: Sequence[Stored]) -> tuple[str, ...]:
    counts: Counter[str] = Counter()
    for stored in stretch:
        if stored.record.kind not in UNTOLD:
            words = {w.lower() for w in _WORD.findall(stored.record.text)}
            counts.update(words - STOPWORDS)
    return tuple(w for w, _ in sorted(counts.items(), key=lambda c: (-c[1], c[0]))[:KEYWORDS])


def _lines(stretch: Sequence[Stored]) -> list[str]:
    return [f"{s.record.author}: {s.record.text}" for s in stretch if s.record.kind not in UNTOLD]


def _unit(code: Codes) -> NDArray[np.float64]:
    vector = code.astype(np.float64)
    return vector / (np.sqrt(vector @ vector) or 1.0)
