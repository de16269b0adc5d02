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
from secondme.distil.facts import known_facts
from secondme.distil.profile import profile
from secondme.errors import NotFound, UsageError, VaultError, WrongKey
from secondme.recall import Sight, recall
from secondme.recall.codes import SignCodes
from secondme.recall.question import understand
from secondme.recall.ranking import idf
from secondme.record import Fact, Hit
from secondme.vault import FILE, Vault, make
from secondme.vault.filters import Filter
from secondme.vault.people import Person, identity_key


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
        try:
            make(folder, created.key).close()
        except BaseException:
            # Half a vault would refuse both to be opened and to be made again.
            for left in (folder / keys.HEADER, *folder.glob(FILE + "*")):
                left.unlink(missing_ok=True)
            raise
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
        """Unlock and open. Raises NotFound, WrongKey, or VaultError for a damaged vault."""
        if not (folder / keys.HEADER).exists() and not (folder / FILE).exists():
            raise NotFound(f"There is no vault in {folder}.", "Make one with `secondme init`.")
        key = keys.unlock(folder, passphrase=passphrase, key_file=key_file, ask=ask)
        if (folder / FILE).exists() and not (folder / FILE).stat().st_size:
            # SQLite takes an empty file for a new database.
            raise VaultError(f"{folder / FILE} is empty.", "Restore it from a backup.")
        try:
            vault = Vault(folder, key)
        except WrongKey as error:
            # The header has proven this key, so it is the file that does not fit.
            raise VaultError(
                f"{folder / FILE} is damaged, or belongs to another vault.key.",
                "Restore both from one backup. Nothing was changed.",
            ) from error
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
        words = self._vault.words
        rarity = {term: idf(documents, words.frequency(term)) for term in understood.terms}
        composer = self._library.composer
        return _answer.answer(understood, hits, rarity, composer).as_dict()

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
        """All facts; `as_of` (a UTC prefix) keeps those that held then.

        `subject` is a person's name, handle or id, or `me`. Raises NotFound for a stranger.
        """
        facts = known_facts(self._vault)
        if subject is not None:
            wanted = self._subject(subject)
            facts = [f for f in facts if f.subject == wanted]
        if status is not None:
            facts = [f for f in facts if f.status == status]
        if as_of is not None:
            facts = [f for f in facts if _held(f, as_of)]
        return facts

    def _subject(self, name: str) -> str:
        """What facts call this person: the owner is `me` under every name."""
        if name.casefold() == "me":
            return "me"
        person = _forget.find_person(self._vault.people(), name)
        return "me" if person.me else person.name

    def profile(self, now: date | None = None) -> dict[str, Any]:
        """What stands about the owner; with `now`, by what had been said until that day's end."""
        return profile(known_facts(self._vault, until=now), now)

    def people(self) -> list[dict[str, Any]]:
        return _show.people(self._vault)

    def merge(self, one: str, other: str) -> dict[str, Any]:
        """The owner says that two are one person. Returns that person."""
        first, second = (_forget.find_person(self._vault.people(), n) for n in (one, other))
        if first.id == second.id:
            raise UsageError(
                f"{one} and {other} are one person already.", "`secondme people` lists everyone."
            )
        end = identity_key(first.identities[0])
        self._vault.corrections.link(end, identity_key(second.identities[0]), self._now())
        return next(_show.person(p) for p in self._vault.people() if end in _keys(p))

    def split(self, name: str) -> list[dict[str, Any]]:
        """Take back the owner's merges of one person. Returns the people that come out."""
        person = _forget.find_person(self._vault.people(), name)
        parts = _keys(person)
        if not self._vault.corrections.unlink(parts):
            raise NotFound(f"Nobody was merged with {name}.", "`secondme people` lists everyone.")
        return [_show.person(p) for p in self._vault.people() if parts & _keys(p)]

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
    ended = fact.status == "superseded" and (fact.valid_to or "")[: len(when)] <= when
    return begun and not ended


def _keys(person: Person) -> set[str]:
    return {identity_key(identity) for identity in person.identities}


def as_dict(thing: Hit | Fact) -> dict[str, Any]:
    """A hit or fact as `--json` prints it."""
    return _show.fact_dict(thing) if isinstance(thing, Fact) else asdict(thing)


__all__ = ["Memory", "as_dict", "clock"]
