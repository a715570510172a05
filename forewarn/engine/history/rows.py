"""The rows of a history: csv, Parquet or a workbook, each cell under its heading, each row with its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forewarn.decision_tables.reading.process import ReadingProcess
from forewarn.engine.inventory.csv_files import open_csv
from forewarn.engine.inventory.source import LinesOrigin, RawRow, RawTable
from forewarn.engine.inventory.text_files import check_file, find_encoding
from forewarn.engine.inventory.workbooks import LIMITS, SUFFIXES, read_workbook_tables
from forewarn.errors import Place, UnreadableWorkbook

_CSV = frozenset({".csv", ".tsv", ".txt"})


@contextmanager
def open_history(path: Path) -> Iterator[RawTable]:
    """The rows of a file; of a workbook, of its first sheet. Raises `UnreadableWorkbook`.

    A row that cannot be read comes with its fault in place of its cells: none is lost.
    """
    label = path.name
    check_file(path, label)
    suffix = path.suffix.lower()
    if suffix in _CSV:
        with open_csv(path, label, find_encoding(path, label).name) as table:
            yield table
    elif suffix in SUFFIXES:
        with ReadingProcess(LIMITS) as reader:
            yield next(iter(read_workbook_tables(reader, path, label)))
    elif suffix == ".parquet":
        yield _parquet(path, label)
    else:
        raise UnreadableWorkbook(
            f"files of this kind ({suffix or 'no ending'}) are not read",
            place=Place(label),
            hint="give .csv, .parquet or .xlsx",
        )


def _parquet(path: Path, label: str) -> RawTable:
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UnreadableWorkbook(
            "Parquet needs pyarrow", place=Place(label), hint="pip install 'forewarn[arrow]', or give the rows as csv"
        ) from error
    try:
        file = parquet.ParquetFile(path)
        headings = tuple(file.schema_arrow.names)
    except (OSError, ValueError) as error:
        raise UnreadableWorkbook(
            f"this is no Parquet file: {str(error).splitlines()[0]}", place=Place(label), hint="write it anew"
        ) from error

    def rows() -> Iterator[RawRow]:
        number = 0
        for batch in file.iter_batches():
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield RawRow(number, row)

    return RawTable(LinesOrigin(label, headings), (path.stem,), 0, headings, rows())
