"""What the owner answered about exports before: taken for said where nothing is said now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ingest import Options
from ingest.owner import OWNER
from secondme.report import FileReport
from secondme.vault import Vault
from secondme.vault.answers import Author, Known


class Remembered:
    """What the owner says now, and where they say nothing, what they answered before."""

    def __init__(self, vault: Vault, options: Options, ask_again: bool) -> None:
        self._vault = vault
        self._options = options
        self._ask_again = ask_again
        self._of: dict[str, Options] = {}
        self.used: dict[str, dict[str, Any]] = {}
        """By source: what was taken from earlier answers, by what it is about."""

    def __call__(self, source: str) -> Options:
        if source not in self._of:
            known = Known() if self._ask_again else self._vault.answers.known(source)
            self._of[source] = self._with(known, source)
        return self._of[source]

    def _with(self, known: Known, source: str) -> Options:
        now = self._options
        taken = {
            "me": None if now.me else known.me,
            "tz": None if now.zone else known.zone,
            "date-order": None if now.date_order else known.date_order,
        }
        used = {about: answer for about, answer in taken.items() if answer}
        if used:
            self.used[source] = used
        return replace(
            now,
            me=now.me or known.me,
            zone=now.zone or known.zone,
            usual_order=None if now.date_order else known.date_order,
        )


def keep_answers(vault: Vault, batch: int, reports: Sequence[FileReport], options: Options) -> None:
    """What was said with this import, for the sources it mattered to. Inside the caller's
    transaction.
    """
    told: dict[tuple[str, str], str] = {}
    owners: set[Author] = set()
    for report in reports:
        if options.me:
            named = (owner for owner in report.owners if owner != (OWNER, ""))
            owners.update(Author(report.source, *owner) for owner in named)
        if options.zone and report.local_times:
            told[report.source, "tz"] = options.zone
        if options.date_order and report.local_times:
            told[report.source, "date-order"] = options.date_order
    vault.answers.keep(batch, told, sorted(owners))


def with_redaction(vault: Vault, options: Options) -> Options:
    """What was not said about secrets is as it was before."""
    if options.redact_secrets is None:
        return replace(options, redact_secrets=vault.answers.redacts())
    return options
