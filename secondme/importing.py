"""From an export on disk to records in the vault: keys, positions, batches and an honest report.

Nothing here knows a format. What an importer yields is given its content key and its place in the
conversation, and written in chunks; a bad record is a line in the report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import ingest
from ingest import Export, Importer, Member, Options, plugins
from ingest.secrets import without_secrets
from secondme.content_keys import Keys, first_key, nth_key
from secondme.errors import SecondMeError, UnreadableExport, UsageError
from secondme.perceiving import Senses
from secondme.record import Corrected, Dialect, Kept, Record, Unread
from secondme.remembered import Remembered, keep_answers, with_redaction
from secondme.report import FileReport, Files, asked_in_all
from secondme.vault import Vault
from secondme.vault.edits import Edit, genuine
from secondme.vault.records import Added, Sighted

CHUNK = 20_000
STRANGE = 20
"""Files of no kind that are listed one by one; a folder may hold a hundred thousand."""

Progress = Callable[[str, int], None]
"""Called with the file's name and the records read of it so far."""
Store = Callable[[list[Sighted]], Added]
"""Takes a chunk of one member's records in, or only counts what would become of them."""
Said = Callable[[str], Options]
"""What the owner said about exports of a source."""


def bring_in(
    vault: Vault,
    paths: Sequence[Path],
    options: Options,
    *,
    at: str,
    source: str | None = None,
    dry_run: bool = False,
    ask_again: bool = False,
    progress: Progress | None = None,
    senses: Senses | None = None,
) -> dict[str, Any]:
    """Import every member of every path as one batch; returns the report of `import --json`.

    One unreadable file is reported and the rest goes on; when nothing at all could be read, its
    error is raised. A repeated import adds nothing. With `dry_run` nothing is written. What was
    answered with earlier imports is taken for said, unless it is to be asked again.
    """
    exports = [Export(path) for path in paths]
    for export in exports:
        export.others = [other for other in exports if other is not export]
    chosen = named(source)
    options = with_redaction(vault, options)
    said = Remembered(vault, options, ask_again)
    batch = 0 if dry_run else _new_batch(vault, paths, options, at)
    records = vault.records
    store = partial(records.add, batch) if batch else partial(records.preview, set())
    read = read_all(
        _members(exports), said, store, chosen=chosen, progress=progress, files=Files(exports),
        senses=senses,
    )  # fmt: skip
    if not dry_run:
        for report in read.reports:
            _correct(vault, report, at)
    totals = _totals(batch, read)
    if not dry_run:
        with vault.write():
            vault.end_batch(batch, {name: totals[name] for name in _COUNTS})
            keep_answers(vault, batch, read.reports, options)
    read.raise_if_in_vain()
    more = {"redacted": options.redact_secrets, "remembered": said.used}
    return totals | more | {"plugins": plugins.faults()}


class OfNoKind(UnreadableExport):
    """There is nothing wrong with the file: it is just nothing that is read."""


@dataclass(slots=True)
class Reading:
    """What came of many members."""

    reports: list[FileReport] = field(default_factory=list)
    """Of each, but for the many that are of no kind."""
    errors: list[UnreadableExport] = field(default_factory=list)
    """Why some could not be read; of those that are of no kind, the first."""
    strange: Counter[str] = field(default_factory=Counter)
    """All that are of no kind, by the ending of their names."""
    examples: list[str] = field(default_factory=list)
    """Those of them that have a report."""
    unlisted: int = 0
    """How many of these have no report."""

    def note(self, report: FileReport, error: UnreadableExport, member: Member | None) -> None:
        report.skip(Unread(report.path, _sentence(error)))
        if isinstance(error, OfNoKind) and member is not None:
            self.strange[member.suffix] += 1
            if self.strange.total() > STRANGE:
                self.reports.pop()
                self.unlisted += 1
                return
            self.examples.append(report.path)
        self.errors.append(error)

    def raise_if_in_vain(self) -> None:
        """Nothing could be read at all."""
        if not self.errors or len(self.errors) < len(self.reports):
            return
        if any(not report.empty for report in self.reports):
            return
        worst = next((e for e in self.errors if not isinstance(e, OfNoKind)), None)
        if worst is None and (count := self.strange.total()) > 1:
            raise OfNoKind(f"None of these {count:,} files is of a kind that is read.", _KINDS)
        raise worst or self.errors[0]


_KINDS = "docs/sources.md lists the kinds."


def read_all(
    members: Iterable[tuple[str, Member | UnreadableExport]],
    said: Said,
    store: Store,
    *,
    chosen: Importer | None,
    progress: Progress | None = None,
    files: Files | None = None,
    senses: Senses | None = None,
) -> Reading:
    """Read labelled members into `store`; `files` are all that were given, if that matters."""
    read = Reading()
    for label, member in members:
        report = FileReport(label, files or Files())
        read.reports.append(report)
        try:
            if isinstance(member, UnreadableExport):
                raise member
            _read_member(member, report, said, store, chosen, progress, senses or Senses())
        except UnreadableExport as error:
            # Its frames hold the member, and there may be very many.
            error.__traceback__ = None
            read.note(report, error, member if isinstance(member, Member) else None)
    return read


