"""Deciding a file of rows: in chunks, with a progress bar, every row by `Table.decide_frame`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from forewarn.commands.frame_files import read_rows, rows_writer
from forewarn.commands.progress import progress_bar
from forewarn.decision_tables import Table
from forewarn.errors import Refused

CHUNK = 131_072
"""Rows decided at a time: the chunk that the index works in."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows were decided, and how many of them could not be."""

    rows: int
    errors: int


def decide_file(table: Table, source: Path, target: Path, *, at: datetime | None) -> Counts:
    """Decide every row of ``source`` and write it with its outputs, rules and error to ``target``.

    An output whose heading is also a column of the file gets the table's name before it. ``at`` is the effective
    time, for a table that has effective dates. Raises UnreadableWorkbook, BadInput for a column that is missing.
    """
    rows = read_rows(source, table)
    added = [*(column.heading for column in table.outputs), "rules", "error"]
    renamed = {name: f"{table.name} › {name}" for name in added if name in rows.columns}
    if any(name in rows.columns for name in renamed.values()):
        raise Refused(f"{source} was decided by {table.name!r} already", hint="give the file that it was made from")
    errors = 0
    with progress_bar() as progress, rows_writer(target) as write:
        for start in range(0, max(len(rows), 1), CHUNK):
            chunk = rows.iloc[start : start + CHUNK]
            decided = table.decide_frame(chunk, at=at, errors="report")
            errors += int(decided["error"].notna().sum())
            write(chunk.join(decided.rename(columns=renamed)))
            if progress is not None:
                progress("decide", min(start + CHUNK, len(rows)), len(rows))
    return Counts(len(rows), errors)
