"""Loading the inventory: accounts, consumers, contacts, CIs, services, products, users and groups from files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forewarn.engine.inventory.loading import load_into
from forewarn.engine.inventory.report import KindCount, LoadReport
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import Progress

__all__ = ["KindCount", "LoadReport", "load_files"]


def load_files(
    site: OpenSite,
    files: Sequence[Path],
    *,
    strict: bool = False,
    asked_by: str,
    progress: Progress | None = None,
) -> LoadReport:
    """Load inventory files (xlsx, csv, JSON lines; `docs/inventory.md`) into the store, in one transaction.

    Records are told apart by number, or by name where a kind has none: a file that was loaded before changes
    nothing, and a row changes only the columns that it has. Rows may refer to records of any of the files, in
    any order. Each bad row is a finding of the report with file, sheet, row and column; the others are loaded,
    or, with ``strict``, nothing is and the report's ``loaded`` is false.

    ``asked_by`` is who asks; ``progress`` hears of rows read and records written.
    Raises UnreadableWorkbook where a file is missing, a folder, encrypted, damaged, or of an unknown format;
    nothing is loaded then.
    """
    return load_into(
        site.store,
        files,
        strict=strict,
        domain=site.domain,
        asked_by=asked_by,
        now=site.clock.now(),
        progress=progress,
    )
