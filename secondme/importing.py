"""From an export on disk to records in the vault: keys, positions, batches and an honest report.

Nothing here knows a format. What an importer yields is given its content key and its place in the
conversation, and written in chunks; a bad record is a line in the report.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import ingest
from ingest import Export, Importer, Member, Options
from secondme.errors import SecondMeError, UnreadableExport, UsageError
from secondme.record import Corrected, Dialect, Kept, Question, Record, Unread
from secondme.vault import Vault
from secondme.vault.edits import Edit, genuine
from secondme.vault.naming import joined
from secondme.vault.records import Added, Sighted

CHUNK = 20_000
KEY_CHARS = 20
"""Hexadecimal, so 80 bits: among a million records two agree with a chance of 4e-13."""

GLOBAL_IDS = frozenset({"mail"})
"""Sources whose ids name one thing wherever it lies: a Message-ID. Which thread a mail is in
depends on the export (one has the provider's thread id, another only the references), so that the
thread is no part of its key. Elsewhere an id counts within its conversation: some apps number anew
in each, and some copy messages into a new chat together with their ids."""

Progress = Callable[[str, int], None]
"""Called with the file's name and the records read of it so far."""
Store = Callable[[list[Sighted]], Added]
"""Takes a chunk of one member's records in, or only counts what would become of them."""


@dataclass(slots=True)
class FileReport:
    """What became of one member of an export."""

    path: str
    source: str = ""
    conversations: set[tuple[str, str]] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    first: str | None = None
    last: str | None = None
    added: Added = field(default_factory=Added)
    kinds: Counter[str] = field(default_factory=Counter)
    skipped: list[Unread] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    dialects: list[Dialect] = field(default_factory=list)
    corrected: list[Corrected] = field(default_factory=list)

    def note(self, record: Record) -> None:
        self.conversations.add((record.conversation, record.title or record.conversation))
        if record.author or record.author_id:
            self.people.add(record.author or record.author_id)
        self.kinds[record.kind] += 1
        if record.sent_at is not None:
            if self.first is None or record.sent_at < self.first:
                self.first = record.sent_at
            if self.last is None or record.sent_at > self.last:
                self.last = record.sent_at

    def as_dict(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "source": self.source,
            "conversations": sorted({title for _, title in self.conversations}),
            "people": sorted(self.people),
            "first": self.first,
            "last": self.last,
            "imported": self.added.imported,
            "by_kind": dict(sorted(self.kinds.items())),
            "duplicate": self.added.duplicate,
            "tombstoned": self.added.tombstoned,
            "skipped": [u._asdict() for u in self.skipped],
            "dialects": [d._asdict() for d in self.dialects],
            "questions": [q._asdict() for q in self.questions],
        }


class Keys:
    """Content keys for the records of one member, and their positions in reading order.

    Records with a provider's id are that id, within their conversation unless it is global. Others
    are their words: conversation, author and time as written, normalised text, and an ordinal among
    equals, so that two identical lines in one second are two records and an overlapping export
    finds both again.
    """

    def __init__(self) -> None:
        self._equal: dict[str, int] = {}
        self._last: dict[str, tuple[str, int]] = {}

    def sight(self, record: Record) -> Sighted:
        order_at, place = self._position(record)
        return Sighted(self._key(record), record, order_at, place)

    def _key(self, r: Record) -> str:
        key = first_key(r)
        if r.native_id is not None:
            return key
        ordinal = self._equal.get(key, 0)
        self._equal[key] = ordinal + 1
        return nth_key(key, ordinal)

    def _position(self, r: Record) -> tuple[str, int]:
        last_at, last_place = self._last.get(r.conversation, ("", -1))
        order_at = r.sent_at or last_at
        place = last_place + 1 if order_at == last_at else 0
        self._last[r.conversation] = (order_at, place)
        return order_at, place


def first_key(r: Record) -> str:
    """The content key of a record by its provider's id, or of the first that is equal to it."""
    if r.native_id is not None:
        if r.source in GLOBAL_IDS:
            return _public(joined(("id", r.source, r.native_id)))
        return _public(joined(("id", r.source, r.conversation, r.native_id)))
    text = r.text if r.text.isascii() else unicodedata.normalize("NFC", r.text)
    said = ("text", r.source, r.conversation, r.sent_local, r.author, r.subject, text)
    return _public(joined(said))


def nth_key(first: str, ordinal: int) -> str:
    """The key of another among equals."""
    return _public(f"{first}\0{ordinal}") if ordinal else first


def _public(text: str) -> str:
    return "r" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:KEY_CHARS]


