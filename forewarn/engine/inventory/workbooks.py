"""Reading the sheets of workbooks, through the bounded process that reads decision tables too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from forewarn.decision_tables.grid import CellError
from forewarn.decision_tables.reading.limits import STANDARD
from forewarn.decision_tables.reading.number_format import shown
from forewarn.decision_tables.reading.process import ReadingProcess, read_content
from forewarn.decision_tables.reading.sheets import Sheet, column_letter
from forewarn.engine.inventory.headings import kind_named
from forewarn.engine.inventory.source import RawRow, RawTable, SheetOrigin, Unreadable
from forewarn.errors import Place, UnreadableWorkbook

LIMITS = replace(
    STANDARD,
    file_bytes=64 * 1024 * 1024,
    unpacked_bytes=512 * 1024 * 1024,
    seconds=60.0,
    memory_bytes=1024 * 1024 * 1024,
)
"""An inventory has more rows than a decision table: some 300,000 of them fit these bounds."""

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"})


def read_workbook_tables(reader: ReadingProcess, path: Path, label: str) -> Iterator[RawTable]:
    """The sheets of a workbook that hold anything, but for scratch sheets (their names start with ``_``).

    Raises UnreadableWorkbook for a file that cannot be read or has no such sheet.
    """
    content = reader.read(label, read_content(path, reader.limits))
    sheets = [sheet for sheet in content.sheets if sheet.rows and not sheet.name.startswith("_")]
    if not sheets:
        raise UnreadableWorkbook("the workbook has no rows", place=Place(label), hint="name a sheet after each kind")
    # A workbook with one sheet of no telling name is named for its kind as a csv file would be.
    names = (path.stem,) if len(sheets) == 1 else ()
    some_known = any(kind_named(sheet.name) for sheet in sheets)
    for sheet in sheets:
        yield _table(sheet, label, names, optional=some_known)


def _table(sheet: Sheet, label: str, names: tuple[str, ...], *, optional: bool) -> RawTable:
    numbers = iter(sorted(sheet.rows))
    heading_row = next(numbers)
    headings = [" ".join(sheet.text(heading_row, column + 1).split()) for column in range(sheet.width)]
    while headings and not headings[-1]:
        headings.pop()
    rows = _rows(sheet, numbers, len(headings))
    return RawTable(
        SheetOrigin(label, sheet.name), (sheet.name, *names), heading_row, tuple(headings), rows, optional=optional
    )


def _rows(sheet: Sheet, numbers: Iterator[int], width: int) -> Iterator[RawRow]:
    covered = _unreadable_cells(sheet)
    padded = _padded_formats(sheet)
    for number in numbers:
        values: list[object] = list(sheet.rows[number])
        if any(isinstance(value, CellError) for value in values):
            values = [
                Unreadable(f"the error {value.text}") if isinstance(value, CellError) else value for value in values
            ]
        for index, what in covered.get(number, ()):
            values.extend([None] * (index + 1 - len(values)))
            values[index] = what
        if not any(value is not None and (not isinstance(value, str) or value.strip()) for value in values):
            continue
        beyond = next((i for i, value in enumerate(values[width:], start=width) if value is not None), None)
        texts: list[str | None] = []
        if number in padded:
            texts = [None] * max(width, len(values))
            for index, code in padded[number]:
                texts[index] = shown(sheet.value(number, index + 1), code)
        if beyond is None:
            yield RawRow(number, values, shown=texts)
        else:
            yield RawRow(
                number,
                values,
                f"column {column_letter(beyond + 1)} holds a value and has no heading",
                "give the column a heading, or empty the cell",
            )


def _unreadable_cells(sheet: Sheet) -> dict[int, list[tuple[int, Unreadable]]]:
    """Cells by row that look blank and are not: formulas never computed, and cells that a merged range covers."""
    cells: dict[int, list[tuple[int, Unreadable]]] = {}
    for (row, column), cached in sheet.formulas.items():
        if not cached:
            cells.setdefault(row, []).append((column - 1, Unreadable("a formula without a stored value")))
    for top, left, bottom, right in sheet.merged:
        what = Unreadable(f"part of the merged range {column_letter(left)}{top}:{column_letter(right)}{bottom}")
        for row in range(top, bottom + 1):
            if row in sheet.rows:
                first = left + 1 if row == top else left
                cells.setdefault(row, []).extend((column - 1, what) for column in range(first, right + 1))
    return cells


def _padded_formats(sheet: Sheet) -> dict[int, list[tuple[int, str]]]:
    """Cells by row whose number format puts zeros before the number (``00000``)."""
    cells: dict[int, list[tuple[int, str]]] = {}
    for (row, column), code in sheet.formats.items():
        if code.startswith("00"):
            cells.setdefault(row, []).append((column - 1, code))
    return cells