def _read_member(
    member: Member,
    report: FileReport,
    said: Said,
    store: Store,
    chosen: Importer | None,
    progress: Progress | None,
    senses: Senses,
) -> None:
    if member.size == 0:
        return
    importer = chosen or ingest.detect(member)
    if importer is None:
        raise OfNoKind(f"{member.name} is of no kind that secondme reads.", _KINDS)
    report.source = importer.name
    options = said(importer.name)
    read = 0
    items = senses.perceived(importer.read(member, options), member)
    for chunk in _chunks(_sighted(items, report, redact=bool(options.redact_secrets))):
        added = store(chunk)
        report.added.imported += added.imported
        report.added.duplicate += added.duplicate
        report.added.tombstoned += added.tombstoned
        read += len(chunk)
        if progress:
            progress(member.name, read)


def _sighted(
    items: Iterable[ingest.Item], report: FileReport, *, redact: bool
) -> Iterator[Sighted]:
    keys, others = Keys(), Keys()
    for item in items:
        if isinstance(item, Record):
            record = _storable(item)
            clean = _clean(record, report)
            kept, other = (clean, record) if redact else (record, clean)
            report.note(kept)
            seen = keys.sight(kept)
            same = other is kept
            yield seen if same else seen._replace(other_key=others.sight(other).key)
        elif isinstance(item, Kept):
            sighted = _as_kept(item)
            if sighted is None:
                report.skip(Unread(item.id, "its words are not those of its id"))
                continue
            clean = _clean(sighted.record, report)
            if clean is not sighted.record:
                under = keys.sight(clean).key
                sighted = (
                    sighted._replace(key=under, record=clean, other_key=sighted.key)
                    if redact
                    else sighted._replace(other_key=under)
                )
            report.note(sighted.record)
            yield sighted
        elif isinstance(item, Corrected):
            report.corrected.append(item)
        elif isinstance(item, Unread):
            report.skip(item)
        elif isinstance(item, Dialect):
            report.dialects.append(item)
        else:
            report.questions.append(item)


def _clean(record: Record, report: FileReport) -> Record:
    """The record without its secrets, which are counted whether or not they are to go."""
    clean, found = without_secrets(record)
    if found:
        report.secrets += found
    return clean


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
    for edit in strange:
        report.skip(Unread(f"edit {edit.key}", "is not what was written"))
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
        around = export.path.name or export.path.resolve().name  # `.` has no name of its own
        for member in members:
            yield member.name if single else f"{around}/{member.name}", member


def named(source: str | None) -> Importer | None:
    """The importer of that name; None when none was named. Raises `UsageError` for a stranger."""
    if source is None:
        return None
    every = ingest.importers()
    known = [i for i in every if i.name == source]
    if not known:
        names = ", ".join(sorted({i.name for i in every}))
        raise UsageError(f"There is no source {source}.", f"Known: {names}.")

    def read(member: Member, options: Options) -> Iterator[ingest.Item]:
        """By the one that knows this shape of the source, where it has several."""
        fitting = next((i for i in known if i.recognises(member)), known[0])
        return fitting.read(member, options)

    return Importer(source, lambda member: True, read)


def _new_batch(vault: Vault, paths: Sequence[Path], options: Options, at: str) -> int:
    where = [spelt(str(path.resolve())) for path in paths]
    return vault.new_batch(at, _container(vault, paths), decisions(vault, options), where)


def _container(vault: Vault, paths: Sequence[Path]) -> str:
    return _keyed(vault, "\0".join(str(p.resolve()) for p in paths))


def decisions(vault: Vault, options: Options) -> dict[str, Any]:
    """What the batch was read with; names only as a keyed hash, for they may be forgotten later."""
    me = _keyed(vault, "\0".join(sorted(options.me)))
    said: dict[str, Any] = {"me": me, "zone": options.zone, "date_order": options.date_order}
    return said | ({"redact_secrets": True} if options.redact_secrets else {})


def _keyed(vault: Vault, text: str) -> str:
    return vault.keyed(text.encode("utf-8", "surrogatepass"))


_COUNTS = ("imported", "duplicate", "tombstoned", "skipped")


def _totals(batch: int, read: Reading) -> dict[str, Any]:
    reports = read.reports
    secrets: Counter[str] = Counter()
    for report in reports:
        secrets += report.secrets
    files = [report.as_dict() for report in reports]
    return {
        "batch": batch or None,
        "imported": sum(r.added.imported for r in reports),
        "duplicate": sum(r.added.duplicate for r in reports),
        "tombstoned": sum(r.added.tombstoned for r in reports),
        "skipped": sum(r.unread for r in reports) + read.unlisted,
        "files": files,
        "questions": asked_in_all(files),
        "unrecognised": {
            "files": read.strange.total(),
            "by_ending": dict(read.strange.most_common()),
            "examples": read.examples,
        },
        "missing_media": sum(r.missing for r in reports),
        "secrets": dict(sorted(secrets.items())),
    }


def _sentence(error: SecondMeError) -> str:
    return f"{error} {error.hint}".strip()
