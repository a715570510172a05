"""Opening the files of a load, each by its own reader, and staging what they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from forewarn.decision_tables.reading.process import ReadingProcess
from forewarn.engine.inventory.codes import Code
from forewarn.engine.inventory.csv_files import open_csv
from forewarn.engine.inventory.headings import kind_named
from forewarn.engine.inventory.json_lines import read_json_lines
from forewarn.engine.inventory.source import LinesOrigin, RawRow, RawTable
from forewarn.engine.inventory.staging import Staging
from forewarn.engine.inventory.text_files import check_file, find_encoding
from forewarn.engine.inventory.workbooks import LIMITS, SUFFIXES, read_workbook_tables
from forewarn.engine.reports import Progress
from forewarn.errors import Place, UnreadableWorkbook

T = TypeVar("T")

_CSV = frozenset({".csv", ".tsv", ".txt"})
_JSON_LINES = frozenset({".jsonl", ".ndjson", ".json"})
_ROWS_A_REPORT = 2_000


def stage_files(files: Sequence[Path], staging: Staging, progress: Progress | None) -> tuple[str, ...]:
    """Read all files into ``staging``; returns the names by which findings call them.

    Raises UnreadableWorkbook for the first file that is missing, a folder, encrypted, damaged, or of a format
    that we do not read: then nothing of the others is loaded either.
    """
    labels = _labels(files)
    with ReadingProcess(LIMITS) as reader:
        for path, label in zip(files, labels, strict=True):
            check_file(path, label)
            _stage_file(path, label, staging, reader, progress)
    return labels


def _labels(files: Sequence[Path]) -> tuple[str, ...]:
    """File names; with their folders where two files have the same name."""
    names = Counter(path.name for path in files)
    return tuple(path.name if names[path.name] == 1 else str(path) for path in files)


def _stage_file(path: Path, label: str, staging: Staging, reader: ReadingProcess, progress: Progress | None) -> None:
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        for table in read_workbook_tables(reader, path, label):
            staging.add_table(_watched(table, label, progress))
        return
    if suffix not in _CSV | _JSON_LINES:
        raise UnreadableWorkbook(
            f"files of this kind ({suffix or 'no ending'}) are not read",
            place=Place(label),
            hint="give .xlsx, .csv or .jsonl",
        )
    encoding = find_encoding(path, label)
    if encoding.guessed:
        sample = f", here {encoding.sample!r}" if encoding.sample else ""
        staging.findings.append(
            Code.ENCODING.at(
                LinesOrigin(label, ()).place(encoding.line),
                f"the text is not UTF-8; it is read as Windows-1252{sample}",
                hint="save it as CSV UTF-8 where letters look wrong",
            )
        )
    if suffix in _CSV:
        with open_csv(path, label, encoding.name) as table:
            staging.add_table(_watched(table, label, progress))
        return
    kind = kind_named(path.stem)
    for line in _counted(read_json_lines(path, label, encoding.name), label, progress):
        staging.add_json_line(line, label, kind)


def _watched(table: RawTable, label: str, progress: Progress | None) -> RawTable:
    rows: Iterator[RawRow] = iter(_counted(table.rows, label, progress))
    return replace(table, rows=rows)


def _counted(rows: Iterable[T], label: str, progress: Progress | None) -> Iterator[T]:
    """The rows, telling ``progress`` now and then how many were read."""
    count = 0
    for count, row in enumerate(rows, start=1):
        yield row
        if progress is not None and count % _ROWS_A_REPORT == 0:
            progress(f"reading {label}", count, None)
    if progress is not None:
        progress(f"reading {label}", count, count)