def bring_in(
    vault: Vault,
    paths: Sequence[Path],
    options: Options,
    *,
    at: str,
    source: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Import every member of every path as one batch; returns the report of `import --json`.

    One unreadable file is reported and the rest goes on; when nothing at all could be read, its
    error is raised. A repeated import adds nothing. With `dry_run` nothing is written.
    """
    exports = [Export(path) for path in paths]
    for export in exports:
        export.others = [other for other in exports if other is not export]
    chosen = named(source)
    members = list(_members(exports))
    batch = 0 if dry_run else _new_batch(vault, paths, options, at)
    records = vault.records
    store = partial(records.add, batch) if batch else partial(records.preview, set())
    reports, errors = read_all(members, options, store, chosen=chosen, progress=progress)
    if not dry_run:
        for report in reports:
            _correct(vault, report, at)
    totals = _totals(batch, reports)
    if not dry_run:
        vault.end_batch(batch, {k: v for k, v in totals.items() if isinstance(v, int)})
    if errors and not any(r.kinds for r in reports) and len(errors) == len(reports):
        raise errors[0]
    return totals


class OfNoKind(UnreadableExport):
    """There is nothing wrong with the file: it is just nothing that is read."""


def read_all(
    members: Iterable[tuple[str, Member | UnreadableExport]],
    options: Options,
    store: Store,
    *,
    chosen: Importer | None,
    progress: Progress | None = None,
) -> tuple[list[FileReport], list[UnreadableExport]]:
    """Read labelled members into `store`: a report of each, and why some could not be read."""
    reports: list[FileReport] = []
    errors: list[UnreadableExport] = []
    for label, member in members:
        report = FileReport(label)
        reports.append(report)
        try:
            if isinstance(member, UnreadableExport):
                raise member
            _read_member(member, report, options, store, chosen, progress)
        except UnreadableExport as error:
            report.skipped.append(Unread(label, _sentence(error)))
            errors.append(error)
    return reports, errors


def _read_member(
    member: Member,
    report: FileReport,
    options: Options,
    store: Store,
    chosen: Importer | None,
    progress: Progress | None,
) -> None:
    if member.size == 0:
        return
    importer = chosen or ingest.detect(member)
    if importer is None:
        raise OfNoKind(
            f"{member.name} is of no kind that secondme reads.", "docs/sources.md lists the kinds."
        )
    report.source = importer.name
    read = 0
    for chunk in _chunks(_sighted(importer.read(member, options), report)):
        added = store(chunk)
        report.added.imported += added.imported
        report.added.duplicate += added.duplicate
        report.added.tombstoned += added.tombstoned
        read += len(chunk)
        if progress:
            progress(member.name, read)


def _sighted(items: Iterable[ingest.Item], report: FileReport) -> Iterator[Sighted]:
    keys = Keys()
    for item in items:
        if isinstance(item, Record):
            record = _storable(item)
            report.note(record)
            yield keys.sight(record)
        elif isinstance(item, Kept):
            sighted = _as_kept(item)
            if sighted is None:
                report.skipped.append(Unread(item.id, "its words are not those of its id"))
            else:
                report.note(sighted.record)
                yield sighted
        elif isinstance(item, Corrected):
            report.corrected.append(item)
        elif isinstance(item, Unread):
            report.skipped.append(item)
        elif isinstance(item, Dialect):
            report.dialects.append(item)
        else:
            report.questions.append(item)


def _as_kept(kept: Kept) -> Sighted | None:
    """None where the id is not that of these words: under it they would pass their tombstone."""
    record = _storable(kept.record)
    key = nth_key(first_key(record), 0 if record.native_id is not None else kept.nth)
    return Sighted(key, record, kept.order_at, kept.place) if key == kept.id else None


def _correct(vault: Vault, report: FileReport, at: str) -> None:
    """Take in what the owner put right in another vault, where all it is about is here and nothing
    else has been said about it since.
    """
    said = {edit.key for edit in vault.corrections.every()}
    edits = [Edit(*item) for item in report.corrected]
    strange = dict.fromkeys(edit for edit in edits if not genuine(edit))
    report.skipped += [Unread(f"edit {edit.key}", "is not what was written") for edit in strange]
    new = [edit for edit in edits if edit.key not in said and edit not in strange]
    for edit in vault.in_effect(new):
        vault.corrections.keep(edit, at)


def _storable(record: Record) -> Record:
    """Names of files and escapes in JSON may carry halves of surrogate pairs, which are no text and
    which SQLite refuses: they are spelled out.
    """
    for value in record:
        if type(value) is str and not value.isascii():
            break
    else:
        return record
    try:
        "".join(v for v in record if type(v) is str).encode()
    except UnicodeEncodeError:
        return Record._make(spelt(v) if isinstance(v, str) else v for v in record)
    return record


def spelt(text: str) -> str:
    """Text that can be stored: what is none (halves of surrogate pairs) is written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _chunks(sighted: Iterable[Sighted]) -> Iterator[list[Sighted]]:
    chunk: list[Sighted] = []
    try:
        for one in sighted:
            chunk.append(one)
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
    except UnreadableExport:
        # What was understood before the damage is kept; the error is reported after it.
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


def _members(exports: Sequence[Export]) -> Iterator[tuple[str, Member | UnreadableExport]]:
    for export in exports:
        try:
            members = export.members
        except UnreadableExport as error:
            yield export.path.name, error
            continue
        single = len(members) == 1 and members[0].name == export.path.name
        for member in members:
            yield member.name if single else f"{export.path.name}/{member.name}", member


def named(source: str | None) -> Importer | None:
    """The importer of that name; None when none was named. Raises `UsageError` for a stranger."""
    if source is None:
        return None
    known = {i.name: i for i in ingest.importers()}
    if source not in known:
        raise UsageError(f"There is no source {source}.", f"Known: {', '.join(sorted(known))}.")
    return known[source]


def _new_batch(vault: Vault, paths: Sequence[Path], options: Options, at: str) -> int:
    where = [spelt(str(path.resolve())) for path in paths]
    return vault.new_batch(at, _container(vault, paths), decisions(vault, options), where)


def _container(vault: Vault, paths: Sequence[Path]) -> str:
    return _keyed(vault, "\0".join(str(p.resolve()) for p in paths))


def decisions(vault: Vault, options: Options) -> dict[str, Any]:
    """What the batch was read with; names only as a keyed hash, for they may be forgotten later."""
    me = _keyed(vault, "\0".join(sorted(options.me)))
    return {"me": me, "zone": options.zone, "date_order": options.date_order}


def _keyed(vault: Vault, text: str) -> str:
    return vault.keyed(text.encode("utf-8", "surrogatepass"))


def _totals(batch: int, reports: Sequence[FileReport]) -> dict[str, Any]:
    return {
        "batch": batch or None,
        "imported": sum(r.added.imported for r in reports),
        "duplicate": sum(r.added.duplicate for r in reports),
        "tombstoned": sum(r.added.tombstoned for r in reports),
        "skipped": sum(len(r.skipped) for r in reports),
        "files": [r.as_dict() for r in reports],
    }


def _sentence(error: SecondMeError) -> str:
    return f"{error} {error.hint}".strip()
