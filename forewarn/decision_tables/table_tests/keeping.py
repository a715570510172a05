"""Generated tests kept in the Tests sheet of a workbook: they replace those generated before, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from forewarn.decision_tables.layout import reserved_name
from forewarn.decision_tables.library import TableSet
from forewarn.decision_tables.owner_file.added_sheets import add_sheet, sheet_of
from forewarn.decision_tables.owner_file.files import content_of
from forewarn.decision_tables.owner_file.sheet_cells import SheetCells
from forewarn.decision_tables.owner_file.styles import AddedStyles
from forewarn.decision_tables.owner_file.workbook_package import WorkbookPackage
from forewarn.decision_tables.reading.sheets import Sheet
from forewarn.decision_tables.table_tests.generating import GeneratedTests
from forewarn.decision_tables.table_tests.rows import (
    AT,
    ERROR,
    GENERATED,
    ID,
    NOTE,
    ORIGIN,
    OWN_HEADINGS,
    RULE,
    TABLE,
    TESTS_SHEET,
)
from forewarn.decision_tables.values import clean_text
from forewarn.errors import Place, UnreadableWorkbook

_BEHIND = (RULE, ERROR, AT, ORIGIN, NOTE)
"""The sheet's own headings that stand behind those of inputs and outputs in a new sheet."""


@dataclass(frozen=True, slots=True)
class KeptTests:
    """The workbook anew, and how many generated rows went and came."""

    content: bytes
    removed: int
    added: int


def with_tests(content: bytes, sheet: Sheet | None, generated: Sequence[GeneratedTests]) -> KeptTests:
    """The workbook ``content`` with generated tests in its Tests sheet, which is made where ``sheet`` is ``None``.

    ``sheet`` is the workbook's Tests sheet as read. Rows generated before for the same tables are emptied and filled
    anew, new rows stand below; the owner's rows, remarks, formats and comments stay where they are, and every other
    part of the file byte for byte as it was. Raises `UnreadableWorkbook`.
    """
    package = WorkbookPackage.open(content)
    styles = AddedStyles(package)
    rows = [row for one in generated for row in one.rows]
    if sheet is None:
        if rows:
            add_sheet(package, TESTS_SHEET, _new_sheet(package, styles, rows))
        return KeptTests(package.to_bytes(), 0, len(rows))
    cells = SheetCells(package.edit(package.sheets()[sheet.name]))
    replaced = _generated_rows(sheet, {one.table for one in generated})
    for number in replaced:
        for column in range(1, sheet.width_of(number) + 1):
            cells.clear(number, column)
    columns = _columns(sheet, cells, styles, rows)
    last = max([1, *(number for number in sheet.numbers() if number not in replaced)], default=1)
    free = [*replaced, *range(max([last, *replaced]) + 1, max([last, *replaced]) + 1 + len(rows))]
    for number, row in zip(free, rows, strict=False):
        for heading, text in row.items():
            cells.write_text(number, columns[heading], text)
            cell = cells.obtain(number, columns[heading])
            if cell.get("s") is None:
                cell.set("s", styles.text())
    return KeptTests(package.to_bytes(), len(replaced), len(rows))


def keep_tests(
    library: TableSet, contents: Mapping[str, bytes | Path], generated: Sequence[GeneratedTests]
) -> dict[str, KeptTests]:
    """The workbooks among ``contents``, by name, each with the tests of its own tables as `with_tests` keeps them.

    ``library`` is what was read from ``contents``. Raises `UnreadableWorkbook` for a file that is not .xlsx or .xlsm.
    """
    by_book: dict[str, list[GeneratedTests]] = {}
    for one in generated:
        by_book.setdefault(library.table(one.table).model.place.workbook or "", []).append(one)
    kept: dict[str, KeptTests] = {}
    for name, own in by_book.items():
        try:
            kept[name] = with_tests(content_of(contents[name]), _tests_sheet(library, name), own)
        except UnreadableWorkbook as error:
            raise UnreadableWorkbook(error.message, place=Place(workbook=name), hint=error.hint) from error
    return kept


def _tests_sheet(library: TableSet, workbook: str) -> Sheet | None:
    """The Tests sheet of one workbook."""
    sheets = library.reserved_sheets
    return next((one for one in sheets if one.workbook == workbook and reserved_name(one.name) == TESTS_SHEET), None)


def _generated_rows(sheet: Sheet, tables: set[str]) -> list[int]:
    """The rows that were generated for these tables."""
    by_word = {word: column for column, word in _words(sheet)}
    if TABLE not in by_word or ORIGIN not in by_word:
        return []
    return [
        number
        for number in sheet.numbers()
        if number > 1
        and sheet.text(number, by_word[ORIGIN]).casefold() == GENERATED
        and clean_text(sheet.text(number, by_word[TABLE])) in tables
    ]


def _words(sheet: Sheet) -> list[tuple[int, str]]:
    """The columns with the sheet's own headings."""
    found: dict[str, int] = {}
    for column in range(1, sheet.width_of(1) + 1):
        word = " ".join(sheet.text(1, column).casefold().split())
        if word in OWN_HEADINGS:
            found.setdefault(word, column)
    return [(column, word) for word, column in found.items()]


def _columns(sheet: Sheet, cells: SheetCells, styles: AddedStyles, rows: Sequence[Mapping[str, str]]) -> dict[str, int]:
    """The column of each heading; headings that are not there yet are added at the right."""
    columns = {word: column for column, word in _words(sheet)}
    for column in range(1, sheet.width_of(1) + 1):
        heading = clean_text(sheet.text(1, column))
        if heading and column not in columns.values():
            columns.setdefault(heading, column)
    after = max(sheet.width, *columns.values(), 0) if columns else sheet.width
    missing = [heading for heading in _headings(rows) if heading not in columns and any(heading in row for row in rows)]
    for column, heading in enumerate(missing, after + 1):
        columns[heading] = column
        cells.write_text(1, column, heading)
        cells.obtain(1, column).set("s", styles.heading())
    return columns


def _headings(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """The headings of a new sheet: the table and the id, inputs and outputs, then what else is the sheet's own."""
    named = dict.fromkeys(heading for row in rows for heading in row if heading not in OWN_HEADINGS)
    return [TABLE, ID, *named, *_BEHIND]


def _new_sheet(package: WorkbookPackage, styles: AddedStyles, rows: Sequence[Mapping[str, str]]) -> etree._Element:
    heading, text = styles.heading(), styles.text()
    headings = _headings(rows)
    widths = [min(max(len(one), *(len(row.get(one, "")) for row in rows)) + 2, 40) for one in headings]
    lines = [[(one, heading) for one in headings]]
    lines += [[(row.get(one, ""), text) for one in headings] for row in rows]
    return sheet_of(package, lines, widths)
