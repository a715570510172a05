"""One load: files to staged rows, staged rows to the store, all of it or, under ``strict``, nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, insert

from forewarn.engine import dialect
from forewarn.engine.inventory.files import stage_files
from forewarn.engine.inventory.kinds import KINDS
from forewarn.engine.inventory.report import LoadReport
from forewarn.engine.inventory.staging import Staging
from forewarn.engine.inventory.storing import load_rows
from forewarn.engine.reports import Progress
from forewarn.engine.schema.inventory import inventory_loads
from forewarn.engine.store import Store
from forewarn.errors import Severity


class _NotStrictlyGood(Exception):
    """Ends the transaction of a strict load that has errors; carries what would have come of it."""

    def __init__(self, report: LoadReport) -> None:
        super().__init__()
        self.report = report


def load_into(
    store: Store,
    files: Sequence[Path],
    *,
    strict: bool,
    domain: str,
    asked_by: str,
    now: datetime,
    progress: Progress | None = None,
) -> LoadReport:
    """Load the files in one transaction; see `forewarn.engine.actions.inventory.load_files`."""
    staging = Staging()
    labels = stage_files(files, staging, progress)

    try:
        with store.write() as connection:
            report = _write(connection, staging, labels, domain=domain, strict=strict, progress=progress)
            if report.added or report.changed:
                connection.execute(
                    insert(inventory_loads).values(
                        loaded_at=now,
                        asked_by=asked_by,
                        files=list(labels),
                        counts=[asdict(count) for count in report.counts],
                    )
                )
                grown = [KINDS[count.kind].table.name for count in report.counts if count.added]
                dialect.count_anew(connection, *grown)
    except _NotStrictlyGood as stopped:
        return stopped.report
    return report


def _write(
    connection: Connection,
    staging: Staging,
    labels: tuple[str, ...],
    *,
    domain: str,
    strict: bool,
    progress: Progress | None,
) -> LoadReport:
    def advance(stage: str, done: int, total: int) -> None:
        if progress is not None:
            progress(stage, done, total)

    counts = load_rows(connection, staging, domain=domain, advance=advance)
    report = LoadReport(labels, counts, tuple(staging.findings))
    if strict and any(finding.severity is Severity.ERROR for finding in staging.findings):
        raise _NotStrictlyGood(replace(report, loaded=False))
    return report
