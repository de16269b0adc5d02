"""The tour: the main job from an export to forgotten with proof, on the built-in life.

Everything runs for real, in a throw-away encrypted vault: the importers, the models, the answers,
the forgetting and its check.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from ingest import Options
from secondme.distil import Progress
from secondme.forget import Request
from secondme.life import folder, gold
from secondme.memory import Memory

Say = Callable[[str], None]


def live(vault: Path, models: Path) -> Memory:
    """A new vault in `vault` with the built-in life imported; the caller closes it."""
    Memory.create(vault, "file", passphrase=None, key_file=None)
    memory = Memory.open(vault, models)
    truth = gold()
    memory.import_([folder()], Options(truth.owner, truth.zone))
    return memory


def tour(vault: Path, models: Path, say: Say, progress: Progress) -> dict[str, Any]:
    """Walk through the main job, saying each step. Returns what `demo --json` prints."""
    truth = gold()
    now = date.fromisoformat(truth.now)
    say(f"1. A new encrypted vault in {vault}, and two years of {truth.owner[0]}'s life.")
    with live(vault, models) as memory:
        stats = memory.stats()
        say(f"   {stats['records']} records from {len(stats['by_source'])} kinds of export.")
        say("2. Distilling with the local models. Words can be searched already.")
        distilled = memory.distil(progress=progress)
        say(
            f"   {distilled['episodes']} episodes, {distilled['facts']} facts, each with its words."
        )
        say("3. Three questions.")
        answers = [_asked(memory, question, now, say) for question in truth.demo]
        say(f"4. Forgetting {truth.forget.person}: what they wrote and what names them.")
        request = Request(person=truth.forget.person, mentions=True)
        forgotten = memory.forget(request)
        memory.distil(progress=progress)
        left = [hit for word in truth.forget.words for hit in memory.search(f'"{word}"', k=3)]
        named = sum(any(w in hit.text for w in truth.forget.words) for hit in left)
        say(f"   {forgotten['plan']['records']} records gone; receipt {forgotten['receipt']}.")
        say("5. The proof, by a reader that shares no code with the database.")
        proof = memory.verify(forgotten["receipt"])
        say(f"   {proof['checked']['pages']} pages: {'clean' if proof['ok'] else proof['found']}.")
        say(f"   Records that still name them: {named}.")
    return {
        "vault": str(vault),
        "records": stats["records"],
        "distilled": {k: distilled[k] for k in ("episodes", "facts", "vectors", "failed")},
        "answers": answers,
        "forgotten": {k: forgotten[k] for k in ("receipt", "state")},
        "still_named": named,
        "verified": proof["ok"],
    }


def _asked(memory: Memory, question: str, now: date, say: Say) -> dict[str, Any]:
    found = memory.ask(question, now=now)
    say(f"   {question}")
    for line in found["answer"].splitlines():
        say(f"      {line}")
    return {"question": question, **found}
