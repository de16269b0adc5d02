"""The verbs: everything a door may do with a memory, and the only way for it to do so.

The screen, the command line and the endpoint call these and nothing below them. Each verb takes
plain values and returns plain values; time is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from ingest import Options
from secondme import answer as _answer
from secondme import distil as _distil
from secondme import dump as _dump
from secondme import forget as _forget
from secondme import importing, keys
from secondme import show as _show
from secondme.brains import Library
from secondme.distil import Brains
from secondme.distil.facts import standing
from secondme.distil.profile import profile
from secondme.errors import NotFound
from secondme.recall import Sight, recall
from secondme.recall.codes import SignCodes
from secondme.recall.question import understand
from secondme.recall.ranking import idf
from secondme.record import Fact, Hit
from secondme.vault import FILE, Vault, make
from secondme.vault.filters import Filter


def clock() -> str:
    """Now, in UTC. The only look at the clock, for what is outside the build."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Memory:
    """One open memory. Use it in one thread; open another for another thread."""

    def __init__(self, vault: Vault, library: Library, now: Callable[[], str] = clock) -> None:
        self._vault = vault
        self._library = library
        self._now = now
        self._sight: tuple[tuple[int, int], Sight] | None = None

    # -- opening ------------------------------------------------------------------------------

    @classmethod
    def create(
        cls, folder: Path, kind: keys.Kind, *, passphrase: str | None, key_file: Path | None
    ) -> tuple[str, str]:
        """A new vault. Returns (kind of key, recovery code); the code is not kept."""
        if (folder / FILE).exists() and not (folder / keys.HEADER).exists():
            raise NotFound(
                f"The vault in {folder} has lost its key header.",
                "Restore vault.key from a backup.",
            )
        created = keys.create(folder, kind, passphrase=passphrase, key_file=key_file)
        make(folder, created.key).close()
        return created.kind, created.recovery_code

    @classmethod
    def open(
        cls,
        folder: Path,
        models: Path,
        *,
        passphrase: str | None = None,
        key_file: Path | None = None,
        ask: Callable[[], str] | None = None,
        now: Callable[[], str] = clock,
    ) -> Memory:
        """Unlock and open. Finishes a purge that a crash or a reader had stopped."""
        if not (folder / keys.HEADER).exists() and not (folder / FILE).exists():
            raise NotFound(f"There is no vault in {folder}.", "Make one with `secondme init`.")
        key = keys.unlock(folder, passphrase=passphrase, key_file=key_file, ask=ask)
        vault = Vault(folder, key)
        return cls(vault, Library(models), now)

    def close(self) -> None:
        self._vault.close()

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- importing ----------------------------------------------------------------------------

    def import_(
        self,
        paths: Sequence[Path],
        options: Options,
        *,
        source: str | None = None,
        dry_run: bool = False,
        progress: importing.Progress | None = None,
    ) -> dict[str, Any]:
        return importing.bring_in(
            self._vault, paths, options, at=self._now(), source=source, dry_run=dry_run,
            progress=progress,
        )  # fmt: skip

    def batches(self) -> list[dict[str, Any]]:
        return self._vault.batches()

    def undo(self, batch: int) -> dict[str, int]:
        removed, kept = self._vault.undo(batch)
        return {"removed": removed, "kept_by_other_batches": kept}

    # -- recalling ----------------------------------------------------------------------------

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        kind: str | None = None,
        person: str | None = None,
        source: str | None = None,
        since: str | None = None,
        until: str | None = None,
        now: date | None = None,
    ) -> list[Hit]:
        """Best first. `kind` is record (also when None), episode or fact: of the latter two, those
        that rest on the records found.
        """
        authors = None
        if person is not None:
            authors = _forget.find_person(self._vault.people(), person).authors
        within = Filter(authors=authors, source=source, since=since, until=until)
        wide = k if kind in (None, "record") else 5 * k
        hits = recall(self._vault, self._seeing(), query, k=wide, within=within, now=now)
        if kind == "episode":
            return _show.episodes_of(self._vault, hits)[:k]
        if kind == "fact":
            return _show.facts_of(self.facts(), hits)[:k]
        return hits

    def _seeing(self) -> Sight:
        """What recall needs in memory, read again only when the vault has changed."""
        version = self._vault.version()
        if self._sight is None or self._sight[0] != version:
            embedder = self._library.embedder
            usable = embedder is not None and self._vault.vectors.identity == embedder.identity
            codes = SignCodes(*self._vault.vectors.all_signs()) if usable else None
            embed = embedder.embed if usable and embedder is not None else None
            average = self._vault.records.average_length()
            self._sight = version, Sight(self._vault.people(), codes, embed, average)
        return self._sight[1]

    def notes(self) -> list[str]:
        """What a person should know about searches right now, in sentences."""
        identity = self._vault.vectors.identity
        embedder = self._library.embedder
        if embedder is None:
            return ["No embedding model: words only (secondme models pull minilm-l6)."]
        if identity is not None and identity != embedder.identity:
            return ["The vectors are from another model: words only until `secondme distil`."]
        return []

    def ask(self, question: str, *, now: date | None = None) -> dict[str, Any]:
        sight = self._seeing()
        hits = recall(self._vault, sight, question, k=8, now=now)
        understood = understand(question, sight.people, now)
        documents = self._vault.words.documents()
        counts = {term: self._vault.words.frequency(term) for term in understood.terms}
        stems = {term: idf(documents, count) for term, count in counts.items() if count}
        composer = self._library.composer
        return _answer.answer(understood, hits, stems, composer).as_dict()

    def show(self, key: str) -> dict[str, Any]:
        return _show.show(self._vault, key, self.facts)

    # -- distilling ---------------------------------------------------------------------------

    @cached_property
    def _brains(self) -> Brains:
        return self._library.brains()

    def distil(
        self,
        *,
        only: Sequence[str] = _distil.KINDS,
        retry: bool = False,
        progress: _distil.Progress = lambda kind, done, due: None,
    ) -> dict[str, Any]:
        """Build what is missing. Raises `ModelMissing` when no model for any of it is there."""
        if self._brains.embedder is None:
            self._library.store.need("embed")
        _distil.distil(self._vault, self._brains, only=only, retry=retry, progress=progress)
        return self.distilled()

    def distilled(self) -> dict[str, Any]:
        """How far distilling is: counts, pending units, failures by kind, coverage in per cent."""
        pending = {kind: _distil.pending(self._vault, self._brains, kind) for kind in _distil.KINDS}
        totals = {kind: _distil.total(self._vault, kind) for kind in _distil.KINDS}
        for kind in _distil.KINDS:
            if self._brains.built_by(kind) is None:
                pending[kind] = totals[kind]
        failures = self._vault.built.failures()
        whole = sum(totals.values())
        built = whole - sum(pending.values()) - len(failures)
        return {
            **self._vault.built.counts(),
            "profile": len(self.profile()["bio"]),
            "vectors": self._vault.vectors.count(),
            "pending": sum(pending.values()),
            "pending_by_kind": pending,
            "failed": len(failures),
            "failures": [f._asdict() for f in failures[:20]],
            "coverage": round(100 * built / whole, 1) if whole else 100.0,
        }

    def episodes(self) -> list[dict[str, Any]]:
        return _show.episodes(self._vault)

    def facts(
        self,
        *,
        subject: str | None = None,
        as_of: str | None = None,
        status: str | None = None,
    ) -> list[Fact]:
        """All facts; `as_of` (a UTC prefix) keeps those that held then."""
        rows = list(self._vault.built.facts())
        records = self._vault.records.get([f.record for f in rows])
        facts = standing(rows, records, self._vault.people())
        if subject is not None:
            wanted = subject.casefold()
            facts = [
                f for f in facts if wanted in (f.subject.casefold(), *f.subject.casefold().split())
            ]
        if status is not None:
            facts = [f for f in facts if f.status == status]
        if as_of is not None:
            facts = [f for f in facts if _held(f, as_of)]
        return facts

    def profile(self, now: date | None = None) -> dict[str, Any]:
        return profile(self.facts(), now)

    def people(self) -> list[dict[str, Any]]:
        return _show.people(self._vault)

    # -- forgetting ---------------------------------------------------------------------------

    def forgetting(self, request: _forget.Request) -> dict[str, Any]:
        """The plan: exact counts and examples; nothing is touched."""
        return _forget.plan(self._vault, request, _forget.choose(self._vault, request))

    def forget(self, request: _forget.Request) -> dict[str, Any]:
        """Remove, then destroy the bytes. `state` is `done`, or `purging` when another process
        still reads old pages: any later forget, verify or distil tries again.
        """
        rows = _forget.choose(self._vault, request)
        plan = _forget.plan(self._vault, request, rows)
        if not rows:
            return {"plan": plan, "receipt": None, "state": "done"}
        receipt, counts = self._vault.forget(rows, self._now())
        done = self._vault.purge()
        return {
            "plan": {**plan, **counts},
            "receipt": receipt,
            "state": "done" if done else "purging",
        }

    def finish_purge(self) -> bool:
        """True when nothing removed is waiting for its bytes to be destroyed."""
        return not self._vault.receipts.unfinished() or self._vault.purge()

    def verify(self, receipt: str | None = None) -> dict[str, Any]:
        self.finish_purge()
        return _forget.check(self._vault, receipt)

    def dump(self, now: date | None = None) -> Iterator[str]:
        return _dump.dump(self._vault, now)

    # -- state --------------------------------------------------------------------------------

    def stats(self) -> dict[str, Any]:
        return _show.stats(self._vault)

    def doctor(self) -> dict[str, Any]:
        return _show.doctor(self._vault, self._library.store)


def _held(fact: Fact, when: str) -> bool:
    begun = fact.valid_from is None or fact.valid_from[: len(when)] <= when
    ended = fact.valid_to is not None and fact.valid_to[: len(when)] <= when
    return begun and not ended


def as_dict(thing: Hit | Fact) -> dict[str, Any]:
    """A hit or fact as `--json` prints it."""
    found = asdict(thing)
    if isinstance(thing, Fact):
        found["evidence"] = [e._asdict() for e in thing.evidence]
    return found


__all__ = ["Memory", "as_dict", "clock"]
